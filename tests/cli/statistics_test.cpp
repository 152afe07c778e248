#include "src/cli/statistics.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace cohort::cli {
namespace {

TEST_CASE("pass@k is 1 - C(n - c, k) / C(n, k)") {
  CHECK(pass_at_k(10, 3, 1) == doctest::Approx(0.3));
  CHECK(pass_at_k(10, 3, 5) == doctest::Approx(1 - 21.0 / 252));  // C(7, 5) = 21, C(10, 5) = 252
  CHECK(pass_at_k(4, 1, 2) == doctest::Approx(0.5));
  CHECK(pass_at_k(4, 1, 4) == 1);
  CHECK(pass_at_k(4, 0, 4) == 0);
  CHECK(pass_at_k(16, 4, 8) == doctest::Approx(1 - 495.0 / 12870));  // C(12, 8), C(16, 8)
  CHECK(pass_at_k(2000, 1, 1000) == doctest::Approx(0.5));
  CHECK_THROWS(pass_at_k(4, 1, 5));
}

TEST_CASE("Wilson's interval of 0, of half and of all") {
  // z² = 3.8415: 0 of 10 gives [0, z² / (10 + z²)].
  const Interval95 none = wilson_interval(0, 10);
  CHECK(none.low == 0);
  CHECK(none.high == doctest::Approx(3.841459 / 13.841459));
  const Interval95 half = wilson_interval(50, 100);
  CHECK(half.low + half.high == doctest::Approx(1));
  CHECK(half.high - half.low == doctest::Approx(0.192317).epsilon(1e-4));
  CHECK(wilson_interval(10, 10).high == doctest::Approx(1));
}

TEST_CASE("the bootstrap brackets the mean and repeats itself") {
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) values.push_back(i % 4 == 0 ? 1 : 0);
  const Interval95 first = bootstrap_interval(values, 1), second = bootstrap_interval(values, 1);
  CHECK(first.low == second.low);
  CHECK(first.high == second.high);
  // σ of the mean is √(0.25 · 0.75 / 200) = 0.0306; 1.96 σ each side, within a tenth of the bootstrap's own noise.
  CHECK(first.low == doctest::Approx(0.25 - 1.96 * 0.0306).epsilon(0.1));
  CHECK(first.high == doctest::Approx(0.25 + 1.96 * 0.0306).epsilon(0.1));
}

}  // namespace
}  // namespace cohort::cli
