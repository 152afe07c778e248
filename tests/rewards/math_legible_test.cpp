// Answers in words, struck through, full-width, in lists and with their units: what a response means by them.
#include "rewards/spellings.hpp"

using spellings::check;

TEST_CASE("what is struck through is not there") {
  check({{"6",
          {"~~5~~ 6", "The answer is ~~5~~ 6.", "\\boxed{\\cancel{5} 6}", "The answer is $\\cancel{5}\\ 6$.",
           "<del>5</del> 6", "The answer is <s>5</s> 6.", "$\\frac{\\cancel{3} \\cdot 6}{\\cancel{3}}$"},
          {"~~6~~", "~~6~~ 5", "\\boxed{\\cancel{6}}", "\\boxed{\\cancel{6} 5}"}}});
}

TEST_CASE("full-width digits are digits") {
  check({{"42", {"答案是 ４２。", "所以一共有４２个。", "答案：４２"}, {"答案是 ４３。", "所以一共有４３个。"}},
         {"3.5", {"答案是３．５。"}, {"答案是３５。"}},
         {"1234", {"答案是１，２３４。"}, {"答案是１，２３５。"}}});
}

TEST_CASE("a sentence may name its number in words") {
  check({{"42",
          {"The answer is forty-two.", "Thus there are forty-two of them.", "In total, forty-two.",
           "She needs forty-two.", "Tom has 3 apples and buys more. So he has forty-two."},
          {"Thus there are forty-three of them.", "In total, forty-one.", "It is not forty-two.",
           "forty-two or forty-three"}},
         {"601", {"So the answer is six hundred and one apples."}, {}}});
}

TEST_CASE("values that a sentence joins are a set where a set is asked for") {
  check({{"\\{2, 3\\}",
          {"x is 2 or 3.", "The solutions are 2 and 3.", "x is either 2 or 3.", "Both 2 and 3 work.",
           "So x can be 3 or 2."},
          {"x is 2 or 4.", "x is 2.", "x is 2, 3 or 4."}},
         {"2", {}, {"x is 2 or 3.", "x is either 2 or 3.", "x is 3 or 2."}}});
}

TEST_CASE("minimum and maximum have short names") {
  check({{"min 3, max 5",
          {"minimum 3, maximum 5", "The minimum is 3 and the maximum is 5.", "max = 5, min = 3",
           "Minimum: 3; Maximum: 5"},
          {"minimum 5, maximum 3", "The minimum is 5 and the maximum is 3."}},
         {"\\min = 3, \\max = 5", {"minimum 3, maximum 5", "max 5, min 3"}, {"min 5, max 3"}}});
}

TEST_CASE("a unit behind a formula is its unit") {
  check({{"44 \\text{ kg}",
          {"$44$ kg", "The answer is $44$ kg.", "**44** kg", "$\\boxed{44}$ kg", "$44000$ grams", "$44$ in total"},
          {"$44$ grams", "The answer is $44$ grams.", "**44** grams", "$\\boxed{44}$ g", "\\(44\\) grams"}},
         {"44", {"$44$ grams", "**44** hours", "$\\boxed{44}$ dollars"}, {"$\\boxed{0.44}$ dollars"}},
         {"5000 \\text{ m}", {"$\\boxed{5}$ km", "$5000$ m"}, {"$\\boxed{5}$ m", "$5000$ km"}},
         {"21:05", {"$\\boxed{9:05}$ PM"}, {"$\\boxed{9:05}$ AM"}}});
}

TEST_CASE("a residue is the number that is asked for, but not its modulus") {
  check(
      {{"7", {"\\boxed{7 \\pmod{12}}", "7 \\pmod{12}", "7 \\bmod 12"}, {"8 \\pmod{12}", "7 + 12k, k \\in \\mathbb{Z}"}},
       {"12", {}, {"7 \\pmod{12}"}}});
}

TEST_CASE("a box that says something of a value, or rounds a whole number to another, does not state it") {
  check({{"282", {"\\boxed{282}", "282 is the answer"}, {"\\boxed{\\text{282 is prime}}", "282 ist falsch"}},
         {"353", {}, {"\\boxed{352 \\approx 353}"}},
         {"352", {"\\boxed{352 \\approx 350}"}, {}}});
}
