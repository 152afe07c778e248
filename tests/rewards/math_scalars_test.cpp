// Equality of numbers and of expressions in symbols: compare_scalars, order and approximate, from text to verdict.
#include <doctest/doctest.h>

#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "rewards/math/ball.hpp"
#include "rewards/math/compare.hpp"
#include "rewards/math/constants.hpp"
#include "rewards/math/exact_algebra.hpp"
#include "rewards/math/parse.hpp"

namespace cohort::rewards::math {
namespace {

using Pair = std::pair<const char*, const char*>;

const Node& tree(std::string_view text, Arena& arena) {
  const Parsed parsed = parse(text, arena);
  REQUIRE_MESSAGE(parsed.root != nullptr, text);
  return *parsed.root;
}

Comparison compare_texts(std::string_view gold, std::string_view prediction, const Policy& policy = {}) {
  Arena arena;
  Budget budget;
  const Node &left = tree(gold, arena), &right = tree(prediction, arena);
  return compare_scalars(left, right, policy, arena, budget);
}

std::string_view word(Decision decision) {
  return decision == Decision::equal ? "equal" : decision == Decision::different ? "different" : "unknown";
}

void check_decision(std::string_view gold, std::string_view prediction, Decision expected, const Policy& policy = {}) {
  const Comparison result = compare_texts(gold, prediction, policy);
  INFO(std::string(gold), "  against  ", std::string(prediction), ": ", word(result.decision), " (", result.reason,
       ")");
  CHECK(result.decision == expected);
}

void check_all(const std::vector<Pair>& pairs, Decision expected) {
  for (const auto& [gold, prediction] : pairs) {
    check_decision(gold, prediction, expected);
    check_decision(prediction, gold, expected);
  }
}

// --- what the verdicts stand on ------------------------------------------------------------------------------------

Integer random_integer(std::mt19937_64& random, int most_limbs) {
  std::vector<uint64_t> limbs(random() % static_cast<uint64_t>(most_limbs + 1));
  for (uint64_t& limb : limbs) {
    // Long runs of ones and zeros reach the corrections of long division.
    const uint64_t shape = random() % 4;
    limb = shape == 0 ? ~uint64_t{0} : shape == 1 ? 0 : shape == 2 ? uint64_t{1} << 63 : random();
  }
  return Integer::from_limbs(random() & 1, std::move(limbs));
}

TEST_CASE("integers of any size obey the laws of arithmetic") {
  std::mt19937_64 random(20250101);
  for (int i = 0; i < 2000; ++i) {
    const Integer a = random_integer(random, 9), b = random_integer(random, 5), c = random_integer(random, 4);
    CHECK((a + b) - b == a);
    CHECK(a * (b + c) == a * b + a * c);
    CHECK(((a << 67) >> 67) == a);
    CHECK(Integer::from_digits(abs(a).to_string()) == abs(a));
    if (!b.is_zero()) {
      const Division parts = divide(a, b);
      CHECK(parts.quotient * b + parts.remainder == a);
      CHECK(abs(parts.remainder) < abs(b));
      const Integer common = gcd(a, b);
      CHECK(divide(a, common).remainder.is_zero());
      CHECK(divide(b, common).remainder.is_zero());
      CHECK(gcd(a * c, b * c) == common * abs(c));
    }
    const Integer root = square_root(abs(a));
    CHECK(root * root <= abs(a));
    CHECK((root + 1) * (root + 1) > abs(a));
    Integer cube;
    CHECK(exact_root(abs(b * b * b), 3, cube));
    CHECK(cube == abs(b));
    if (!b.is_zero()) CHECK_FALSE(exact_root(abs(b * b * b) + 1, 3, cube));
  }
}

// Whether the ball around the true value, given to 60 digits, can be the result.
bool holds(BallArithmetic& balls, const Ball& result, const char* digits) {
  const std::string text(digits);
  const size_t dot = text.find('.');
  const auto places = static_cast<uint64_t>(text.size() - dot - 1);
  const Integer whole = Integer::from_digits(text.substr(0, dot) + text.substr(dot + 1));
  const Integer unit = power(Integer(10), places);
  const Ball truth = balls.rational(Rational(whole, unit)), width = balls.rational(Rational(Integer(1), unit));
  const NumberSign above = balls.sign(balls.subtract(result, balls.add(truth, width)));
  const NumberSign below = balls.sign(balls.subtract(balls.subtract(truth, width), result));
  return result.is_unbounded ? false : above != NumberSign::positive && below != NumberSign::positive;
}

TEST_CASE("balls hold the digits that mpmath gives, and are narrow") {
  Budget budget(int64_t{1} << 40);
  for (const int64_t precision : {64, 150, 400, 1500}) {
    BallArithmetic balls(precision, budget);
    const Ball x = balls.rational(Rational(Integer(355), Integer(226)));
    Ball sine, cosine;
    balls.sin_cos(x, sine, cosine);
    // mpmath, mp.dps = 60, x = mpf(355)/226
    CHECK(holds(balls, balls.pi(), "3.14159265358979323846264338327950288419716939937510582097494"));
    CHECK(holds(balls, balls.exp(x), "4.81047802259694321472848078522185065876418867033894673479180"));
    CHECK(holds(balls, balls.log(x), "0.45158279020312991793085025066502349618034735791583478117304"));
    CHECK(holds(balls, balls.arctan(x), "1.00388486032133952625161059739592084864999548334339547077775"));
    CHECK(holds(balls, sine, "0.99999999999999110460842923353867886070217660849470689866808"));
    for (const Ball& value : {balls.pi(), balls.exp(x), balls.log(x), balls.arctan(x), sine})
      CHECK(Integer(value.radius).bits() + value.exponent <= 8 - precision);
  }
}

TEST_CASE("functions in balls undo each other at random points") {
  std::mt19937_64 random(7);
  Budget budget(int64_t{1} << 40);
  for (int i = 0; i < 300; ++i) {
    BallArithmetic balls(64 + static_cast<int64_t>(random() % 400), budget);
    const Ball x = balls.rational(Rational(Integer(static_cast<int64_t>(random() >> (random() % 50 + 2)) + 1),
                                           Integer(static_cast<int64_t>(random() >> (random() % 50 + 2)) + 1)));
    const auto meets = [&](const Ball& a, const Ball& b) {
      return balls.sign(balls.subtract(a, b)) == NumberSign::unknown ||
             balls.sign(balls.subtract(a, b)) == NumberSign::zero;
    };
    const Ball root = balls.square_root(x), logarithm = balls.log(x);
    CHECK(meets(balls.multiply(root, root), x));
    CHECK(meets(balls.exp(logarithm), x));
    CHECK(meets(balls.multiply(balls.divide(balls.integer(1), x), x), balls.integer(1)));
    Ball sine, cosine;
    balls.sin_cos(balls.arctan(x), sine, cosine);
    CHECK(meets(balls.multiply(x, cosine), sine));
    CHECK(meets(balls.add(balls.multiply(sine, sine), balls.multiply(cosine, cosine)), balls.integer(1)));
  }
}

// --- verdicts -------------------------------------------------------------------------------------------------------

TEST_CASE("numbers that are equal") {
  check_all({{"1/2", "0.5"},
             {"\\frac{3}{6}", "\\frac12"},
             {"0.\\overline{3}", "\\frac13"},
             {"2\\frac12", "2.5"},
             {"6.02\\times10^{23}", "602000000000000000000000"},
             {"1e100000", "10e99999"},
             {"2^{-99}", "\\frac1{2^{99}}"},
             {"(2^{2005}+1)/(3\\cdot2^{2006})", "1/6+1/(3\\cdot2^{2006})"},
             {"(1+2i)(3-i)", "5+5i"},
             {"|3+4i|", "5"},
             {"\\frac{1}{1+i}", "\\frac{1-i}{2}"},
             {"e^{i\\pi}", "-1"},
             {"\\sqrt{12}", "2\\sqrt3"},
             {"\\frac1{\\sqrt2}", "\\frac{\\sqrt2}2"},
             {"\\frac{1}{\\sqrt2+\\sqrt3}", "\\sqrt3-\\sqrt2"},
             {"\\sqrt{5+2\\sqrt6}", "\\sqrt2+\\sqrt3"},
             {"\\sqrt[3]{2+\\sqrt5}+\\sqrt[3]{2-\\sqrt5}", "1"},
             {"\\sqrt[3]{-8}", "-2"},
             {"\\sin\\frac\\pi{10}", "\\frac{\\sqrt5-1}4"},
             {"\\tan\\frac\\pi8", "\\sqrt2-1"},
             {"\\cos\\frac\\pi7\\cos\\frac{2\\pi}7\\cos\\frac{3\\pi}7", "\\frac18"},
             {"\\sin 30^\\circ", "\\frac12"},
             {"\\ln 6", "\\ln2+\\ln3"},
             {"\\log_2 8", "3"},
             {"\\log_4 8", "\\frac32"},
             {"e^{\\ln(2)/2}", "\\sqrt2"},
             {"4(4\\arctan\\frac15-\\arctan\\frac1{239})", "\\pi"},
             {"\\arcsin\\frac12", "\\frac\\pi6"},
             {"1-\\frac1e", "\\frac{e-1}e"},
             {"\\binom{10}3", "120"},
             {"\\gcd(12,18)", "6"},
             {"\\lfloor 3.7\\rfloor", "3"},
             {"\\sum_{k=1}^{100}k", "5050"},
             {"1000000\\cdot 999999!", "1000000!"},
             {"3\\cdot3^{100000}", "3^{100001}"},
             {"\\det\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "-2"},
             {"30^\\circ", "\\frac\\pi6"},
             {"30^\\circ", "30"},
             {"\\infty", "\\infty"},
             {"\\pi\\cdot10^{400}", "10^{401}\\cdot\\frac{\\pi}{10}"}},
            Decision::equal);
}

TEST_CASE("numbers that are different, however near or large") {
  check_all({{"2^{-99}", "2^{-98}"},
             {"1.6\\times10^{-19}", "1.7\\times10^{-19}"},
             {"0.0000001", "0.0000002"},
             {"\\frac{2^{2005}+1}{3\\cdot2^{2006}}", "\\frac1{3\\cdot2^{2006}}"},
             {"e^{16}-1", "e^{16}-1+2^{-200}"},
             {"10^{10^{10}}", "10^{10^{10}}+1"},
             {"2003^{2002^{2001}}", "2003^{2002^{2000}}"},
             {"2003^{2002^{2001}}", "2003^{2002^{2001}}+1"},
             {"1000000!", "999999!"},
             {"2^{1000000}", "2^{1000000}+1"},
             {"1-\\frac1e", "1+\\frac1e"},
             {"4", "4\\sqrt2"},
             {"e^{\\pi\\sqrt{163}}", "262537412640768744"},
             {"\\sqrt{5+2\\sqrt6}", "\\sqrt2+\\sqrt3+10^{-40}"},
             {"2^{5000}\\pi+1", "2^{5000}\\pi"},
             {"12345678901234567890", "12345678901234567891"},
             {"\\infty", "-\\infty"},
             {"\\infty", "5"},
             {"\\sin(10^{50})", "\\cos(10^{50})"},
             {"\\frac{355}{113}", "\\pi"},
             {"1e100000", "1e99999"},
             {"\\tan(\\frac\\pi2-10^{-50})", "10^{50}"},
             {"i", "-i"},
             {"\\sqrt{2^{300}+1}", "2^{150}"},
             {"\\binom{1000000}{500000}", "\\binom{1000000}{499999}"},
             {"31", "30^\\circ"}},
            Decision::different);
}

TEST_CASE("expressions that are equal") {
  check_all({{"(a+b)^2", "a^2+2ab+b^2"},
             {"\\frac{x^2-1}{x-1}", "x+1"},
             {"\\frac{a-b}{c-d}", "\\frac{b-a}{d-c}"},
             {"0.5x", "\\frac x2"},
             {"x^{-1}", "\\frac1x"},
             {"(a+b)^{50}", "(b+a)^{50}"},
             {"|x|", "\\sqrt{x^2}"},
             {"\\sqrt{x^7}", "x^{7/2}"},
             {"\\sqrt{\\frac1n}", "\\frac1{\\sqrt n}"},
             {"\\sqrt{a}\\sqrt{b}", "\\sqrt{ab}"},
             {"\\sqrt[3]{9}x", "³√9 x"},
             {"2^n n!", "(2n)!!"},
             {"z\\bar{z}", "|z|^2"},
             {"\\overline{z+w}", "\\bar z+\\bar w"},
             {"2^x4^x", "8^x"},
             {"3^{x+2}", "9\\cdot3^x"},
             {"\\sin 2x", "2\\sin x\\cos x"},
             {"\\cos^2x", "1-\\sin^2x"},
             {"\\cos3x", "4\\cos^3x-3\\cos x"},
             {"\\cosh^2x-\\sinh^2x", "1"},
             {"\\arcsin x+\\arccos x", "\\frac\\pi2"},
             {"e^{2\\ln x}", "x^2"},
             {"n!", "n(n-1)!"},
             {"\\sum_{k=1}^nk", "\\frac{n(n+1)}2"},
             {"\\cos n\\pi", "(-1)^n"},
             {"f(x)+1", "1+f(x)"},
             {"f(2x)", "f(x+x)"},
             {"\\frac{x^2}2+C", "\\frac12x^2+K"},
             {"\\ln|x|+C", "\\ln|2x|+C"},
             {"\\frac{(x+1)^2}2+C", "\\frac{x^2}2+x+C"},
             {"\\frac{x^3}3+c", "\\frac{x^3}3+C"},
             {"\\arctan x+C", "C-\\arctan\\frac1x"},
             {"\\arctan x+C", "-\\operatorname{arccot} x+C"},
             {"\\log 100", "2"},
             {"\\log x", "\\ln x"}},
            Decision::equal);
}

TEST_CASE("expressions that are different") {
  check_all({{"(a+b)^2", "a^2+b^2"},
             {"|x|", "x"},
             {"\\sqrt{x^2}", "x"},
             {"\\sin2x", "2\\sin x"},
             {"x", "y"},
             {"x", "5"},
             {"(a+b)^{50}", "(a+b)^{50}+1"},
             {"\\sin x", "\\sin x+10^{-600}"},
             {"x^{100000}", "x^{100000}+1"},
             {"f(x)", "f(x+1)"},
             {"f(x)", "g(x)"},
             {"x^2+C", "x^3+C"},
             {"x^2+C", "x^2"},
             {"A+B+C", "A+B+C+1"},
             {"\\sum_{k=1}^nk", "\\frac{n(n-1)}2"},
             {"\\frac1x", "\\frac1{x+10^{-100}}"},
             {"\\sqrt{a^2b}", "a\\sqrt b"},
             {"x^{x^x}", "x^x"},
             {"3x-y+13", "3x+4y+14"},
             {"\\lfloor x\\rfloor", "x"},
             {"\\sqrt{x}", "-\\sqrt{x}"},
             {"\\sqrt{a}\\sqrt{b}", "-\\sqrt{ab}"},
             {"\\sqrt{a}\\sqrt{b}", "\\sqrt{a+b}"},
             {"\\sqrt{-2}\\sqrt{-3}", "\\sqrt{6}"},
             {"2^n n!", "(2n+1)!!"},
             {"\\bar{z}", "z"},
             {"z\\bar{z}", "z^2"},
             {"z\\bar{z}", "|z|"},
             {"\\arctan x+C", "C-\\arctan x"},
             {"\\frac{x^3}3+c", "\\frac{x^2}3+C"}},
            Decision::different);
}

TEST_CASE("a rounded decimal is a number only with the digits to say so") {
  // Of an exact gold answer, as many as a machine prints.
  check_decision("\\frac13", "0.333333333333333", Decision::equal);
  check_decision("\\frac1{12}", "0.0833333333333333", Decision::equal);
  check_decision("\\pi", "3.14159265358979", Decision::equal);
  check_decision("\\pi", "3.14159265358978", Decision::different);
  check_decision("\\sqrt2", "1.41421356237310", Decision::equal);
  check_decision("\\frac13", "0.333333333333", Decision::equal);
  check_decision("\\frac13", "0.33333333333", Decision::different);
  check_decision("\\frac13", "0.333333333334", Decision::different);
  check_decision("\\frac13", "0.333333", Decision::different);
  check_decision("\\frac1{12}", "0.0833333333", Decision::different);
  check_decision("\\pi", "3.14159265", Decision::different);
  check_decision("\\sqrt2", "1.414214", Decision::different);
  check_all({{"\\frac13", "0.33"},
             {"0.12345678", "0.123457"},
             {"\\frac13", "0.333334"},
             {"\\frac12", "0.500001"},
             {"0.25", "0.251"},
             {"12345.67", "12345.678"},
             {"5", "5.0000001"},
             {"2", "1.9999999999"},
             {"0.1", "0.123456"},
             {"602214076000000000000000", "6.02214\\times10^{23}"}},
            Decision::different);
  // The gold's digits say how far it was rounded.
  check_decision("2.6458", "\\sqrt7", Decision::equal);
  check_decision("\\sqrt7", "2.6458", Decision::different);
  check_decision("2.6459", "\\sqrt7", Decision::different);
  check_decision("0.333", "\\frac13", Decision::equal);
  check_decision("0.33", "\\frac13", Decision::different);
  check_decision("12.5", "\\frac{501}{40}", Decision::different);
  check_decision("\\frac83", "2.6667", Decision::equal, {.relative_tolerance = 1e-3});
  check_decision("8", "9", Decision::different, {.relative_tolerance = 1});
}

TEST_CASE("percentages follow the policy") {
  for (const char* other : {"\\frac12", "0.5", "50\\%"}) check_decision("50\\%", other, Decision::equal);
  check_decision("50\\%", "50", Decision::equal);
  check_decision("50", "50\\%", Decision::equal);
  check_decision("50\\%", "50", Decision::different, {.percent = PercentPolicy::strict});
  check_decision("50\\%", "0.5", Decision::equal, {.percent = PercentPolicy::strict});
  check_decision("50\\%", "5", Decision::different);
}

TEST_CASE("a numeral in another base equals the same digits in that base only") {
  check_decision("204_5", "204_5", Decision::equal);
  check_decision("204_5", "0204_5", Decision::equal);
  for (const char* other : {"204", "54", "204_7", "203_5", "54_{10}"})
    check_decision("204_5", other, Decision::different);
  check_decision("54", "54_{10}", Decision::equal);
  check_decision("54", "204_5", Decision::different);
}

TEST_CASE("equality is proved where algebra can prove it") {
  const std::vector<Pair> pairs = {{"\\sqrt{5+2\\sqrt6}", "\\sqrt2+\\sqrt3"},
                                   {"\\cos\\frac\\pi7\\cos\\frac{2\\pi}7\\cos\\frac{3\\pi}7", "\\frac18"},
                                   {"\\ln6", "\\ln2+\\ln3"},
                                   {"(a+b)^2", "a^2+2ab+b^2"},
                                   {"2^x4^x", "8^x"},
                                   {"10^{10^{10}}+x", "x+10^{10^{10}}"},
                                   {"\\sin^2x+\\cos^2x", "1"},
                                   {"\\sqrt[3]{2+\\sqrt5}+\\sqrt[3]{2-\\sqrt5}", "1"}};
  for (const auto& [gold, prediction] : pairs) {
    const Comparison result = compare_texts(gold, prediction);
    INFO(std::string(gold), "  against  ", std::string(prediction), ": ", result.reason);
    CHECK(result.decision == Decision::equal);
    CHECK_FALSE(result.is_probable);
  }
  CHECK(compare_texts("\\arctan\\frac12+\\arctan\\frac13", "\\frac\\pi4").is_probable != has_exact_algebra());
}

// --- random pairs ---------------------------------------------------------------------------------------------------

/// Writes random expressions, and each one again in other words that mean the same.
class Writer {
 public:
  explicit Writer(uint64_t seed, int symbols) : random_(seed), symbols_(symbols) {}

  struct Texts {
    std::string plain, other;
  };

  Texts write(int depth) {
    if (depth == 0) return leaf();
    const Texts a = write(depth - 1);
    switch (random_() % 9) {
      case 0: {
        const Texts b = write(depth - 1);
        return {"(" + a.plain + "+" + b.plain + ")", "(" + b.other + "+" + a.other + ")"};
      }
      case 1: {
        const Texts b = write(depth - 1);
        return {"(" + a.plain + "-" + b.plain + ")", "(-(" + b.other + "-" + a.other + "))"};
      }
      case 2: {
        const Texts b = write(depth - 1);
        return {"(" + a.plain + "\\cdot" + b.plain + ")", "(" + b.other + "\\cdot" + a.other + ")"};
      }
      case 3: {
        const Texts b = leaf(), c = leaf();
        return {"(" + a.plain + "\\cdot(" + b.plain + "+" + c.plain + "))",
                "(" + a.other + "\\cdot" + c.other + "+" + a.other + "\\cdot" + b.other + ")"};
      }
      case 4: {
        const std::string k = number(2, 9);
        return {a.plain, "\\frac{" + k + "\\cdot" + a.other + "}{" + k + "}"};
      }
      case 5:
        return {"(" + a.plain + ")^2", "(" + a.other + "\\cdot" + a.other + ")"};
      case 6: {
        const std::string k = number(2, 50);
        return {a.plain, "(" + a.other + "+" + k + "-" + k + ")"};
      }
      case 7:
        return {"\\sin(" + a.plain + ")", "(-\\sin(-(" + a.other + ")))"};
      default:
        return {"\\cos(" + a.plain + ")", "(1-2\\sin(\\frac{" + a.other + "}{2})^2)"};
    }
  }

  /// A positive number that is added to make a pair differ: from 1 down to 10^−60.
  std::string nudge() { return random_() % 2 ? number(1, 9) : "10^{-" + number(10, 60) + "}"; }

 private:
  std::string number(uint64_t low, uint64_t high) { return std::to_string(low + random_() % (high - low + 1)); }

  Texts leaf() {
    if (symbols_ > 0 && random_() % 2) {
      const std::string name(1, "xyz"[random_() % static_cast<uint64_t>(symbols_)]);
      return {name, name};
    }
    const std::string k = number(2, 30);
    switch (random_() % 5) {
      case 0:
        return {"\\sqrt{" + k + "}", "{" + k + "}^{1/2}"};
      case 1:
        return {"\\pi", "\\frac{2\\pi}{2}"};
      case 2:
        return {"0." + k, "\\frac{" + k + "}{" + (k.size() == 1 ? "10" : "100") + "}"};
      case 3:
        return {"\\frac{1}{" + k + "}", k + "^{-1}"};
      default:
        return {k, "(" + k + "+1-1)"};
    }
  }

  std::mt19937_64 random_;
  int symbols_;
};

TEST_CASE("random expressions equal themselves in other words, and differ by whatever is added") {
  int equal_found = 0, different_found = 0, total = 0;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    Writer writer(seed, static_cast<int>(seed % 3));
    const Writer::Texts texts = writer.write(1 + static_cast<int>(seed % 4));
    const Comparison same = compare_texts(texts.plain, texts.other);
    const std::string nudged = texts.other + "+" + writer.nudge();
    const Comparison other = compare_texts(texts.plain, nudged);
    INFO(texts.plain, "  against  ", texts.other, "  and  ", nudged);
    CHECK(same.decision != Decision::different);
    CHECK(other.decision != Decision::equal);
    equal_found += same.decision == Decision::equal;
    different_found += other.decision == Decision::different;
    ++total;
  }
  // `unknown` is allowed, but rare.
  CHECK(equal_found >= total * 99 / 100);
  CHECK(different_found >= total * 99 / 100);
}

TEST_CASE("random decimals and fractions differ from their neighbours at every size") {
  std::mt19937_64 random(11);
  for (int i = 0; i < 300; ++i) {
    const std::string digits = std::to_string(1 + random() % 9) + "." + std::to_string(100 + random() % 900);
    const int exponent = static_cast<int>(random() % 400) - 200;
    const std::string scale = "\\times10^{" + std::to_string(exponent) + "}";
    std::string last = digits;
    last.back() = last.back() == '9' ? '8' : static_cast<char>(last.back() + 1);
    check_decision(digits + scale, last + scale, Decision::different);
    std::string shifted = digits.substr(0, 1) + digits.substr(2);
    check_decision(digits + scale, shifted + "\\times10^{" + std::to_string(exponent - 3) + "}", Decision::equal);
  }
}

// --- limits ---------------------------------------------------------------------------------------------------------

TEST_CASE("towers of powers are told apart without being multiplied out") {
  const std::vector<Pair> pairs = {{"10^{10^{10}}", "10^{10^{11}}"},
                                   {"9^{9^8}", "9^{9^9}"},
                                   {"2003^{2002^{2000}}", "2003^{2002^{2001}}"},
                                   {"7^{7^{7^7}}", "7^{7^{7^8}}"},
                                   {"7^{7^{7^7}}", "8^{7^{823543}}"},
                                   {"\\pi^{\\pi^{\\pi^\\pi}}", "3^{3^{3^3}}"},
                                   {"2^{2^{65536}}", "3"}};
  check_all(pairs, Decision::different);
  check_all({{"7^{7^{7^7}}", "7^{7^{823543}}"}, {"10^{10^{100}}", "(10^{50})^{2\\cdot10^{98}}"}}, Decision::equal);
}

/// That a comparison of unequal texts ends soon. Time of the processor, for this machine may be busy. 50 ms is the
/// limit; sanitizers are given ten times that.
void check_quick(std::string_view gold, std::string_view prediction) {
  Arena arena;
  const Node &left = tree(gold, arena), &right = tree(prediction, arena);
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    Budget budget;
    const std::clock_t start = std::clock();
    const Comparison result = compare_scalars(left, right, {}, arena, budget);
    best = std::min(best, 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    CHECK(result.decision != Decision::equal);
    if (best < 1) break;
  }
  INFO(std::string(gold), "  against  ", std::string(prediction), ": ", best, " ms");
#ifdef __SANITIZE_ADDRESS__
  CHECK(best < 500);
#else
  CHECK(best < 50);
#endif
  CHECK(arena.bytes() < size_t{1} << 20);
}

TEST_CASE("no pair takes long, whatever it asks for") {
  const std::vector<Pair> pairs = {
      {"2^{2^{2^{2^{100}}}}", "3^{2^{2^{2^{100}}}}"},
      {"9^{9^{9^{9^{9}}}}", "9^{9^{9^{9^{9}}}}+1"},
      {"\\binom{10^{12}}{10^{11}}", "7"},
      {"100000!+1", "100001!"},
      {"(1000!)!", "3"},
      {"(a+b+c+d+f+g)^{60}", "(a+b+c+d+f-g)^{60}"},
      {"(x+1)^{10^9}", "(x+2)^{10^9}"},
      {"\\sum_{k=1}^{10000}\\frac1k", "9.787606"},
      {"\\sum_{k=1}^{10^{15}}k", "3"},
      {"\\sum_{i=1}^{1000}\\sum_{j=1}^{1000}ij", "250500250000"},
      {"\\sum_{k=1}^{20000}\\sin k", "0"},
      {"\\prod_{k=1}^{20000}k", "20000!"},
      {"e^{e^{e^{e^{e}}}}", "1"},
      {"\\sin(10^{1000})", "\\cos(10^{1000})"},
      {"\\sqrt[1000000007]{2}", "1"},
      {"((((2^9)^9)^9)^9)^9", "3"},
      {"10^{-2000000000}", "2\\cdot10^{-2000000000}"},
      {"\\sum_{i=1}^{100}\\sum_{j=1}^{100}\\frac{1}{i+j}", "\\sum_{i=1}^{100}\\sum_{j=1}^{100}\\frac{1}{i+j}+1"},
      {"10^{10^{10}}", "10^{10^{11}}"},
      {"2003^{2002^{2000}}", "2003^{2002^{2001}}"},
      {"\\gcd(10^{9000},6^{9000})", "7"},
      {"\\ln\\ln\\ln\\ln 10^{10^{100}}", "1"},
      {"7^{100000}", "7^{99999}+7"},
      {"(\\sqrt2+\\sqrt3+\\sqrt5+\\sqrt7+\\sqrt{11}+\\sqrt{13})^{12}", "2"},
      {"x^{y^{x^{y^{x}}}}", "y^{x^{y^{x^{y}}}}"},
      {"\\arctan(\\arctan(\\arctan(\\arctan 10^{300})))", "1"},
      {"\\Gamma(x)", "\\Gamma(x+1)"},
      {"\\sqrt{\\sqrt{\\sqrt{\\sqrt{\\sqrt{2+\\sqrt3}+\\sqrt5}+\\sqrt7}+\\sqrt{11}}+\\sqrt{13}}", "1.5"}};
  for (const auto& [gold, prediction] : pairs) check_quick(gold, prediction);
}

TEST_CASE("functions within functions take no longer") {
  const auto nested = [](std::string_view function, int depth, std::string_view inside) {
    std::string text;
    for (int i = 0; i < depth; ++i) text.append(function).append("{");
    return text.append(inside) + std::string(static_cast<size_t>(depth), '}');
  };
  for (const char* function : {"\\ln", "\\log_2", "\\exp", "\\cos", "\\tan", "\\sqrt"})
    for (const int depth : {10, 40, 80, 150})
      for (const auto& [gold, prediction] : {Pair("7", "7+10^{-30}"), Pair("10^{10}", "10^{10}+1"), Pair("x", "y")})
        check_quick(nested(function, depth, gold), nested(function, depth, prediction));
}

TEST_CASE("a budget that ends gives unknown, never a verdict on what was not read") {
  Arena arena;
  const Node &left = tree("\\sqrt{5+2\\sqrt6}+\\pi-\\pi", arena), &right = tree("\\sqrt2+\\sqrt3", arena);
  for (int64_t units = 0; units < 3000; units += 7) {
    Budget budget(units);
    CHECK(compare_scalars(left, right, {}, arena, budget).decision != Decision::different);
  }
  const Node &near = tree("e^{16}-1", arena), &nearer = tree("e^{16}-1+2^{-200}", arena);
  for (int64_t units = 0; units < 3000; units += 7) {
    Budget budget(units);
    CHECK(compare_scalars(near, nearer, {}, arena, budget).decision != Decision::equal);
  }
}

TEST_CASE("constants are ordered") {
  const auto order_of = [](std::string_view a, std::string_view b) {
    Arena arena;
    Budget budget;
    const Node &left = tree(a, arena), &right = tree(b, arena);
    return order(left, right, arena, budget);
  };
  CHECK(order_of("\\sqrt2", "1.5") == Order::less);
  CHECK(order_of("\\frac{22}7", "\\pi") == Order::greater);
  CHECK(order_of("\\sqrt{5+2\\sqrt6}", "\\sqrt2+\\sqrt3") == Order::equal);
  CHECK(order_of("e^{16}-1", "e^{16}-1+2^{-200}") == Order::less);
  CHECK(order_of("-\\infty", "0") == Order::less);
  CHECK(order_of("10^{10^{10}}", "\\infty") == Order::less);
  CHECK(order_of("i", "1") == Order::unknown);
  CHECK(order_of("x", "1") == Order::unknown);
}

TEST_CASE("constants are approximated to nine digits") {
  Arena arena;
  Budget budget;
  CHECK(approximate(tree("\\frac{\\pi}{4}", arena), budget).value() ==
        doctest::Approx(0.7853981633974483).epsilon(1e-9));
  CHECK(approximate(tree("e^{40}-e^{40}+10^{-30}", arena), budget).value() == doctest::Approx(1e-30).epsilon(1e-9));
  CHECK_FALSE(approximate(tree("\\frac10", arena), budget).has_value());
  CHECK_FALSE(approximate(tree("1+i", arena), budget).has_value());
}

}  // namespace
}  // namespace cohort::rewards::math
