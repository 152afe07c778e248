#include "cohort/rewards/code_score.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cohort/error.hpp"

namespace cohort::rewards {

std::optional<double> fraction_passed(TestCounts tests) {
  check(0 <= tests.passed && tests.passed <= tests.total, "code score: expected 0 ≤ passed ≤ total, got {} of {}",
        tests.passed, tests.total);
  if (tests.total == 0) return std::nullopt;
  return static_cast<double>(tests.passed) / static_cast<double>(tests.total);
}

std::optional<double> all_passed(TestCounts tests) {
  const auto fraction = fraction_passed(tests);
  if (!fraction) return std::nullopt;
  return tests.passed == tests.total ? 1.0 : 0.0;
}

std::optional<double> codeforces_score(Submission submission, TestCounts tests, const CodeforcesOptions& options) {
  const auto fraction = fraction_passed(tests);
  if (!fraction) return std::nullopt;
  if (submission == Submission::no_code) return options.no_code;
  if (submission == Submission::compile_error) return options.compile_error;
  constexpr double weight_of_fraction = 0.1;
  switch (options.mode) {
    case CodeforcesMode::pass_fail:
      return all_passed(tests);
    case CodeforcesMode::partial:
      return fraction;
    case CodeforcesMode::weighted_sum:
      return *all_passed(tests) + weight_of_fraction * *fraction;
  }
  return std::nullopt;
}

double round_to(double value, int decimals) {
  check(std::isfinite(value), "round_to: expected a finite value, got {}", value);
  check(0 <= decimals && decimals <= 15, "round_to: decimals must be from 0 to 15, got {}", decimals);
  // Decimal digits of the exact binary value; multiplying by 10^decimals would round twice.
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals).ptr;
  double rounded = value;
  std::from_chars(text, end, rounded);
  return rounded;
}

std::optional<double> ioi_subtask_score(std::span<const double> test_scores, const SubtaskOptions& options) {
  for (const double score : test_scores)
    check(0 <= score && score <= 1, "ioi_subtask_score: the score of a test must be from 0 to 1, got {}", score);
  if (test_scores.empty()) return std::nullopt;
  return round_to(options.points * std::ranges::min(test_scores), options.decimals);
}

}  // namespace cohort::rewards
