#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "rewards/hostile.hpp"
#include "rewards/math/parse.hpp"

using namespace cohort;
using namespace cohort::rewards;

namespace {

struct Case {
  const char* text;
  const char* tree;
};

std::string tree_of(std::string_view text, const math::ParseOptions& options = {}) {
  math::Arena arena;
  const math::Parsed parsed = math::parse(text, arena, options);
  return parsed.root ? math::to_string(*parsed.root) : "reject: " + std::string(parsed.problem);
}

void check_trees(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(std::string(one.text));
    CHECK(tree_of(one.text) == one.tree);
  }
}

// What Node promises of every tree.
void check_invariants(const math::Node& node) {
  uint32_t size = 1;
  uint16_t depth = 1;
  for (const math::Node* child : node.children) {
    REQUIRE(child != nullptr);
    check_invariants(*child);
    size += child->size;
    depth = std::max<uint16_t>(depth, child->depth + 1);
  }
  REQUIRE(node.size == size);
  REQUIRE(node.depth == depth);
  REQUIRE(node.depth <= 201);
  if (node.kind == math::Kind::relation) REQUIRE(node.relations.size() + 1 == node.children.size());
  if (node.kind == math::Kind::matrix) REQUIRE(size_t{node.rows} * node.columns == node.children.size());
}

void check_survives(std::string_view text) {
  math::Arena arena;
  const math::Parsed parsed = math::parse(text, arena);
  if (parsed.root)
    check_invariants(*parsed.root);
  else
    CHECK_FALSE(parsed.problem.empty());
}

// Texts of every part of the grammar, to be cut and changed.
const std::vector<std::string> kCorpus = {
    "\\frac{-b \\pm \\sqrt{b^2-4ac}}{2a}",
    "\\left(-\\infty, -1\\right] \\cup \\left[1, \\infty\\right)",
    "\\begin{pmatrix} 1 & 2 \\\\ 3 & x^{2} \\end{pmatrix}",
    "f(x) = \\begin{cases} x & \\text{if } x > 0 \\\\ -x, & \\text{otherwise} \\end{cases}",
    "\\{x \\in \\mathbb{R} \\mid |x - 1| < 2\\}",
    "\\int_0^{\\pi} \\sin^2 x \\, dx + \\sum_{i=1}^{n} i^2",
    "\\lim_{x \\to 0^{+}} \\frac{d^2}{dx^2} \\ln|x|",
    "$1,234.50$ dollars, 5 \\text{ cm}^2 or 9.8 m/s^2",
    "0.1\\overline{6} + 0.\\dot{1}4\\dot{2} - 204_{5} \\cdot 1A_{16}",
    "a \\equiv 3 \\pmod{7}, x \\neq 2 \\text{ and } y = 3 \\quad z = 4",
    "2½ + √(x² + 1) ≤ ∛8·π ∪ ∅",
    "(A) \\textbf{no solution}, {}_5C_2, {n \\choose k}, [[1,2],[3,4]]",
    "||x|-1| + \\|v\\| + \\lfloor \\frac12 \\rfloor, 30^\\circ 15' 20''"};

}  // namespace

TEST_CASE("numbers keep their digits and lose their separators") {
  check_trees({{"7", "7"},
               {"007", "007"},
               {"0.50", "0.50"},
               {".5", "0.5"},
               {"3.", "3"},
               {"-3.14", "(negate 3.14)"},
               {"1{,}234", "1234"},
               {"12\\,345", "12345"},
               {"12,\\!345", "12345"},
               {"1 000 000", "1000000"},
               {"1_000", "1000"},
               {"1.234.567", "1234567"},
               {"350,000", "350000"},
               {"3e8", "3.e8"},
               {"6.02E23", "6.02e23"},
               {"6.02 \\times 10^{-23}", "6.02e-23"},
               {"3\\cdot 10^8", "(multiply 3 (power 10 8))"},
               {"2 1/2", "(mixed 2 1 2)"},
               {"1\\frac12", "(mixed 1 1 2)"},
               {"-1½", "(negate (mixed 1 1 2))"},
               {"5\\frac{7}{2}", "(multiply 5 (divide 7 2))"},
               {"50\\%", "(percent 50)"},
               {"50 percent", "(percent 50)"},
               {"2/3\\%", "(percent (divide 2 3))"},
               {"204_5", "(numeral 204 5)"},
               {"1A_{16}", "(numeral 1A 16)"},
               {"(204)_5", "(numeral 204 5)"},
               {"1010_{\\text{two}}", "(numeral 1010 2)"},
               {"204 base 5", "(numeral 204 5)"},
               {"0x1F", "(numeral 1F 16)"},
               {"3:4", "(ratio 3 4)"},
               {"12:05 pm", "(quantity pm (ratio 12 05))"},
               {"0.\\overline{3}", "0.|3"},
               {"0.1\\overline{6}", "0.1|6"},
               {"0.\\dot{1}4\\dot{2}", "0.|142"},
               {"0.(3)", "0.|3"},
               {"0.1666...", "0.1|6"},
               {"3.14159\\ldots", "3.14159"},
               {"five", "5"},
               {"5th", "5"}});
}

TEST_CASE("a text with two readings keeps both") {
  check_trees({{"1,234", "(either 1234 (list 1 234))"},
               {"(1,234)", "(bracketed () 1 234)"},
               {"\\sqrt{1,234}", "(root 1234 2)"},
               {"1,2,345", "(list 1 2 345)"},
               {"2e-5", "(either 2.e-5 (add (multiply 2 e) (negate 5)))"},
               {"1/2x", "(either (divide 1 (multiply 2 x)) (multiply (divide 1 2) x))"},
               {"a/bc", "(divide a (multiply b c))"},
               {"\\sin x/2", "(either (divide (function sin x) 2) (function sin (divide x 2)))"},
               {"5 m", "(either (multiply 5 m) (quantity m 5))"},
               {"{5}", "(either 5 (set 5))"},
               {"abc", "(either (multiply a b c) abc)"},
               {"(B) 12", "(either choice B 12)"}});
  CHECK(tree_of("3,5") == "(either (list 3 5) 3.5)");
  CHECK(tree_of("-5,0") == "(list (negate 5) 0)");
  CHECK(tree_of("x=3,5") == "(relation x = (list 3 5))");
  CHECK(tree_of("3,5", {.decimal_comma = true}) == "(either 3.5 (list 3 5))");
  CHECK(tree_of("1.234,5", {.decimal_comma = true}) == "(either 1234.5 (list 1.234 5))");
}

TEST_CASE("arithmetic in LaTeX, plain and CAS syntax and Unicode gives one tree") {
  check_trees({{"\\frac12", "(divide 1 2)"},
               {"\\dfrac1{2}", "(divide 1 2)"},
               {"\\\\frac{1}{2}", "(divide 1 2)"},
               {"\\frac{1}{2", "(divide 1 2)"},
               {"pi/2", "(divide pi 2)"},
               {"sqrt(2)/2", "(divide (root 2 2) 2)"},
               {"√2/2", "(divide (root 2 2) 2)"},
               {"\\sqrt[3]{2}", "(root 2 3)"},
               {"∛8", "(root 8 3)"},
               {"x**2", "(power x 2)"},
               {"x²", "(power x 2)"},
               {"x^12", "(power x 12)"},
               {"2^{3^2}", "(power 2 (power 3 2))"},
               {"2^3^2", "(power 2 (power 3 2))"},
               {"-x^2", "(negate (power x 2))"},
               {"2^-1", "(power 2 (negate 1))"},
               {"2x^2-3x+1", "(add (multiply 2 (power x 2)) (negate (multiply 3 x)) 1)"},
               {"3 \\pm \\sqrt2", "(add 3 (plus_minus (root 2 2)))"},
               {"x(y+1)", "(multiply x (add y 1))"},
               {"6 ÷ 2 × 3", "(multiply (divide 6 2) 3)"},
               {"n!", "(factorial n)"},
               {"n!!", "(function double_factorial n)"},
               {"3+4i", "(add 3 (multiply 4 i))"},
               {"3 + 4*I", "(add 3 (multiply 4 i))"},
               {"i + j", "(add i j)"},
               {"x_1 + a_{n+1}", "(add x_1 a_{n+1})"},
               {"x^2_1", "(power x_1 2)"},
               {"-1 \\mod 2", "(function mod (negate 1) 2)"},
               {"1 + 2 + \\cdots + n", "(add 1 2 ... n)"},
               {"５−3", "(add 5 (negate 3))"},
               {"**18**", "18"},
               {"$\\boxed{42}$.", "42"}});
}

TEST_CASE("functions take their arguments with and without brackets") {
  check_trees({{"\\sin 2x \\cos y", "(multiply (function sin (multiply 2 x)) (function cos y))"},
               {"\\sin^2 x", "(power (function sin x) 2)"},
               {"\\sin^{-1} x", "(function arcsin x)"},
               {"asin(1/2)", "(function arcsin (divide 1 2))"},
               {"sinx", "(function sin x)"},
               {"\\cos(x)^2", "(power (function cos x) 2)"},
               {"\\ln x (x+1)", "(multiply (function ln x) (add x 1))"},
               {"\\log_2 8", "(function log 8 2)"},
               {"log2(8)", "(function log 8 2)"},
               {"\\lg 5", "(function log 5 10)"},
               {"\\ln|x|", "(function ln (absolute x))"},
               {"\\gcd(12, 18)", "(function gcd 12 18)"},
               {"f(x)", "(function f x)"},
               {"f^{-1}(x)", "(function f^-1 x)"},
               {"f'(x)", "(function f' x)"},
               {"P(1, 2)", "(function P 1 2)"},
               {"\\binom{n}{k}", "(function binomial n k)"},
               {"{n \\choose k}", "(function binomial n k)"},
               {"5C2", "(function binomial 5 2)"},
               {"C_5^2", "(function binomial 5 2)"},
               {"_nP_k", "(function permutations n k)"},
               {"|x||y|", "(multiply (absolute x) (absolute y))"},
               {"||x|-1|", "(absolute (add (absolute x) (negate 1)))"},
               {"||x||y||", "(absolute (multiply (absolute x) (absolute y)))"},
               {"\\lfloor x \\rfloor", "(function floor x)"},
               {"\\sum_{i=1}^{n} i^2", "(sum (power i 2) i 1 n)"},
               {"\\prod_{k=1}^n k", "(product k k 1 n)"},
               {"\\lim_{x \\to 0^+} x", "(limit + x x 0)"},
               {"\\int_0^1 x^2 dx", "(integral (power x 2) x 0 1)"},
               {"\\int \\frac{dz}{z}", "(integral (divide 1 z) z)"},
               {"\\frac{d}{dx} x^2", "(derivative (power x 2) x)"},
               {"\\frac{d^2y}{dx^2}", "d2y/dx2"}});
}

TEST_CASE("units stand behind values and never eat a variable") {
  check_trees({{"18\\text{ cm}^2", "(quantity cm^2 18)"},
               {"5\\,\\mathrm{km/h}", "(quantity km/h 5)"},
               {"5 square meters", "(quantity m^2 5)"},
               {"5 \\frac{\\text{m}}{\\text{s}}", "(quantity m/s 5)"},
               {"\\frac{1}{2} cm", "(quantity cm (divide 1 2))"},
               {"3/4 cup", "(quantity cup (divide 3 4))"},
               {"\\$1.50", "(quantity $ 1.50)"},
               {"$18", "(quantity $ 18)"},
               {"-$5", "(negate (quantity $ 5))"},
               {"18 dollars", "(quantity $ 18)"},
               {"€5", "(quantity € 5)"},
               {"5 apples", "(quantity apple 5)"},
               {"8 (cookies)", "(quantity cookie 8)"},
               {"1h 20min", "(add (quantity h 1) (quantity min 20))"},
               {"5'10\"", "(add (quantity ft 5) (quantity in 10))"},
               {"2 hours 30 minutes", "(add (quantity h 2) (quantity min 30))"},
               {"3 + \\sqrt{2} cm", "(quantity cm (add 3 (root 2 2)))"},
               {"30^\\circ", "(degrees 30)"},
               {"\\sin 30°", "(function sin (degrees 30))"},
               {"25°C", "(quantity °C 25)"},
               {"63^{\\circ} 45^{\\prime}", "(degrees (add 63 (divide 45 60)))"},
               {"\\sin t", "(function sin t)"},
               {"5t", "(multiply 5 t)"},
               {"2m+1", "(add (multiply 2 m) 1)"},
               {"3 m^2 - 2 m", "(add (multiply 3 (power m 2)) (negate (multiply 2 m)))"}});
}

TEST_CASE("collections keep their kind, order and openness") {
  check_trees({{"1, 2, 3", "(list 1 2 3)"},
               {"1 and 2", "(list 1 2)"},
               {"1 or 2", "(list or 1 2)"},
               {"(1, 2)", "(bracketed () 1 2)"},
               {"[1, 2)", "(bracketed [) 1 2)"},
               {"]1, 2[", "(bracketed () 1 2)"},
               {"[1,2[ \\cup ]3,4]", "(set_union (bracketed [) 1 2) (bracketed (] 3 4))"},
               {"(-inf, 2) U (3, inf)", "(set_union (bracketed () (negate infinity) 2) (bracketed () 3 infinity))"},
               {"\\langle 1, 2\\rangle", "(bracketed <> 1 2)"},
               {"<1, 2>", "(bracketed <> 1 2)"},
               {"{1, 2}", "(either (set 1 2) (list 1 2))"},
               {"\\{1\\}", "(set 1)"},
               {"\\{\\}", "(set)"},
               {"\\{x \\mid x > 0\\}", "(set_builder x (relation x > 0))"},
               {"{x : x > 0}", "(set_builder x (relation x > 0))"},
               {"\\{x | |x| > 0\\}", "(set_builder x (relation (absolute x) > 0))"},
               {"\\mathbb{R} \\setminus {0}", "(set_minus R (set 0))"},
               {"ℝ − {0}", "(set_minus R (set 0))"},
               {"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "(matrix 2x2 1 2 3 4)"},
               {"[[1, 2], [3, 4]]", "(matrix 2x2 1 2 3 4)"},
               {"[[1], [2]]", "(matrix 2x1 1 2)"},
               {"\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}", "(function det (matrix 2x2 1 2 3 4))"},
               {"1, 2, \\ldots, n", "(list 1 2 ... n)"}});
}

TEST_CASE("statements keep their relations and how they are joined") {
  check_trees(
      {{"3x-y+13=0", "(relation (add (multiply 3 x) (negate y) 13) = 0)"},
       {"0 < x \\le 5", "(relation 0 < x <= 5)"},
       {"A \\supset B", "(relation B subset A)"},
       {"x \\in \\{1\\}", "(relation x in (set 1))"},
       {"a \\equiv 3 \\pmod{7}", "(relation a equiv 3 mod 7)"},
       {"x \\not= 2", "(relation x != 2)"},
       {"3 \\mid 12", "(relation 3 divides 12)"},
       {"x = 1, 2", "(relation x = (list 1 2))"},
       {"x = 1, 2, or 3", "(relation x = (list or 1 2 3))"},
       {"x=1, y=2", "(conjunction (relation x = 1) (relation y = 2))"},
       {"x=1, x=2", "(disjunction (relation x = 1) (relation x = 2))"},
       {"x=1 \\quad y=2", "(conjunction (relation x = 1) (relation y = 2))"},
       {"x < 1 \\text{ or } x > 3", "(disjunction (relation x < 1) (relation x > 3))"},
       {"\\begin{cases} x=1 \\\\ y=2 \\end{cases}", "(conjunction (relation x = 1) (relation y = 2))"},
       {"\\begin{aligned} x &= 1 \\\\ y &= 2 \\end{aligned}", "(conjunction (relation x = 1) (relation y = 2))"},
       {"\\begin{cases} x, & x>0 \\\\ 0 & \\text{otherwise} \\end{cases}", "(piecewise x (relation x > 0) 0 true)"},
       {"\\begin{aligned} x &= 1+1 \\\\ &= 2 \\end{aligned}", "(relation x = (add 1 1) = 2)"},
       {"p \\to q", "(implication p q)"},
       {"p \\land \\neg q \\implies r", "(implication (conjunction p (negation q)) r)"}});
}

TEST_CASE("words are text, and the words of mathematics are not") {
  check_trees({{"no solution", "\"no solution\""},
               {"\\text{Yes}", "yes"},
               {"Tuesday", "tuesday"},
               {"DNE", "undefined"},
               {"\\text{all real numbers}", "R"},
               {"(A)", "A"},
               {"A.", "A"},
               {"\\textbf{(A)}", "A"},
               {"Alice and Bob", "(list alice bob)"},
               {"\\text{Area} = 5", "(relation area = 5)"},
               {"at least 5", "\"at least 5\""}});
}

TEST_CASE("what is no answer is rejected, never cut down to a part that is") {
  for (const char* text : {"",
                           " ",
                           "$",
                           ".",
                           "(",
                           ")",
                           "{",
                           "}",
                           "()",
                           "((((()))))",
                           "(1",
                           "1)",
                           "(1]",
                           "1 +",
                           "-",
                           "*",
                           "^",
                           "_",
                           "!",
                           "!0",
                           "a / b /",
                           "3 4",
                           "\\sqrt",
                           "\\frac{2}{}",
                           "\\frac{}{2}",
                           "\\frac{(2 + x}{1 - x)}",
                           "\\sin",
                           "\\cos^2",
                           "\\int",
                           "||x|",
                           "\\lfloor x",
                           "\\lfloor a \\rceil",
                           "\\frac{d}{dx}",
                           "@",
                           "#",
                           "%",
                           "&",
                           "\\",
                           "~",
                           "\\%100",
                           "f(x,,y)",
                           "x_",
                           "= =",
                           "x = ",
                           "1e9999999999",
                           "\\begin{matrix} 1 & 2 \\\\ 3 \\end{matrix}",
                           "\\begin{cases}",
                           "15_{3}"}) {
    CAPTURE(std::string(text));
    CHECK(tree_of(text).starts_with("reject: "));
  }
}

TEST_CASE("trees and texts have limits") {
  CHECK(tree_of(std::string(199, '(') + "1" + std::string(199, ')')) == "1");
  CHECK(tree_of(std::string(201, '(') + "1" + std::string(201, ')')) == "reject: too deep");
  CHECK(tree_of(test::repeat("1+", 4'000) + "1").starts_with("(add 1 1"));
  CHECK(tree_of(test::repeat("1+", 5'000) + "1") == "reject: too long");
  CHECK(tree_of(test::repeat("1/", 600) + "1") == "reject: too deep");
  CHECK(tree_of(test::repeat("-", 3'000) + "1") == "1");
}

TEST_CASE("hostile texts take linear time and little memory") {
  std::vector<std::string> texts = test::hostile_texts();
  for (const char* unit : {"\\frac1", "\\sqrt",         "x^",     "x_",      "|x",     "||",         "!",  "'",
                           "\\text{", "\\begin{cases}", "1,234,", "x=1 or ", "\\int ", "\\implies ", "[[", "\\mathbf{",
                           "½",       "\\bar",          "5 cm ",  "{x|",     "1:"})
    texts.push_back(test::repeat(unit, 300'000)), texts.push_back(test::repeat(unit, 3'000));
  math::Arena arena;
  for (const std::string& text : texts) {
    CAPTURE(text.substr(0, 40));
    arena.clear();
    const auto start = std::chrono::steady_clock::now();
    const math::Parsed parsed = math::parse(text, arena);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    CHECK(took.count() < test::linear_seconds);
    CHECK(arena.bytes() < 16'000'000);
    CHECK((parsed.root != nullptr) != !parsed.problem.empty());
  }
}

TEST_CASE("every beginning of a text and every change of it is read or rejected") {
  for (const std::string& text : kCorpus)
    for (size_t length = 0; length <= text.size(); ++length) check_survives(std::string_view(text).substr(0, length));
  std::mt19937 random(20'240'607);
  const auto below = [&](size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random); };
  for (int i = 0; i < 20'000; ++i) {
    std::string text = kCorpus[below(kCorpus.size())];
    for (size_t changes = 1 + below(4); changes > 0; --changes) {
      const size_t at = below(text.size() + 1);
      const std::string& other = kCorpus[below(kCorpus.size())];
      switch (below(3)) {
        case 0:
          text.insert(at, other, below(other.size()), below(12));
          break;
        case 1:
          text.erase(at, 1 + below(4));
          break;
        default:
          text.insert(at, 1, static_cast<char>(below(256)));
      }
    }
    CAPTURE(text);
    check_survives(text);
  }
}

TEST_CASE("an arena that is cleared is as good as a new one") {
  math::Arena arena;
  const std::string first = math::to_string(*math::parse("\\frac{1}{2} + x", arena).root);
  const size_t bytes = arena.bytes();
  arena.clear();
  CHECK(arena.bytes() == 0);
  CHECK(math::to_string(*math::parse("\\frac{1}{2} + x", arena).root) == first);
  CHECK(arena.bytes() == bytes);
}
