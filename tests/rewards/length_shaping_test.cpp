#include "cohort/rewards/length_shaping.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "cohort/error.hpp"
#include "cohort/rewards/table.hpp"
#include "rewards/completions.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::completion_of;
using cohort::test::problem_of;
using doctest::Approx;

namespace {

constexpr double tolerance = 1e-12;  // a few roundings of numbers near 1

double cosine(bool is_correct, int64_t num_tokens, CosineLengthOptions options = {.max_tokens = 100}) {
  return cosine_length_score(is_correct, num_tokens, options);
}

std::vector<GradedLength> random_group(std::mt19937& random) {
  std::vector<GradedLength> group(1 + random() % 12);
  for (auto& [is_correct, num_tokens] : group) {
    is_correct = random() % 2 == 0;
    num_tokens = static_cast<int64_t>(random() % 50);
  }
  return group;
}

/// Right where the text is "1", wrong where it is "0".
Group group_of(const std::vector<std::pair<std::string, size_t>>& answers) {
  Group group;
  for (const auto& [text, tokens] : answers) group.completions.push_back(completion_of(tokens, text));
  return group;
}

}  // namespace

TEST_CASE("a cosine runs from the short value to the long one, and a quarter of the way is cos 45° along") {
  CHECK(cosine(true, 0) == Approx(1.0).epsilon(tolerance));
  CHECK(cosine(true, 50) == Approx(0.75).epsilon(tolerance));
  CHECK(cosine(true, 100) == Approx(0.5).epsilon(tolerance));
  CHECK(cosine(false, 0) == Approx(-1.0).epsilon(tolerance));
  CHECK(cosine(false, 50) == Approx(-0.75).epsilon(tolerance));
  CHECK(cosine(false, 100) == Approx(-0.5).epsilon(tolerance));
  const double quarter = 0.5 + 0.25 * (1 + std::numbers::sqrt2 / 2);
  CHECK(cosine(true, 25) == Approx(quarter).epsilon(tolerance));
  CHECK(cosine(false, 25) == Approx(-quarter).epsilon(tolerance));
}

TEST_CASE("beyond max_tokens a cosine stays where it is") {
  for (const int64_t tokens : {101, 150, 200, 1'000'000}) {
    CHECK(cosine(true, tokens) == cosine(true, 100));
    CHECK(cosine(false, tokens) == cosine(false, 100));
  }
}

TEST_CASE("a cosine falls with the length of right answers, rises with that of wrong ones, and keeps its bounds") {
  const CosineLengthOptions options{
      .max_tokens = 64, .min_value_correct = 0, .max_value_correct = 2, .min_value_wrong = -3, .max_value_wrong = 1};
  for (int64_t tokens = 0; tokens < 80; ++tokens) {
    CHECK(cosine(true, tokens + 1, options) <= cosine(true, tokens, options));
    CHECK(cosine(false, tokens + 1, options) >= cosine(false, tokens, options));
    CHECK(std::abs(cosine(true, tokens, options) - 1) <= 1 + tolerance);
    CHECK(std::abs(cosine(false, tokens, options) + 1) <= 2 + tolerance);
  }
}

TEST_CASE("the cosine rule asks its judge, in tokens, and has no score where the judge has none") {
  const RewardRule rule = cosine_length({.max_tokens = 4}, test::score_in_text);
  CHECK(*rule({}, completion_of(2, "1")).score == Approx(0.75));
  CHECK(*rule({}, completion_of(2, "0")).score == Approx(-0.75));
  CHECK(*rule({}, completion_of(4, "0.5")).score == Approx(-0.5));  // one half is not right
  CHECK(rule({}, completion_of(2, "1")).verdict == "read");
  CHECK(!rule({}, completion_of(2, "none")).score);
  CHECK(rule({}, completion_of(2, "none")).verdict == "gold_unparsed");
  CHECK(!rule({}, completion_of(0, "1")).score);
  CHECK(rule({}, completion_of(0, "1")).verdict == "no_tokens");
}

TEST_CASE("the cosine rule reads mathematics unless told otherwise, and an empty completion is a wrong answer") {
  const RewardRule rule = cosine_length({.max_tokens = 10});
  CHECK(*rule(problem_of("1/3"), completion_of(10, "\\boxed{\\frac{1}{3}}")).score == Approx(0.5));
  CHECK(*rule(problem_of("1/3"), completion_of(10, "\\boxed{\\frac{1}{2}}")).score == Approx(-0.5));
  CHECK(*rule(problem_of("1/3"), Completion()).score == Approx(-1.0));
}

TEST_CASE("cosine options out of range are errors that say which") {
  CHECK_THROWS_WITH_AS(cosine_length({.max_tokens = 0}), doctest::Contains("max_tokens must be at least 1, got 0"),
                       Error);
  CHECK_THROWS_WITH_AS(cosine_length({.min_value_wrong = 0.0}),
                       doctest::Contains("min_value_wrong ≤ max_value_wrong, got 0 and -0.5"), Error);
  CHECK_THROWS_WITH_AS(cosine_length({.max_value_correct = std::nan("")}), doctest::Contains("max_value_correct"),
                       Error);
}

TEST_CASE("in a group the shortest right answer earns one half and the longest loses it") {
  const std::vector<GradedLength> group = {{true, 10}, {true, 20}, {true, 30}, {false, 10}, {false, 15}, {false, 30}};
  const std::vector<double> expected = {0.5, 0.0, -0.5, 0.0, 0.0, -0.5};
  CHECK(kimi_length_scores(group) == expected);
}

TEST_CASE("lengths that are all equal are worth nothing") {
  CHECK(kimi_length_scores(std::vector<GradedLength>{{true, 7}, {false, 7}}) == std::vector<double>{0, 0});
  CHECK(kimi_length_scores(std::vector<GradedLength>{{true, 7}}) == std::vector<double>{0});
  CHECK(kimi_length_scores({}).empty());
}

TEST_CASE("group scores stay in their bounds, fall with the length, and move with their completions") {
  std::mt19937 random(20'25);
  for (int round = 0; round < 300; ++round) {
    std::vector<GradedLength> group = random_group(random);
    const std::vector<double> kimi = kimi_length_scores(group);
    const std::vector<double> linear = linear_length_scores(group, {.weight = 0.3});
    REQUIRE(kimi.size() == group.size());
    REQUIRE(linear.size() == group.size());
    for (size_t i = 0; i < group.size(); ++i) {
      CHECK(kimi[i] <= (group[i].is_correct ? 0.5 : 0.0));
      CHECK(kimi[i] >= -0.5);
      CHECK(linear[i] <= 0.0);
      CHECK(linear[i] >= -0.3 - tolerance);
      for (size_t j = 0; j < group.size(); ++j) {
        if (group[i].num_tokens > group[j].num_tokens) continue;
        CHECK(linear[i] >= linear[j]);
        if (group[i].is_correct || !group[j].is_correct) CHECK(kimi[i] >= kimi[j]);
      }
    }
    std::vector<size_t> order(group.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::shuffle(order, random);
    std::vector<GradedLength> shuffled;
    for (const size_t i : order) shuffled.push_back(group[i]);
    const std::vector<double> kimi_shuffled = kimi_length_scores(shuffled);
    const std::vector<double> linear_shuffled = linear_length_scores(shuffled, {.weight = 0.3});
    for (size_t i = 0; i < order.size(); ++i) {
      CHECK(kimi_shuffled[i] == kimi[order[i]]);
      CHECK(linear_shuffled[i] == linear[order[i]]);
    }
  }
}

TEST_CASE("a completion without a verdict or without tokens is left out of its group") {
  const Group group = group_of({{"1", 10}, {"none", 1000}, {"1", 20}, {"1", 0}, {"0", 20}});
  const std::vector<Grade> grades = kimi_length(test::score_in_text)({}, group.completions);
  REQUIRE(grades.size() == 5);
  CHECK(*grades[0].score == 0.5);
  CHECK(!grades[1].score);
  CHECK(grades[1].verdict == "gold_unparsed");
  CHECK(*grades[2].score == -0.5);
  CHECK(!grades[3].score);
  CHECK(grades[3].verdict == "no_tokens");
  CHECK(*grades[4].score == -0.5);
}

TEST_CASE("a gold answer that cannot be read gives a group no scores") {
  const Group group = group_of({{"\\boxed{1}", 3}, {"\\boxed{2}", 5}});
  for (const char* gold : {"", "forty two"}) {
    for (const Grade& grade : kimi_length()(problem_of(gold), group.completions)) CHECK(!grade.score);
    for (const Grade& grade : linear_length()(problem_of(gold), group.completions)) CHECK(!grade.score);
    CHECK(!cosine_length()(problem_of(gold), group.completions[0]).score);
  }
  CHECK(kimi_length()({}, {}).empty());
}

TEST_CASE("the linear penalty is the weight times the share of right answers times the relative length") {
  const std::vector<GradedLength> group = {{true, 10}, {true, 20}, {false, 40}, {false, 0}};
  const std::vector<double> expected = {-0.25 * 0.5 * 0.25, -0.25 * 0.5 * 0.5, -0.25 * 0.5, 0.0};
  CHECK(linear_length_scores(group, {}) == expected);
  CHECK(linear_length_scores(std::vector<GradedLength>{{false, 10}, {false, 20}}, {}) == std::vector<double>{0, 0});
  CHECK(linear_length_scores(std::vector<GradedLength>{{true, 0}}, {}) == std::vector<double>{0});
  CHECK_THROWS_WITH_AS(linear_length({.weight = -1}), doctest::Contains("at least 0, got -1"), Error);
}

TEST_CASE("a configuration names the judge of a length reward") {
  const Rule rule = make_rule("kimi_length", {{"correctness", "choice:letters=AB"}});
  const Group group = group_of({{"\\boxed{A}", 4}, {"\\boxed{B}", 8}});
  const std::vector<Grade> grades = rule.grade(problem_of("A"), group.completions);
  CHECK(*grades[0].score == 0.5);
  CHECK(*grades[1].score == -0.5);
  CHECK_THROWS_WITH_AS(make_rule("cosine_length", {{"correctness", "kimi_length"}}),
                       doctest::Contains("grades one completion, got \"kimi_length\""), Error);
  CHECK_THROWS_WITH_AS(make_rule("linear_length", {{"correctness", "maht"}}), doctest::Contains("\"math\""), Error);
}
