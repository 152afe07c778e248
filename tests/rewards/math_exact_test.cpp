// Exact algebra of constants: what agrees to hundreds of digits is proved equal, where cohort was built with FLINT, and
// is probable where it was not; and nothing that is asked takes long, as nothing could stop it.
#include <doctest/doctest.h>

#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "cohort/rewards/math.hpp"
#include "rewards/math/exact_algebra.hpp"
#include "rewards/math/parse.hpp"

namespace cohort::rewards::math {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double max_seconds = 1;
#else
constexpr double max_seconds = 0.05;
#endif

std::optional<bool> are_same(std::string_view left, std::string_view right) {
  Arena arena;
  Budget budget;
  const Node *a = parse(left, arena).root, *b = parse(right, arena).root;
  REQUIRE_MESSAGE(a != nullptr, std::string(left));
  REQUIRE_MESSAGE(b != nullptr, std::string(right));
  return are_same_number(*a, *b, {}, budget);
}

/// A constant of few small numbers under roots, logarithms and inverse tangents.
std::string random_constant(std::mt19937_64& random, int depth) {
  const auto below = [&](uint64_t n) { return random() % n; };
  const std::string number = std::to_string(1 + below(12));
  if (depth == 0) return number;
  const auto inner = [&] { return random_constant(random, depth - 1 - static_cast<int>(below(2)) * (depth > 1)); };
  switch (below(10)) {
    case 0:
    case 1:
      return "(" + inner() + "+" + inner() + ")";
    case 2:
      return "(" + inner() + "-" + inner() + ")";
    case 3:
      return "(" + inner() + "\\cdot " + inner() + ")";
    case 4:
      return "\\frac{" + inner() + "}{" + inner() + "}";
    case 5:
      return "\\sqrt{" + inner() + "}";
    case 6:
      return "\\sqrt[" + std::to_string(2 + below(7)) + "]{" + inner() + "}";
    case 7:
      return "\\arctan(" + inner() + ")";
    case 8:
      return "\\ln(" + inner() + ")";
    default:
      return below(2) ? "\\cos(" + inner() + "\\pi)" : "(" + inner() + ")^{" + std::to_string(below(17)) + "}";
  }
}

}  // namespace

TEST_CASE("constants that agree to hundreds of digits are proved equal, or probable without FLINT") {
  const std::pair<const char*, const char*> pairs[] = {
      {"4(4\\arctan\\frac15-\\arctan\\frac1{239})", "\\pi"},
      {"\\arctan\\frac12+\\arctan\\frac13", "\\frac{\\pi}{4}"},
      {"\\arctan 1+\\arctan 2+\\arctan 3", "\\pi"},
      {"\\ln(2+\\sqrt3)", "-\\ln(2-\\sqrt3)"},
  };
  for (const auto& [gold, answer] : pairs) {
    CAPTURE(std::string(gold));
    const MathResult result = compare_math(gold, answer);
    CHECK(result.verdict == MathVerdict::equal);
    CHECK(result.is_probable != has_exact_algebra());
    CHECK(result.reason == (has_exact_algebra() ? "exact algebra" : "digits"));
  }
}

TEST_CASE("exact algebra tells what is the same number, what is not, and what is out of its reach") {
  if (!has_exact_algebra()) {
    MESSAGE("built without FLINT");
    return;
  }
  CHECK(are_same("\\sqrt{5+2\\sqrt6}", "\\sqrt2+\\sqrt3") == true);
  CHECK(are_same("\\arctan\\frac12+\\arctan\\frac13", "\\frac{\\pi}{4}") == true);
  CHECK(are_same("\\arctan\\frac12+\\arctan\\frac13", "\\frac{\\pi}{5}") == false);
  CHECK(are_same("\\sqrt[3]{-8}", "-2") == true);  // real, as everywhere
  CHECK(are_same("\\log_2 8", "3") == true);
  CHECK(are_same("\\sin 30^\\circ", "\\frac12") == true);
  CHECK(are_same("e^{i\\pi}", "-1") == true);
  CHECK(!are_same("\\frac{1}{0}", "1"));
  CHECK(!are_same("\\arcsin 2", "\\arcsin 2"));  // has no real value
  CHECK(!are_same("x", "x"));
  CHECK(!are_same("2^{1000000}+\\sqrt2", "2^{1000000}+\\sqrt2"));
  CHECK(!are_same("\\sqrt[999]{2}", "\\sqrt[999]{2}"));
}

TEST_CASE("no question takes longer than 50 ms") {
  std::random_device device;
  for (const uint64_t seed : {uint64_t{1}, uint64_t{device()}}) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 400; ++i) {
      const std::string left = random_constant(random, 3), right = random_constant(random, 3);
      const std::string other = i % 2 ? right : "(" + left + ")+0\\cdot(" + right + ")";
      const std::clock_t start = std::clock();
      are_same(left, other);
      const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
      CAPTURE(left);
      CAPTURE(other);
      CHECK(seconds < max_seconds);
    }
  }
}

}  // namespace cohort::rewards::math
