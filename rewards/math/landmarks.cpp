#include "rewards/math/landmarks.hpp"

#include <algorithm>
#include <array>

#include "rewards/math/endings.hpp"
#include "rewards/math/layout.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/words.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_read_bytes = 1 << 18;  // of the end of a response; what stands before is not searched

/// Whether a formula is a letter about which the text only says what it is: "where $k$ is an integer", "any integer
/// $k$".
bool is_remark(std::string_view text, const Environment& environment) {
  for (const std::string_view end : {"\\blacksquare", "\\square", "\\Box", "\\qed", "\\checkmark"})  // of a proof
    if (environment.content == end) return true;
  if (environment.content.size() != 1 || !is_letter(environment.content[0])) return false;
  const auto begin = static_cast<size_t>(environment.where.data() - text.data());
  const std::string_view before = cut_end(text.substr(0, begin), " "),
                         after = skip(text.substr(begin + environment.where.size()), " ");
  for (const std::string_view verb : {"is a ", "is an ", "is any ", "is some ", "being "})
    if (after.starts_with(verb)) return true;
  return before.ends_with(" integer") || before.ends_with(" integers");
}

}  // namespace

std::string_view searched_part(std::string_view text) {
  if (text.size() <= max_read_bytes) return text;
  text.remove_prefix(text.size() - max_read_bytes);
  while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xc0) == 0x80) text.remove_prefix(1);
  return text;
}

std::optional<std::string_view> last_answer_tag(std::string_view text) {
  constexpr std::string_view open = "<answer>", close = "</answer>";
  if (text.find("<a") == text.npos && text.find("<A") == text.npos) return std::nullopt;
  size_t end = text.size();  // of what the tag may hold: the next one's begin
  for (size_t i = text.size(); i-- > 0;) {
    if (text[i] != '<') continue;
    if (starts_with_ignoring_case(text.substr(i), close)) end = i;
    if (!starts_with_ignoring_case(text.substr(i), open)) continue;
    const std::string_view content = trim(text.substr(i + open.size(), end - std::min(end, i + open.size())));
    if (!content.empty()) return content;
  }
  return std::nullopt;
}

std::optional<Environment> last_value(std::string_view text, Arena& arena) {
  auto environment = last_environment(text, arena);
  if (!environment || !is_remark(text, *environment)) return environment;
  const auto before =
      last_environment(text.substr(0, static_cast<size_t>(environment->where.data() - text.data())), arena);
  return before ? before : environment;
}

bool is_of_others(std::string_view text, const Anchor& anchor) {
  constexpr size_t longest_phrase = 40;
  const auto place = static_cast<size_t>(anchor.rest.data() - text.data());
  const std::string_view before = text.substr(place - std::min(place, longest_phrase), std::min(place, longest_phrase));
  for (const std::string_view ignorance : {"不知道答案", "不知道正确答案"})
    if (before.ends_with(ignorance)) return true;
  const size_t word = before.rfind("other answer");
  return word != before.npos && before.find_first_of("\n.:", word) == before.npos;
}

const Anchor* anchor_within(const Anchor& heading, const std::vector<Anchor>& anchors) {
  constexpr std::ptrdiff_t max_distance = 300;
  if (heading.kind != AnchorKind::final_answer || heading.rest.empty() || !is_letter(heading.rest[0])) return nullptr;
  const auto inner = std::ranges::find_if(anchors, [&](const Anchor& anchor) {
    const std::ptrdiff_t distance = anchor.rest.data() - heading.rest.data();
    return anchor.kind == AnchorKind::stated && !anchor.is_abbreviation && distance > 0 && distance < max_distance;
  });
  return inner == anchors.end() ? nullptr : &*inner;
}

std::string_view behind_last_verb(std::string_view sentence) {
  std::string_view value;
  for (const std::string_view verb : {" is ", " are ", " equals ", " be ", " was ", " were "})
    if (const size_t place = sentence.rfind(verb); place != sentence.npos) {
      const std::string_view behind = sentence.substr(place + verb.size());
      if (value.empty() || behind.size() < value.size()) value = behind;
    }
  return skip(value, " *_:");
}

std::string_view rest_of_bold(std::string_view text, std::string_view rest) {
  const size_t begin = static_cast<size_t>(rest.data() - text.data());
  if (begin < 2 || begin > text.size() || text.substr(begin - 2, 2) != "**") return {};
  const size_t close = rest.substr(0, max_line_bytes).find("**");
  return close == rest.npos ? std::string_view() : rest.substr(0, close);
}

std::string_view bold_in_front(std::string_view text) {
  if (!text.starts_with("**") || text.size() > max_line_bytes) return {};
  const size_t close = text.find("**", 2);
  if (close == text.npos) return {};
  const std::string_view rest = text.substr(close + 2);
  const bool is_words = rest.find_first_of("0123456789$\\*") == rest.npos && rest.find_first_of(" (") == 0;
  return is_words ? cut_marks(text.substr(2, close - 2), " .:") : std::string_view();
}

std::string_view last_bold(std::string_view text) {
  const std::string_view line = text.substr(text.rfind('\n') + 1).substr(0, max_line_bytes * 10);
  const size_t close = line.rfind("**");
  if (close == line.npos || close == 0) return {};
  const size_t open = line.substr(0, close).rfind("**");
  if (open == line.npos) return {};
  const char before = open > 0 ? line[open - 1] : ' ', behind = line[open + 2];
  if ((is_letter(before) || is_digit(before) || before == ')') && behind != ' ') return {};  // x**2 + y**2
  if (before == ' ' && behind == ' ') return {};                                             // 2 ** 3 + 3 ** 2
  if (is_heading(line.substr(open + 2, close - open - 2), line.substr(close + 2))) return {};
  return cut_marks(line.substr(open + 2, close - open - 2), " .:");
}

std::string_view number_in_last_sentence(std::string_view text, bool is_all) {
  std::string_view line = text.substr(text.rfind('\n') + 1).substr(0, max_line_bytes * 10);
  line = cut_end(line, " .!*_");
  if (const size_t stop = line.rfind(". "); stop != line.npos) line = skip(line.substr(stop + 1), " *_");
  if (line.find_first_of("0123456789$\\") != line.npos) return {};
  const auto begins = [&](std::string_view word) { return starts_with_word(line, word); };
  if (!is_all && !std::ranges::any_of(std::to_array<std::string_view>(
                                          {"so", "thus", "therefore", "hence", "in total", "altogether", "finally"}),
                                      begins))
    return {};
  return only_number_in_words(line);
}

}  // namespace cohort::rewards::math
