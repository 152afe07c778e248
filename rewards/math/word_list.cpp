#include "rewards/math/word_list.hpp"

#include <algorithm>
#include <cctype>

namespace cohort::rewards::math {
namespace {

constexpr size_t max_words = 64;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// А to Я as а to я.
void lower_cyrillic(std::string& word) {
  for (size_t i = 0; i + 1 < word.size(); ++i) {
    const auto second = static_cast<unsigned char>(word[i + 1]);
    if (static_cast<unsigned char>(word[i]) != 0xD0 || second < 0x90 || second > 0xAF) continue;
    word[i] = static_cast<char>(second < 0xA0 ? 0xD0 : 0xD1);
    word[i + 1] = static_cast<char>(second < 0xA0 ? second + 0x20 : second - 0x20);
  }
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool is_last = false;
  const auto finish = [&] {
    lower_cyrillic(word);
    const bool is_name = word == "a" && is_last && !words.empty();  // team A
    if (!word.empty() && word != "the" && (word != "a" || is_name) && word != "an") words.push_back(word);
    word.clear();
  };
  for (const char c : text) {
    if (is_letter(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '_') {
      word += lower(c);
    } else if (c != '\'') {
      finish();
    }
    if (words.size() > max_words) break;
  }
  is_last = true;
  finish();
  return words;
}

std::string stem(const std::string& word) {
  const bool is_plural = word.size() > 3 && word.ends_with('s') && !word.ends_with("ss");
  return is_plural ? word.substr(0, word.size() - 1) : word;
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += stem(word);
  return result;
}

std::string signs_of(std::string_view text) {
  const auto is_digit_at = [&](size_t i) {
    return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
  };
  std::string signs;
  size_t num_digits = 0;  // before the sign, so that it keeps its number: (1, -2) and (-1, 2)
  for (size_t i = 0; i < text.size(); ++i) {
    num_digits += is_digit_at(i) ? 1 : 0;
    const bool is_minus = text[i] == '-' && is_digit_at(i + 1) && (i == 0 || !is_letter(text[i - 1]));
    const bool parts = (text[i] == '.' || text[i] == ' ') && i > 0 && is_digit_at(i - 1) && is_digit_at(i + 1);
    const bool is_sign = std::string_view("<>=+*/^%[]").find(text[i]) != std::string_view::npos;
    if (is_minus || parts || is_sign) (signs += text[i]) += std::to_string(num_digits);
  }
  return signs;
}

namespace {

/// The parts between commas and "and", sorted, of which each is a label and one number: "3 heads", "bob 26"; empty of
/// other texts. What stands before a number may change it, so signs stay with their part.
std::vector<std::string> labelled_numbers(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = std::min(text.find_first_of(",;"), text.size());
    const size_t joint = std::min(text.substr(0, comma).find(" and "), comma);
    const std::string_view part = text.substr(0, joint);
    text.remove_prefix(std::min(text.size(), joint == comma ? comma + 1 : joint + 5));
    if (part.find_first_not_of(' ') == std::string_view::npos) continue;  // the blank of ", and"
    const std::vector<std::string> words = words_of(part);
    const auto is_number = [](const std::string& word) { return std::ranges::all_of(word, is_digit); };
    const bool is_pair = std::ranges::count_if(words, is_number) == 1 && words.size() > 1 &&
                         part.find_first_of("()[]{}") == std::string_view::npos;
    if (!is_pair) return {};
    parts.push_back(joined(words) + ' ' + signs_of(part));
  }
  std::ranges::sort(parts);
  return parts;
}

}  // namespace

bool has_same_parts(std::string_view left, std::string_view right) {
  const std::vector<std::string> parts = labelled_numbers(left);
  return parts.size() > 1 && parts == labelled_numbers(right);
}

namespace {

/// "min 3, max 5" of "\min = 3, \max = 5" and "the minimum is 3 and the maximum is 5".
std::string plain_extremes(std::string_view text) {
  std::string plain;
  for (const char c : text)
    if (c != '\\' && c != '$') plain += c == '=' || c == ':' || c == '{' || c == '}' ? ' ' : lower(c);
  const auto replace_all = [&](std::string_view from, std::string_view to) {
    for (size_t place = plain.find(from); place != plain.npos; place = plain.find(from, place + to.size()))
      plain.replace(place, from.size(), to);
  };
  for (const std::string_view name : {"imum", "imal"}) replace_all(name, "");
  for (const std::string_view filler : {" value of", " value", " is ", " are ", " equals ", " text"})
    replace_all(filler, " ");
  return plain;
}

}  // namespace

bool has_same_extremes(std::string_view left, std::string_view right) {
  constexpr size_t longest = 100;
  if (left.size() > longest || right.size() > longest || left.find("ax") == left.npos) return false;
  const std::string plain_left = plain_extremes(left), plain_right = plain_extremes(right);
  const auto has_both = [](const std::string& text) {
    return text.find("min") != text.npos && text.find("max") != text.npos;
  };
  return has_both(plain_left) && has_both(plain_right) && has_same_parts(plain_left, plain_right);
}

bool contains(std::span<const std::string_view> list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

}  // namespace cohort::rewards::math
