#include "cohort/advantage.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "cohort/error.hpp"

using namespace cohort;

static GroupArray row(std::initializer_list<float> rewards) {
  GroupArray array(1, static_cast<Eigen::Index>(rewards.size()));
  std::copy(rewards.begin(), rewards.end(), array.data());
  return array;
}

TEST_CASE("advantages have zero mean within each group") {
  const GroupArray advantages = group_relative_advantages(GroupArray::Random(5, 8));
  CHECK(advantages.rowwise().mean().abs().maxCoeff() < 1e-6f);
}

TEST_CASE("rewards 1 0 0 0 give the published values, with and without the standard deviation") {
  const GroupArray scaled = group_relative_advantages(row({1, 0, 0, 0}));
  CHECK(scaled(0, 0) == doctest::Approx(1.499700).epsilon(1e-5));   // std 0.5 with 1/(n − 1), plus 1e-4
  CHECK(scaled(0, 1) == doctest::Approx(-0.499900).epsilon(1e-5));
  const GroupArray plain = group_relative_advantages(row({1, 0, 0, 0}), {.scale_by_std = false});
  CHECK(plain(0, 0) == 0.75f);
  CHECK(plain(0, 3) == -0.25f);
}

TEST_CASE("a group with equal rewards has exactly no signal") {
  CHECK((group_relative_advantages(GroupArray::Constant(2, 4, 0.7f)) == 0).all());
}

TEST_CASE("rewards that differ by 1e-5 are told apart") {
  const GroupArray advantages = group_relative_advantages(row({1, 1.00001f}), {.epsilon = 1e-9f});
  CHECK(advantages(0, 1) == doctest::Approx(std::sqrt(0.5)).epsilon(1e-3));
}

TEST_CASE("a completion that no rule applies to has no advantage and does not move the others") {
  const GroupArray advantages = group_relative_advantages(row({1, NAN, 0, 0, 0}));
  const GroupArray without = group_relative_advantages(row({1, 0, 0, 0}));
  CHECK(advantages(0, 1) == 0.0f);
  CHECK(advantages(0, 0) == without(0, 0));
  CHECK((group_relative_advantages(row({NAN, 3})) == 0).all());
}

TEST_CASE("one completion is not a group, and an infinite reward is not a reward") {
  CHECK_THROWS_WITH_AS(group_relative_advantages(GroupArray::Zero(3, 1)), doctest::Contains("at least 2 completions, got 1"), Error);
  CHECK_THROWS_WITH_AS(group_relative_advantages(row({1, INFINITY})), doctest::Contains("must be finite"), Error);
}
