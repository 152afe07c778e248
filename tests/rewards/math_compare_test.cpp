#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "rewards/math/compare.hpp"
#include "rewards/math/parse.hpp"

using namespace cohort::rewards::math;

namespace {

struct Pair {
  const char* gold;
  const char* prediction;
};

Comparison compare_texts(std::string_view gold, std::string_view prediction, const Policy& policy = {}) {
  Arena arena;
  const Parsed left = parse(gold, arena), right = parse(prediction, arena);
  REQUIRE_MESSAGE(left.root, "gold ", std::string(gold), ": ", std::string(left.problem));
  if (!right.root) return {Decision::different, false, right.problem};
  Budget budget;
  return compare(*left.root, *right.root, policy, arena, budget);
}

std::string tree(std::string_view text) {
  Arena arena;
  const Parsed parsed = parse(text, arena);
  return parsed.root ? to_string(*parsed.root) : std::string(parsed.problem);
}

void check(std::initializer_list<Pair> pairs, bool is_equal, const Policy& policy = {}) {
  for (const Pair& pair : pairs) {
    const Comparison comparison = compare_texts(pair.gold, pair.prediction, policy);
    CHECK_MESSAGE((comparison.decision == Decision::equal) == is_equal, pair.gold, is_equal ? " is not " : " is ",
                  pair.prediction, "; reason ", std::string(comparison.reason), "; gold ", tree(pair.gold),
                  "; prediction ", tree(pair.prediction));
  }
}
void check_equal(std::initializer_list<Pair> pairs, const Policy& policy = {}) { check(pairs, true, policy); }
void check_not_equal(std::initializer_list<Pair> pairs, const Policy& policy = {}) { check(pairs, false, policy); }

}  // namespace

TEST_CASE("minutes of a degree are exact beside a decimal that is coarser") {
  check_equal({{"44.5^\\circ", "44°30'"}, {"44.5^\\circ", "44.5^\\circ"}, {"44.517^\\circ", "44°31'"}});
  check_not_equal({{"44.5^\\circ", "44°31'"}, {"44.5^\\circ", "44°29'"}, {"44.5", "44°31'"}});
}

TEST_CASE("an assignment is the value of one name") {
  check_equal({{"5", "x = 5"},
               {"x = 5", "5"},
               {"x = 5", "5 = x"},
               {"2x+3", "y = 2x + 3"},
               {"y = 2x+3", "2x+3"},
               {"f(x) = 2x+3", "f(t) = 2t+3"},
               {"f(x) = 2x+3", "y = 2x+3"},
               {"11", "x = 5+6 = 11"},
               {"5", "2+3=5"},
               {"\\frac{1}{3}", "x = \\frac13 \\approx 0.333"},
               {"0.333", "x = \\frac13 \\approx 0.333"},
               {"-19", "-19 = r"},
               {"\\frac{17}{6}", "\\frac{17}{6} = k"},
               {"11", "x \\approx 11"},
               {"x = 11", "x = 5+5+1 = 11"},
               {"|AB| = 1", "1"},
               {"AB = 4", "4"},
               {"8431", "ab = 8431"},
               {"\\{1,2\\}", "x \\in \\{1,2\\}"},
               {"(1,2)", "(x,y) = (1,2)"},
               {"D = (0,1)", "(0,1)"},
               {"\\frac{3}{5}", "\\sin\\theta = \\frac{3}{5}"}});
  check_not_equal({{"1", "x + z = 1"},
                   {"x + z = 1", "1"},
                   {"2x + z = 1", "1"},
                   {"a^2 + b = 0", "0"},
                   {"7 = 11a+c", "11a+c"},
                   {"x = 1", "y = 1"},
                   {"5", "x = 4"},
                   {"5", "4 = x"},
                   {"5", "5 = 2x"},
                   {"2", "2x = 91"},
                   {"5", "5 = a + b"},
                   {"5", "5a = x"},

                   {"5", "x^2 = 5"},
                   {"0", "x^2 - 5 = 0"},
                   {"1", "a + b = 1"},
                   {"\\frac13", "x = \\frac14 \\approx 0.333"},
                   {"D = (0,1)", "D = (0,1.5)"},
                   {"f(x) = 2x+3", "g(x) = 2x+3"},
                   {"f(x) = 2x+3", "f(t) = 2x+3"}});
}

TEST_CASE("equations are the same up to a factor and the order of their sides") {
  check_equal({{"x^2 = 9", "x = \\pm 3"},
               {"(x-3)(x-15) = 0", "x = 3 \\text{ or } x = 15"},
               {"y = \\pm\\frac{3}{15}x", "3x \\pm 15y = 0"},
               {"2x+4y-3=0", "y = -\\frac12 x + \\frac34"},
               {"x^2/4 + y^2/3 = 1", "3x^2 + 4y^2 = 12"},
               {"34x+45y-20z+100=0", "-34x-45y+20z-100=0"},
               {"y = 2x", "x = \\frac{y}{2}"},
               {"y = \\frac{1}{x}", "xy = 1"},
               {"x + y = 5", "5 = y + x"},
               {"7 = 11a+c", "11a + c = 7"},
               {"(x-1)^2 + y^2 = 4", "x^2 - 2x + y^2 = 3"}});
  check_not_equal({{"x^2 = 9", "x = 3"},
                   {"x^2 = 9", "x = 3 \\text{ or } x = 4"},
                   {"x^2 = 9", "x = 3 \\text{ or } x = 3"},
                   {"x^2 = 9", "y = \\pm 3"},
                   {"y = \\pm\\frac{3}{15}x", "3x \\pm 16y = 0"},
                   {"3x-y+13=0", "3x+4y+14=0"},
                   {"x + y = 5", "x + y = 6"},
                   {"x + y = 5", "x - y = 5"},
                   {"y = 2x", "x = 2y"},
                   {"x^2 + y^2 = 1", "x^2 + y^2 = 2"},
                   {"x = 2", "x^2 = 4"},
                   {"x^2-1=0", "\\frac{x^2-1}{x-1} = 0"},
                   {"x^2 = x", "x = 1"},
                   {"x + y = 5", "x + y < 5"}});
}

TEST_CASE("an equation of numbers says what its value is") {
  check_equal({{"2 + 2 = 4", "1 + 3 = 4"},
               {"2 + 2 = 4", "4 = 2 + 2"},
               {"\\log_{13}\\sqrt{13} = \\frac12", "\\frac12"},
               {"0.56 = 56\\%", "56\\% = 0.56"}});
  check_not_equal({{"2 + 2 = 4", "1 = 1"},
                   {"\\log_{13}\\sqrt{13} = \\frac12", "\\log_{36}36^{216} = 216"},
                   {"0.56 = 56\\%", "7^{\\log_7 3} = 3"},
                   {"2 + 2 = 4", "2 + 3 = 4"}});
}

TEST_CASE("a letter before a zero has it for an index") {
  check_equal({{"v0", "v_0"}, {"v0^2/(2g)", "\\frac{v_0^2}{2g}"}, {"x 0", "0"}, {"x10", "10x"}});
  check_not_equal({{"v0", "0"}, {"v0^2/(2g)", "v0^2/(8g)"}, {"v0^2/(2g)", "0"}});
}

TEST_CASE("the square of a root is no absolute value") {
  check_equal({{"x", "\\sqrt{x}^2"}, {"|x|", "\\sqrt{x^2}"}, {"\\sqrt{x}\\sqrt{x-1}", "\\sqrt{x(x-1)}"}});
  check_not_equal({{"|x|", "\\sqrt{x}^2"}, {"|x-1|", "\\sqrt{x-1}^2"}});
}

TEST_CASE("inequalities keep direction and strictness under scaling") {
  check_equal({{"x < 1", "-x > -1"},
               {"x \\le 5", "5 \\ge x"},
               {"x > 3", "2x > 6"},
               {"3x + 2y < 6", "6x + 4y < 12"},
               {"x \\ne 3", "3 \\neq x"},
               {"-1 < x < 3", "3 > x > -1"},
               {"-1 < x < 3", "|x-1| < 2"},
               {"-1 < x < 3", "x > -1 \\text{ and } x < 3"},
               {"x < -1 \\text{ or } x > 3", "x > 3 \\text{ or } x < -1"},
               {"x < -1 \\text{ or } x > 3", "x^2 - 2x - 3 > 0"},
               {"f(2) < f(1) < f(4)", "f(4) > f(1) > f(2)"},
               {"1 \\le |z| \\le \\frac32", "z \\in [-\\frac32,-1] \\cup [1,\\frac32]"}});
  check_not_equal({{"x < 1", "x > -1"},
                   {"x > 5", "x < 5"},
                   {"x > 5", "x \\ge 5"},
                   {"x > 3", "-2x > 6"},
                   {"x > 3", "y > 3"},
                   {"-1 < x < 3", "-1 < x \\le 3"},
                   {"-1 < x < 3", "x > -1"},
                   {"-1 < x < 3", "x < -1 \\text{ or } x > 3"},
                   {"x \\ne 3", "x = 3"},
                   {"x < -1 \\text{ or } x > 3", "x < -1 \\text{ or } x \\ge 3"},
                   {"3x + 2y < 6", "3x + 2y > 6"}});
}

TEST_CASE("an inequality is its interval when it is solved") {
  check_equal({{"(-1,3)", "-1 < x < 3"},
               {"x > 3", "(3, \\infty)"},
               {"(3, \\infty)", "x > 3"},
               {"x \\in [-2,7]", "-2 \\le x \\le 7"},
               {"-2 \\le x \\le 7", "x \\in [-2,7]"},
               {"(-\\infty,-1)\\cup(3,\\infty)", "x < -1 \\text{ or } x > 3"},
               {"(-\\infty,0)\\cup(0,\\infty)", "x \\ne 0"},
               {"0<f(x)<1", "(0,1)"},
               {"x \\neq 0", "\\mathbb{R} \\setminus \\{0\\}"}});
  check_not_equal({{"(-1,3)", "x^2 - 2x - 3 < 0"},
                   {"(3,\\infty)", "2x > 6"},
                   {"(-1,3)", "-1 \\le x < 3"},
                   {"x > 3", "[3, \\infty)"},
                   {"x > 3", "(-\\infty, 3)"},
                   {"(-1,3)", "x > -1"}});
  Policy strict;
  strict.inequality_for_interval = false;
  check_not_equal({{"x \\in [-2,7]", "-2 \\le x \\le 7"}}, strict);
}

TEST_CASE("intervals and unions by ends and openness") {
  check_equal({{"(-\\infty,1] \\cup [2,\\infty)", "(-\\infty,1] \\text{ or } [2,\\infty)"},
               {"(-\\infty,1] \\cup [2,\\infty)", "(-\\infty,1] \\bigcup [2,\\infty)"},
               {"(2,-8)^T", "\\begin{pmatrix} 2 \\\\ -8 \\end{pmatrix}"},
               {"72", "P(9,2)"},
               {"[0,1)", "[0, 1)"},
               {"(\\frac35, \\frac83]", "(0.6, \\frac{8}{3}]"},
               {"(2,12)\\cup(12,102)", "(12,102) \\cup (2,12)"},
               {"(-\\infty,2)\\cup[3,\\infty)", "(-inf, 2)U[3, inf)"},
               {"\\mathbb{R}\\setminus\\{6\\}", "R \\ {6}"},
               {"\\mathbb{R}\\setminus\\{6\\}", "R - {6}"},
               {"[1,2]\\cup[2,3]", "[1,3]"},
               {"\\mathbb{R}", "(-\\infty,\\infty)"},
               {"\\text{all real numbers}", "\\mathbb{R}"},
               {"(-\\infty, 0) \\cup (0, \\infty)", "\\mathbb{R} \\setminus \\{0\\}"},
               {"\\{-1\\} \\cup [0,7)", "[0,7) \\cup \\{-1\\}"},
               {"[-1, -\\frac12)\\cup(-\\frac12, 0)\\cup(0,1)\\cup(1,\\infty)",
                "[-1, -0.5)\\cup(-0.5, 0)\\cup(0,1)\\cup(1,\\infty)"},
               {"(1, +\\infty)", "(1, \\infty)"},
               {"\\{x \\mid x > 3\\}", "(3,\\infty)"},
               {"(0,2)\\cap(1,3)", "(1,2)"},
               {"\\emptyset", "\\{\\}"},
               {"\\emptyset", "\\text{no solution}"}});
  check_not_equal({{"\\mathbb{R}\\setminus\\{6\\}", "R - {5}"},
                   {"(-\\infty,2)\\cup[3,\\infty)", "(-inf, 2)U(3, inf)"},
                   {"(-\\infty,1] \\cup [2,\\infty)", "(-\\infty,1) \\text{ or } [2,\\infty)"},
                   {"73", "P(9,2)"},
                   {"[0,1)", "(0,1)"},
                   {"[0,9)", "[0,1)"},
                   {"(2,12)\\cup(12,102)", "(2,12]\\cup(12,102)"},
                   {"(2,12)\\cup(12,102)", "(2,102)"},
                   {"[1,2]\\cup(2,3]", "[1,2)\\cup(2,3]"},
                   {"(1,2)", "[1,2]"},
                   {"[-3,2]", "(-\\infty,-3]\\cup[2,\\infty)"},
                   {"(-\\infty, 3)", "(-\\infty, 3]"},
                   {"1", "-[0,1)"},
                   {"\\emptyset", "0"},
                   {"\\emptyset", "\\{0\\}"},
                   {"\\mathbb{R}", "\\mathbb{Z}"}});
}

TEST_CASE("an interval with one open end is no list") {
  check_equal({{"-1, 0", "(-1, 0)"}, {"[-1, 0)", "[-1, 0)"}});
  check_not_equal({{"-1, 0", "[-1, 0)"}, {"-1, 0", "(-1, 0]"}, {"{-1,0}", "[-1,0)"}, {"[-1, 0)", "-1, 0"}});
}

TEST_CASE("sets match in any order, tuples in theirs") {
  check_equal({{"\\{1,2\\}", "2, 1"},
               {"\\{1,2\\}", "\\{2,1,1\\}"},
               {"\\{1,2\\}", "x=1 \\text{ or } x=2"},
               {"\\{1,2\\}", "x_1=1, x_2=2"},
               {"1, 2", "2, 1"},
               {"-2, 1", "1, -2"},
               {"1 \\text{ and } 2", "\\{1,2\\}"},
               {"19, 46, 82", "82, 46, \\text{ and } 19"},
               {"(1,2,3)", "(1,2,3)"},
               {"(1,\\frac92)", "(1, 4.5)"},
               {"(1,2)", "\\langle 1,2 \\rangle"},
               {"(1,2),(3,4)", "(3,4),(1,2)"},
               {"5", "\\{5\\}"},
               {"\\{5\\}", "5"},
               {"n = 1, 2, 3", "1, 2, 3"},
               {"n = 1, 2, 3", "n = 1, 2, 3"},
               {"(5,8),(8,5)", "(x,y) = (5,8) \\text{ and } (8,5)"},
               {"a=4, -8, -10", "-10, -8, 4"},
               {"\\{(1,5)\\}", "(1,5)"},
               {"(8,5)", "\\{(8,5)\\}"},
               {"\\{(1,5)\\}", "x = 1, y = 5"},
               {"x = 1 \\text{ and } y = 5", "\\{(1,5)\\}"},
               {"\\{(8,5)\\}", "(x,y) = (8,5)"},
               {"x = \\frac32, \\frac12", "x \\in \\{\\frac12, \\frac32\\}"}});
  check_not_equal({{"\\{1,2\\}", "\\{1,3\\}"},
                   {"\\{1,2\\}", "1"},
                   {"1", "1, 2"},
                   {"1, 1, 2", "1, 2, 2"},
                   {"1, 2", "1, 2, 3"},
                   {"(1,2)", "(2,1)"},
                   {"(1,2)", "2, 1"},
                   {"(1,2,3)", "(1,3,2)"},
                   {"(1,2),(3,4)", "(1,4),(3,2)"},
                   {"(1,2),(3,4)", "1,2,3,4"},
                   {"5", "5, 5"},
                   {"5", "5 \\text{ or } 6"},
                   {"1 \\text{ or } 2", "1"},
                   {"n = 2, 3, 4", "n = 1, 2, 3"},
                   {"\\{1,2\\}", "x = 1, y = 2"},
                   {"\\{(1,5)\\}", "(5,1)"},
                   {"\\{(1,5)\\}", "1 < x < 5"},
                   {"\\{(1,5)\\}", "x \\in (1,5)"},
                   {"\\{(1,5)\\}", "[1,5]"},
                   {"\\{(1,5)\\}", "1, 5"},
                   {"\\{(1,5),(5,1)\\}", "(1,5)"},
                   {"x = \\frac32, \\frac12", "x \\in \\{\\frac12, -\\frac32\\}"}});
  Policy ordered;
  ordered.ordered_lists = true;
  check_not_equal({{"1, 2", "2, 1"}}, ordered);
}

TEST_CASE("a number with separators is not a list that looks like it") {
  check_equal({{"1234", "1,234"}, {"1,234", "1234"}, {"14916", "14{,}916"}});
  check_equal({{"4.16", "4,16"}, {"4.5", "4,50"}});
  check_not_equal({{"(1, 234)", "1234"},
                   {"32349", "32, 349"},
                   {"1,234", "234, 1"},
                   {"(1,234)", "1,234,0"},
                   {"4.16", "4,1600"},
                   {"4,1600", "4.16"}});
}

TEST_CASE("plus-minus is two values") {
  check_equal({{"\\pm 3", "\\{3,-3\\}"},
               {"\\pm 3", "3, -3"},
               {"\\pm 3", "x = \\pm 3"},
               {"x = \\pm 3", "x = 3 \\text{ or } x = -3"},
               {"1 \\pm \\sqrt{19}", "1 + \\sqrt{19}, 1 - \\sqrt{19}"},
               {"(\\pm 5, 12)", "(5, 12), (-5, 12)"},
               {"(\\pm 5, 0)", "(-5, 0) \\text{ and } (5, 0)"},
               {"\\{1\\pm\\sqrt5, -2\\}", "-2, 1+\\sqrt5, 1-\\sqrt5"},
               {"3 \\pm \\sqrt2", "x = 3+\\sqrt2 \\text{ or } x = 3-\\sqrt2"},
               {"x=3+4i \\text{ or } x=3-4i", "3 \\pm 4i"},
               {"x = \\frac12, x = \\frac{-1\\pm\\sqrt{13}}{4}", "x = \\frac{-1\\pm\\sqrt{13}}{4}, x = \\frac12"}});
  check_not_equal({{"\\pm 3", "3"},
                   {"3", "\\pm 3"},
                   {"\\pm 3", "\\pm 4"},
                   {"(\\pm 5, 12)", "(5, 12)"},
                   {"(\\pm 5, 12)", "(5, 12), (-5, -12)"},
                   {"1 \\pm \\sqrt2", "1+\\sqrt2"},
                   {"x = \\pm 3", "x = 3"},
                   {"3 \\pm \\sqrt2", "x = 3+\\sqrt2"},
                   {"3 \\pm \\sqrt2", "x = 3+\\sqrt2 \\text{ or } x = -3-\\sqrt2"}});
}

TEST_CASE("named values beside tuples and lists") {
  check_equal({{"(1,2)", "x=1, y=2"},
               {"(1,2)", "y=2, x=1"},
               {"x=1, y=2", "(1,2)"},
               {"x=1, y=2", "y=2, x=1"},
               {"AB=4, CD=5", "4, 5"},
               {"p=5,q=2;p=7,q=2", "(5,2),(7,2)"},
               {"a_3 = 2, a_{37} = 19", "a_{37} = 19, a_3 = 2"},
               {"x = -5, p = \\frac{14}{3}", "-5, \\frac{14}{3}"},
               {"x_1 = 2, x_2 = 3", "3, 2"},
               {"k = 45, n = 2", "n = 2 \\text{ and } k = 45"},
               {"(x,y) = (1,2)", "(y,x) = (2,1)"},
               {"\\{x = 1, y = 2\\}", "y = 2, x = 1"},
               {"p=5,q=2 \\text{ and } p=7,q=2", "p=5,q=2;p=7,q=2"},
               {"(1,2),(2,1)", "x=1,y=2 \\text{ or } x=2,y=1"},
               {"x = 4 \\text{ or } x = -17", "x \\in \\{-17, 4\\}"},
               {"x = 4 \\text{ or } x = -17", "x1 = 4, x2 = -17"},
               {"a < b < c", "b < c \\text{ and } a < b"},
               {"\\binom{n}{k}", "C(n, k)"},
               {"C(n, k)", "\\frac{n!}{k!(n-k)!}"},
               {"(x,y) = (1,2) \\text{ or } (x,y) = (3,4)", "(x,y) = (3,4) \\text{ or } (1,2)"},
               {"x=1, y=2 \\text{ or } x=3, y=4", "(x,y) = (1,2) \\text{ or } (3,4)"},
               {"x < 1 \\text{ or } x > 2", "x<1或x>2"},
               {"a < 1 \\text{ and } b > 2", "b > 2 \\text{ 且 } a < 1"}});
  check_not_equal({{"(1,2)", "x=2, y=1"},
                   {"x=32 \\text{ and } y=19", "32 \\text{ or } 19"},
                   {"x=1, y=2", "x=2, y=1"},
                   {"x=1, y=2", "(2,1)"},
                   {"y=6, x=-8", "(6,-8)"},
                   {"AB=4, CD=5", "5, 4"},
                   {"a_3 = 2, a_{37} = 19", "a_3 = 19, a_{37} = 2"},
                   {"x=1, y=2", "x=1"},
                   {"(x,y) = (1,2)", "(y,x) = (1,2)"},
                   {"(1,2),(2,1)", "x=1,y=2 \\text{ or } x=2,y=3"},
                   {"x = 4 \\text{ or } x = -17", "x \\in \\{17, 4\\}"},
                   {"(x,y) = (1,2) \\text{ or } (x,y) = (3,4)", "(x,y) = (1,4) \\text{ or } (3,2)"},
                   {"(x,y) = (1,2) \\text{ or } (x,y) = (3,4)", "(x,y) = (1,2)"},
                   {"x < 1 \\text{ or } x > 2", "x<1且x>2"},
                   {"x = 4 \\text{ or } x = -17", "x1 = 4, x2 = 17"},
                   {"a < b < c", "b < c \\text{ and } b < a"},
                   {"a < b < c", "a < b"},
                   {"\\binom{n}{k}", "C(k, n)"},
                   {"x=1, x=2", "y=1, y=2"}});
}

TEST_CASE("systems of equations up to order and combination") {
  check_equal({{"x+y=1 \\text{ and } x-y=3", "x-y=3 \\text{ and } 2x+2y=2"},
               {"x+y=1 \\text{ and } x-y=3", "2x=4 \\text{ and } x+y=1"}});
  check_not_equal({{"x+y=1 \\text{ and } x-y=3", "x+y=1 \\text{ and } x-y=4"},
                   {"x+y=1 \\text{ and } x-y=3", "x+y=1"},
                   {"x+y=1 \\text{ and } x+y=2", "x-y=1 \\text{ and } x-y=2"}});
}

TEST_CASE("matrices entry by entry, computed where they are not") {
  check_equal({{"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}"},
               {"\\begin{pmatrix}6&8\\\\10&12\\end{pmatrix}",
                "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}+\\begin{pmatrix}5&6\\\\7&8\\end{pmatrix}"},
               {"\\begin{pmatrix}7&10\\\\15&22\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^2"},
               {"\\begin{pmatrix}2&4\\\\6&8\\end{pmatrix}", "2\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"},
               {"\\begin{pmatrix}1\\\\2\\end{pmatrix}", "(1,2)"},
               {"(1,2)", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"},
               {"\\begin{pmatrix}-2&1\\\\3/2&-1/2\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^{-1}"},
               {"-2", "\\det\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"}});
  check_not_equal({{"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}"},
                   {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}"},
                   {"\\begin{pmatrix}1\\\\2\\end{pmatrix}", "(2,1)"},
                   {"\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1&2\\end{pmatrix}"},
                   {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "1,2,3,4"}});
}

TEST_CASE("ratios are proportional, times are not") {
  check_equal({{"3:4", "6:8"},
               {"3:4", "\\frac34"},
               {"\\frac34", "3:4"},
               {"1:2:3", "2:4:6"},
               {"12:00", "12:00"},
               {"7:32", "S : T = 7:32"}});
  check_not_equal({{"3:4", "4:3"},
                   {"1:2:3", "1:2:4"},
                   {"1:2:3", "1:2"},
                   {"12:00", "1:00"},
                   {"9:05", "18:10"},
                   {"12:05", "\\frac{12}{5}"},
                   {"1:2:3:\\ldots", "1:4:9:\\ldots"}});
}

TEST_CASE("an ellipsis stands for itself") {
  check_equal({{"1, 2, \\ldots, n", "1, 2, ..., n"}, {"1, 2, \\ldots, 10", "1,2,\\dots,10"}});
  check_not_equal({{"1, 2, \\ldots, n", "1, 3, 5, \\ldots, 2n-1"},
                   {"1, 2, \\ldots, n", "1, 2, n"},
                   {"1 + 2 + \\cdots + n", "1 + 2 + \\cdots + 2n"}});
}

TEST_CASE("percent by policy") {
  check_equal({{"50\\%", "0.5"},
               {"50\\%", "50"},
               {"0.5", "50\\%"},
               {"50", "50\\%"},
               {"28\\%", "28 percent"},
               {"12.5\\%", "\\frac18"}});
  check_equal({{"0.9\\%", "0.9"}, {"\\frac13\\%", "\\frac13"}});
  check_not_equal(
      {{"0.9\\%", "\\frac{9}{10}"}, {"50\\%", "5"}, {"0.5\\%", "0.5\\% + 1"}, {"50\\%", "500\\%"}, {"0.05", "50\\%"}});
  Policy strict;
  strict.percent = PercentPolicy::strict;
  check_equal({{"50\\%", "0.5"}, {"\\frac12", "50\\%"}}, strict);
  check_not_equal({{"50\\%", "50"}, {"50", "50\\%"}}, strict);
}

TEST_CASE("units are converted, forgiven or required") {
  check_equal({{"5 \\text{ cm}", "5"},
               {"5", "5 \\text{ cm}"},
               {"1 \\text{ m}", "100 \\text{ cm}"},
               {"100 \\text{ cm}", "1 \\text{ m}"},
               {"36 \\text{ km/h}", "10 \\text{ m/s}"},
               {"15 \\text{ cm}^2", "15 \\text{ cm}^2"},
               {"1 \\text{ m}^2", "10000 \\text{ cm}^2"},
               {"\\$5", "5 \\text{ dollars}"},
               {"\\$5", "500 \\text{ cents}"},
               {"2 \\text{ hours}", "120 \\text{ minutes}"},
               {"1 \\text{ foot}", "12 \\text{ inches}"},
               {"72", "72 \\text{ clips}"},
               {"72 \\text{ clips}", "72"},
               {"90^\\circ", "90"},
               {"90", "90^\\circ"},
               {"\\frac{\\pi}{2}", "90^\\circ"},
               {"125 \\text{ miles}", "125 \\text{ mi}"},
               {"1.5 \\text{ kg}", "1500 \\text{ g}"}});
  check_not_equal({{"5 \\text{ cm}", "5 \\text{ m}"},
                   {"1 \\text{ m}", "1 \\text{ cm}"},
                   {"15 \\text{ cm}^2", "15 \\text{ cm}"},
                   {"15 \\text{ cm}^2", "15 \\text{ cm}^3"},
                   {"\\$5", "5 \\text{ cents}"},
                   {"5 \\text{ kg}", "5 \\text{ s}"},
                   {"36 \\text{ km/h}", "36 \\text{ m/s}"},
                   {"5 \\text{ cm}", "6"},
                   {"90^\\circ", "91"},
                   {"90^\\circ", "\\pi"}});
  Policy ignore, require;
  ignore.units = UnitPolicy::ignore;
  require.units = UnitPolicy::require;
  check_equal({{"5 \\text{ cm}", "5 \\text{ m}"}}, ignore);
  check_equal({{"5 \\text{ cm}", "5 \\text{ cm}"}, {"5 \\text{ cm}", "50 \\text{ mm}"}, {"5", "5 \\text{ cm}"}},
              require);
  check_not_equal({{"5 \\text{ cm}", "5"}}, require);
}

TEST_CASE("numerals are asked for in their base") {
  check_equal({{"204_5", "204_5"}, {"204_5", "\\text{204}_5"}, {"A84D_{16}", "a84d_{16}"}});
  check_not_equal({{"204_5", "204_6"}, {"204_5", "204"}, {"54", "204_5"}, {"1112112_3", "1112122_3"}});
}

TEST_CASE("families over the integers") {
  check_equal({{"x = \\frac{\\pi}{4} + k\\pi, k \\in \\mathbb{Z}", "x = n\\pi + \\frac{\\pi}{4}, n \\in \\mathbb{Z}"},
               {"x = \\frac{\\pi}{4} + k\\pi, k \\in \\mathbb{Z}", "x = \\frac{5\\pi}{4} + n\\pi, n \\in \\mathbb{Z}"},
               {"x = \\frac{\\pi}{4} + k\\pi, k \\in \\mathbb{Z}", "x = n\\pi - \\frac{3\\pi}{4}"},
               {"\\{2k \\mid k \\in \\mathbb{Z}\\}", "\\{2n \\mid n \\in \\mathbb{Z}\\}"},
               {"x = \\frac{\\pi}{9} + k\\pi (k \\in \\mathbb{Z})", "\\frac{\\pi}{9} + k\\pi"},
               {"\\{2k+1 \\mid k \\in \\mathbb{Z}\\}", "\\{2n-1 \\mid n \\in \\mathbb{Z}\\}"},
               {"x = n\\pi, n \\in \\mathbb{Z}", "x = k\\pi, k \\in Z"},
               {"x = n\\pi, n \\in \\mathbb{Z}", "x = k\\pi, k \\in \\mathbf{Z}"},
               {"x = n\\pi, n \\in \\mathbb{Z}", "x = k\\pi \\text{ for } k \\in \\mathbb{Z}"},
               {"x = n\\pi, n \\in \\mathbb{Z}", "x = k\\pi, \\text{ where } k \\in \\mathbb{Z}"},
               {"x = n\\pi, n \\in \\mathbb{Z}", "x = k\\pi, \\text{ where } k \\text{ is an integer}"},
               {"x = n\\pi, n \\in \\mathbb{Z}", "x = k\\pi \\text{ for any integer } k"},
               {"x = n\\pi, n \\in \\mathbb{Z}", "x = k*pi (k an integer)"},
               {"x = \\pm\\frac{\\pi}{3} + 2k\\pi, k \\in \\mathbb{Z}",
                "x = \\frac{\\pi}{3} + 2n\\pi \\text{ or } x = \\frac{5\\pi}{3} + 2n\\pi, n \\in \\mathbb{Z}"}});
  check_not_equal(
      {{"x = \\frac{\\pi}{4} + k\\pi, k \\in \\mathbb{Z}", "x = \\frac{\\pi}{4} + 2n\\pi, n \\in \\mathbb{Z}"},
       {"x = \\frac{\\pi}{4} + k\\pi, k \\in \\mathbb{Z}", "x = \\frac{\\pi}{3} + n\\pi, n \\in \\mathbb{Z}"},
       {"\\{2k \\mid k \\in \\mathbb{Z}\\}", "\\{2k+1 \\mid k \\in \\mathbb{Z}\\}"},
       {"\\{2k \\mid k \\in \\mathbb{Z}\\}", "\\{2k \\mid k \\in \\mathbb{N}\\}"},
       {"x = \\frac{\\pi}{4} + k\\pi, k \\in \\mathbb{Z}", "x = \\frac{\\pi}{4}"},
       {"S = (n-2)\\pi", "S = n\\pi"},
       {"x = n\\pi, n \\in \\mathbb{Z}", "x = 2k\\pi \\text{ for any integer } k"},
       {"x = n\\pi, n \\in \\mathbb{Z}", "x = k\\pi, \\text{ where } k \\text{ is an even integer}"}});
}

TEST_CASE("families of intervals and points over the integers") {
  check_equal(
      {{"[k\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}", "[n\\pi, n\\pi+\\frac{\\pi}{3}] (n \\in \\mathbb{Z})"},
       {"[k\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}",
        "[k\\pi-\\pi, k\\pi-\\frac{2\\pi}{3}], k \\in \\mathbb{Z}"},
       {"[k\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}",
        "x \\in [k\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}"},
       {"(k\\pi, k\\pi+1), k \\in \\mathbb{Z}",
        "(2k\\pi, 2k\\pi+1) \\cup (2k\\pi+\\pi, 2k\\pi+\\pi+1), k \\in \\mathbb{Z}"},
       {"(\\frac{k\\pi}{2}+1, 0), k \\in \\mathbb{Z}", "(1-\\frac{n\\pi}{2}, 0), n \\in \\mathbb{Z}"},
       {"\\{x \\mid x \\ne k\\pi, k \\in \\mathbb{Z}\\}",
        "\\{x \\in \\mathbb{R} \\mid x \\ne n\\pi+\\pi, n \\in \\mathbb{Z}\\}"},
       {"\\{x \\mid x = k\\pi, k \\in \\mathbb{Z}\\}", "x = n\\pi, n \\in \\mathbb{Z}"},
       {"\\{x \\mid x = k\\pi, k \\in \\mathbb{Z}\\}", "n\\pi (n \\in \\mathbb{Z})"}});
  check_not_equal(
      {{"[k\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}", "[k\\pi, k\\pi+\\frac{\\pi}{3}), k \\in \\mathbb{Z}"},
       {"[k\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}", "[2k\\pi, 2k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}"},
       {"[k\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}",
        "[k\\pi+\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}"},
       {"[k\\pi, k\\pi+\\frac{\\pi}{3}], k \\in \\mathbb{Z}", "[0, \\frac{\\pi}{3}]"},
       {"(k\\pi, 0), k \\in \\mathbb{Z}", "(k\\pi, 1), k \\in \\mathbb{Z}"},
       {"(k\\pi, k), k \\in \\mathbb{Z}", "(k\\pi, -k), k \\in \\mathbb{Z}"},
       {"\\{x \\mid x \\ne k\\pi, k \\in \\mathbb{Z}\\}", "\\{x \\mid x = k\\pi, k \\in \\mathbb{Z}\\}"},
       {"\\{x \\mid x \\ne k\\pi, k \\in \\mathbb{Z}\\}", "\\{x \\mid x \\ne 2k\\pi, k \\in \\mathbb{Z}\\}"}});
}

TEST_CASE("words, with what they mean") {
  check_equal({{"\\text{Evelyn}", "Evelyn"},
               {"\\text{Tuesday}", "\\text{tuesday}"},
               {"\\text{no solution}", "\\text{No solutions}"},
               {"\\text{no solution}", "\\emptyset"},
               {"\\text{DNE}", "\\text{does not exist}"},
               {"\\text{undefined}", "\\text{DNE}"},
               {"2", "\\text{two}"},
               {"\\text{two}", "2"},
               {"25", "\\text{twenty-five}"},
               {"\\frac23", "\\text{two thirds}"},
               {"\\text{one half}", "\\frac12"},
               {"\\text{Yes}", "\\text{yes}"},
               {"\\text{The hexagon}", "\\text{hexagon}"},
               {"\\text{odd}", "odd"},
               {"\\text{infinitely many}", "\\text{infinitely many solutions}"}});
  check_not_equal({{"\\text{Evelyn}", "\\text{Briana}"},
                   {"\\text{Tuesday}", "\\text{Thursday}"},
                   {"\\text{Yes}", "\\text{No}"},
                   {"\\text{no}", "\\text{no solution}"},
                   {"2", "\\text{three}"},
                   {"\\text{odd}", "\\text{even}"},
                   {"0", "\\text{no solution}"},
                   {"5", "\\text{not } 5"},
                   {"5", "\\text{5 or 6}"},
                   {"\\text{DNE}", "0"}});
}

TEST_CASE("the letter of a choice") {
  check_equal(
      {{"A", "(A)"}, {"A", "\\text{A}"}, {"\\text{C}", "\\text{(C)}"}, {"B", "\\textbf{(B)}"}, {"\\text{E}", "E"}});
  check_not_equal({{"A", "(B)"},
                   {"A", "AB"},
                   {"B", "B \\text{ or } C"},
                   {"B", "A, B"},
                   {"A", "2A"},
                   {"d", "\\text{E}"},
                   {"A", "5"},
                   {"A", "a + \\frac{b}{2}"},
                   {"E", "e^{x^2}"},
                   {"B", "B > C > D > A"}});
}

TEST_CASE("letters in a row are an order, or what was chosen") {
  check_equal({{"ABDC", "ABDC"}, {"ADE", "A, D, E"}, {"ADE", "E, A, D"}, {"A, D, E", "ADE"}, {"DBA", "D, B, A"}});
  check_not_equal({{"ABCD", "ABDC"}, {"ABDC", "ADBC"}, {"ADE", "A, D"}, {"ADE", "A, D, F"}, {"DBA", "A, B, D"}});
  check_equal({{"AB", "BA"}, {"abc", "cab"}});  // products
}

TEST_CASE("sums of unit vectors are vectors") {
  check_equal({{"\\langle 3, 2, -1 \\rangle", "3\\mathbf{i} + 2\\mathbf{j} - \\mathbf{k}"},
               {"3\\vec{i} + 2\\vec{j} - \\vec{k}", "\\begin{pmatrix} 3 \\\\ 2 \\\\ -1 \\end{pmatrix}"},
               {"\\langle 3, 0, -1 \\rangle", "3\\hat{\\mathbf{i}} - \\hat{\\mathbf{k}}"},
               {"(3, 2)", "3\\hat{\\imath} + 2\\hat{\\jmath}"},
               {"3\\mathbf{i} + 2\\mathbf{j}", "2\\hat{j} + 3\\hat{i}"},
               {"\\langle 2t, 1 \\rangle", "2t\\,\\mathbf{i} + \\mathbf{j}"}});
  check_not_equal({{"\\langle 3, 2, -1 \\rangle", "3\\mathbf{i} + 2\\mathbf{j} + \\mathbf{k}"},
                   {"\\langle 3, 2 \\rangle", "3\\mathbf{i} + 2\\mathbf{k}"},
                   {"\\langle 3, 2 \\rangle", "3\\mathbf{i} + 2"},
                   {"\\langle 3, 2 \\rangle", "3\\mathbf{i} \\cdot 2\\mathbf{j}"},
                   {"3\\mathbf{i} + 2\\mathbf{j}", "2\\mathbf{i} + 3\\mathbf{j}"}});
}

TEST_CASE("formulas of logic by their truth tables") {
  check_equal({{"p \\land q", "q \\land p"},
               {"\\neg(p \\land q)", "\\neg p \\lor \\neg q"},
               {"p \\implies q", "\\neg p \\lor q"}});
  check_not_equal({{"p \\land q", "p \\lor q"}, {"p \\implies q", "q \\implies p"}, {"p \\land q", "p"}});
}

TEST_CASE("definitions by cases match by their conditions") {
  check_equal({{"\\begin{cases} x & x > 0 \\\\ -x & x \\le 0 \\end{cases}",
                "\\begin{cases} -x & x \\le 0 \\\\ x & x > 0 \\end{cases}"},
               {"\\begin{cases} x & x > 0 \\\\ -x & x \\le 0 \\end{cases}",
                "\\begin{cases} x & x > 0 \\\\ -x & \\text{otherwise} \\end{cases}"}});
  check_not_equal({{"\\begin{cases} x & x > 0 \\\\ -x & x \\le 0 \\end{cases}",
                    "\\begin{cases} -x & x > 0 \\\\ x & x \\le 0 \\end{cases}"},
                   {"\\begin{cases} x & x > 0 \\\\ -x & x \\le 0 \\end{cases}",
                    "\\begin{cases} x & x \\ge 0 \\\\ -x & x < 0 \\end{cases}"}});
}

TEST_CASE("definitions by cases beside one expression") {
  check_equal({{"|x|", "\\begin{cases} x & x \\ge 0 \\\\ -x & x < 0 \\end{cases}"},
               {"\\begin{cases} x - 2 & x > 2 \\\\ 2 - x & \\text{otherwise} \\end{cases}", "|x - 2|"},
               {"|x| + x", "\\begin{cases} 2x & x \\ge 0 \\\\ 0 & x < 0 \\end{cases}"}});
  check_not_equal({{"|x|", "\\begin{cases} x & x \\ge 0 \\\\ x & x < 0 \\end{cases}"},
                   {"|x|", "\\begin{cases} x & x > 1 \\\\ -x & x \\le 1 \\end{cases}"},
                   {"|x|", "\\begin{cases} x & x > 0 \\\\ -x & x < 0 \\end{cases}"},  // and at 0?
                   {"|x - 2|", "\\begin{cases} x - 2 & x \\ge 2 \\\\ x + 2 & x < 2 \\end{cases}"}});
}

TEST_CASE("the variable of a sum has any name") {
  check_equal({{"\\sum_{k=0}^\\infty \\frac{x^k}{k!}", "\\sum_{j=0}^\\infty \\frac{x^j}{j!}"}});
  check_not_equal({{"\\sum_{k=0}^\\infty \\frac{x^k}{k!}", "\\sum_{j=1}^\\infty \\frac{x^j}{j!}"},
                   {"\\sum_{k=0}^\\infty \\frac{x^k}{k!}", "\\sum_{j=0}^\\infty \\frac{x^k}{j!}"},
                   {"\\sum_{k=0}^\\infty \\frac{x^k}{k!}", "\\sum_{x=0}^\\infty \\frac{x^x}{x!}"}});
}

TEST_CASE("antiderivatives differ by a constant") {
  check_equal({{"x^2 + C", "C + x^2"}, {"x^2 + C", "x^2 + 1 + C"}, {"x^2 + C", "x^2 + c"}});
  check_not_equal(
      {{"x^2 + C", "x^2 + x + C"}, {"x^2 + C", "x^3 + C"}, {"A + B + C", "A + B + 1 + C"}, {"x^2 + C", "x^2"}});
  // The constant would hide the 4 of ln(x/4).
  check_equal({{"\\ln x/4 + C", "\\frac14\\ln x + C"},
               {"\\ln\\frac x4 + C", "\\ln x + C"},
               {"-2\\cos x/2 + C", "-2\\cos\\frac x2 + C"}});
  check_not_equal({{"\\ln x/4 + C", "\\ln x/6 + C"},
                   {"y = \\ln|x|/4 + C", "y = \\ln|x|/6 + C"},
                   {"-\\ln|x-2|/4 + \\ln|x+2|/4 + C", "-\\ln|x-2|/6 + \\ln|x+2|/4 + C"}});
}

TEST_CASE("congruences by residue") {
  check_equal({{"x \\equiv 3 \\pmod 5", "x \\equiv -2 \\pmod 5"}});
  check_not_equal({{"x \\equiv 3 \\pmod 5", "x \\equiv 2 \\pmod 5"}, {"x \\equiv 3 \\pmod 5", "x \\equiv 3 \\pmod 7"}});
}

TEST_CASE("a comparison that runs out of budget is unknown") {
  Arena arena;
  std::string left = "\\{", right = "\\{";
  for (int i = 0; i < 60; ++i) {
    left += (i ? "," : "") + std::to_string(i) + "+\\sqrt{2}";
    right += (i ? "," : "") + std::to_string(59 - i) + "+\\sqrt{2}";
  }
  const Parsed gold = parse(left + "\\}", arena), prediction = parse(right + "\\}", arena);
  REQUIRE(gold.root);
  REQUIRE(prediction.root);
  Budget small(50), large(10'000'000);
  CHECK(compare(*gold.root, *prediction.root, {}, arena, small).decision == Decision::unknown);
  CHECK(compare(*gold.root, *prediction.root, {}, arena, large).decision == Decision::equal);
}
