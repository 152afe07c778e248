// Thousands of pairs whose truth is known by construction: no false positive, and hardly a miss, whatever the seed.
#include <doctest/doctest.h>

#include <random>

#include "cohort/rewards/math.hpp"
#include "rewards/math_cases/algebra.hpp"
#include "rewards/math_cases/collections.hpp"
#include "rewards/math_cases/numbers.hpp"
#include "rewards/math_cases/responses.hpp"

using namespace cohort;
using namespace cohort::test::math;

namespace {

struct Tally {
  int64_t pairs = 0, false_positives = 0, misses = 0, budget_exceeded = 0;
};

/// Both truths of every category, `rounds` times.
template <typename Grader>
Tally run(const std::vector<Category>& categories, uint64_t seed, int rounds, Grader grade) {
  Tally tally;
  for (size_t c = 0; c < categories.size(); ++c) {
    Random random(seed * 1'000 + c);
    for (int round = 0; round < rounds; ++round)
      for (const bool right : {true, false}) {
        const Pair pair = categories[c].make(random, right);
        const rewards::MathResult result = grade(pair.gold, pair.answer);
        const bool equal = result.verdict == rewards::MathVerdict::equal;
        ++tally.pairs;
        tally.budget_exceeded += result.verdict == rewards::MathVerdict::budget_exceeded;
        if (equal == right) continue;
        ++(right ? tally.misses : tally.false_positives);
        MESSAGE(fmt::format("{} [{}] gold {} | answer {} | {} by {} | read {}", right ? "missed" : "FALSE POSITIVE",
                            categories[c].name, pair.gold, pair.answer, rewards::to_string(result.verdict),
                            result.reason, result.extracted));
      }
  }
  return tally;
}

void check_suite(uint64_t seed, int rounds) {
  CAPTURE(seed);
  const auto compare = [](const std::string& gold, const std::string& answer) {
    return rewards::compare_math(gold, answer);
  };
  const auto grade = [](const std::string& gold, const std::string& answer) {
    return rewards::grade_math(gold, answer);
  };
  Tally total;
  const auto add = [&](const Tally& tally) {
    total.pairs += tally.pairs;
    total.false_positives += tally.false_positives;
    total.misses += tally.misses;
    total.budget_exceeded += tally.budget_exceeded;
  };
  add(run(number_categories(), seed, rounds, compare));
  add(run(algebra_categories(), seed, rounds, compare));
  add(run(collection_categories(), seed, rounds, compare));
  add(run(response_categories(), seed, rounds, grade));
  MESSAGE("seed " << seed << ": " << total.pairs << " pairs, " << total.false_positives << " false positives, "
                  << total.misses << " missed, " << total.budget_exceeded << " over budget");
  CHECK(total.false_positives == 0);
  CHECK(static_cast<double>(total.misses) <= 0.002 * static_cast<double>(total.pairs));
}

}  // namespace

TEST_CASE("constructed pairs are told apart, with a fixed seed") { check_suite(1, 20); }

TEST_CASE("constructed pairs are told apart, with a new seed") { check_suite(std::random_device()(), 20); }
