// What a label, an order or a sign says of the value beside it: values that change places are other answers.
#include "rewards/spellings.hpp"

using spellings::check;

TEST_CASE("the sides of a matrix or a grid keep their order, and are no product") {
  check({{"2 \\times 3 matrix", {"2×3 matrix", "$2\\times 3$ matrix"}, {"3×2 matrix", "6", "6 matrix", "2×4 matrix"}},
         {"$m \\times n$ matrix", {"m × n matrix"}, {"n × m matrix"}},
         {"4 \\times 5 \\text{ grid}", {"$4 \\times 5$ grid"}, {"5 \\times 4 \\text{ grid}", "20"}},
         {"2 by 3", {"2 by 3"}, {"3 by 2", "6"}},
         {"12 apples", {"3 \\times 4 apples", "12"}, {"13 apples"}}});
}

TEST_CASE("values with labels match by their labels") {
  check({{"max 3, min 4", {"min 4, max 3", "max: 3, min: 4", "max = 3, min = 4"}, {"max 4, min 3", "min 3, max 4"}},
         {"\\max = 26, \\min = 18", {"max = 26, min = 18", "\\text{min} = 18, \\text{max} = 26"}, {"min 26, max 18"}},
         {"3", {"max: 3", "max = 3"}, {"max(3, 4)", "max: 4"}},
         {"min 3", {"3"}, {"max 3"}},
         {"\\max(3, 4)", {"4", "\\max\\{3, 4\\}"}, {"3"}},
         {"3 red and 4 blue", {"3 red, 4 blue", "4 blue and 3 red"}, {"4 red and 3 blue", "3 red and 4 green"}},
         {"Alice: 18, Bob: 26", {"Bob: 26, Alice: 18"}, {"Alice: 26, Bob: 18", "Bob: 18, Alice: 26"}},
         {"minimum -1 at x=2", {"minimum $-1$ at $x=2$"}, {"minimum 2 at x=-1", "minimum 1 at x=-2"}},
         {"Center: (1,-2), Radius: 3", {}, {"Center: (-1,2), Radius: 3", "Center: (1,-3), Radius: 2"}}});
}

TEST_CASE("a capital before a number is a label, not a factor") {
  check({{"A1", {"A_1", "\\text{A1}"}, {"1A", "A2", "B1"}},
         {"B12", {"B12", "$B_{12}$"}, {"12B", "B21"}},
         {"P1, P2", {"P2, P1", "P_1, P_2"}, {"1P, 2P", "P1, P3"}},
         {"2A", {"A \\cdot 2"}, {"A2"}}});
}

TEST_CASE("one name or the other is not both") {
  check({{"A and B", {"A, B", "B and A"}, {"A or B"}},
         {"A or B", {"B or A"}, {"A and B"}},
         {"Alice and Bob", {"Bob and Alice"}, {"Alice or Bob"}},
         {"1 or 2", {"1 and 2", "2, 1"}, {"1 or 3"}}});
}

TEST_CASE("the side of a limit and the limit are not the value") {
  check({{"\\lim_{x\\to a^+} f(x)", {"\\lim_{x \\to a^{+}} f(x)"}, {"\\lim_{x\\to a^-} f(x)", "\\lim_{x\\to a} f(x)"}},
         {"\\lim_{x\\to 2^+} f(x)",
          {"\\lim_{t\\to 2^+} f(t)"},
          {"\\lim_{x\\to 2^-} f(x)", "\\lim_{x\\to 2} f(x)", "f(2)"}},
         {"\\lim_{x\\to 0} x^2 + 1", {"1"}, {"2"}}});
}

TEST_CASE("a number in brackets above a function is the order of a derivative") {
  check({{"f^{(2)}(x)", {"f''(x)"}, {"f^2(x)", "f(x)^2", "f'(x)"}},
         {"f^2(x)", {"f(x)^2", "(f(x))^2"}, {"f^{(2)}(x)", "f(x^2)", "xf^2"}},
         {"f^{(n)}(x)", {}, {"f^n(x)", "f^{(n+1)}(x)"}},
         {"y^{(4)}", {"y''''"}, {"y^4", "y^{(3)}"}},
         {"x^{(2)}", {"x^2"}, {}}});
}

TEST_CASE("gradient, divergence, curl and Laplacian are no products") {
  check({{"\\nabla f", {"∇f"}, {"\\nabla \\cdot f", "\\nabla \\times f", "\\nabla^2 f"}},
         {"\\nabla \\cdot \\mathbf{F}", {"∇·\\mathbf{F}"}, {"\\nabla \\times \\mathbf{F}", "\\nabla \\mathbf{F}"}},
         {"2\\nabla f", {"\\nabla f \\cdot 2"}, {"\\nabla f"}},
         {"f\\nabla g + g\\nabla f", {"g\\nabla f + f\\nabla g"}, {"2f\\nabla g"}},
         {"\\nabla f = (2, 3)", {"(2, 3)"}, {"(3, 2)"}}});
}

TEST_CASE("products that do not commute keep their order") {
  check({{"A \\otimes B", {"A ⊗ B"}, {"B \\otimes A", "AB"}},
         {"\\forall x \\exists y", {"∀x ∃y"}, {"\\exists x \\forall y", "\\forall y \\exists x"}}});
}

TEST_CASE("the mean of a square is not the square of the mean") {
  check(
      {{"E[X^2]", {"E[X^2]", "E(X^2)"}, {"E[X]^2", "(E[X])^2"}}, {"P(A \\cap B)", {"P(B \\cap A)"}, {"P(A \\cup B)"}}});
}

TEST_CASE("complements and residues have their signs") {
  check({{"(A \\cup B)^c", {"A^c \\cap B^c"}, {"A^c \\cup B^c", "A \\cup B"}},
         {"A \\setminus B", {"A \\cap B^c"}, {"B \\cap A^c"}},
         {"\\mathbb{Z}_6", {"\\mathbb{Z}_{6}", "Z_6"}, {"\\mathbb{Z}_5", "\\mathbb{Z}"}}});
}

TEST_CASE("the case of a prefix counts") {
  check({{"87 \\text{ mA}", {"0.087 \\text{ A}"}, {"87 \\text{ A}", "87 \\text{ MA}"}},
         {"5 \\text{ MW}", {"5000 \\text{ kW}"}, {"5 \\text{ mW}"}}});
}

TEST_CASE("terms with an index depend on it") {
  check({{"\\sum_{i=1}^{n}\\sum_{j=1}^{m} a_{ij}",
          {"\\sum_{k=1}^{n}\\sum_{l=1}^{m} a_{kl}"},
          {"\\sum_{i=1}^{m}\\sum_{j=1}^{n} a_{ij}", "\\sum_{i=1}^{n}\\sum_{j=1}^{m} a_{ji}"}},
         {"\\sum_{k=1}^{3} a_k", {"a_1+a_2+a_3", "\\sum_{i=1}^{3} a_i"}, {"3a_k", "a_1+a_2", "\\sum_{k=0}^{2} a_k"}},
         {"x_{\\max}", {"x_{max}"}, {"x_{\\min}"}}});
}

TEST_CASE("brackets and signs within words stay where they are") {
  check({{"domain: [0, 2], range: [1, 3]", {"domain: $[0,2]$, range: $[1,3]$"}, {"domain: [0, 2), range: [1, 3]"}},
         {"\\text{increasing on } (0,1)", {"increasing on (0, 1)"}, {"\\text{increasing on } (0,1]"}}});
}

TEST_CASE("a function that an equation names is that one") {
  check({{"y' = 2y", {"y'=2y"}, {"z' = 2y", "y' = 2z", "y'' = 2y"}}, {"f'(x) = 2x", {"y' = 2x"}, {"g'(x) = 2x"}}});
}

TEST_CASE("formulas of chemistry keep their case and charge") {
  check({{"\\mathrm{CO}", {"CO"}, {"Co", "CO_2"}}, {"\\mathrm{OH^-}", {"OH^-", "OH^{-}"}, {"OH", "OH^+"}}});
}

TEST_CASE("a residue class is a progression") {
  check({{"x \\equiv 7 \\pmod{12}",
          {"x = 7 + 12k, k \\in \\mathbb{Z}", "x = 12n - 5, n \\in \\mathbb{Z}"},
          {"x = 7 + 6k, k \\in \\mathbb{Z}", "x = 12k, k \\in \\mathbb{Z}", "y = 7 + 12k, k \\in \\mathbb{Z}"}},
         {"n = 3k + 1, k \\in \\mathbb{Z}", {"n \\equiv 1 \\pmod 3"}, {"n \\equiv 2 \\pmod 3"}}});
}

TEST_CASE("a bold heading is no answer") {
  check({{"264", {"We add.\n\n**Problem 7**: The total number is 264.", "So.\n**(3 marks)** Therefore $N = 264$."}, {}},
         {"7", {"So it is.\n**7** is left of 12."}, {"We add.\n\n**Problem 7**: The total number is 264."}},
         {"3", {}, {"We add.\n\n**Step 3: Conclusion.** The total number is 264."}}});
}

TEST_CASE("a value that is denied, doubted or supposed is not claimed") {
  check({{"40",
          {"The answer is not 39 but 40.", "The answer is 40, as expected.", "The answer is 40 when rounded.",
           "The answer is 40, by symmetry.", "Answer: 40; see above.", "The answer is 40 (in total)."},
          {"\\boxed{40} is wrong.",
           "The answer is not \\boxed{40}.",
           "I doubt that the answer is 40.",
           "It is false that $\\boxed{40}$ is the answer.",
           "If the answer is 40, we get a contradiction.",
           "The answer is other than 40.",
           "The answer is 40? No, it is 41.",
           "The answer is neither 40 nor 41.",
           "The answer is a divisor of 40.",
           "The answer is one less than 40.",
           "The answer is 40 point five.",
           "The answer is 40, but it might be 41.",
           "The answer is 40 if you include zero, else 41.",
           "The answer: 40; alternatively 41.",
           "La respuesta no es 40.",
           "Die Antwort ist nicht 40.",
           "Ответ не 40.",
           "答案不是40。",
           "Cevap 40 değil.",
           "정답은 40이 아닙니다."}},
         {"B", {"A? No, B.", "C fails since 3 < 5. D is also false. Therefore B is correct."}, {}},
         {"C", {}, {"C fails since 3 < 5. D is also false. Therefore B is correct."}}});
}

TEST_CASE("what others think, and what is taken back, is not claimed") {
  check(
      {{"40",
        {"I think the answer is 40.", "It is clear that the answer is 40.", "The answer is 40, I think.",
         "The answer is 40, not 41.", "The answer is 40 (see figure 2)."},
        {"One might think the answer is 40, but it is 41.", "Someone claimed that the answer is 40.",
         "The answer is 40. Wait, no, it is 41.", "The answer is 40, which is wrong; it should be 41.",
         "The answer is the 40th prime.", "The answer is 40 and a half.", "The answer is close to 40.",
         "The answer is 40 percent of 80.", "The answer is a number greater than 40.", "The answer differs from 40."}},
       {"41", {"Answer 3: 41", "**3.** Therefore N = 41.", "**Case 3 (n even).** The total is 41."}, {"Answer 3: 40"}},
       {"3", {}, {"Answer 3: 41", "**3.** Therefore N = 41.", "**Case 3 (n even).** The total is 41."}},
       {"B", {"The correct option is B, not A.", "B is correct; A is wrong."}, {"A is correct."}},
       {"A", {"A is correct."}, {"The correct option is B, not A."}}});
}

TEST_CASE("what the answer is compared with is not the answer") {
  check({{"18",
          {"The answer is equal to 18.", "The answer is a total of 18.", "The answer comes to 18.",
           "The answer is 18 (eighteen).", "The answer is $18$, obtained at $x = 2$.", "The answer is 18 for all n."},
          {"The answer is a third of 18.",
           "The answer is coprime to 18.",
           "The answer is the next prime after 18.",
           "The answer is no more than 18.",
           "The answer is greater than or equal to 18.",
           "The answer is up to 18.",
           "The answer is 18 to the fourth power.",
           "The answer is 18 for even n and 20 for odd n.",
           "The answer is 18 when n is even, 20 otherwise.",
           "Answer: 18 (wrong), 20 (right)",
           "18 fails.",
           "18 does not work.",
           "All numbers except 18.",
           "We exclude 18.",
           "Odpowiedź to nie 18.",
           "الجواب ليس 18.",
           "Jawabannya bukan 18.",
           "คำตอบไม่ใช่ 18",
           "Η απάντηση δεν είναι 18.",
           "A válasz nem 18."}},
         {"20", {"My answer was 18 but the correct answer is 20.", "The answer is not $18$ but $20$."}, {}}});
}

TEST_CASE("a box states the answer whatever the words before it compare it with") {
  check({{"8",
          {"So $\\sqrt[3]{511}$ is very close to $\\boxed{8}$.",
           "This function is defined for all $x$ except $\\boxed{8}$.",
           "No number other than $\\boxed{8}$ can work. Note that a stack has a height of $8(1.75) = 14$ mm.",
           "The volume is the original volume multiplied by a factor of $\\boxed{8}$.",
           "There is no solution except \\boxed{8}.", "Thus $n$ must be more than $\\boxed{8}$.",
           "so it cannot be larger than $\\boxed{8}$.", "It is impossible to have more than $\\boxed{8}$ pieces.",
           "There are fewer than $\\boxed{8}$ such values.", "It is a multiple of \\boxed{8}.",
           "The answer is not less than \\boxed{8}.",
           "The answer would be \\(\\boxed{8}\\) if we were to round, but typically, it would be computed again."},
          {"The answer is not $\\boxed{8}$.", "The answer is other than \\boxed{8}.", "$\\boxed{8}$ is wrong.",
           "It is false that $\\boxed{8}$ is the answer.", "I doubt that the answer is \\boxed{8}."}},
         {"14", {}, {"The answer is not \\boxed{8}. Note that a stack has a height of $8(1.75) = 14$ mm."}},
         {"9", {"\\boxed{8} is wrong. The answer is 9."}, {"\\boxed{8} is wrong, as there are 9 left."}}});
}

TEST_CASE("how much more or how many times is a value with its unit") {
  check({{"81 \\text{ kg}",
          {"Luca lost 81 kg more than Barbi.", "The answer is 81 kg more than Barbi."},
          {"Luca lost 82 kg more than Barbi."}},
         {"81 m", {}, {"Luca lost 81 kg more than Barbi."}},
         {"81 \\text{ cm}", {}, {"The answer is 81 kg more than Barbi."}},
         {"40\\%", {}, {"It takes 40 minutes more than before.", "It takes 40 minutes less than before."}},
         {"40",
          {"Billy earns $220.00 - $180.00 = $40.00 more than Sally.", "This is 50 - 10 = 40 less than they would get.",
           "The sixth melts 2 * 20 = 40 times as fast as the first.", "It holds 80/2 = 40 times the amount.",
           "It is $10 \\cdot 4 = 40$ more than Jo's sum.", "John made $40$ more than Jill.",
           "John made \\(40\\) more than Jill.", "John made **$40** more than Jill.",
           "The answer is $40 more than Jill's.", "Final answer: 40 more than Jill", "Answer: 40 more than Jill",
           "The answer: 40 times as many as Bob."},
          {"The answer is 40 more than 20.", "The answer is 20 more than 40.", "The answer is 40 less than 100."}}});
}

TEST_CASE("what describes the answer does not hide its value") {
  check({{"40",
          {"Our final answer is the product of $20$ and $2$, which is $40$.",
           "The answer is the smallest integer greater than $39$, which is $40$.",
           "The answer is the sum of the even numbers from $6$ to $24$ excluding $22$, which is $40$.",
           "Our answer is the $5^{\\text{th}}$ digit of the number, which is $40$",
           "This is a desired least common multiple of $2^3 \\cdot 5 = 40$.",
           "This yields a least common multiple of 40.", "We get a greatest common divisor of $40$.",
           "The volume grows by a factor of 40.", "The answer is the number of divisors of $n$, which is 40.",
           "The answer is a least common multiple of 40.", "The answer is an average of 40."},
          {"The answer is a multiple of 40.", "The answer is a factor of $40$."}},
         {"6",
          {"She was in 5 + 1 = 6th place.", "It is the 12/2 = 6th platform.", "He does it by the 6th step.",
           "The answer is the 6th floor."},
          {"The answer is the 6th prime.", "The answer is the 6th power of 2."}}});
}

TEST_CASE("a negation of a denial or a doubt affirms") {
  check({{"40",
          {"There is no doubt that the answer is 40.", "There can be no doubt that the answer is 40.",
           "I have no doubt that the answer is 40.", "I don't doubt that the answer is 40.",
           "We cannot have any answer other than 40.", "The answer can't be anything but 40.",
           "The answer is none other than 40.", "It must be true that the answer is 40.",
           "If we assume 365 days a year, the answer is 40.", "As claimed, the answer is 40."},
          {"Suppose, for contradiction, that the answer is 40.", "It cannot be true that the answer is 40.",
           "It is not true that the answer is 40.", "The answer is anything but 40.", "Suppose the answer is 40."}}});
}

TEST_CASE("what is asked, taken back in more words or offered with another is not claimed") {
  check({{"40",
          {"One may think of 41, but the answer is 40.", "It is impossible that the answer is not 40.",
           "The answer is 40. Is that plausible?", "If it rains, the answer is 40."},
          {"Is the answer 40?",
           "Could the answer be 40?",
           "We don't know whether the answer is 40.",
           "I cannot verify if the answer is 40.",
           "There is no reason to believe that the answer is 40.",
           "It is impossible that the answer is 40.",
           "The answer is 40, I mean 41.",
           "The answer is 40. Hmm, that's not right.",
           "The final answer is 40. Oops, I mean 41.",
           "Answer: 40. Correction: 39.",
           "Bob says the answer is 40. He is wrong.",
           "\\boxed{40}\n\nActually, this is incorrect.",
           "\\boxed{40} — no wait, it should be 41.",
           "Die Antwort ist entweder 40 oder 41.",
           "La réponse est soit 40, soit 41.",
           "La risposta è 40 oppure 41.",
           "Ответ: либо 40, либо 41.",
           "Đáp án là 40 hoặc 41.",
           "答えは40または41です。",
           "A válasz 40 vagy 41.",
           "答案是40还是41？",
           "정답은 40 또는 41입니다.",
           "La respuesta no puede ser 40.",
           "答案不可能是40。"}},
         {"B", {"(B) is correct."}, {"(B) is wrong.", "We can eliminate B."}}});
}

TEST_CASE("the number of a step or an equation is no value") {
  check({{"53",
          {"Hence it is 53, by Theorem 3.", "**53** steps", "Answer: Problem 53", "It takes 53 steps.",
           "She is at page 53."},
          {"See Theorem 53.", "Continue with step 53.", "We use equation (53) and continue.", "Exercise 53"}},
         {"3", {}, {"Hence it is 53, by Theorem 3."}}});
}

TEST_CASE("names of functions and events, of terms and counts, say which value is which") {
  check({{"P(A) = 20, P(B) = 11", {"P(B) = 11, P(A) = 20"}, {"P(A) = 11, P(B) = 20", "11, 20"}},
         {"A: 31, B: 32", {"$A: 31, B: 32$"}, {"A: 32, B: 31", "A"}},
         {"18 boys and 37 girls", {"18 boys, 37 girls", "37 girls and 18 boys"}, {"37 boys and 18 girls", "37, 18"}},
         {"(length, width) = (37, 32)", {"(length, width) = (37, 32)"}, {"(width, length) = (37, 32)"}},
         {"a_1 = 27, a_2 = 33", {"27, 33", "a_2 = 33, a_1 = 27"}, {"33, 27"}},
         {"x_1 = 27, x_2 = 33", {"33, 27"}, {"33, 28"}},
         {"lcm 31, gcd 35", {"gcd 35, lcm 31"}, {"lcm 35, gcd 31"}},
         {"sup = 8, inf = 3", {"inf = 3, sup = 8"}, {"sup = 8, inf = 4", "sup = 3, inf = 8"}}});
}

TEST_CASE("an answer in another form is that answer") {
  check({{"\\frac{1}{5}", {"\\boxed{\\frac{1}{5} \\text{ or } 0.2}"}, {"\\boxed{\\frac{1}{5} \\text{ or } 0.3}"}},
         {"\\{0, 1, 2, 3\\}", {"\\{0, 1, \\ldots, 3\\}"}, {"\\{0, 1, \\ldots, 4\\}", "\\{0, 2, \\ldots, 4\\}"}},
         {"9, 36", {"36, 9, 36"}, {"9, 36, 37"}},
         {"x^6 + C", {"x^6 + \\text{constant}"}, {"x^6"}},
         {"21 \\pmod{26}", {"21 \\bmod 26"}, {"21 \\bmod 25", "20 \\bmod 26"}},
         {"A, B, C", {"\\boxed{\\text{ABC}}"}, {"\\text{ABD}"}},
         {"12:4:1", {"12\\mathbin{:}4\\mathbin{:}1"}, {"12\\mathbin{:}1\\mathbin{:}4"}},
         {"four thousand two hundred and five", {"4205"}, {"4200, 5"}},
         {"27\\%", {"twenty-seven percent"}, {"twenty-six percent"}},
         {"I and III", {"The answer is I and III only."}, {"I and IV only"}},
         {"a parabola", {"A parabola", "The answer is parabola.", "\\text{a parabola}"}, {"a circle"}},
         {"\\mathrm{CH_{4}}", {"\\[\n\\boxed{\\displaystyle \\ce{CH4}}\n\\]"}, {"\\ce{CH3}"}}});
}

TEST_CASE("a multiple or a sum of tuples is worked out") {
  check({{"\\frac{1}{\\sqrt{14}}(1,2,3)",
          {"\\left(\\frac{1}{\\sqrt{14}},\\frac{2}{\\sqrt{14}},\\frac{3}{\\sqrt{14}}\\right)",
           "\\frac{\\langle 1,2,3\\rangle}{\\sqrt{14}}"},
          {"(1,2,3)", "\\frac{1}{\\sqrt{14}}(1,3,2)", "\\frac{1}{14}(1,2,3)"}},
         {"(2,4)", {"2(1,2)", "-2(-1,-2)", "(1,2)+(1,2)"}, {"2(2,1)", "(1,2)", "(1,2)+(2,1)"}},
         {"(1+t,2,3+t)", {"(1,2,3)+t(1,0,1)"}, {"(1,2,3)+t(1,1,0)", "(1,2,3)+(1,0,1)"}},
         {"(1,2)", {"P(1,2)"}, {"2P(1,2)"}}});
}

TEST_CASE("a map has a variable of any name, a limit has not") {
  check({{"x \\mapsto 4x^2 + 4x - 8",
          {"t \\mapsto 4t^2 + 4t - 8", "s ↦ 4s^2 - 8 + 4s"},
          {"t \\mapsto 4x^2 + 4x - 8", "t \\mapsto 4t^2 + 4t + 8"}},
         {"x \\mapsto x^2 + a", {"t \\mapsto t^2 + a"}, {"a \\mapsto a^2 + a", "a \\mapsto a^2 + x"}},
         {"x \\to 3", {}, {"t \\to 3"}}});
}

TEST_CASE("numbers with a bound below the letter are a ray") {
  check(
      {{"\\{x \\mid x \\ge 0\\}",
        {"\\mathbb{R}_{\\ge 0}", "ℝ_{≥0}", "[0,\\infty)"},
        {"\\mathbb{R}_{>0}", "\\mathbb{R}^+"}},
       {"(0,\\infty)", {"\\mathbb{R}_{>0}", "\\mathbb{R}^+"}, {"\\mathbb{R}_{\\ge 0}", "\\mathbb{R}_{<0}"}},
       {"\\mathbb{R}\\setminus\\{0\\}", {"\\mathbb{R}_{\\ne 0}"}, {"\\mathbb{R}_{\\ge 0}"}},
       {"\\mathbb{Z}^+",
        {"\\mathbb{Z}_{>0}", "\\mathbb{Z}_{\\ge 1}", "\\{n \\in \\mathbb{Z} \\mid n > 0\\}", "\\{1, 2, 3, \\ldots\\}"},
        {"\\mathbb{Z}_{\\ge 0}", "\\mathbb{Z}", "\\mathbb{R}_{>0}", "\\{1, 2, 4, \\ldots\\}", "\\{0, 1, 2, \\ldots\\}",
         "\\{n \\in \\mathbb{Z} \\mid n > 1\\}"}},
       {"\\{n \\in \\mathbb{Z} \\mid n \\ge 2\\}",
        {"\\{m \\in \\mathbb{Z} : m > 1\\}", "\\{n \\mid n \\in \\mathbb{Z}, n \\ge 2\\}"},
        {"\\{m \\in \\mathbb{Z} : m < 2\\}", "\\{x \\mid x \\ge 2\\}"}}});
}

TEST_CASE("one interval or another is their union") {
  check({{"x \\in (-\\infty,-6) \\text{ or } (2,\\infty)",
          {"(2,\\infty)\\cup(-\\infty,-6)", "x < -6 \\text{ or } x > 2"},
          {"(-\\infty,-6]\\cup(2,\\infty)", "(-6,2)", "(-\\infty,-6)"}},
         {"(-\\infty,-6)\\cup(2,\\infty)",
          {"x \\in (-\\infty,-6) \\text{ or } (2,\\infty)", "(-\\infty,-6) \\text{ or } (2,\\infty)"},
          {"x \\in (-\\infty,-6) \\text{ or } [2,\\infty)", "(-6,-\\infty) \\text{ or } (2,\\infty)"}},
         {"x \\in (1,2) \\text{ or } (3,4)", {"(1,2)\\cup(3,4)", "(1,2), (3,4)"}, {"(1,3)\\cup(2,4)", "(1,2)"}},
         {"(1,2), (3,4)", {"(1,2) \\text{ or } (3,4)"}, {"(2,1) \\text{ or } (3,4)"}}});
}

TEST_CASE("the ratio of an angle is a value, more of an equation is none") {
  check({{"-\\frac{7}{25}",
          {"With $\\sin x = \\frac{4}{5}$ we use $\\cos 2x = 1 - 2\\sin^2 x$ and so $\\cos 2x = -\\frac{7}{25}$.",
           "Hence $\\cos(\\alpha+\\beta) = -0.28$.", "$\\tan\\frac{x}{2} = -\\frac{7}{25}$"},
          {"Hence $\\cos 2x = \\frac{7}{25}$.", "Hence $2\\cos 2x = -\\frac{7}{25}$.",
           "Hence $\\cos 2x + 1 = -\\frac{7}{25}$.", "$\\cos 2x - \\sin x = -\\frac{7}{25}$"}},
         {"1", {}, {"x + z = 1", "2x = 1"}}});
}
