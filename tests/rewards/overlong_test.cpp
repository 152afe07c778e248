#include "cohort/rewards/overlong.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "cohort/error.hpp"
#include "cohort/rewards/table.hpp"
#include "rewards/completions.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::completion_of;
using doctest::Approx;

namespace {

constexpr SoftOverlongOptions small{.max_tokens = 100, .cache_tokens = 20};

Grade stopped(double coefficient, const char* score, FinishReason finish) {
  return stop_properly({.coefficient = coefficient}, test::score_in_text)({}, completion_of(3, score, finish));
}

}  // namespace

TEST_CASE("the soft penalty is 0 up to the cache, one half in its middle, and whole from max_tokens on") {
  CHECK(soft_overlong_score(0, small) == 0.0);
  CHECK(soft_overlong_score(80, small) == 0.0);
  CHECK(soft_overlong_score(81, small) == Approx(-0.05));
  CHECK(soft_overlong_score(90, small) == Approx(-0.5));
  CHECK(soft_overlong_score(100, small) == -1.0);
  CHECK(soft_overlong_score(101, small) == -1.0);
  CHECK(soft_overlong_score(1'000'000, small) == -1.0);
}

TEST_CASE("the unclamped penalty is the same line, without an end") {
  SoftOverlongOptions line = small;
  line.form = OverlongForm::unclamped;
  for (int64_t tokens = 0; tokens <= 100; ++tokens)
    CHECK(soft_overlong_score(tokens, line) == soft_overlong_score(tokens, small));
  CHECK(soft_overlong_score(120, line) == Approx(-2.0));
  CHECK(soft_overlong_score(180, line) == Approx(-5.0));
}

TEST_CASE("the soft penalty never rises with the length and scales with its penalty") {
  SoftOverlongOptions strong = small;
  strong.penalty = 2.5;
  for (int64_t tokens = 0; tokens < 130; ++tokens) {
    CHECK(soft_overlong_score(tokens + 1, small) <= soft_overlong_score(tokens, small));
    CHECK(soft_overlong_score(tokens, strong) == Approx(2.5 * soft_overlong_score(tokens, small)));
  }
  CHECK(!std::signbit(soft_overlong_score(90, {.max_tokens = 100, .cache_tokens = 20, .penalty = 0})));
}

TEST_CASE("without a cache the penalty falls at once, and only beyond max_tokens") {
  const SoftOverlongOptions hard{.max_tokens = 100, .cache_tokens = 0};
  CHECK(soft_overlong_score(100, hard) == 0.0);
  CHECK(soft_overlong_score(101, hard) == -1.0);
}

TEST_CASE("the soft rule counts tokens, and says so where there are none") {
  const RewardRule rule = soft_overlong(small);
  CHECK(rule({}, completion_of(80)).verdict == "fits");
  CHECK(rule({}, completion_of(90)).verdict == "long");
  CHECK(*rule({}, completion_of(90)).score == Approx(-0.5));
  CHECK(!rule({}, completion_of(0, "text")).score);
  CHECK(*rule({}, Completion()).score == 0.0);
}

TEST_CASE("soft options out of range are errors") {
  CHECK_THROWS_WITH_AS(soft_overlong({.max_tokens = 10, .cache_tokens = 11}),
                       doctest::Contains("from 0 to max_tokens = 10, got 11"), Error);
  CHECK_THROWS_WITH_AS(soft_overlong({.max_tokens = 0, .cache_tokens = 0}), doctest::Contains("at least 1, got 0"),
                       Error);
  CHECK_THROWS_WITH_AS(soft_overlong({.penalty = -1}), doctest::Contains("penalty"), Error);
  CHECK_THROWS_WITH_AS(soft_overlong({.cache_tokens = 0, .form = OverlongForm::unclamped}),
                       doctest::Contains("divides by cache_tokens"), Error);
}

TEST_CASE("a cut completion keeps a share of what it earned, and all of what it lost") {
  CHECK(*stopped(0.25, "0.8", FinishReason::length).score == Approx(0.2));
  CHECK(stopped(0.25, "0.8", FinishReason::length).verdict == "truncated");
  CHECK(*stopped(0.25, "0.8", FinishReason::stop).score == Approx(0.8));
  CHECK(stopped(0.25, "0.8", FinishReason::stop).verdict == "read");
  CHECK(*stopped(0.25, "-1", FinishReason::length).score == -1.0);
  CHECK(*stopped(0.0, "1", FinishReason::length).score == 0.0);
  CHECK(*stopped(1.0, "1", FinishReason::length).score == 1.0);
  CHECK(!stopped(0.5, "none", FinishReason::length).score);
  CHECK_THROWS_WITH_AS(stop_properly({.coefficient = 1.5}), doctest::Contains("from 0 to 1, got 1.5"), Error);
  CHECK_THROWS_AS(stop_properly({.coefficient = std::nan("")}), Error);
}

TEST_CASE("a configuration names the reward that stop_properly grades") {
  const Rule rule = make_rule("stop_properly", {{"rule", "think_format"}, {"coefficient", "0.5"}});
  CHECK(*rule({}, completion_of(3, "<think></think>", FinishReason::length)).score == 0.5);
  CHECK(*rule({}, completion_of(3, "<think></think>")).score == 1.0);
}
