// Pairs whose truth is known because of how they were made: each maker gives equal ones and look-alikes that differ.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "rewards/math/compare.hpp"
#include "rewards/math/parse.hpp"

using namespace cohort::rewards::math;

namespace {

using Integers = std::vector<int64_t>;

struct Pair {
  std::string gold, prediction;
};

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int64_t between(int64_t low, int64_t high) {  // both included
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  int64_t nonzero(int64_t limit) { return coin() ? between(1, limit) : -between(1, limit); }
  bool coin() { return engine_() % 2 == 0; }
  template <typename T>
  T pick(std::initializer_list<T> values) {
    return *(values.begin() + between(0, static_cast<int64_t>(values.size()) - 1));
  }
  /// Different integers from −limit to limit, ascending.
  Integers ascending(int64_t count, int64_t limit) {
    Integers values;
    while (static_cast<int64_t>(values.size()) < count) {
      const int64_t value = between(-limit, limit);
      if (std::ranges::find(values, value) == values.end()) values.push_back(value);
    }
    std::ranges::sort(values);
    return values;
  }
  template <typename T>
  std::vector<T> shuffled(std::vector<T> values) {
    std::ranges::shuffle(values, engine_);
    return values;
  }

 private:
  std::mt19937_64 engine_;
};

struct Maker {
  const char* name;
  std::function<Pair(Random&, bool is_equal)> make;
};

std::string joined(const Integers& values, const char* separator = ", ") {
  return fmt::format("{}", fmt::join(values, separator));
}
/// "+ 3", "- 3": a term behind another.
std::string term(int64_t value) { return value < 0 ? fmt::format("- {}", -value) : fmt::format("+ {}", value); }
/// x − a, written x + 3 for a = −3.
std::string minus(int64_t a, const char* x = "x") { return fmt::format("{} {}", x, term(-a)); }
std::string square(const Integers& m) {
  return fmt::format("\\begin{{pmatrix}}{}&{}\\\\{}&{}\\end{{pmatrix}}", m[0], m[1], m[2], m[3]);
}
std::string column(const Integers& v) { return fmt::format("\\begin{{pmatrix}}{}\\end{{pmatrix}}", joined(v, "\\\\")); }
Integers entries(Random& r, int64_t count, int64_t limit = 9) {
  Integers values;
  for (int64_t i = 0; i < count; ++i) values.push_back(r.between(-limit, limit));
  return values;
}
Integers spoiled(Random& r, Integers values) {
  values[static_cast<size_t>(r.between(0, static_cast<int64_t>(values.size()) - 1))] += r.nonzero(3);
  return values;
}
Integers product(const Integers& a, const Integers& b) {
  return {a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]};
}

// clang-format off
std::vector<Maker> set_makers() {
  return {
    {"sets in any order", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(r.between(2, 6), 20);
      Integers b = r.shuffled(a);
      if (!is_equal) b[0] = 21;
      return Pair{"\\{" + joined(a) + "\\}", "\\{" + joined(b) + "\\}"}; }},
    {"sets with repeated elements", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(3, 20);
      Integers b = a;
      b.push_back(is_equal ? a[1] : 21);
      return Pair{"\\{" + joined(a) + "\\}", "\\{" + joined(r.shuffled(b)) + "\\}"}; }},
    {"lists count their entries", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{joined({a[0], a[0], a[1]}), joined(is_equal ? Integers{a[1], a[0], a[0]} : Integers{a[0], a[1], a[1]})}; }},
    {"sets beside lists", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(4, 20);
      return Pair{"\\{" + joined(a) + "\\}", joined(is_equal ? r.shuffled(a) : Integers{a[0], a[1], a[2]})}; }},
    {"sets beside alternatives", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(3, 20);
      return Pair{fmt::format("\\{{{}, {}\\}}", a[0], a[1]), fmt::format("x = {} \\text{{ or }} x = {}", a[1], a[is_equal ? 0 : 2])}; }},
    {"one value is not two", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{fmt::format("{}", a[0]), is_equal ? fmt::format("\\{{{}\\}}", a[0]) : r.pick<std::string>({joined(a), fmt::format("{} \\text{{ or }} {}", a[0], a[1]), "\\{" + joined(a) + "\\}"})}; }},
    {"tuples keep their order", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(r.between(2, 5), 20);
      Integers b = a;
      if (!is_equal) std::swap(b[0], b[1]);
      return Pair{"(" + joined(a) + ")", "(" + joined(b) + ")"}; }},
    {"lists of points", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(4, 20);
      return Pair{fmt::format("({}, {}), ({}, {})", a[0], a[1], a[2], a[3]), is_equal ? fmt::format("({}, {}), ({}, {})", a[2], a[3], a[0], a[1]) : fmt::format("({}, {}), ({}, {})", a[0], a[3], a[2], a[1])}; }},
    {"sets of points beside named ones", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(4, 20);
      return Pair{fmt::format("\\{{({}, {}), ({}, {})\\}}", a[0], a[1], a[2], a[3]), fmt::format("x = {}, y = {} \\text{{ or }} x = {}, y = {}", a[2], a[is_equal ? 3 : 1], a[0], a[is_equal ? 1 : 3])}; }},
    {"points beside named values", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      const bool turned = r.coin();
      const Integers b = is_equal ? a : Integers{a[1], a[0]};
      return Pair{"(" + joined(a) + ")", turned ? fmt::format("y = {}, x = {}", b[1], b[0]) : fmt::format("x = {}, y = {}", b[0], b[1])}; }},
    {"named values in any order", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(3, 20);
      return Pair{fmt::format("a = {}, b = {}, c = {}", a[0], a[1], a[2]), fmt::format("c = {}, a = {}, b = {}", a[is_equal ? 2 : 1], a[0], a[is_equal ? 1 : 2])}; }},
    {"pairs named again and again", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(4, 20);
      return Pair{fmt::format("p={},q={};p={},q={}", a[0], a[1], a[2], a[3]), fmt::format("({},{}),({},{})", a[2], a[is_equal ? 3 : 1], a[0], a[is_equal ? 1 : 3])}; }},
    {"numbered roots", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(3, 20);
      return Pair{fmt::format("x_1 = {}, x_2 = {}", a[0], a[1]), fmt::format("{}, {}", a[1], a[is_equal ? 0 : 2])}; }},
    {"plus-minus", [](Random& r, bool is_equal) {
      const int64_t a = r.between(-20, 20), b = r.between(1, 20);
      return Pair{fmt::format("{} \\pm {}", a, b), is_equal ? fmt::format("{}, {}", a - b, a + b) : r.pick<std::string>({fmt::format("{}", a + b), fmt::format("{}, {}", a - b, a + b + 1), fmt::format("{} \\pm {}", a, b + 1)})}; }},
    {"plus-minus of roots", [](Random& r, bool is_equal) {
      const int64_t a = r.between(1, 20), n = r.pick<int64_t>({2, 3, 5, 6, 7});
      return Pair{fmt::format("x = {} \\pm \\sqrt{{{}}}", a, n), is_equal ? fmt::format("x = {0} + \\sqrt{{{1}}} \\text{{ or }} x = {0} - \\sqrt{{{1}}}", a, n) : fmt::format("x = {} + \\sqrt{{{}}}", a, n)}; }},
    {"conjugate complex roots", [](Random& r, bool is_equal) {
      const int64_t a = r.between(-9, 9), b = r.between(2, 9);
      return Pair{fmt::format("{} \\pm {}i", a, b), is_equal ? fmt::format("{0} - {1}i, {0} + {1}i", a, b) : fmt::format("{} - {}i, {} + {}i", a, b, -a - 1, b)}; }},
    {"dots", [](Random& r, bool is_equal) {
      const int64_t a = r.between(1, 9), d = r.between(2, 5);
      return Pair{fmt::format("{}, {}, {}, \\ldots", a, a + d, a + 2 * d), fmt::format("{}, {}, {}{}", a, a + d, a + 2 * d, is_equal ? ", \\dots" : r.coin() ? "" : fmt::format(", {}, \\ldots", a + 4 * d))}; }},
    {"hedges", [](Random& r, bool is_equal) {
      const int64_t a = r.between(2, 20);
      return Pair{fmt::format("{}", a), is_equal ? fmt::format("x = {}", a) : r.pick<std::string>({fmt::format("{} \\text{{ or }} {}", a, a + 1), fmt::format("{}, {}", a, a + 2), fmt::format("\\pm {}", a), fmt::format("x \\ge {}", a), fmt::format("x + y = {}", a)})}; }},
    {"integers of a range", [](Random& r, bool is_equal) {
      const int64_t a = r.between(-5, 5), n = r.between(2, 6);
      Integers values;
      for (int64_t i = 0; i < n; ++i) values.push_back(a + i);
      if (!is_equal) values.push_back(a + n);
      return Pair{fmt::format("\\{{x \\in \\mathbb{{Z}} \\mid {} \\le x < {}\\}}", a, a + n), "\\{" + joined(values) + "\\}"}; }},
    {"progressions over the integers", [](Random& r, bool is_equal) {
      const int64_t m = r.between(2, 9), a = r.between(0, m - 1);
      return Pair{fmt::format("\\{{{}k {} \\mid k \\in \\mathbb{{Z}}\\}}", m, term(a)), fmt::format("\\{{{}n {} \\mid n \\in \\mathbb{{Z}}\\}}", is_equal || r.coin() ? m : m + 1, term(a + r.between(-3, 3) * m + (is_equal ? 0 : 1)))}; }},
    {"angles", [](Random& r, bool is_equal) {
      const int64_t q = r.pick<int64_t>({3, 4, 6}), p = r.between(1, q - 1);
      return Pair{fmt::format("x = \\frac{{{}\\pi}}{{{}}} + k\\pi, k \\in \\mathbb{{Z}}", p, q), fmt::format("x = \\frac{{{}\\pi}}{{{}}} + {}n\\pi, n \\in \\mathbb{{Z}}", p + q * r.between(-2, 2), q, is_equal ? "" : "2")}; }},
    {"angles in two families", [](Random& r, bool is_equal) {
      const int64_t m = r.between(1, 4);
      return Pair{fmt::format("x = {}k\\pi, k \\in \\mathbb{{Z}}", m), fmt::format("x = {0}n\\pi \\text{{ or }} x = {0}n\\pi + {1}\\pi, n \\in \\mathbb{{Z}}", 2 * m, is_equal ? 3 * m : 2 * m)}; }},
  };
}

std::vector<Maker> interval_makers() {
  return {
    {"ends of intervals", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      const bool open = r.coin(), flip = !is_equal;
      return Pair{fmt::format("{}{}, {})", open ? "(" : "[", a[0], a[1]), fmt::format("{}{}, {})", open != flip ? "(" : "[", a[0], a[1])}; }},
    {"unions in any order", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(4, 20);
      return Pair{fmt::format("[{}, {}] \\cup ({}, {})", a[0], a[1], a[2], a[3]), fmt::format("({}, {}{} \\cup [{}, {}]", a[2], a[3], is_equal ? ")" : "]", a[0], a[1])}; }},
    {"overlapping unions", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(4, 20);
      return Pair{fmt::format("({}, {})", a[0], a[3]), is_equal ? fmt::format("({}, {}) \\cup ({}, {})", a[0], a[2], a[1], a[3]) : fmt::format("({}, {}) \\cup ({}, {})", a[0], a[1], a[1], a[3])}; }},
    {"intersections", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(4, 20);
      return Pair{fmt::format("({}, {})", a[1], a[2]), fmt::format("({}, {}) \\cap ({}, {}{}", a[0], a[2], a[1], a[is_equal ? 3 : 2] , is_equal ? "]" : "]") + (is_equal ? "" : " \\cup \\{" + fmt::format("{}", a[3]) + "\\}")}; }},
    {"the line without points", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{fmt::format("\\mathbb{{R}} \\setminus \\{{{}, {}\\}}", a[0], a[1]), fmt::format("(-\\infty, {}) \\cup ({}, {}{} \\cup ({}, \\infty)", a[0], a[0], a[1], is_equal ? ")" : "]", a[1])}; }},
    {"not equal", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{fmt::format("x \\ne {}", a[0]), fmt::format("(-\\infty, {}) \\cup ({}, \\infty)", a[0], a[is_equal ? 0 : 1])}; }},
    {"inequalities for gold intervals", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{fmt::format("({}, {}]", a[0], a[1]), fmt::format("{} < x {} {}", a[0], is_equal ? "\\le" : "<", a[1])}; }},
    {"the problem is no solution", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{fmt::format("({}, {})", a[0], a[1]), is_equal ? fmt::format("{} > x > {}", a[1], a[0]) : fmt::format("({})({}) < 0", minus(a[0]), minus(a[1]))}; }},
    {"quadratic inequalities", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      const bool inside = r.coin();
      const std::string solved = inside ? fmt::format("({}, {})", a[0], a[1]) : fmt::format("(-\\infty, {}) \\cup ({}, \\infty)", a[0], a[1]);
      return Pair{fmt::format("x^2 {}x {} {} 0", term(-a[0] - a[1]), term(a[0] * a[1]), inside == is_equal ? "<" : ">"), solved}; }},
    {"irrational ends", [](Random& r, bool is_equal) {
      const int64_t n = r.pick<int64_t>({2, 3, 5, 7, 11}), a = r.between(-5, 5);
      return Pair{fmt::format("({}x)^2 \\le {}", term(a) + "+", n), fmt::format("[{0} - \\sqrt{{{1}}}, {0} + \\sqrt{{{1}}}]", -a, is_equal ? n : n + 1)}; }},
    {"cubic inequalities", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(3, 8);
      return Pair{fmt::format("x^3 {}x^2 {}x {} > 0", term(-a[0] - a[1] - a[2]), term(a[0] * a[1] + a[0] * a[2] + a[1] * a[2]), term(-a[0] * a[1] * a[2])),
                  fmt::format("({}, {}) \\cup ({}, \\infty)", a[0], a[1], a[2] + (is_equal ? 0 : 1))}; }},
    {"inequalities with a denominator", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{fmt::format("\\frac{{{}}}{{{}}} \\ge 0", minus(a[0]), minus(a[1])), fmt::format("(-\\infty, {}] \\cup {}{}, \\infty)", a[0], is_equal ? "(" : "[", a[1])}; }},
    {"absolute values", [](Random& r, bool is_equal) {
      const int64_t a = r.between(-9, 9), b = r.between(1, 9);
      return Pair{fmt::format("|{}| < {}", minus(a), b), fmt::format("{} < x < {}", a - b, a + b + (is_equal ? 0 : 1))}; }},
    {"absolute values outside", [](Random& r, bool is_equal) {
      const int64_t a = r.between(-9, 9), b = r.between(1, 9);
      return Pair{fmt::format("2|{}| \\ge {}", minus(a), 2 * b), is_equal ? fmt::format("x \\le {} \\text{{ or }} x \\ge {}", a - b, a + b) : fmt::format("x < {} \\text{{ or }} x \\ge {}", a - b, a + b)}; }},
    {"scaled inequalities", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(9), k = r.between(2, 5);
      return Pair{fmt::format("{}x {}y < {}", a, term(b), c), is_equal == r.coin() && !is_equal ? fmt::format("{}x {}y \\le {}", k * a, term(k * b), k * c) : fmt::format("{}x {}y {} {}", -k * a, term(-k * b), is_equal ? ">" : "<", -k * c)}; }},
    {"chains of inequalities", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{fmt::format("{} < x \\le {}", a[0], a[1]), r.coin() ? fmt::format("{} \\ge x > {}", a[1], a[0] + (is_equal ? 0 : -1)) : fmt::format("x > {} \\text{{ and }} x {} {}", a[0], is_equal ? "\\le" : "<", a[1])}; }},
    {"sets by condition", [](Random& r, bool is_equal) {
      const int64_t a = r.between(-20, 20);
      return Pair{fmt::format("\\{{x \\mid x \\ge {}\\}}", a), fmt::format("{}{}, \\infty)", is_equal ? "[" : "(", a)}; }},
    {"intervals are no points", [](Random& r, bool is_equal) {
      const Integers a = r.ascending(2, 20);
      return Pair{"[" + joined(a) + "]", is_equal ? fmt::format("x \\in [{}, {}]", a[0], a[1]) : r.coin() ? "\\{" + joined(a) + "\\}" : "(" + joined(a) + ")"}; }},
  };
}

std::vector<Maker> relation_makers() {
  return {
    {"lines times a factor", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(9), k = r.nonzero(5);
      return Pair{fmt::format("{}x {}y = {}", a, term(b), c), fmt::format("{}x {}y = {}", k * a, term(k * b), k * c + (is_equal ? 0 : 1))}; }},
    {"terms moved to the other side", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(9);
      return Pair{fmt::format("{}x {}y {}z = 1", a, term(b), term(c)), fmt::format("1 {}y = {}x {}z", term(is_equal ? -b : b), a, term(c))}; }},
    {"lines solved for y", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(9);
      return Pair{fmt::format("{}x {}y {} = 0", a, term(b), term(c)), fmt::format("y = \\frac{{{}x {}}}{{{}}}", is_equal ? -a : a, term(-c), b)}; }},
    {"circles expanded", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9), n = r.between(1, 30);
      return Pair{fmt::format("({})^2 + ({})^2 = {}", minus(a), minus(b, "y"), n), fmt::format("x^2 + y^2 {}x {}y {} = 0", term(-2 * a), term(-2 * b), term(a * a + b * b - n + (is_equal ? 0 : 1)))}; }},
    {"hyperbolas", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9);
      return Pair{fmt::format("y = \\frac{{{}}}{{x}} {}", a, term(b)), fmt::format("xy = {} {}x", a, term(is_equal ? b : b + 1))}; }},
    {"factors that hide a zero", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.between(10, 20);
      return Pair{fmt::format("({})({}) = 0", minus(a), minus(b)), is_equal ? fmt::format("x^2 {}x {} = 0", term(-a - b), term(a * b)) : fmt::format("\\frac{{({0})({1})}}{{{0}}} = 0", minus(a), minus(b))}; }},
    {"equations are no values", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9);
      return Pair{fmt::format("{}", a), is_equal ? fmt::format("y = {}", a) : r.pick<std::string>({fmt::format("2y = {}", a), fmt::format("x + y = {}", a), fmt::format("x^2 = {}", a), fmt::format("y < {}", a)})}; }},
    {"names of values", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9);
      return Pair{fmt::format("x = {}", a), is_equal ? fmt::format("{} = x", a) : r.coin() ? fmt::format("y = {}", a) : fmt::format("x = {}", a + 1)}; }},
    {"chains of calculations", [](Random& r, bool is_equal) {
      const int64_t a = r.between(1, 50), b = r.between(1, 50);
      return Pair{fmt::format("{}", a + b), fmt::format("n = {} + {} = {}", a, b, a + b + (is_equal ? 0 : 1))}; }},
    {"letters of a function", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9);
      return Pair{fmt::format("f(x) = {}x {}", a, term(b)), fmt::format("f(t) = {}{} {}", a, is_equal ? "t" : "x", term(b))}; }},
    {"names of functions", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9);
      return Pair{fmt::format("f(x) = {}x^2", a), is_equal ? fmt::format("{}x^2", a) : fmt::format("g(x) = {}x^2", a)}; }},
    {"systems in any order", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9), k = r.between(2, 5);
      return Pair{fmt::format("x + y = {} \\text{{ and }} x - y = {}", a, b), fmt::format("x - y = {} \\text{{ and }} {}x + {}y = {}", b + (is_equal ? 0 : 1), k, k, k * a)}; }},
    {"systems combined", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9);
      return Pair{fmt::format("x + 2y = {} \\text{{ and }} 3x - y = {}", a, b), fmt::format("4x + y = {} \\text{{ and }} 2x - 3y = {}", a + b, b - a + (is_equal ? 0 : 1))}; }},
    {"congruences", [](Random& r, bool is_equal) {
      const int64_t m = r.between(3, 12), a = r.between(0, m - 1);
      return Pair{fmt::format("x \\equiv {} \\pmod{{{}}}", a, m), fmt::format("x \\equiv {} \\pmod{{{}}}", a + m * r.nonzero(3) + (is_equal ? 0 : 1), m)}; }},
    {"cases in any order", [](Random& r, bool is_equal) {
      const int64_t a = r.between(-9, 9), b = r.nonzero(5);
      return Pair{fmt::format("\\begin{{cases}} x^2 & x < {0} \\\\ {1}x & x \\ge {0} \\end{{cases}}", a, b), fmt::format("\\begin{{cases}} {1}x & x {2} {0} \\\\ x^2 & x {3} {0} \\end{{cases}}", a, b, is_equal ? "\\ge" : ">", is_equal ? "<" : "\\le")}; }},
    {"the last case", [](Random& r, bool is_equal) {
      const int64_t a = r.between(-9, 9), b = r.nonzero(5);
      return Pair{fmt::format("\\begin{{cases}} {1} & x < {0} \\\\ x & x \\ge {0} \\end{{cases}}", a, b), fmt::format("\\begin{{cases}} {1} & x < {0} \\\\ {2}x & \\text{{otherwise}} \\end{{cases}}", a, b, is_equal ? "" : "-")}; }},
    {"negated formulas", [](Random& r, bool is_equal) {
      const bool both = r.coin();
      return Pair{fmt::format("\\neg (p {} q)", both ? "\\land" : "\\lor"), fmt::format("\\neg p {} \\neg q", both == is_equal ? "\\lor" : "\\land")}; }},
    {"implications", [](Random& r, bool is_equal) {
      const bool turned = r.coin();
      return Pair{"p \\implies q", is_equal ? (turned ? "q \\lor \\neg p" : "\\neg q \\implies \\neg p") : (turned ? "q \\implies p" : "p \\lor \\neg q")}; }},
    {"constants of integration", [](Random& r, bool is_equal) {
      const int64_t a = r.nonzero(9), b = r.nonzero(9);
      return Pair{fmt::format("{}x^2 + \\sin x + C", a), is_equal ? fmt::format("\\sin x {}x^2 {} + C", term(a), term(b)) : fmt::format("\\sin x {}x^2 {}x + C", term(a), term(b))}; }},
  };
}

std::vector<Maker> matrix_makers() {
  return {
    {"matrices", [](Random& r, bool is_equal) {
      const Integers m = entries(r, 4);
      return Pair{square(m), square(is_equal ? m : spoiled(r, m))}; }},
    {"sums of matrices", [](Random& r, bool is_equal) {
      const Integers a = entries(r, 4), b = entries(r, 4);
      Integers sum;
      for (size_t i = 0; i < 4; ++i) sum.push_back(a[i] + b[i]);
      return Pair{square(is_equal ? sum : spoiled(r, sum)), square(a) + "+" + square(b)}; }},
    {"products of matrices", [](Random& r, bool is_equal) {
      const Integers a = entries(r, 4), b = entries(r, 4);
      return Pair{square(is_equal ? product(a, b) : spoiled(r, product(a, b))), square(a) + square(b)}; }},
    {"multiples of matrices", [](Random& r, bool is_equal) {
      const Integers a = entries(r, 4);
      const int64_t k = r.between(2, 9);
      Integers multiple;
      for (const int64_t entry : a) multiple.push_back(k * entry);
      return Pair{square(is_equal ? multiple : spoiled(r, multiple)), fmt::format("{}{}", k, square(a))}; }},
    {"squares of matrices", [](Random& r, bool is_equal) {
      const Integers a = entries(r, 4);
      return Pair{square(is_equal ? product(a, a) : spoiled(r, product(a, a))), square(a) + "^2"}; }},
    {"transposed matrices", [](Random& r, bool is_equal) {
      Integers a = entries(r, 4);
      a[1] = a[2] + r.between(1, 5);
      return Pair{square({a[0], a[2], a[1], a[3]}), square(a) + (is_equal ? "^T" : "")}; }},
    {"determinants", [](Random& r, bool is_equal) {
      const Integers a = entries(r, 4);
      return Pair{fmt::format("{}", a[0] * a[3] - a[1] * a[2] + (is_equal ? 0 : 1)), "\\det " + square(a)}; }},
    {"inverses", [](Random& r, bool is_equal) {
      const int64_t a = r.between(1, 5), b = r.between(1, 5);  // determinant 1
      const Integers m = {1 + a * b, a, b, 1}, inverse = {1, -a, -b, 1 + a * b};
      return Pair{square(is_equal ? inverse : spoiled(r, inverse)), square(m) + "^{-1}"}; }},
    {"vectors beside tuples", [](Random& r, bool is_equal) {
      const Integers v = r.ascending(3, 9);
      return Pair{column(v), "(" + joined(is_equal ? v : Integers{v[1], v[0], v[2]}) + ")"}; }},
    {"columns are no rows", [](Random& r, bool is_equal) {
      const Integers v = r.ascending(2, 9);
      return Pair{column(v), is_equal ? fmt::format("\\langle {}, {} \\rangle", v[0], v[1]) : fmt::format("\\begin{{pmatrix}}{}&{}\\end{{pmatrix}}", v[0], v[1])}; }},
  };
}

std::vector<Maker> measure_makers() {
  struct Conversion {
    const char *larger, *smaller;
    int64_t factor;
  };
  static const std::vector<Conversion> conversions = {
      {"m", "cm", 100}, {"km", "m", 1000}, {"kg", "g", 1000}, {"hours", "minutes", 60}, {"minutes", "seconds", 60}, {"feet", "inches", 12},
      {"yards", "feet", 3}, {"miles", "feet", 5280}, {"pounds", "ounces", 16}, {"gallons", "quarts", 4}, {"days", "hours", 24}, {"weeks", "days", 7},
      {"m^2", "cm^2", 10000}, {"cm^3", "mm^3", 1000}, {"dollars", "cents", 100}, {"years", "months", 12}, {"L", "mL", 1000}, {"L", "cm^3", 1000}};
  const auto conversion = [](Random& r) { return conversions[static_cast<size_t>(r.between(0, static_cast<int64_t>(conversions.size()) - 1))]; };
  return {
    {"smaller units", [=](Random& r, bool is_equal) {
      const Conversion c = conversion(r);
      const int64_t n = r.between(2, 30);
      return Pair{fmt::format("{} \\text{{ {}}}", n, c.larger), fmt::format("{} \\text{{ {}}}", n * c.factor + (is_equal ? 0 : 1), c.smaller)}; }},
    {"the wrong unit", [=](Random& r, bool is_equal) {
      const Conversion c = conversion(r);
      const int64_t n = r.between(2, 30);
      return Pair{fmt::format("{} \\text{{ {}}}", n, c.larger), fmt::format("{} \\text{{ {}}}", n, is_equal ? c.larger : c.smaller)}; }},
    {"no unit", [=](Random& r, bool is_equal) {
      const Conversion c = conversion(r);
      const int64_t n = r.between(2, 30);
      const std::string with = fmt::format("{} \\text{{ {}}}", n, c.larger), without = fmt::format("{}", n + (is_equal ? 0 : 1));
      return r.coin() ? Pair{with, without} : Pair{without, with}; }},
    {"speeds", [](Random& r, bool is_equal) {
      const int64_t n = r.between(1, 40);
      return Pair{fmt::format("{} \\text{{ m/s}}", 5 * n), fmt::format("{} \\text{{ km/h}}", is_equal ? 18 * n : 5 * n)}; }},
    {"feet and inches", [](Random& r, bool is_equal) {
      const int64_t feet = r.between(1, 9), inches = r.between(1, 11);
      return Pair{fmt::format("{} \\text{{ inches}}", 12 * feet + inches + (is_equal ? 0 : 1)), fmt::format("{} \\text{{ feet }} {} \\text{{ inches}}", feet, inches)}; }},
    {"temperatures", [](Random& r, bool is_equal) {
      const int64_t n = r.between(-5, 20);
      return Pair{fmt::format("{} \\text{{ °C}}", 5 * n), fmt::format("{} \\text{{ °F}}", 9 * n + (is_equal ? 32 : 0))}; }},
    {"squares of units", [](Random& r, bool is_equal) {
      const int64_t n = r.between(2, 50);
      return Pair{fmt::format("{} \\text{{ cm}}^2", n), is_equal ? fmt::format("{} \\text{{ square centimeters}}", n) : fmt::format("{} \\text{{ cm}}{}", n, r.coin() ? "" : "^3")}; }},
    {"money", [](Random& r, bool is_equal) {
      const int64_t n = r.between(2, 50);
      return Pair{fmt::format("\\${}", n), is_equal ? fmt::format("{} \\text{{ dollars}}", n) : r.coin() ? fmt::format("{} \\text{{ cents}}", n) : fmt::format("€{}", n)}; }},
    {"degrees and radians", [](Random& r, bool is_equal) {
      const int64_t n = r.pick<int64_t>({2, 3, 4, 5, 6, 9, 10, 12});
      return Pair{fmt::format("{}^\\circ", 180 / n), fmt::format("\\frac{{\\pi}}{{{}}}", n + (is_equal ? 0 : 1))}; }},
    {"percent as a fraction", [](Random& r, bool is_equal) {
      const int64_t n = r.between(1, 99);
      const std::string percent = fmt::format("{}\\%", n), fraction = fmt::format("\\frac{{{}}}{{100}}", n + (is_equal ? 0 : 1));
      return r.coin() ? Pair{percent, fraction} : Pair{fraction, percent}; }},
    {"percent as a decimal", [](Random& r, bool is_equal) {
      const int64_t n = r.between(10, 99);
      return Pair{fmt::format("{}\\%", n), is_equal ? fmt::format("0.{}", n) : r.coin() ? fmt::format("0.0{}", n) : fmt::format("{}\\%", n + 1)}; }},
    {"things that are counted", [](Random& r, bool is_equal) {
      const int64_t n = r.between(2, 90);
      const std::string noun = r.pick<std::string>({"clips", "apples", "students", "ways", "tickets"});
      return Pair{fmt::format("{}", n), fmt::format("\\text{{{} {}}}", n + (is_equal ? 0 : 1), noun)}; }},
    {"ratios", [](Random& r, bool is_equal) {
      const int64_t a = r.between(2, 9), b = a * r.between(1, 4) + 1, k = r.between(2, 5);  // in lowest terms
      return Pair{fmt::format("{}:{}", a, b), is_equal ? fmt::format("{}:{}", k * a, k * b) : r.coin() ? fmt::format("{}:{}", b, a) : fmt::format("{}:{}", k * a, k * b + 1)}; }},
    {"ratios of three", [](Random& r, bool is_equal) {
      const int64_t a = r.between(2, 9), b = r.between(2, 9), c = r.between(2, 9), k = r.between(2, 5);
      return Pair{fmt::format("{}:{}:{}", a, b, c), fmt::format("{}:{}:{}", k * a, k * b, k * c + (is_equal ? 0 : 1))}; }},
    {"times of day", [](Random& r, bool is_equal) {
      const int64_t h = r.between(1, 11);
      return Pair{fmt::format("{}:00", h), fmt::format("{}:00", is_equal ? h : h + 1)}; }},
    {"numerals", [](Random& r, bool is_equal) {
      const int64_t base = r.between(5, 8), a = r.between(1, 4), b = r.between(0, 4);
      return Pair{fmt::format("{}{}_{}", a, b, base), is_equal ? fmt::format("{}{}_{{{}}}", a, b, base) : r.coin() ? fmt::format("{}{}_{}", a, b, base + 1) : fmt::format("{}{}", a, b)}; }},
  };
}

std::vector<Maker> word_makers() {
  return {
    {"numbers in words", [](Random& r, bool is_equal) {
      static const std::vector<std::string> ones = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
      static const std::vector<std::string> tens = {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
      const int64_t t = r.between(0, 7), o = r.between(0, 8);
      const std::string words = tens[static_cast<size_t>(t)] + "-" + ones[static_cast<size_t>(o)];
      const std::string digits = fmt::format("{}", 10 * (t + 2) + o + (is_equal ? 1 : 2));
      return r.coin() ? Pair{digits, "\\text{" + words + "}"} : Pair{"\\text{" + words + "}", digits}; }},
    {"choices", [](Random& r, bool is_equal) {
      const auto choice = static_cast<char>('A' + r.between(0, 3));
      const auto answer = static_cast<char>(is_equal ? choice : choice + 1);
      return Pair{std::string(1, choice), fmt::format(fmt::runtime(r.pick<const char*>({"({})", "\\text{{{}}}", "\\textbf{{({})}}", "{}"})), answer)}; }},
    {"choices with their text", [](Random& r, bool is_equal) {
      const auto choice = static_cast<char>('A' + r.between(0, 3));
      return Pair{std::string(1, choice), is_equal ? fmt::format("\\text{{{}) 12}}", choice) : fmt::format("\\text{{{} or {}}}", choice, static_cast<char>(choice + 1))}; }},
    {"no solution", [](Random& r, bool is_equal) {
      return Pair{"\\emptyset", is_equal ? r.pick<std::string>({"\\text{no solution}", "\\text{No solutions}", "\\text{there is no solution}", "\\{\\}", "\\text{none}", "\\varnothing"}) : r.pick<std::string>({"0", "\\text{no}", "\\{0\\}", "\\text{infinitely many solutions}", "\\mathbb{R}"})}; }},
    {"does not exist", [](Random& r, bool is_equal) {
      return Pair{"\\text{DNE}", is_equal ? r.pick<std::string>({"\\text{does not exist}", "\\text{undefined}", "\\text{The limit does not exist.}"}) : r.pick<std::string>({"0", "\\infty", "\\text{exists}", "\\text{no solution}"})}; }},
    {"names", [](Random& r, bool is_equal) {
      const std::string name = r.pick<std::string>({"Evelyn", "Tuesday", "parabola", "hyperbola", "increasing"});
      const std::string other = name == "Tuesday" ? "Thursday" : name == "parabola" ? "hyperbola" : name == "increasing" ? "decreasing" : "Carla";
      return Pair{"\\text{" + name + "}", "\\text{" + (is_equal ? (r.coin() ? name : "the " + name + ".") : other) + "}"}; }},
    {"yes and no", [](Random& r, bool is_equal) {
      const bool yes = r.coin();
      return Pair{yes ? "\\text{Yes}" : "\\text{No}", yes == is_equal ? "\\text{yes}" : "\\text{no}"}; }},
    {"words that change a number", [](Random& r, bool is_equal) {
      const int64_t n = r.between(2, 30);
      return Pair{fmt::format("{}", n), fmt::format("\\text{{{} {}}}", is_equal ? r.pick<const char*>({"about", "exactly"}) : r.pick<const char*>({"not", "less than", "at least", "more than"}), n)}; }},
  };
}
// clang-format on

void check(const std::vector<Maker>& makers) {
  constexpr int rounds = 40;
  for (size_t m = 0; m < makers.size(); ++m) {
    Random random(20'261 + 1'000 * m);
    for (int round = 0; round < 2 * rounds; ++round) {
      const bool is_equal = round % 2 == 0;
      const Pair pair = makers[m].make(random, is_equal);
      Arena arena;
      const Parsed gold = parse(pair.gold, arena), prediction = parse(pair.prediction, arena);
      REQUIRE_MESSAGE(gold.root, pair.gold, std::string(gold.problem));
      REQUIRE_MESSAGE(prediction.root, pair.prediction, std::string(prediction.problem));
      Budget budget;
      const Comparison comparison = compare(*gold.root, *prediction.root, {}, arena, budget);
      CHECK_MESSAGE((comparison.decision == Decision::equal) == is_equal, makers[m].name, ": ", pair.gold,
                    is_equal ? " is " : " is not ", pair.prediction, "; reason ", std::string(comparison.reason),
                    "; gold ", to_string(*gold.root), "; prediction ", to_string(*prediction.root));
    }
  }
}

}  // namespace

TEST_CASE("made pairs of sets, lists and tuples") { check(set_makers()); }
TEST_CASE("made pairs of intervals and inequalities") { check(interval_makers()); }
TEST_CASE("made pairs of equations, systems and formulas") { check(relation_makers()); }
TEST_CASE("made pairs of matrices") { check(matrix_makers()); }
TEST_CASE("made pairs of quantities") { check(measure_makers()); }
TEST_CASE("made pairs of words") { check(word_makers()); }
