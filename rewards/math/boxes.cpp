#include "rewards/math/boxes.hpp"

#include <algorithm>
#include <cstdint>

#include "rewards/math/scan.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_joined = 64;     // boxes of one list
constexpr size_t max_different = 16;  // contents of a text whose last box still counts
constexpr size_t max_gap = 70;        // bytes between two boxes of one list

struct Box {
  size_t begin, content, end, after;  // of "\boxed", of its content, of the closing brace, behind it
};

/// How often `word` stands in a text, up to one more than may differ.
size_t count(std::string_view text, std::string_view word) {
  size_t number = 0;
  for (size_t at = text.find(word); at != text.npos && number <= max_different; at = text.find(word, at + word.size()))
    ++number;
  return number;
}

/// Where the command that opens a box at the brace `open` begins; npos if there is none.
size_t box_command(std::string_view text, size_t open) {
  size_t end = open;
  while (end > 0 && text[end - 1] == ' ' && open - end < 4) --end;
  for (const std::string_view name : {"boxed", "fbox", "framebox"}) {
    if (!text.substr(0, end).ends_with(name)) continue;
    const size_t begin = end - name.size();
    if (begin > 0 && text[begin - 1] == '\\') return begin - 1;
    // "boxed{5}" lost its backslash, or "\b" was read as a backspace.
    if (name == "boxed" && (begin == 0 || !is_letter(text[begin - 1]))) return begin;
  }
  if (end > 0 && text.substr(0, end).ends_with("\boxed")) return end - 5;
  return text.npos;
}

/// Meets the boxes of a text from the right.
class BoxReader {
 public:
  explicit BoxReader(std::string_view text) : text_(text), place_(text.size()) {}

  /// The next complete box. Stops without one at `floor`, unless a brace that opened behind it is still to be met.
  std::optional<Box> next(size_t floor) {
    const size_t outside = closing_.size();
    while (place_ > 0 && (place_ > floor || closing_.size() > outside)) {
      const size_t end_of_search = closing_.size() > outside ? 0 : floor;
      size_t at = place_;
      while (at > end_of_search && text_[at - 1] != '{' && text_[at - 1] != '}') --at;
      place_ = at;
      if (at == end_of_search) break;
      place_ = --at;
      if (is_escaped(text_, at)) continue;
      if (text_[at] == '}') {
        closing_.push_back(static_cast<uint32_t>(at));
        continue;
      }
      const size_t command = box_command(text_, at);
      if (closing_.empty()) {
        if (command != text_.npos && !unclosed_) unclosed_ = Box{command, at + 1, text_.size(), text_.size()};
        continue;
      }
      const size_t end = closing_.back();
      closing_.pop_back();
      if (command == text_.npos) continue;
      if (trim(text_.substr(at + 1, end - at - 1)).empty()) continue;
      return Box{command, at + 1, end, end + 1};
    }
    return std::nullopt;
  }

  const std::optional<Box>& unclosed() const { return unclosed_; }

 private:
  std::string_view text_;
  size_t place_;
  std::vector<uint32_t> closing_;
  std::optional<Box> unclosed_;
};

bool ends_with_separator(std::string_view gap) {
  gap = cut_end(gap, " \t\r\n$({}[\\*~");
  for (const std::string_view command : {"quad", "qquad", "text", ","})
    if (gap.ends_with(command) && gap.substr(0, gap.size() - command.size()).ends_with('\\'))
      gap = cut_end(gap.substr(0, gap.size() - command.size() - 1), " \t\r\n$({}[\\*~");
  if (gap.ends_with(',') || gap.ends_with(';') || gap.ends_with('&')) return true;
  for (const std::string_view word : {"and", "or"}) {
    const size_t before = gap.size() - word.size();
    if (gap.ends_with(word) && (before == 0 || !is_letter(gap[before - 1]))) return true;
  }
  return false;
}

/// Whether what stands between two boxes makes them entries of one list: hardly anything; a joint at its end; or a
/// joint and names only ("and $y_2 =$").
bool joins(std::string_view gap) {
  if (gap.size() >= max_gap) return false;
  if (ends_with_separator(gap)) return true;
  bool has_separator = false, has_sentence = false;
  for (size_t i = 0; i < gap.size();) {
    if (gap[i] == ',' || gap[i] == ';' || gap[i] == '&') has_separator = true;
    if (gap[i] == '=' && !has_separator) return false;  // one value in two forms
    if (!is_letter(gap[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < gap.size() && is_letter(gap[end])) ++end;
    const std::string_view word = gap.substr(i, end - i);
    const bool is_command = i > 0 && gap[i - 1] == '\\';
    if (word == "and" || word == "or")
      has_separator = true;
    else if (word.size() > 1 && !is_command)
      has_sentence = true;
    i = end;
  }
  return !has_sentence && (has_separator || gap.size() < 10);
}

/// \boxed 5, \boxed\frac12: up to a blank or a dollar.
std::optional<Boxes> box_without_braces(std::string_view text) {
  for (const std::string_view name : {"\\boxed", "\\fbox"}) {
    const size_t begin = text.rfind(name);
    if (begin == text.npos) continue;
    const std::string_view rest = text.substr(begin + name.size());
    if (rest.empty() || is_letter(rest.front()) || rest.front() == '{') continue;
    const std::string_view content = skip(rest, " ");
    const std::string_view answer = content.substr(0, content.find_first_of(" \t\r\n$"));
    if (!answer.empty()) return Boxes{text.substr(begin), {answer}, false};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Boxes> last_boxes(std::string_view text) {
  const size_t num_boxes = count(text, "box") + count(text, "\boxed{");
  if (num_boxes == 0) return std::nullopt;
  BoxReader reader(text);
  std::optional<Box> last = reader.next(0);
  if (!last && (last = reader.unclosed())) {
    const std::string_view content = cut_end(text.substr(last->content), " \t\r\n$.");
    if (!content.empty()) return Boxes{text.substr(last->begin), {content}, false};
    last.reset();
  }
  if (!last) return box_without_braces(text);
  Boxes boxes;
  const auto content_of = [&](const Box& box) { return trim(text.substr(box.content, box.end - box.content)); };
  const auto add = [&](std::string_view content) {
    if (std::find(boxes.contents.begin(), boxes.contents.end(), content) == boxes.contents.end())
      boxes.contents.push_back(content);
  };
  add(content_of(*last));
  size_t begin = last->begin;
  // A box that holds the box just read is not another one.
  while (boxes.contents.size() < max_joined) {
    const auto before = reader.next(begin > max_gap ? begin - max_gap : 0);
    if (!before || before->after > begin || !joins(text.substr(before->after, begin - before->after))) break;
    add(content_of(*before));
    begin = before->begin;
  }
  std::reverse(boxes.contents.begin(), boxes.contents.end());
  boxes.where = text.substr(begin, last->after - begin);

  if (num_boxes <= max_different) return boxes;
  std::vector<std::string_view> different = boxes.contents;
  while (different.size() <= max_different) {
    const auto before = reader.next(0);
    if (!before) break;
    const std::string_view content = content_of(*before);
    if (std::find(different.begin(), different.end(), content) == different.end()) different.push_back(content);
  }
  boxes.is_flood = different.size() > max_different && boxes.contents.size() == 1;
  return boxes;
}

}  // namespace cohort::rewards::math
