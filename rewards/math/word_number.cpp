#include "rewards/math/word_number.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "rewards/math/tree.hpp"
#include "rewards/math/word_list.hpp"

namespace cohort::rewards::math {

WordNumber read_number(std::span<const std::string> words) {
  static constexpr std::array ones = std::to_array<std::string_view>(
      {"zero", "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
       "ten",  "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"});
  static constexpr std::array tens =
      std::to_array<std::string_view>({"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"});
  int64_t total = 0, group = 0;
  size_t used = 0;
  // What may come next: a unit after "twenty", nothing but a scale after "three".
  int64_t room = 1'000;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (const auto one = std::ranges::find(ones, word); one != ones.end()) {
      const int64_t value = one - ones.begin();
      if (value >= room) break;
      group += value;
      room = 0;
    } else if (const auto ten = std::ranges::find(tens, word); ten != tens.end()) {
      if (room < 100) break;
      group += 10 * (ten - tens.begin() + 2);
      room = 10;
    } else if (word == "hundred" && group > 0 && group < 100 && group % 10 != 0) {  // twelve hundred
      group *= 100;
      room = 100;
    } else if ((word == "thousand" || word == "million" || word == "billion") && group > 0) {
      const int64_t scale = word == "thousand" ? 1'000 : word == "million" ? 1'000'000 : 1'000'000'000;
      if (total != 0 && total % (scale * 1'000) != 0) break;
      total += group * scale;
      group = 0;
      room = 1'000;
    } else if (word == "and" && used > 0 && i + 1 < words.size() && room > 0) {
      continue;
    } else {
      break;
    }
    used = i + 1;
  }
  return {total + group, used};
}

int64_t part_size(const std::string& word) {
  static constexpr std::array names = std::to_array<std::string_view>(
      {"half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"});
  const std::string single = word == "halves" ? "half" : stem(word);
  if (single == "fourth") return 4;
  if (single == "hundredth") return 100;
  if (single == "thousandth") return 1'000;
  const auto name = std::ranges::find(names, single);
  return name == names.end() ? 0 : name - names.begin() + 2;
}

const Node* number_in_words(std::span<const std::string> words, Arena& arena) {
  if (words.size() > 1 && words.back() == "percent") {
    const Node* number = number_in_words(words.first(words.size() - 1), arena);
    return number ? &make_node(arena, Kind::percent, {number}) : nullptr;
  }
  const bool is_negative = !words.empty() && (words[0] == "minus" || words[0] == "negative");
  if (is_negative) words = words.subspan(1);
  if (words.size() == 1 && words[0] == "half")
    return &make_node(arena, Kind::divide, {&make_integer(arena, 1), &make_integer(arena, 2)});
  const WordNumber number = read_number(words);
  if (number.num_words == 0) return nullptr;
  const Node* value = &make_integer(arena, number.value);
  if (number.num_words + 1 == words.size() && part_size(words.back()) != 0) {
    value = &make_node(arena, Kind::divide, {value, &make_integer(arena, part_size(words.back()))});
  } else if (number.num_words != words.size()) {
    return nullptr;
  }
  return is_negative ? &make_node(arena, Kind::negate, {value}) : value;
}

bool is_number_byte(char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == '.' || c == ','; }

const Node* numeral(std::string_view text, Arena& arena) {
  std::string digits;
  size_t points = 0;
  while (!text.empty() && (text.back() == '.' || text.back() == ',')) text.remove_suffix(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      const bool is_group =
          text.size() - i > 3 && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                             text.begin() + static_cast<std::ptrdiff_t>(i) + 4,
                                             [](char c) { return std::isdigit(static_cast<unsigned char>(c)); });
      if (!is_group || points > 0 || digits.empty()) return nullptr;
      continue;
    }
    points += text[i] == '.' ? 1 : 0;
    digits += text[i];
  }
  if (digits.empty() || points > 1 || digits == ".") return nullptr;
  if (digits[0] == '.') digits.insert(digits.begin(), '0');
  return &make_node(arena, points == 1 ? Kind::decimal : Kind::integer, {}, arena.copy(digits));
}

}  // namespace cohort::rewards::math
