#include "rewards/math/dates.hpp"

#include <array>

#include "rewards/math/characters.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t longest_text = 80;
constexpr size_t shortest_month = 3;  // letters: "Sep"

/// 1 to 12 for "September", "sept" and "Sep"; 0 of other words.
int month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> names = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
  if (word.size() < shortest_month) return 0;
  for (size_t i = 0; i < names.size(); ++i) {
    const bool is_short = word.size() == shortest_month || word == "sept";
    if (names[i] == word || (is_short && names[i].starts_with(word))) return static_cast<int>(i) + 1;
  }
  return 0;
}

bool is_day_of(int day, int month) {
  constexpr std::array<int, 12> lengths = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return day >= 1 && day <= lengths[static_cast<size_t>(month) - 1];
}

bool is_number(std::string_view word, size_t num_digits) {
  if (word.size() != num_digits) return false;
  for (const char c : word)
    if (!is_digit(c)) return false;
  return true;
}

int value_of(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = 10 * value + (c - '0');
  return value;
}

std::string two_digits(int value) { return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)}; }

/// 1957-04-26 and 1957/04/26, with both zeros: other differences are arithmetic.
std::string date_in_digits(std::string_view text) {
  if (text.size() != 10 || (text[4] != '-' && text[4] != '/') || text[7] != text[4]) return {};
  const std::string_view year = text.substr(0, 4), month = text.substr(5, 2), day = text.substr(8);
  if (!is_number(year, 4) || !is_number(month, 2) || !is_number(day, 2) || value_of(year) < 1'000) return {};
  if (value_of(month) < 1 || value_of(month) > 12 || !is_day_of(value_of(day), value_of(month))) return {};
  return std::string(year) + '-' + std::string(month) + '-' + std::string(day);
}

/// Takes the next word from `text`, in lower case: letters or digits, without LaTeX around them. Empty at the end, "?"
/// for anything that no date has.
std::string next_word(std::string_view& text) {
  while (!text.empty()) {
    if (text[0] == '\\') {
      bool is_wrapper = false;
      for (const std::string_view wrapper :
           {"\\textbf", "\\text", "\\mathrm", "\\mbox", "\\textrm", "\\,", "\\ ", "\\;"})
        if (!is_wrapper && text.starts_with(wrapper)) text.remove_prefix(wrapper.size()), is_wrapper = true;
      if (!is_wrapper) return text = {}, "?";
    } else if (is_blank(text[0]) || std::string_view(",.{}$~^*").find(text[0]) != std::string_view::npos) {
      text.remove_prefix(1);
    } else {
      break;
    }
  }
  if (text.empty()) return {};
  const bool is_digits = is_digit(text[0]);
  size_t end = 0;
  while (end < text.size() && (is_digits ? is_digit(text[end]) : is_letter(text[end]))) ++end;
  if (end == 0) return text = {}, "?";
  std::string word(text.substr(0, end));
  for (char& c : word) c = to_lower(c);
  text.remove_prefix(end);
  return word;
}

bool is_ending(std::string_view word) { return word == "st" || word == "nd" || word == "rd" || word == "th"; }

}  // namespace

std::string date_of(std::string_view text) {
  if (text.size() > longest_text) return {};
  while (!text.empty() && (is_blank(text.back()) || text.back() == '$' || text.back() == '}')) text.remove_suffix(1);
  std::string_view bare = text;
  for (const std::string_view wrapper : {"$", "\\text{", "\\mathrm{"})
    if (bare.starts_with(wrapper)) bare.remove_prefix(wrapper.size());
  if (std::string date = date_in_digits(bare); !date.empty()) return date;
  int month = 0, day = 0, year = 0;
  bool is_first = true;
  for (std::string word = next_word(text); !word.empty(); word = next_word(text), is_first = false) {
    const int named = month_of(word);
    if (named != 0 && month == 0) {
      month = named;
    } else if (is_digit(word[0]) && word.size() <= 2 && day == 0 && year == 0) {
      day = value_of(word);
    } else if (is_number(word, 4) && year == 0 && month != 0 && word[0] != '0') {
      year = value_of(word);
    } else if (!(is_ending(word) && day != 0 && year == 0) && !(word == "of" && day != 0 && month == 0) &&
               !(word == "the" && (is_first || month != 0))) {
      return {};
    }
  }
  if (month == 0 || (day == 0 && year == 0) || (day != 0 && !is_day_of(day, month))) return {};
  std::string result = year != 0 ? std::to_string(year) + '-' : "";
  result += two_digits(month);
  return day != 0 ? result + '-' + two_digits(day) : result;
}

}  // namespace cohort::rewards::math
