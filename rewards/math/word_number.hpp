// Numbers in words and in running text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// The number at the start of some words, and how many words it takes. Below 10^12.
struct WordNumber {
  int64_t value = 0;
  size_t num_words = 0;
};
WordNumber read_number(std::span<const std::string> words);

/// "half", "two thirds", "three quarters": 0 where a word names no part.
int64_t part_size(const std::string& word);

/// The number that all of `words` name, null where they name none.
const Node* number_in_words(std::span<const std::string> words, Arena& arena);

/// A digit, point or comma.
bool is_number_byte(char c);

/// 1,234.5 as a node; null where it is no number.
const Node* numeral(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
