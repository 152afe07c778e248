// What only looks like the gold answer: denied, multiplied, conjugated, bounded or turned by the words beside it.
#include "rewards/spellings.hpp"

using spellings::check;

TEST_CASE("a stroke through a relation denies it") {
  check({{"x \\equiv 5 \\pmod{8}", {"x ≡ 5 (mod 8)"}, {"x \\not\\equiv 5 \\pmod{8}", "x ≢ 5 (mod 8)"}},
         {"x \\not\\equiv 5 \\pmod{8}", {"x ≢ 5 (mod 8)", "x \\not\\equiv 13 \\pmod{8}"}, {"x ≡ 5 (mod 8)"}},
         {"a \\mid b", {"a ∣ b"}, {"a \\not\\mid b", "a ∤ b", "a \\nmid b"}},
         {"x < 3", {"x \\not\\ge 3"}, {"x \\not< 3", "x ≮ 3"}},
         {"a \\parallel b", {"a ∥ b"}, {"a ∦ b", "a \\not\\parallel b"}}});
}

TEST_CASE("a multiple or a power of a value of f is not that value") {
  check({{"8",
          {"f(2) = 8", "f(x) = 8", "AB = 8", "|x| = 8", "\\ln x = 8"},
          {"2f(2) = 8", "f(2)^2 = 8", "-f(2) = 8", "f(2)/2 = 8", "\\frac{1}{2}f(2) = 8", "f(2)+1 = 8", "xy = 8"}}});
}

TEST_CASE("names of coordinates say which is which") {
  check({{"(1,2)", {"(x,y) = (1,2)", "(y,x) = (2,1)", "(p,q) = (1,2)"}, {"(y,x) = (1,2)", "(x,y) = (2,1)"}},
         {"(1,2,3)", {"(y,x,z) = (2,1,3)"}, {"(x,z,y) = (1,2,3)"}}});
}

TEST_CASE("the sign before the word for infinity or a number counts") {
  check({{"\\infty",
          {"infinity", "+infinity", "positive infinity", "\\text{infinity}"},
          {"-infinity", "-Infinity", "\\text{-infinity}", "negative infinity", "minus infinity"}},
         {"-\\infty", {"-infinity", "negative infinity", "minus infinity"}, {"infinity", "positive infinity"}},
         {"12", {"twelve"}, {"-twelve", "minus twelve"}}});
}

TEST_CASE("a sign may stand in braces of its own") {
  check({{"-34", {"{-}34", "${-}34$", "5{-}39", "{-}{34}", "{}-34"}, {"{+}34", "5{-}40", "{\\pm}34"}},
         {"21", {"{+}21"}, {"21{!}", "\\boxed{21{!}}"}},
         {"x = 3", {"x{=}3"}, {"x{<}3"}}});
}

TEST_CASE("letters that are variables elsewhere make no unit") {
  check({{"mn(2+6n)", {"2nm+6n^2m"}, {"2nm+6n^2", "2n+6n^2m"}},
         {"(4m+2n)^2", {"16m^2+4n^2+16nm"}, {"16m^2+4n^2+16n", "16m^2+4n^2+16"}},
         {"c(6m+2)", {"6cm+2c"}, {"6+2c"}},
         {"5", {"c = 5cm", "5 cm"}, {"c = 6cm"}}});
}

TEST_CASE("a blank behind the name of a function ends it") {
  check({{"\\sinh x", {"\\sinh  x"}, {"\\sin hx", "\\sin h x"}}, {"\\sin hx", {"\\sin(hx)"}, {"\\sinh x"}}});
}

TEST_CASE("a letter that ends a formula is no choice") {
  check({{"C", {"The answer is C.", "so it is (C)"}, {"$\\ln|x| + C$", "x^2 + C"}},
         {"B", {"**B**", "Answer = B"}, {"$A \\cap B$", "$A + B$"}}});
}

TEST_CASE("a bound is not the value that it bounds") {
  check({{"63",
          {"The answer is 63.", "You need at least 63 socks."},
          {"The answer is at least 63.", "The answer is less than 63."}}});
}

TEST_CASE("the index of a numeral may stand apart") {
  check({{"214_9", {"214 _ {9}", "214_ 9", "\\left(214\\right)_{9}"}, {"214 _ {8}", "\\left(214\\right)_{8}"}}});
}

TEST_CASE("the conjugate, an entry and the transpose of a value are not the value") {
  check({{"3+4i", {"(3-4i)^*"}, {"(3+4i)^*", "$(3+4i)^*$"}},
         {"\\mathbb{R}", {"ℝ"}, {"\\mathbb{R}^*"}},
         {"A", {"A", "*A*", "**A**"}, {"A^c", "A^*", "\\bar A"}},
         {"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
          {"\\begin{pmatrix} 1 & 3 \\\\ 2 & 4 \\end{pmatrix}^T"},
          {"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}'", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}_{2}",
           "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}^{\\circ 2}"}},
         {"1154_6", {"1154 (base 6)"}, {"0.1154 (base 6)", "2.1154 (base 6)"}}});
}

TEST_CASE("two stars between values are a power, not bold") {
  check({{"x^2+y^2", {"So we get\n\\[ x**2 + y**2 \\]", "we have x**2 + y**2"}, {"So we get\n\\[ x**3 + y**2 \\]"}},
         {"5", {"so it is **5** apples", "The total is **5**."}, {"so it is **6** apples"}}});
}

TEST_CASE("z and w beside moduli and parts are complex") {
  check({{"|z-1-i| = 2", {"|z-(1+i)| = 2", "2|1+i-z| = 4"}, {"|z-1+i| = 2", "|z+1-i| = 2"}},
         {"|z-i| < 2", {"|i-z| < 2"}, {"|z+i| < 2"}},
         {"|w-i|", {"|i-w|"}, {"|w+i|"}},
         {"2\\Re z", {"z + \\overline{z}"}, {"2z", "z - \\overline{z}"}},
         {"z\\overline{z}", {"|z|^2"}, {"z^2"}},
         {"0", {}, {"\\Im z"}},
         {"3", {"\\Re z = 3"}, {"\\Re z = 4"}}});
}

TEST_CASE("a derivative may be written on one line, and a letter in braces") {
  check({{"\\frac{dy}{dx} = 3x", {"dy/dx = 3x", "3x"}, {"dx/dy = 3x", "dy/dx = 3y"}},
         {"a_3", {"{a}_3", "a_{3}"}, {"{a}_4", "{b}_3"}}});
}

TEST_CASE("words before and behind a value may change it") {
  check({{"\\frac{3}{4}",
          {"The answer is 3/4."},
          {"negative 3/4", "The answer is negative 3/4.", "The answer is minus $\\frac{3}{4}$."}},
         {"-\\frac{3}{4}", {"negative 3/4", "The answer is minus $\\frac{3}{4}$.", "minus \\frac{3}{4}"}, {"3/4"}},
         {"7", {"The square root of 49 is 7.", "It is $7$, the square root of 49."}, {"The answer is negative 7."}},
         {"46",
          {"The answer is 46, half of 92.", "Twice 23 is 46.", "The area is 46 units squared."},
          {"The answer is twice 46.", "It is half of 46", "The area is 46 squared", "The answer is over 46.",
           "The answer is 46 times 2.", "The answer is $46$ + $2$.", "The answer is $46$/5.",
           "The answer is $46$ million.", "The answer is 46 divided by 2."}},
         {"36", {"The answer is $36$/hour.", "It is $30$ + $6$ = $36$.", "The answer is 36, plus 2 others."}, {}}});
}

TEST_CASE("the inverse of a matrix has a name, and a function its name alone") {
  check({{"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
          {"A^{-1} = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}"},
          {"A^{2} = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}"}},
         {"5", {}, {"A^{-1} = 5"}},
         {"P(t) = 25e^{0.02t}", {"P = 25e^{0.02t}"}, {"Q = 25e^{0.02t}", "P = 25e^{0.03t}", "P = 25e^{0.02x}"}},
         {"517_9", {"$517_{base 9}$"}, {"$517_{base 8}$"}}});
}

TEST_CASE("letters between numbers may be digits, labels or words, not factors") {
  check(
      {{"1B9 base 16",
        {"1B9_{16}", "1B9 in base 16", "1B9 (base 16)", "1B9 in base-16", "1B9 \\text{ (base 16)}", "\\text{1B9}_{16}"},
        {"9B1 base 16", "1B9 base 12", "1B9 in base 12", "1B9^{16}"}},
       {"26E_{16}", {"26E base 16", "26E in base 16"}, {"26E base 15", "26E base 17"}},
       {"101_2", {"101 base-2", "101 (base two)", "101 in base-2"}, {"101 base-3"}},
       {"(a) 14 (b) 2", {"(a) 14 (b) 2"}, {"(a) 2 (b) 14"}},
       {"12 R 3", {"12 R 3"}, {"3 R 12", "12 R 4"}},
       {"1B9", {"1B9"}, {"9B1"}},
       {"IV", {"\\text{IV}", "(IV)"}, {"VI"}},
       {"7x", {"x7", "7 x"}, {"8x"}}});
}

TEST_CASE("times of the day do not scale") {
  check({{"2:23 p.m.", {"2:23 PM", "14:23"}, {"4:46 p.m.", "4:46", "2:23", "2:23 a.m."}},
         {"1:15", {"1:15 am", "1:15 pm"}, {"2:30 pm"}},
         {"12:00 noon", {"12:00 pm", "12:00"}, {"12:00 midnight", "12:00 am"}},
         {"2:3", {"4:6", "2/3"}, {"3:2"}}});
}

TEST_CASE("vector products and compositions keep their order") {
  check({{"\\vec{a} \\times \\vec{b}",
          {"\\vec a×\\vec b", "\\mathbf{a} \\times \\mathbf{b}"},
          {"\\vec{a} \\cdot \\vec{b}", "\\vec{b} \\times \\vec{a}"}},
         {"2\\vec{a} \\times \\vec{b}", {"\\vec{a} \\times \\vec{b} \\cdot 2"}, {"2\\vec{b} \\times \\vec{a}"}},
         {"\\vec{a} \\cdot \\vec{b}", {"\\vec{b} \\cdot \\vec{a}"}, {"\\vec{a} \\times \\vec{b}"}},
         {"(1,2,3) \\times (4,5,6)", {"(1, 2, 3)×(4, 5, 6)"}, {"(1,2,3) \\cdot (4,5,6)"}},
         {"f \\circ g", {"f∘g"}, {"g \\circ f"}},
         {"(f \\circ g)(x)", {"(f∘g)(x)"}, {"(g \\circ f)(x)"}}});
}

TEST_CASE("the labels of several parts say which answer is which") {
  check({{"(a) 14 (b) 2",
          {"(a) 14, (b) 2", "(a) $14$; (b) $2$", "\\text{(a) }14\\text{ (b) }2", "(14, 2)"},
          {"(a) 2 (b) 14", "(a) 14", "(a) 14 (b) 2 (c) 3"}},
         {"(A) 3, (B) 4", {"(A) 3 (B) 4"}, {"(A) 4, (B) 3", "A"}},
         {"(1) 2, (2) 6", {"(1) 2; (2) 6"}, {"2, 12", "(1) 6, (2) 2"}},
         {"(A) 3", {"A"}, {"B"}},
         {"a + b", {"(a) + (b)"}, {"(a) (b)"}}});
}

TEST_CASE("whether statements hold is said in their order") {
  check({{"True, False", {"true, false", "True and False"}, {"False, True"}},
         {"True, False, True", {"true; false; true"}, {"True, True, False"}},
         {"T, F", {"T, F"}, {"F, T"}},
         {"TTF", {"TTF"}, {"TFT"}},
         {"red, blue", {"blue, red"}, {"red, green"}},
         {"3d 4h", {"3d 4h"}, {"4d 3h"}},
         {"H2O", {"H_2O", "H₂O", "\\mathrm{H_2O}"}, {"HO2", "2HO"}}});
}

TEST_CASE("another letter of a choice is another choice, whatever stands behind it") {
  check({{"(E) \\frac{17}{14}",
          {"(E) \\frac{17}{14}", "\\mathrm{(E)}\\ \\frac{17}{14}", "E", "\\frac{17}{14}",
           "The answer is (E) $\\frac{17}{14}$."},
          {"\\mathrm{(C)}\\ \\frac{17}{14}", "(C) \\frac{17}{14}", "\\textbf{(C)} \\frac{17}{14}", "C) \\frac{17}{14}",
           "\\boxed{\\textbf{(C)}\\ \\frac{17}{14}}", "**(C)** $\\frac{17}{14}$", "**C.** $\\frac{17}{14}$",
           "\\text{C) }\\frac{17}{14}", "\\mathbf{C.}\\ \\frac{17}{14}", "The answer is (C) $\\frac{17}{14}$."}},
         {"\\mathbf{B.}\\ \\frac12", {"B", "\\frac12"}, {"\\mathbf{C.}\\ \\frac12", "C) \\frac12"}},
         {"(B) \\sqrt{2}", {"B", "\\sqrt2"}, {"(C) \\sqrt{2}", "C"}},
         {"\\frac{17}{14}", {"(E) \\frac{17}{14}"}, {"(E) \\frac{17}{15}"}}});
}

TEST_CASE("a large i beside variables may be one, a current or a moment of inertia") {
  check({{"\\frac{\\mu_0 I}{2\\pi r}",
          {"\\mu_0I/(2\\pi r)", "\\frac{I\\mu_0}{2\\pi r}"},
          {"\\mu_0I/(2\\pi)", "\\frac{\\mu_0 i}{2\\pi r}", "\\frac{\\mu_0}{2\\pi r}"}},
         {"\\frac{m g R^2}{I + m R^2}", {"mgR^2/(I+mR^2)"}, {"mgR^2/(I+mR)", "mgR^2/(J+mR^2)"}},
         {"1 + I", {"I + 1"}, {"1 - I", "2I"}},
         {"3 + 4i", {"3 + 4I", "3 + 4*I"}, {"4 + 3I", "3 + 4J"}}});
}
