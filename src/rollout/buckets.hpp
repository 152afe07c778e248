// Sizes of batches that a recorded step is made for. A batch between two of them is filled up with rows that are over.
#pragma once

#include <cstdint>

namespace cohort::rollout {

/// The least of 1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, … that holds `rows` rows: at most a third is filling.
constexpr int64_t bucket_for(int64_t rows) {
  int64_t bucket = 1;
  while (bucket < rows) {
    if (bucket >= 16 && bucket + bucket / 2 >= rows) return bucket + bucket / 2;
    bucket *= 2;
  }
  return bucket;
}

}  // namespace cohort::rollout
