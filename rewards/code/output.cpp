#include "rewards/code/output.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace cohort::rewards {
namespace {

constexpr std::string_view kBlanks = " \t\r";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A decimal number with a point or an exponent, in ASCII; `may_be_integer`: or without.
std::optional<double> read_decimal(std::string_view word, bool may_be_integer) {
  if (word.starts_with('+') || word.starts_with('-')) {
    const auto size = read_decimal(word.substr(1), may_be_integer);
    const bool second_sign = word.size() > 1 && (word[1] == '+' || word[1] == '-');
    if (!size || second_sign) return std::nullopt;
    return word[0] == '-' ? -*size : *size;
  }
  const bool starts = !word.empty() && (is_digit(word[0]) || (word[0] == '.' && word.size() > 1 && is_digit(word[1])));
  if (!starts || (!may_be_integer && word.find_first_of(".eE") == word.npos)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

bool equal_word(std::string_view expected, std::string_view got, double tolerance) {
  if (expected == got) return true;
  if (tolerance <= 0) return false;
  const auto wanted = read_decimal(expected, false);
  if (!wanted) return false;
  const auto number = read_decimal(got, true);
  return number && std::abs(*wanted - *number) <= tolerance * std::max(1.0, std::abs(*wanted));
}

std::string_view strip(std::string_view text, std::string_view blanks) {
  const size_t begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

/// Takes the next word off the front; empty at the end.
std::string_view next_word(std::string_view& text, std::string_view blanks) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(blanks));
  text.remove_prefix(word.size());
  return word;
}

bool equal_words(std::string_view expected, std::string_view got, std::string_view blanks, double tolerance) {
  while (true) {
    const std::string_view wanted = next_word(expected, blanks), word = next_word(got, blanks);
    if (wanted.empty() || word.empty()) return wanted.empty() && word.empty();
    if (!equal_word(wanted, word, tolerance)) return false;
  }
}

/// Blanks at its ends aside; words may differ by the tolerance, but not what stands between them.
bool equal_line(std::string_view expected, std::string_view got, double tolerance) {
  const std::string_view wanted = strip(expected, kBlanks), line = strip(got, kBlanks);
  return wanted == line || (tolerance > 0 && equal_words(wanted, line, kBlanks, tolerance));
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

bool equal_lines(std::string_view expected, std::string_view got, double tolerance) {
  const auto without_end = [](std::string_view text) {
    return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);  // npos + 1 is 0
  };
  expected = without_end(expected);
  got = without_end(got);
  while (!expected.empty() && !got.empty())
    if (!equal_line(next_line(expected), next_line(got), tolerance)) return false;
  return expected.empty() && got.empty();
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
  });
}

}  // namespace

bool equal_output(std::string_view expected, std::string_view got, OutputComparison comparison, double tolerance) {
  if (comparison == OutputComparison::exact) return expected == got;
  if (has_control(got) && !has_control(expected)) return false;
  if (comparison == OutputComparison::lines) return equal_lines(expected, got, tolerance);
  return equal_words(expected, got, " \t\r\n", tolerance);
}

}  // namespace cohort::rewards
