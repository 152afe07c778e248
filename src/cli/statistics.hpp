// Numbers about how often a policy was right.
#pragma once

#include <cstdint>
#include <span>

namespace cohort::cli {

struct Interval95 {
  double low, high;
};

/// Chance that at least one of k completions is right, estimated without bias from `correct` of `samples`:
/// 1 − C(n − c, k) / C(n, k) as a product (arXiv:2107.03374). k ≤ samples.
double pass_at_k(int64_t samples, int64_t correct, int64_t k);

/// Wilson's score interval of a share, 95 %.
Interval95 wilson_interval(int64_t successes, int64_t trials);

/// Percentile bootstrap of the mean over problems, 95 %, 2000 resamples; a function of values and seed alone.
Interval95 bootstrap_interval(std::span<const double> values, uint64_t seed);

}  // namespace cohort::cli
