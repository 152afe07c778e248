// Looking at the front and the end of a text, byte by byte and without the locale.
#pragma once

#include <cstddef>
#include <string_view>

#include "rewards/math/characters.hpp"

namespace cohort::rewards::math {

/// Whether `text` starts with `word`, which is in lower case; A–Z of the text match too.
constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i)
    if (to_lower(text[i]) != word[i]) return false;
  return true;
}

/// The same, where no letter goes on after the word.
constexpr bool starts_with_word(std::string_view text, std::string_view word) {
  return starts_with_ignoring_case(text, word) && (text.size() == word.size() || !is_letter(text[word.size()]));
}

/// Whether an odd number of backslashes stands before `place`.
constexpr bool is_escaped(std::string_view text, size_t place) {
  size_t begin = place;
  while (begin > 0 && text[begin - 1] == '\\') --begin;
  return (place - begin) % 2 == 1;
}

/// Letters that `text` starts with.
constexpr size_t word_at(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && is_letter(text[end])) ++end;
  return end;
}

constexpr bool is_one_of(char c, std::string_view characters) {
  for (const char other : characters)  // mostly few: a call would take longer
    if (c == other) return true;
  return false;
}

/// `text` from its first byte that is none of `characters`; empty, at its end, where there is none.
constexpr std::string_view skip(std::string_view text, std::string_view characters) {
  size_t first = 0;
  while (first < text.size() && is_one_of(text[first], characters)) ++first;
  return text.substr(first);
}

/// `text` up to its last byte that is none of `characters`.
constexpr std::string_view cut_end(std::string_view text, std::string_view characters) {
  size_t end = text.size();
  while (end > 0 && is_one_of(text[end - 1], characters)) --end;
  return text.substr(0, end);
}

/// `text` behind its last byte that is one of `characters`; all of it where there is none.
constexpr std::string_view behind_last(std::string_view text, std::string_view characters) {
  size_t begin = text.size();
  while (begin > 0 && !is_one_of(text[begin - 1], characters)) --begin;
  return text.substr(begin);
}

/// The same as cut_end for marks at the end of a formula; the point of \right. is none.
constexpr std::string_view without_marks(std::string_view text, std::string_view marks) {
  const std::string_view cut = cut_end(text, marks);
  const bool is_delimiter = cut.size() < text.size() && text[cut.size()] == '.' && cut.ends_with("\\right");
  return is_delimiter ? text.substr(0, cut.size() + 1) : cut;
}

}  // namespace cohort::rewards::math
