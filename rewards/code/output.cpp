#include "rewards/code/output.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "cohort/error.hpp"

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

/// How near a number must be, and whether integers need not be exact.
struct Tolerance {
  double of_numbers;
  bool of_integers = false;
};

bool equal_word(std::string_view expected, std::string_view got, Tolerance tolerance) {
  if (expected == got) return true;
  if (tolerance.of_numbers <= 0 && !tolerance.of_integers) return false;
  const auto wanted = read_decimal(expected, tolerance.of_integers);
  if (!wanted) return false;
  const auto number = read_decimal(got, true);
  return number && std::abs(*wanted - *number) <= tolerance.of_numbers * std::max(1.0, std::abs(*wanted));
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

bool equal_words(std::string_view expected, std::string_view got, std::string_view blanks, Tolerance tolerance) {
  while (true) {
    const std::string_view wanted = next_word(expected, blanks), word = next_word(got, blanks);
    if (wanted.empty() || word.empty()) return wanted.empty() && word.empty();
    if (!equal_word(wanted, word, tolerance)) return false;
  }
}

/// Blanks at its ends aside; words may differ by the tolerance, but not what stands between them.
bool equal_line(std::string_view expected, std::string_view got, Tolerance tolerance) {
  const std::string_view wanted = strip(expected, kBlanks), line = strip(got, kBlanks);
  return wanted == line || (tolerance.of_numbers > 0 && equal_words(wanted, line, kBlanks, tolerance));
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string_view without_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);  // npos + 1 is 0
}

bool equal_lines(std::string_view expected, std::string_view got, Tolerance tolerance) {
  expected = without_end(expected);
  got = without_end(got);
  while (!expected.empty() && !got.empty())
    if (!equal_line(next_line(expected), next_line(got), tolerance)) return false;
  return expected.empty() && got.empty();
}

/// Lines without the blanks at their ends, sorted; blank lines at the end aside.
std::vector<std::string_view> sorted_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (text = without_end(text); !text.empty();) lines.push_back(strip(next_line(text), kBlanks));
  std::sort(lines.begin(), lines.end());
  return lines;
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
  switch (comparison) {
    case OutputComparison::exact:
      break;
    case OutputComparison::lines:
      return equal_lines(expected, got, {tolerance});
    case OutputComparison::tokens:
      return equal_words(expected, got, " \t\r\n", {tolerance});
    case OutputComparison::floats:
      return equal_words(expected, got, " \t\r\n", {tolerance, /*of_integers=*/true});
    case OutputComparison::unordered:
      return sorted_lines(expected) == sorted_lines(got);
  }
  return false;
}

double tolerance_of(OutputComparison comparison, double given) {
  check(comparison != OutputComparison::unordered || given == 0,
        "code: unordered compares to the byte and takes no tolerance, got {}", given);
  return comparison == OutputComparison::floats && given == 0 ? 1e-6 : given;
}

}  // namespace cohort::rewards
