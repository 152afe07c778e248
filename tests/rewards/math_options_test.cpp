// Each option of the maths reward changes something, and only what it says.
#include <doctest/doctest.h>

#include "cohort/error.hpp"
#include "cohort/rewards/math.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;

namespace {

std::string_view compared(const char* gold, const char* answer, const MathOptions& options = {}) {
  return to_string(compare_math(gold, answer, options).verdict);
}
std::string_view graded(const char* gold, const char* response, const MathOptions& options = {}) {
  return to_string(grade_math(gold, response, options).verdict);
}

}  // namespace

TEST_CASE("strictness says what counts as an answer") {
  const MathOptions boxed{.strictness = MathStrictness::boxed_only}, anchored{.strictness = MathStrictness::anchored};
  CHECK(graded("5", "so 5", anchored) == "unparsed");
  CHECK(graded("5", "so 5") == "equal");
  CHECK(graded("5", "the answer is 5", anchored) == "equal");
  CHECK(graded("5", "<answer>5</answer>", anchored) == "equal");
  CHECK(graded("5", "the answer is 5", boxed) == "unparsed");
  CHECK(graded("5", "it is \\boxed{5}", boxed) == "equal");
}

TEST_CASE("percent: either reads 50% as 1/2 and as 50, strict as 1/2") {
  const MathOptions strict{.percent = MathPercent::strict};
  CHECK(compared("50\\%", "50") == "equal");
  CHECK(compared("50\\%", "50", strict) == "different");
  CHECK(compared("50\\%", "1/2", strict) == "equal");
}

TEST_CASE("units are ignored, required or converted") {
  const MathOptions ignore{.units = MathUnits::ignore}, require{.units = MathUnits::require};
  CHECK(compared("5 cm", "5 m", ignore) == "equal");
  CHECK(compared("5 cm", "5 m") == "different");
  CHECK(compared("1 m", "100 cm") == "equal");
  CHECK(compared("5 cm", "5") == "equal");
  CHECK(compared("5 cm", "5", require) == "different");
}

TEST_CASE("ordered_lists, inequality_for_interval and decimal_comma") {
  CHECK(compared("1, 2", "2, 1") == "equal");
  CHECK(compared("1, 2", "2, 1", {.ordered_lists = true}) == "different");
  CHECK(compared("(1, 2)", "1 < x < 2") == "equal");
  CHECK(compared("(1, 2)", "1 < x < 2", {.inequality_for_interval = false}) == "different");
  CHECK(compared("12.345", "12,345") == "different");
  CHECK(compared("12.345", "12,345", {.decimal_comma = true}) == "equal");
}

TEST_CASE("strictness formula wants a box or what the text sets apart as mathematics") {
  const MathOptions formula{.strictness = MathStrictness::formula};
  CHECK(graded("5", "so $x = 5$ it is", formula) == "equal");
  CHECK(graded("5", "the answer is \\(5\\), as $7$ is not", formula) == "equal");
  CHECK(graded("5", "\\boxed{5}", formula) == "equal");
  CHECK(graded("5", "the answer is 5", formula) == "unparsed");
  CHECK(graded("5", "5", formula) == "unparsed");
}

TEST_CASE("rename_symbols: only the order of names counts") {
  const MathOptions renamed{.rename_symbols = true};
  CHECK(compared("f(x)", "f(y)") == "different");
  CHECK(compared("f(x)", "f(y)", renamed) == "equal");
  CHECK(compared("x^2+y", "a^2+b", renamed) == "equal");
  CHECK(compared("x^2+y", "y^2+x", renamed) == "equal");
  CHECK(compared("x^2+y", "a^2+a", renamed) == "different");
  CHECK(compared("x^2+1", "a^2+2", renamed) == "different");
}

TEST_CASE("polynomial_gcd: divisors and multiples as computer algebra has them") {
  const MathOptions polynomials{.polynomial_gcd = true};
  constexpr std::pair<const char*, const char*> pairs[] = {
      {"1", "\\gcd(x, y)"},
      {"25", "\\gcd(125, 50x)"},
      {"250x", "\\operatorname{lcm}(125, 50x)"},
      {"x-1", "\\gcd(x^2-1, 1-x)"},
      {"2xy(x+y)", "\\gcd(2xy(x+y)^2, 4xy(x+y)(x-y))"},
      {"x^2-y^2", "\\gcd((x-y)(x+y)(x+2y), (x^2-y^2)(x-3y))"},
      {"x+y+z", "\\gcd((x+y+z)(x-y), (x+y+z)(y-z))"},
      {"4x\\sqrt{x}+304\\sqrt{x}", "\\operatorname{lcm}(x+76, 4\\sqrt{x})"},
      {"\\sqrt{10}", "\\operatorname{lcm}(\\sqrt5, \\sqrt2)"},
      {"1", "\\gcd(0.4x, \\frac83)"},
      {"xyz", "\\operatorname{lcm}(x, y, z)"},
      {"6", "\\gcd(18, 12)"},
      {"y+\\frac12", "y+\\gcd(x, 7)/2"}};
  for (const auto& [value, divisor] : pairs) {
    CAPTURE(divisor);
    CHECK(compared(value, divisor, polynomials) == "equal");
    CHECK(compared((std::string(value) + "+x^9").c_str(), divisor, polynomials) == "different");
  }
  // Of numbers that nobody knows it is another question.
  CHECK(compared("\\gcd(m, n)", "1") != "equal");
  CHECK(compared("\\gcd(2m, n)", "1") != "equal");
  CHECK(compared("\\gcd(m, n)", "\\gcd(n, m)") == "equal");
  CHECK(compared("\\gcd(n, n+1)", "1") == "equal");
  CHECK(compared("\\gcd(n, n+2)", "1") == "different");
  CHECK(compared("\\gcd(x^2-1, x-1)", "|x-1|") == "equal");
}

TEST_CASE("rounded_places: a decimal of so many places may be rounded") {
  const MathOptions two{.rounded_places = 2};
  CHECK(compared("2/3", "0.67") == "different");
  CHECK(compared("2/3", "0.67", two) == "equal");
  CHECK(compared("2/3", "0.66", two) == "different");  // cut off, not rounded
  CHECK(compared("2/3", "0.7", two) == "different");
  CHECK(compared("2.6457", "2.65", two) == "equal");
  CHECK(compared("(\\frac{3}{5}, \\frac{8}{3}]", "(0.6, 2.6667]", two) == "equal");
  CHECK(compared("1/300", "0.00", two) == "different");  // two digits must say something
  CHECK(compared("5", "5.004", two) == "different");
  CHECK_THROWS_WITH_AS(math_reward({.rounded_places = -1}), doctest::Contains("rounded_places"), Error);
}

TEST_CASE("relative_tolerance, max_answer_bytes and budget") {
  CHECK(compared("3.14159", "3.15") == "different");
  CHECK(compared("3.14159", "3.15", {.relative_tolerance = 0.01}) == "equal");
  CHECK(compared("1000", "1001", {.relative_tolerance = 0.01}) == "different");  // integers are exact
  CHECK(graded("5", "\\boxed{2+3+0}", {.max_answer_bytes = 4}) == "unparsed");
  CHECK(graded("5", "\\boxed{2+3+0}") == "equal");
  const MathResult stopped = compare_math("\\sqrt{5+2\\sqrt{6}}", "\\sqrt{2}+\\sqrt{3}", {.budget = 1});
  CHECK(stopped.verdict == MathVerdict::budget_exceeded);
  CHECK(!stopped.score);
  CHECK_THROWS_WITH_AS(math_reward({.budget = 0}), doctest::Contains("budget must be positive, got 0"), Error);
  CHECK_THROWS_WITH_AS(math_reward({.relative_tolerance = -1}), doctest::Contains("got -1"), Error);
  CHECK_THROWS_WITH_AS(math_reward({.max_answer_bytes = 0}), doctest::Contains("max_answer_bytes"), Error);
}

TEST_CASE("a result says what was read, by which rule, and where it stands") {
  const std::string response = "First 12, then\n**Answer:** $x = 5$, as claimed.";
  const MathResult result = grade_math("5", response);
  CHECK(result.verdict == MathVerdict::equal);
  CHECK(result.score == 1.0);
  CHECK(result.rule == "answer_phrase");
  CHECK(response.substr(result.begin, result.end - result.begin).find("x = 5") != std::string::npos);
  CHECK(grade_math("", "5").verdict == MathVerdict::gold_unparsed);
  CHECK(!grade_math("", "5").score);
  CHECK(grade_math("5", "").verdict == MathVerdict::unparsed);
}

TEST_CASE("a choice is read as a letter, and a letter and its words are one answer") {
  CHECK(graded("C", "It is not A because that is small, therefore I think it is C") == "equal");
  CHECK(graded("D", "The answer is for sure D, it cannot be A") == "equal");
  CHECK(graded("A", "The answer is A or D.") == "different");
  CHECK(graded("D", "The answer is A or D.") == "different");
  CHECK(graded("(B) Paris", "\\boxed{\\text{Paris}}") == "equal");
  CHECK(graded("(B) Paris", "\\boxed{C}") == "different");
  CHECK(graded("A", "\\boxed{a + \\frac{b}{2}}") == "different");
  CHECK(graded("E", "\\boxed{\\left(e^{x^2}\\right)}") == "different");
  CHECK(graded("B", "\\boxed{B > C > D > A}") == "different");
  CHECK(graded("A", "\\boxed{A - Paris}") == "equal");
  CHECK(graded("C", "\\boxed{\\displaystyle \\text{(C)}}") == "equal");
}
