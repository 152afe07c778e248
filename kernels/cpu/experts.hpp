// Rows of experts on the CPU's threads.
#pragma once

#include <cstdint>

#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

/// Calls use(expert, first row, rows) for experts that have some, where the rows of each end at ends[expert]: one after
/// the other, each on all threads; or, where they have few rows, several at once, for each alone would be little work.
template <typename Use>
void for_each_expert(const int32_t* ends, int64_t experts, Use use) {
  constexpr int64_t kFewRows = 48;
  const auto run = [&](int64_t begin, int64_t end) {
    for (int64_t e = begin; e < end; ++e) {
      const int64_t first = e == 0 ? 0 : ends[e - 1];
      if (ends[e] > first) use(e, first, ends[e] - first);
    }
  };
  if (ends[experts - 1] < kFewRows * experts) return parallel_tasks(experts, run);
  run(0, experts);
}

}  // namespace cohort::kernels
