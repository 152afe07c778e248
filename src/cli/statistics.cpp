#include "src/cli/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "cohort/error.hpp"

namespace cohort::cli {
namespace {

constexpr double kNormal95 = 1.959963984540054;  // the 97.5 % quantile
constexpr int kResamples = 2000;

}  // namespace

double pass_at_k(int64_t samples, int64_t correct, int64_t k) {
  check(k >= 1 && k <= samples && correct >= 0 && correct <= samples,
        "pass@k: expected 1 <= k <= samples and 0 <= correct <= samples, got k {}, samples {}, correct {}", k, samples,
        correct);
  if (samples - correct < k) return 1;
  double all_wrong = 1;
  for (int64_t i = samples - correct + 1; i <= samples; ++i)
    all_wrong *= 1 - static_cast<double>(k) / static_cast<double>(i);
  return 1 - all_wrong;
}

Interval95 wilson_interval(int64_t successes, int64_t trials) {
  check(trials > 0, "interval: expected at least one trial");
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  const double z2 = kNormal95 * kNormal95;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kNormal95 / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Interval95 bootstrap_interval(std::span<const double> values, uint64_t seed) {
  check(!values.empty(), "interval: expected at least one value");
  std::mt19937_64 random(seed);
  std::vector<double> means(kResamples);
  for (double& mean : means) {
    double sum = 0;
    // mt19937_64 is the same everywhere; std::uniform_int_distribution is not.
    for (size_t i = 0; i < values.size(); ++i) sum += values[random() % values.size()];
    mean = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  const auto at = [&](double quantile) { return means[static_cast<size_t>(quantile * (kResamples - 1))]; };
  return {at(0.025), at(0.975)};
}

}  // namespace cohort::cli
