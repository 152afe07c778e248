// Numbers as products of prime powers, beside the same numbers multiplied out.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "cohort/rewards/math.hpp"
#include "rewards/math/factored.hpp"
#include "rewards/math/parse.hpp"
#include "rewards/math/separation.hpp"

namespace cohort::rewards::math {
namespace {

std::optional<bool> are_equal(std::string_view left, std::string_view right) {
  Arena arena;
  Budget budget;
  const Node *a = parse(left, arena).root, *b = parse(right, arena).root;
  REQUIRE_MESSAGE(a != nullptr, std::string(left));
  REQUIRE_MESSAGE(b != nullptr, std::string(right));
  return are_equal_factored(*a, *b, budget);
}

/// A constant of small integers, factorials and binomials.
std::string random_constant(std::mt19937_64& random, int depth) {
  const auto below = [&](uint64_t n) { return random() % n; };
  const auto inner = [&] { return "(" + random_constant(random, depth - 1) + ")"; };
  const uint64_t n = below(9);
  if (depth == 0 || below(4) == 0) {
    if (n < 3) return std::to_string(below(13));
    if (n < 6) return std::to_string(below(12)) + "!";
    const uint64_t top = below(15);
    return "\\binom{" + std::to_string(top) + "}{" + std::to_string(below(top + 1)) + "}";
  }
  if (n < 3) return inner() + " \\cdot " + inner();
  if (n < 5) return inner() + " + " + inner();
  if (n < 6) return inner() + " - " + inner();
  if (n < 8) return "\\frac{" + inner() + "}{" + inner() + "}";
  return inner() + "^{" + std::to_string(below(4)) + "}";
}

TEST_CASE("factored constants agree with the fractions that they are") {
  std::mt19937_64 random(7);
  int num_equal = 0, num_different = 0;
  for (int i = 0; i < 4'000; ++i) {
    const std::string left = random_constant(random, 2);
    const std::string right = i % 2 == 0 ? random_constant(random, 1) : "\\frac{6! \\cdot (" + left + ")}{720}";
    Arena arena;
    Budget budget;
    const auto a = rational_value(*parse(left, arena).root, budget);
    const auto b = rational_value(*parse(right, arena).root, budget);
    const auto found = are_equal(left, right);
    CAPTURE(left);
    CAPTURE(right);
    if (!a || !b) {
      CHECK_FALSE(found.value_or(false));
      continue;
    }
    REQUIRE(found);
    CHECK(*found == (*a == *b));
    ++(*found ? num_equal : num_different);
  }
  CHECK(num_equal > 1'000);
  CHECK(num_different > 500);
}

TEST_CASE("factorials too large to multiply out are told apart") {
  const auto verdict = [](std::string_view gold, std::string_view answer) {
    return compare_math(gold, answer).verdict;
  };
  CHECK(verdict("\\binom{2846}{515}", "\\frac{2846!}{515! 2331!}") == MathVerdict::equal);
  CHECK(verdict("\\binom{2846}{515}", "\\frac{2846!}{514! 2332!}") == MathVerdict::different);
  CHECK(verdict("\\frac{2000!}{655!\\,1345!}", "\\binom{1999}{655}+\\binom{1999}{654}") == MathVerdict::equal);
  CHECK(verdict("\\frac{2000!}{655!\\,1345!}", "\\binom{1999}{655}+\\binom{1999}{653}") == MathVerdict::different);
  CHECK(verdict("19999! \\cdot 20000", "20000!") == MathVerdict::equal);
  CHECK(verdict("19999! \\cdot 20000", "20000! + 1") == MathVerdict::different);
  CHECK(verdict("5000! - 4999!", "4999 \\cdot 4999!") == MathVerdict::equal);
  CHECK(verdict("5000! - 4999!", "-4999 \\cdot 4999!") == MathVerdict::different);
  CHECK(verdict("(3000!)^{1000}", "(3000!)^{999} \\cdot 3000!") == MathVerdict::equal);
}

TEST_CASE("what is no product of primes, or beyond them, is left to others") {
  CHECK_FALSE(are_equal("20001!", "20001!"));
  CHECK_FALSE(are_equal("5! \\pi", "5! \\pi"));
  CHECK_FALSE(are_equal("(1/2)!", "(1/2)!"));
  CHECK_FALSE(are_equal("\\binom{3}{5}", "0"));
  CHECK_FALSE(are_equal("\\frac{5!}{3 - 3}", "1"));
  CHECK_FALSE(are_equal("((9!^{999999})^{999999})^{999999}", "1"));
}

}  // namespace
}  // namespace cohort::rewards::math
