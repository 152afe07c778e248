#include "rewards/text/extract.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "rewards/text/latex.hpp"
#include "rewards/text/number.hpp"

namespace cohort::rewards {
namespace {

constexpr std::string_view blank(" \t\r\n\v\f\0", 7);

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() < lower_case.size()) return false;
  for (size_t i = 0; i < lower_case.size(); ++i)
    if (lower(text[i]) != lower_case[i]) return false;
  return true;
}

std::string_view skip(std::string_view text, std::string_view characters) {
  const size_t first = text.find_first_not_of(characters);
  return first == text.npos ? std::string_view() : text.substr(first);
}

/// What an answer phrase is about, where `text` follows the word "answer"; nothing if no "is", ":" or "=" follows.
std::optional<std::string_view> after_phrase(std::string_view text) {
  constexpr std::string_view markup = " \t*_`";
  std::string_view rest = skip(text, markup);
  const bool has_is = starts_with_ignoring_case(rest, "is") && (rest.size() == 2 || !is_letter(rest[2]));
  if (has_is) rest = skip(rest.substr(2), markup);
  const bool has_mark = rest.starts_with(':') || rest.starts_with('=');
  if (has_mark) rest.remove_prefix(1);
  if (!has_is && !has_mark) return std::nullopt;
  rest = skip(rest, " \t\r\n*_`");
  rest = rest.substr(0, rest.find('\n'));
  for (size_t dot = rest.find('.'); dot != rest.npos; dot = rest.find('.', dot + 1))
    if (dot + 1 < rest.size() && (rest[dot + 1] == ' ' || rest[dot + 1] == '*')) {
      rest = rest.substr(0, dot);
      break;
    }
  rest = rest.substr(0, rest.find_last_not_of(" \t\r*_`.") + 1);
  if (rest.empty()) return std::nullopt;
  return rest;
}

/// Whether the sign at `place` belongs to the number behind it: not in "8-5", "8 - 5", "x-5", nor a list's "- 5".
bool sign_belongs(std::string_view text, size_t place) {
  if (text[place] != '-' && text[place] != '+') return true;
  if (place + 1 < text.size() && text[place + 1] == ' ') return false;
  if (place == 0) return true;
  const auto ends_a_term = [](char c) { return (c >= '0' && c <= '9') || c == ')' || c == '}'; };
  if (text[place - 1] != ' ') return !ends_a_term(text[place - 1]) && !is_letter(text[place - 1]);
  constexpr size_t max_blanks = 16;
  const size_t begin = place < max_blanks ? 0 : place - max_blanks;
  const std::string_view before = trim(text.substr(begin, place - begin));
  return before.empty() || !ends_a_term(before.back());
}

}  // namespace

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(blank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string_view after_thinking(std::string_view text) {
  constexpr std::string_view open = "<think>", close = "</think>";
  // Forward, by the first byte: a search from the back compares at every one.
  for (size_t end; (end = text.find(close)) != text.npos;) text.remove_prefix(end + close.size());
  return text.substr(0, text.find(open));
}

std::optional<std::string_view> last_boxed(std::string_view text) {
  struct Brace {
    size_t begin;
    bool is_box;
  };
  std::vector<Brace> open;
  std::optional<std::string_view> best;
  size_t best_begin = 0;
  const auto offer = [&](size_t begin, size_t end) {
    if (best && begin < best_begin) return;
    best = text.substr(begin, end - begin);
    best_begin = begin;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') {
      open.push_back({i + 1, false});
    } else if (text[i] == '}' && !open.empty()) {
      if (open.back().is_box) offer(open.back().begin, i);
      open.pop_back();
    } else if (text[i] == '\\') {
      const std::string_view rest = text.substr(i + 1);
      const size_t name = rest.starts_with("boxed") ? 5 : rest.starts_with("fbox") ? 4 : 0;
      if (name == 0 || (name < rest.size() && is_letter(rest[name]))) {
        if (!rest.empty() && !is_letter(rest.front())) ++i;  // an escaped brace or backslash
        continue;
      }
      const size_t content = text.find_first_not_of(' ', i + 1 + name);
      if (content == text.npos) break;
      if (text[content] == '{') {
        open.push_back({content + 1, true});
        i = content;
      } else {
        const size_t end = std::min(text.find_first_of(" \t\r\n$", content), text.size());
        if (content > i + 1 + name && end > content) offer(content, end);
        i = content - 1;
      }
    }
  }
  return best;
}

std::optional<std::string_view> last_block(std::string_view text, std::string_view open, std::string_view close) {
  const size_t last_close = text.rfind(close);
  if (last_close == text.npos) return std::nullopt;
  const size_t begin = text.substr(0, last_close).rfind(open);
  if (begin == text.npos) return std::nullopt;
  const std::string_view content = text.substr(begin + open.size());
  return trim(content.substr(0, content.find(close)));
}

std::optional<std::string_view> last_hashes(std::string_view text) {
  constexpr std::string_view hashes = "####";
  for (size_t place = text.rfind(hashes); place != text.npos; place = text.substr(0, place).rfind(hashes)) {
    // One byte more than any answer: a longer line is seen to be too long and the whole stays linear.
    std::string_view line = text.substr(place + hashes.size(), max_answer_bytes + 1);
    line = line.substr(0, line.find('\n'));
    if (line.size() > max_answer_bytes || line.find('#') != line.npos) continue;
    line = trim(line);
    if (read_number(clean_latex(line))) return line;
  }
  return std::nullopt;
}

std::optional<std::string_view> last_answer_phrase(std::string_view text) {
  constexpr std::string_view word = "answer";
  for (size_t i = text.size(); i-- > 0;) {
    if (lower(text[i]) != 'a' || !starts_with_ignoring_case(text.substr(i), word)) continue;
    const size_t after = i + word.size();
    // The window keeps a text of nothing but "answer" linear.
    if (const auto phrase = after_phrase(text.substr(after, max_answer_bytes))) return phrase;
  }
  return std::nullopt;
}

std::optional<std::string_view> last_number(std::string_view text) {
  std::optional<std::string_view> last;
  for (size_t i = 0; i < text.size();) {
    const size_t length = number_length(text.substr(i));
    if (length == 0) {
      ++i;
      continue;
    }
    size_t begin = i;
    if (!sign_belongs(text, i)) begin = text.find_first_not_of(' ', i + 1);
    last = text.substr(begin, i + length - begin);
    i += length;
  }
  return last;
}

}  // namespace cohort::rewards
