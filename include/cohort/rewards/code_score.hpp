// From what a judge counted to a score. The judge runs the tests; here is only the arithmetic.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace cohort::rewards {

struct TestCounts {
  int64_t passed = 0;  // 0 to total
  int64_t total = 0;
};

/// passed / total; nothing where there are no tests. Throws Error unless 0 ≤ passed ≤ total.
std::optional<double> fraction_passed(TestCounts tests);

/// 1 if every test passed, else 0; nothing where there are no tests. Throws as fraction_passed().
std::optional<double> all_passed(TestCounts tests);

enum class Submission {
  judged,         // it ran: the tests count
  no_code,        // the completion holds no program
  compile_error,  // it holds one that does not compile
};

enum class CodeforcesMode {
  pass_fail,     // all_passed()
  partial,       // fraction_passed()
  weighted_sum,  // all_passed() + 0.1 · fraction_passed()
};

struct CodeforcesOptions {
  CodeforcesMode mode = CodeforcesMode::weighted_sum;
  double no_code = -1.0;
  double compile_error = -0.1;
};

/// open-r1's cf_code. Nothing where there are no tests, whatever was submitted. Throws as fraction_passed().
std::optional<double> codeforces_score(Submission submission, TestCounts tests, const CodeforcesOptions& options = {});

struct SubtaskOptions {
  int decimals = 2;     // 0 to 15: to which the score is rounded
  double points = 1.0;  // what a full score of the subtask is worth
};

/// points · the lowest score of its tests, each 0 to 1, rounded: a subtask of the International Olympiad in
/// Informatics, as open-r1's ioi_code. Nothing where there are no tests. Throws Error for a score that is not from 0
/// to 1.
std::optional<double> ioi_subtask_score(std::span<const double> test_scores, const SubtaskOptions& options = {});

/// `value` to so many decimals: the nearest by its exact binary value, as Python's round(). Throws Error for a value
/// that is not finite.
double round_to(double value, int decimals);

}  // namespace cohort::rewards
