#pragma once

#include "cohort/group.hpp"

namespace cohort {

struct GroupRelativeOptions {
  bool scale_by_std = true;  // false: Dr. GRPO (arXiv:2503.20783)
  float epsilon = 1e-4f;     // added to the standard deviation
};

/// A[g, i] = (r[g, i] − mean(r[g])) / (std(r[g]) + ε), std with 1/(n − 1), statistics in float64. Exactly 0 where a
/// group's rewards are all equal. A NaN reward (no rule applied) gets 0 and stays out of mean and std.
/// DeepSeekMath (arXiv:2402.03300), §4.1.2. Throws Error for groups of fewer than 2 or infinite rewards.
GroupArray group_relative_advantages(const GroupArray& rewards, GroupRelativeOptions options = {});

}  // namespace cohort
