#include "cohort/rewards/code_score.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "cohort/error.hpp"

using namespace cohort;
using namespace cohort::rewards;
using doctest::Approx;

TEST_CASE("a fraction of the tests is a fraction of 1, and only all of them pass") {
  CHECK(*fraction_passed({.passed = 3, .total = 4}) == 0.75);
  CHECK(*all_passed({.passed = 3, .total = 4}) == 0.0);
  CHECK(*all_passed({.passed = 4, .total = 4}) == 1.0);
  CHECK(*all_passed({.passed = 0, .total = 4}) == 0.0);
}

TEST_CASE("999 of 1000 tests is not all of them") { CHECK(*all_passed({.passed = 999, .total = 1000}) == 0.0); }

TEST_CASE("where there are no tests there is no score") {
  CHECK(!fraction_passed({}));
  CHECK(!all_passed({}));
  CHECK(!codeforces_score(Submission::no_code, {}));
  CHECK(!codeforces_score(Submission::judged, {}));
  CHECK(!ioi_subtask_score({}));
}

TEST_CASE("counts that cannot be are errors") {
  CHECK_THROWS_WITH_AS(fraction_passed({.passed = 5, .total = 4}), doctest::Contains("got 5 of 4"), Error);
  CHECK_THROWS_AS(all_passed({.passed = -1, .total = 4}), Error);
  CHECK_THROWS_AS(codeforces_score(Submission::no_code, {.passed = 1, .total = 0}), Error);
}

TEST_CASE("a Codeforces score is pass or fail, a share, or their weighted sum") {
  const auto score = [](CodeforcesMode mode, int64_t passed) {
    return *codeforces_score(Submission::judged, {.passed = passed, .total = 10}, {.mode = mode});
  };
  CHECK(score(CodeforcesMode::pass_fail, 9) == 0.0);
  CHECK(score(CodeforcesMode::pass_fail, 10) == 1.0);
  CHECK(score(CodeforcesMode::partial, 9) == Approx(0.9));
  CHECK(score(CodeforcesMode::weighted_sum, 9) == Approx(0.09));
  CHECK(score(CodeforcesMode::weighted_sum, 10) == Approx(1.1));
  CHECK(score(CodeforcesMode::weighted_sum, 0) == 0.0);
}

TEST_CASE("no code costs 1 and a compile error a tenth, unless told otherwise") {
  const TestCounts tests{.passed = 0, .total = 3};
  CHECK(*codeforces_score(Submission::no_code, tests) == -1.0);
  CHECK(*codeforces_score(Submission::compile_error, tests) == -0.1);
  CHECK(*codeforces_score(Submission::no_code, tests, {.no_code = -2}) == -2.0);
  CHECK(*codeforces_score(Submission::compile_error, tests, {.compile_error = 0}) == 0.0);
}

TEST_CASE("a subtask is worth its worst test, rounded") {
  CHECK(*ioi_subtask_score(std::vector{1.0, 0.456, 0.9}) == 0.46);
  CHECK(*ioi_subtask_score(std::vector{1.0, 0.456, 0.9}, {.points = 30}) == 13.68);
  CHECK(*ioi_subtask_score(std::vector{1.0, 0.456, 0.9}, {.decimals = 0, .points = 30}) == 14.0);
  CHECK(*ioi_subtask_score(std::vector{1.0, 1.0}) == 1.0);
  CHECK(*ioi_subtask_score(std::vector{1.0, 0.0}) == 0.0);
  CHECK_THROWS_WITH_AS(ioi_subtask_score(std::vector{1.5}), doctest::Contains("from 0 to 1, got 1.5"), Error);
  CHECK_THROWS_AS(ioi_subtask_score(std::vector{std::nan("")}), Error);
}

TEST_CASE("rounding goes by the exact binary value") {
  CHECK(round_to(2.675, 2) == 2.67);  // 2.675 is stored as 2.67499999999999982236431605997495353221893310546875
  CHECK(round_to(0.125, 2) == 0.12);  // exactly half: to the even digit
  CHECK(round_to(0.375, 2) == 0.38);
  CHECK(round_to(-1.5, 0) == -2.0);
  CHECK(round_to(1e300, 2) == 1e300);
  CHECK_THROWS_AS(round_to(INFINITY, 2), Error);
  CHECK_THROWS_WITH_AS(round_to(1, 16), doctest::Contains("got 16"), Error);
}
