// ASCII classes that do not depend on the locale.
#pragma once

#include <cstddef>
#include <string_view>

namespace cohort::rewards::math {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_letter(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_foreign(char c) { return static_cast<signed char>(c) < 0; }  // part of a non-ASCII code point
constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

/// Bytes of "or" or "and" at the front of letters that lost a blank behind it: orW of "1orW(x)". 0 where it is none.
constexpr size_t glued_joint(std::string_view letters) {
  for (const std::string_view word : {"or", "and"})
    if (letters.size() > word.size() && letters.starts_with(word) && is_upper(letters[word.size()])) return word.size();
  return 0;
}

}  // namespace cohort::rewards::math
