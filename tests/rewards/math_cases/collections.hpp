// Sets, lists, tuples, intervals, relations, matrices, choices, words.
#pragma once

#include <algorithm>

#include "rewards/math_cases/cases.hpp"

namespace cohort::test::math {

inline std::vector<int64_t> different_integers(Random& random, int64_t count) {
  std::vector<int64_t> values;
  while (static_cast<int64_t>(values.size()) < count) {
    const int64_t value = random.between(-30, 30);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values;
}

/// Changes one value to one that is not there yet.
inline void spoil(Random& random, std::vector<int64_t>& values) {
  values[static_cast<size_t>(random.between(0, static_cast<int64_t>(values.size()) - 1))] = random.between(31, 60);
}

inline std::vector<Category> collection_categories() {
  const auto joined = [](const std::vector<int64_t>& values) { return fmt::format("{}", fmt::join(values, ", ")); };
  const auto flipped = [](const std::string& relation) -> std::string {
    if (relation == "<") return ">";
    if (relation == ">") return "<";
    return relation == "\\le" ? "\\ge" : "\\le";
  };
  static const std::vector<std::string> relations = {"<", ">", "\\le", "\\ge"};
  return {
      {"set-builders scaled",
       [](Random& r, bool right) {
         const int64_t low = r.between(-9, 0), high = r.between(1, 9), factor = r.between(2, 5);
         return Pair{
             fmt::format("\\{{x \\in \\mathbb{{R}} : {} < x \\le {}\\}}", low, high),
             fmt::format("\\{{x : {} < {}x \\le {}\\}}", factor * low, factor, factor * high + (right ? 0 : 1))};
       }},
      {"more terms before the dots",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 9), d = r.between(1, 5), last = a + d * r.between(9, 40);
         return Pair{fmt::format("{}, {}, \\ldots, {}", a, a + d, last),
                     fmt::format("{}, {}, {}, \\dots, {}", a, a + d, a + 2 * d + (right ? 0 : 1), last)};
       }},
      {"sets",
       [=](Random& r, bool right) {
         auto values = different_integers(r, r.between(2, 7));
         const std::string gold = "\\{" + joined(values) + "\\}";
         r.shuffle(values);
         if (!right) spoil(r, values);
         return Pair{gold, (r.coin() ? "\\left\\{" + joined(values) + "\\right\\}" : "\\{" + joined(values) + "\\}")};
       }},
      {"a set with one more",
       [=](Random& r, bool right) {
         auto values = different_integers(r, r.between(2, 5));
         const std::string gold = "\\{" + joined(values) + "\\}";
         if (!right) values.push_back(r.between(31, 60));
         return Pair{gold, "\\{" + joined(values) + "\\}"};
       }},
      {"lists in any order",
       [=](Random& r, bool right) {
         auto values = different_integers(r, r.between(2, 6));
         const std::string gold = joined(values);
         r.shuffle(values);
         if (!right) spoil(r, values);
         return Pair{gold, joined(values)};
       }},
      {"lists joined by and",
       [=](Random& r, bool right) {
         auto values = different_integers(r, 2);
         const std::string gold = joined(values);
         if (!right) spoil(r, values);
         return Pair{gold, fmt::format("{} \\text{{ and }} {}", values[0], values[1])};
       }},
      {"one of two is not both",
       [=](Random& r, bool right) {
         const auto values = different_integers(r, 2);
         return Pair{joined(values), right ? joined(values) : str(values[0])};
       }},
      {"two is not one of them",
       [=](Random& r, bool right) {
         const auto values = different_integers(r, 2);
         return Pair{
             str(values[0]),
             right ? str(values[0])
                   : r.pick<std::string>({joined(values), fmt::format("{} \\text{{ or }} {}", values[0], values[1])})};
       }},
      {"tuples",
       [=](Random& r, bool right) {
         auto values = different_integers(r, r.between(3, 5));
         const std::string gold = "(" + joined(values) + ")";
         if (!right) std::swap(values[0], values[1]);
         return Pair{gold, "\\left( " + joined(values) + " \\right)"};
       }},
      {"points with names",
       [=](Random& r, bool right) {
         auto values = different_integers(r, 2);
         const std::string gold = fmt::format("({}, {})", values[0], values[1]);
         if (!right) std::swap(values[0], values[1]);
         return Pair{gold, fmt::format("(x, y) = ({}, {})", values[0], values[1])};
       }},
      {"fractions in tuples",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 9), b = r.between(2, 9);
         return Pair{fmt::format("({}, {})", frac(a, b), a),
                     fmt::format("({}/{}, {})", 2 * a, 2 * b, near(r, a, right))};
       }},
      {"plus or minus",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 20), b = r.between(2, 20);
         return Pair{
             fmt::format("{} \\pm \\sqrt{{{}}}", a, b),
             right ? fmt::format("{0}+\\sqrt{{{1}}}, {0}-\\sqrt{{{1}}}", a, b) : fmt::format("{}+\\sqrt{{{}}}", a, b)};
       }},
      {"brackets of intervals",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 0), b = r.between(1, 30);
         const bool open = r.coin(), close = r.coin();
         const auto interval = [&](bool o, bool c) {
           return fmt::format("{}{}, {}{}", o ? "(" : "[", a, b, c ? ")" : "]");
         };
         if (right) return Pair{interval(open, close), interval(open, close)};
         return r.coin() ? Pair{interval(open, close), interval(!open, close)}
                         : Pair{interval(open, close), interval(open, !close)};
       }},
      {"intervals to infinity",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 30);
         return Pair{fmt::format("[{}, \\infty)", a),
                     right ? fmt::format("\\left[{}, ∞\\right)", a) : fmt::format("({}, \\infty)", a)};
       }},
      {"unions",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, -10), b = r.between(-9, 0), c = r.between(1, 9), d = r.between(10, 30);
         const std::string end = right || r.coin() ? "]" : ")";
         const std::string start = right ? "(" : end == "]" ? "[" : "(";
         return Pair{fmt::format("[{}, {}) \\cup ({}, {}]", a, b, c, d),
                     fmt::format("{}{}, {}{} \\cup [{}, {})", start, c, d, end, a, b)};
       }},
      {"inequalities as intervals",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 0), b = r.between(1, 30);
         return Pair{fmt::format("({}, {}]", a, b), fmt::format("{} < x {} {}", a, right ? "\\le" : "<", b)};
       }},
      {"inequalities turned round",
       [=](Random& r, bool right) {
         const std::string relation = r.pick(relations);
         const int64_t a = r.between(-30, 30);
         return Pair{fmt::format("x {} {}", relation, a),
                     fmt::format("{} {} x", a, right ? flipped(relation) : relation)};
       }},
      {"inequalities times a number",
       [=](Random& r, bool right) {
         const std::string relation = r.pick(relations);
         const int64_t a = r.between(1, 9), b = r.nonzero(9), c = r.nonzero(9), factor = r.nonzero(9);
         const std::string other = (factor < 0) == right ? flipped(relation) : relation;
         return Pair{fmt::format("{}x {} {} {}", a, term(b, "y"), relation, c),
                     fmt::format("{}x {} {} {}", a * factor, term(b * factor, "y"), other, c * factor)};
       }},
      {"strict or not",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 30);
         return Pair{fmt::format("x < {}", a), right ? fmt::format("x \\lt {}", a) : fmt::format("x \\leq {}", a)};
       }},
      {"lines",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(20), factor = r.nonzero(5);
         return Pair{fmt::format("{}x {} {} = 0", a, term(b, "y"), term(c)),
                     fmt::format("{}x {} = {}", a * factor, term(b * factor, "y"), (right ? -c : c) * factor)};
       }},
      {"lines by their slope",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.nonzero(20);
         return Pair{fmt::format("y = {}x {}", a, term(b)), fmt::format("{}x - y {} = 0", right ? a : a + 1, term(b))};
       }},
      {"circles",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.between(1, 9);
         return Pair{fmt::format("(x {})^2 + y^2 = {}", term(a), b * b),
                     fmt::format("x^2 {} + y^2 {} = 0", term(2 * a, "x"), term(near(r, a * a - b * b, right)))};
       }},
      {"equations reduced to a side",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 30);
         return Pair{fmt::format("x + z = {}", a), right ? fmt::format("z + x = {}", a) : str(a)};
       }},
      {"assignments",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 30), b = near(r, a, right);
         return r.coin() ? Pair{fmt::format("x = {}", a), str(b)} : Pair{str(a), fmt::format("x = {}", b)};
       }},
      {"names of unknowns",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 30);
         return Pair{fmt::format("x = {}", a), fmt::format("{} = {}", right ? "x" : "y", a)};
       }},
      {"systems in any order",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 30), b = r.between(31, 60);
         return Pair{fmt::format("x = {}, y = {}", a, b),
                     right ? fmt::format("y = {}, x = {}", b, a) : fmt::format("x = {}, y = {}", b, a)};
       }},
      {"solutions by or",
       [](Random& r, bool right) {
         const auto values = different_integers(r, 2);
         return Pair{fmt::format("x = {} \\text{{ or }} x = {}", values[0], values[1]),
                     fmt::format("x = {}, {}", values[1], right ? values[0] : values[0] + 70)};
       }},
      {"column vectors",
       [](Random& r, bool right) {
         const auto values = different_integers(r, 3);
         return Pair{
             fmt::format("\\begin{{pmatrix}} {} \\\\ {} \\\\ {} \\end{{pmatrix}}", values[0], values[1], values[2]),
             fmt::format("\\begin{{bmatrix}}{}\\\\{}\\\\{}\\end{{bmatrix}}", values[0], values[1],
                         near(r, values[2], right))};
       }},
      {"matrices",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(20), b = r.nonzero(20), c = r.nonzero(20), d = r.between(1, 20);
         return Pair{fmt::format("\\begin{{pmatrix}} {} & {} \\\\ {} & \\frac{{1}}{{{}}} \\end{{pmatrix}}", a, b, c, d),
                     fmt::format("\\left[\\begin{{array}}{{cc}} {} & {} \\\\ {} & 1/{} \\end{{array}}\\right]", a, b,
                                 near(r, c, right), d)};
       }},
      {"products of matrices",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(9), d = r.nonzero(9);
         return Pair{fmt::format("\\begin{{pmatrix}} {} & {} \\\\ {} & {} \\end{{pmatrix}}", a + 2 * c, b + 2 * d, c,
                                 near(r, d, right)),
                     fmt::format("\\begin{{pmatrix}} 1 & 2 \\\\ 0 & 1 \\end{{pmatrix}} \\begin{{pmatrix}} {} & {} \\\\ "
                                 "{} & {} \\end{{pmatrix}}",
                                 a, b, c, d)};
       }},
      {"empty sets",
       [](Random& r, bool right) {
         return Pair{"\\emptyset", right ? r.pick<std::string>({"\\varnothing", "\\{\\}", "∅"})
                                         : r.pick<std::string>({"0", "\\{0\\}", "1"})};
       }},
      {"infinities",
       [](Random& r, bool right) {
         return Pair{"-\\infty", right ? r.pick<std::string>({"-∞", "-\\infty", "-infinity"})
                                       : r.pick<std::string>({"\\infty", "0", "+\\infty"})};
       }},
      {"ellipses",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 5);
         return Pair{"1, 2, \\ldots, n", right ? "1, 2, \\dots, n" : fmt::format("1, {}, \\ldots, {}n-1", a + 1, a)};
       }},
      {"choices",
       [](Random& r, bool right) {
         const std::string letters = "ABCDE";
         const size_t gold = static_cast<size_t>(r.between(0, 4)), other = right ? gold : (gold + 1) % 5;
         const std::string letter(1, letters[other]);
         return Pair{
             std::string(1, letters[gold]),
             r.pick<std::string>({letter, "(" + letter + ")", "\\text{" + letter + "}", "\\textbf{(" + letter + ")}",
                                  letter + ". Paris", "\\mathrm{" + letter + "}"})};
       }},
      {"words",
       [](Random& r, bool right) {
         static const std::vector<std::string> words = {"Tuesday",   "even",     "no solution", "Evelyn",
                                                        "isosceles", "parabola", "yes"};
         const std::string word = r.pick(words);
         std::string other = right ? word : r.pick(words);
         while (!right && other == word) other = r.pick(words);
         return Pair{"\\text{" + word + "}",
                     r.pick<std::string>({other, "\\text{" + other + "}", "\\textbf{" + other + "}", other + "."})};
       }},
      {"words are no numbers",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 90);
         return Pair{str(a), right ? str(a) : r.pick<std::string>({"\\text{none}", "many", "no solution", "x", ""})};
       }},
      {"intervals and points",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 0), b = r.between(1, 30);
         return Pair{fmt::format("({}, {})", a, b),
                     right ? fmt::format("({},{})", a, b) : fmt::format("[{}, {}]", a, b)};
       }},
      {"sets of the real line",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 30);
         return Pair{fmt::format("(-\\infty, {0}) \\cup ({0}, \\infty)", a),
                     fmt::format("\\mathbb{{R}} \\setminus \\{{{}\\}}", right ? a : a + 1)};
       }},
      {"not equal",
       [](Random& r, bool right) {
         const int64_t a = r.between(-30, 30);
         return Pair{fmt::format("x \\ne {}", a), fmt::format("x {} {}", right ? "\\neq" : "=", a)};
       }},
  };
}

}  // namespace cohort::test::math
