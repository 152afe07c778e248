#include "cohort/advantage.hpp"

#include <cmath>

#include "cohort/error.hpp"

namespace cohort {

GroupArray group_relative_advantages(const GroupArray& rewards, GroupRelativeOptions options) {
  check(rewards.cols() >= 2, "group_relative_advantages: a group needs at least 2 completions, got {}", rewards.cols());
  check(!rewards.isInf().any(), "group_relative_advantages: rewards must be finite");

  GroupArray advantages = GroupArray::Zero(rewards.rows(), rewards.cols());
  for (Eigen::Index g = 0; g < rewards.rows(); ++g) {
    // Two passes in float64: rewards 1 and 1.00001 differ by less than a one-pass variance in float32 resolves.
    double sum = 0, squares = 0;
    int64_t count = 0;
    bool all_equal = true;
    float first = NAN;
    for (const float reward : rewards.row(g)) {
      if (std::isnan(reward)) continue;
      if (count == 0) first = reward;
      all_equal = all_equal && reward == first;
      sum += reward;
      ++count;
    }
    if (count < 2 || all_equal) continue;
    const double mean = sum / static_cast<double>(count);
    for (const float reward : rewards.row(g))
      if (!std::isnan(reward)) squares += (reward - mean) * (reward - mean);
    const double std = std::sqrt(squares / static_cast<double>(count - 1));
    const double scale = options.scale_by_std ? 1 / (std + options.epsilon) : 1;
    for (Eigen::Index i = 0; i < rewards.cols(); ++i)
      if (!std::isnan(rewards(g, i))) advantages(g, i) = static_cast<float>((rewards(g, i) - mean) * scale);
  }
  return advantages;
}

}  // namespace cohort
