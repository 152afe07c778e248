// Which valid name was meant: for errors that name it.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::text {

/// The least number of letters to insert, delete, replace, or swap with their neighbour, to turn one word into the
/// other
/// ("optimal string alignment"). Takes |left| · |right| steps.
inline size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<size_t> before(right.size() + 1), previous(right.size() + 1), current(right.size() + 1);
  std::iota(previous.begin(), previous.end(), size_t{0});
  for (size_t i = 1; i <= left.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= right.size(); ++j) {
      const size_t replaced = previous[j - 1] + (left[i - 1] != right[j - 1] ? 1 : 0);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[right.size()];
}

/// The candidate with the least edit distance to `word`, the first of equals; "" if there are no candidates.
inline std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  constexpr size_t max_word = 256;  // a hostile word costs no more than this
  const auto distance = [&](const std::string& candidate) {
    return edit_distance(word.substr(0, max_word), candidate);
  };
  const auto best = std::min_element(candidates.begin(), candidates.end(), [&](const auto& left, const auto& right) {
    return distance(left) < distance(right);
  });
  return best == candidates.end() ? std::string() : *best;
}

}  // namespace cohort::text
