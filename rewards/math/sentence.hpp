// What stands beside a part of a text on its line.
#pragma once

#include <algorithm>
#include <string_view>

#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {

constexpr size_t max_distance = 60;  // bytes between two values that are offered together

inline bool is_part(std::string_view text, std::string_view where) {
  return where.data() >= text.data() && where.data() + where.size() <= text.data() + text.size();
}

/// The line before `where` and the line behind it, up to a few words.
inline std::string_view line_before(std::string_view text, std::string_view where) {
  const size_t begin = static_cast<size_t>(where.data() - text.data());
  const std::string_view near =
      text.substr(begin < max_distance ? 0 : begin - max_distance, std::min(begin, max_distance));
  return near.substr(near.rfind('\n') + 1);
}
inline std::string_view line_behind(std::string_view text, std::string_view where) {
  const std::string_view near =
      text.substr(static_cast<size_t>(where.data() - text.data()) + where.size()).substr(0, max_distance);
  return near.substr(0, near.find('\n'));
}

/// `text` without the word at its end; as it is where another one stands there.
inline std::string_view without_last(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return text;
  const size_t begin = text.size() - word.size();
  const bool is_there =
      starts_with_ignoring_case(text.substr(begin), word) && (begin == 0 || !is_letter(text[begin - 1]));
  return is_there ? text.substr(0, begin) : text;
}

}  // namespace cohort::rewards::math
