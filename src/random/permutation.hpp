// A shuffled order without a shuffled list: a permutation of [0, size) as a function of the seed.
#pragma once

#include <cstdint>

#include "src/random/philox.hpp"

namespace cohort::random {

/// Where `index` goes. A Feistel network permutes the next power of 4; what falls outside [0, size) goes round again
/// ("cycle walking"; J. Black and P. Rogaway, CT-RSA 2002), at most 4 times on average.
constexpr uint64_t permute(uint64_t index, uint64_t size, uint64_t seed) {
  uint32_t half_bits = 1;
  while (half_bits < 32 && (uint64_t{1} << (2 * half_bits)) < size) ++half_bits;
  const uint64_t mask = (uint64_t{1} << half_bits) - 1;
  constexpr uint64_t num_rounds = 8;  // few bits need more than the usual 4
  do {
    uint64_t left = index >> half_bits, right = index & mask;
    for (uint64_t round = 0; round < num_rounds; ++round) {
      const uint64_t mixed = left ^ (philox(seed, round, right).words[0] & mask);
      left = right;
      right = mixed;
    }
    index = left << half_bits | right;
  } while (index >= size);
  return index;
}

}  // namespace cohort::random
