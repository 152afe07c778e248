// The machine words of an Integer: for the files that compute with them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "rewards/math/integer.hpp"

namespace cohort::rewards::math {

__extension__ using uint128 = unsigned __int128;
__extension__ using int128 = __int128;

inline uint64_t magnitude(int64_t value) {
  return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

/// Magnitudes as views, so that small and large integers take one path.
struct Limbs {
  const uint64_t* data;
  size_t size;
  uint64_t small;

  explicit Limbs(const Integer& a) {
    if (a.limbs_.empty()) {
      small = magnitude(a.small_);
      data = &small;
      size = small != 0;
    } else {
      small = 0;
      data = a.limbs_.data();
      size = a.limbs_.size();
    }
  }
  Limbs(const Limbs&) = delete;
  Limbs& operator=(const Limbs&) = delete;

  std::strong_ordering compare(const Limbs& other) const {
    if (size != other.size) return size <=> other.size;
    for (size_t i = size; i-- > 0;)
      if (data[i] != other.data[i]) return data[i] <=> other.data[i];
    return std::strong_ordering::equal;
  }
};

}  // namespace cohort::rewards::math
