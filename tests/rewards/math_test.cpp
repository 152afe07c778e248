#include "cohort/rewards/math.hpp"

#include <doctest/doctest.h>

#include "rewards/hostile.hpp"

using namespace cohort;
using cohort::rewards::math_answer;

namespace {

Grade grade(std::string gold, std::string text) {
  return test::grade_text(math_answer, std::move(gold), std::move(text));
}
std::string boxed(std::string answer) { return "So it is \\boxed{" + std::move(answer) + "}."; }

}  // namespace

TEST_CASE("numbers that are written differently are equal") {
  const std::vector<std::pair<const char*, const char*>> pairs = {
      {"18", "18"},
      {"18", "18.0"},
      {"18", "18."},
      {"1234567", "1,234,567"},
      {"1234", "1{,}234"},
      {"12345", "12\\,345"},
      {"12345", "12,\\!345"},
      {"0.5", ".5"},
      {"1/2", "0.5"},
      {"8BCA_{16}", "8bca_{16}"},
      {"\\frac{1}{2}", "0.5"},
      {"\\frac12", "1/2"},
      {"\\dfrac{3}{4}", "\\frac{6}{8}"},
      {"-3", "−3"},
      {"-3/4", "\\frac{-3}{4}"},
      {"-\\frac{3}{4}", "-0.75"},
      {"7", "+7"},
      {"50\\%", "50"},
      {"50%", "0.5"},
      {"0.5", "50\\%"},
      {"18", "$18"},
      {"18", "\\$18.00"},
      {"18", "18 dollars"},
      {"18", "18\\text{ cm}^2"},
      {"30", "30^\\circ"},
      {"1.5", "1\\frac{1}{2}"},
      {"2.5", "2 1/2"},
      {"1500", "1.5e3"},
      {"1500", "1.5 \\times 10^{3}"},
      {"0.00000015", "1.5 \\cdot 10^{-7}"},
      {"0", "-0.00"},
      {"5", "x = 5"},
      {"x=5", "5"},
      {"72", "48 + 24 = 72"},
      {"100000000000000000000000000000000000000001", "100000000000000000000000000000000000000001.0"},
      {"1e100000", "10e99999"},
      {"\\boxed{42}", "42"},
      {"$42$", "42"},
      {"18", "**18**"}};
  for (const auto& [gold, answer] : pairs) {
    CAPTURE(std::string(gold));
    CAPTURE(std::string(answer));
    CHECK(grade(gold, boxed(answer)).verdict == "equal");
    CHECK(grade(gold, boxed(answer)).score == 1.0);
  }
}

TEST_CASE("answers that are not the gold answer are different") {
  const std::vector<std::pair<const char*, const char*>> pairs = {
      {"18", "19"},
      {"18", "-18"},
      {"18", "1 or 18"},
      {"18", "18 or 19"},
      {"18", "18, 19"},
      {"18", "18x"},
      {"1/3", "0.333"},
      {"1/3", "0.33333"},
      {"0.0000001", "0.0000002"},
      {"100000000000000000000000000000000000000001", "100000000000000000000000000000000000000002"},
      {"1e100", "1e101"},
      {"18", "it is 18 million"},
      {"4", "4\\sqrt{2}"},
      {"4", "2x+4"},
      {"50", "500\\%"},
      {"5", "y > 5"},
      {"x=5", "y=5"},
      {"1234", "1,2,34"},
      {"12", "1/0"},
      {"18", "18 million"},
      {"18", "18 x"},
      {"18", ""},
      {"3", "\\frac{3}{x}"},
      {"204", "204_5"},
      {"2", "-\\text{2}"},
      {"(1,2)", "(2,1)"},
      {"(1,2)", "[1,2]"},
      {"(1,2)", "(1,2,3)"}};
  for (const auto& [gold, answer] : pairs) {
    CAPTURE(std::string(gold));
    CAPTURE(std::string(answer));
    CHECK(grade(gold, boxed(answer)).score == 0.0);
  }
}

TEST_CASE("what is no number compares as normalised text") {
  const std::vector<std::pair<const char*, const char*>> pairs = {{"x^2+1", "x^{2} + 1"},
                                                                  {"\\frac{x}{2}", "\\dfrac x2"},
                                                                  {"\\sqrt{3}", "\\sqrt3"},
                                                                  {"\\text{Evelyn}", "Evelyn"},
                                                                  {"Evelyn", "evelyn."},
                                                                  {"(1,2)", "\\left( 1, 2 \\right)"},
                                                                  {"(1/2, 3)", "(0.5, \\frac{6}{2})"},
                                                                  {"[0,\\infty)", "[0, ∞)"},
                                                                  {"\\text{(B)}", "(B)"},
                                                                  {"2\\pi", "2π"},
                                                                  {"3, 5", "3,5"},
                                                                  {"x \\leq 4", "x ≤ 4"}};
  for (const auto& [gold, answer] : pairs) {
    CAPTURE(std::string(gold));
    CAPTURE(std::string(answer));
    CHECK(grade(gold, boxed(answer)).verdict == "equal");
    CHECK(grade(gold, "<answer>" + std::string(answer) + "</answer>").verdict == "equal");
    CHECK(grade(gold, boxed("7x+13")).verdict == "different");
  }
}

TEST_CASE("a box goes before a tag, before ####, before a phrase, before the last number") {
  const std::string last = " then 5", phrase = "The answer is 4." + last, hashes = "#### 3\n" + phrase,
                    tag = "<answer>2</answer>\n" + hashes, box = "\\boxed{1} " + tag;
  const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> cases = {
      {box, {"1", "boxed"}},
      {tag, {"2", "answer_tag"}},
      {hashes, {"3", "####"}},
      {phrase, {"4", "answer_phrase"}},
      {"first" + last, {"5", "last_number"}}};
  for (const auto& [text, expected] : cases) {
    CAPTURE(std::string(text));
    const Grade found = grade(expected.first, text);
    CHECK(found.verdict == "equal");
    CHECK(found.rule == expected.second);
    CHECK(found.extracted == expected.first);
  }
}

TEST_CASE("of many boxes the last complete one counts, with its inner braces") {
  CHECK(grade("\\frac{1}{2}", "\\boxed{3} is the number of cases, so it is \\boxed{\\frac{1}{2}}").verdict == "equal");
  CHECK(grade("2", "\\boxed{1} is not enough, but \\boxed{2}, not \\boxed{3").verdict == "equal");
  CHECK(grade("5", "so it is \\boxed{5").verdict == "equal");
  CHECK(grade("5", "\\boxed{\\boxed{5}}").verdict == "equal");
  CHECK(grade("5", "\\boxed {5}").verdict == "equal");
  CHECK(grade("5", "$\\boxed 5$").verdict == "equal");
  CHECK(grade("5", "{ \\fbox{5} ").verdict == "equal");
  CHECK(grade("5", "} \\} \\boxed{\\text{5}} \\{ {").verdict == "equal");
}

TEST_CASE("a final answer that is announced behind all boxes goes before them") {
  const std::string steps = "it earns $\\boxed{200}$, then $\\boxed{255}$. ";
  CHECK(grade("10455", steps + "Final Answer: The final answer is $10,455$. I hope it is correct.").verdict == "equal");
  CHECK(grade("255", steps + "The final answer is 10,455.").verdict == "different");
  CHECK(grade("10455", steps + "The final answer is 10,455.").rule == "final_answer");
  CHECK(grade("255", steps + "The final answer is correct.").rule == "boxed");
  CHECK(grade("255", steps + "The final answer is given in step 3.").verdict == "equal");
  CHECK(grade("255", steps + "The answer is 7 short of it.").verdict == "equal");
}

TEST_CASE("boxes that stand together are a list, and one value in two forms is one answer") {
  CHECK(grade("1, 2", "\\boxed{1} and \\boxed{2}").verdict == "equal");
  CHECK(grade("1, 2", "\\boxed{1}, \\boxed{2}").extracted == "1, 2");
  CHECK(grade("5, 3", "$x = \\boxed{5}$ or $x = \\boxed{3}$").verdict == "equal");
  CHECK(grade("9", "\\boxed{9} \\boxed{10}").verdict == "different");
  CHECK(grade("10", "\\boxed{9} \\boxed{10}").verdict == "different");
  CHECK(grade("5", "$\\boxed{5}$\n\n$\\boxed{5}$").extracted == "5");
  CHECK(grade("3/2", "$\\boxed{\\frac{3}{2}}$ or $\\boxed{1.5}$").verdict == "equal");
  CHECK(grade("2", "\\boxed{1} of them, and we conclude \\boxed{2}").verdict == "equal");
}

TEST_CASE("an answer that hedges or floods earns nothing") {
  std::string all;
  for (int i = 1; i <= 40; ++i) all += "Perhaps it is \\boxed{" + std::to_string(i) + "} in the end, who knows. ";
  CHECK(grade("40", all).verdict == "different");
  CHECK(grade("40", all + "\\boxed{39}").score == 0.0);
  for (const char* text :
       {"\\boxed{3} or \\boxed{18}", "\\boxed{18 \\text{ or } 3}", "\\boxed{18, 3}", "the answer is 18 or 3",
        "the answer is 3, 18", "the answer is $18$ or $3$", "<answer>18 or 3</answer>", "#### 18 or 3"}) {
    CAPTURE(std::string(text));
    CHECK(grade("18", text).score == 0.0);
  }
}

TEST_CASE("a value that is denied is no answer") {
  for (const char* text : {"It is not 18.", "It cannot be 18.", "x can't be equal to 18", "The answer is not $18$."}) {
    CAPTURE(std::string(text));
    CHECK(grade("18", text).score == 0.0);
  }
}

TEST_CASE("of a very long response the end is searched") {
  const std::string filler(300'000, ' ');
  CHECK(grade("18", "\\boxed{3}" + filler + "The answer is 18.").verdict == "equal");
  CHECK(grade("18", "\\boxed{18}" + filler + "Well.").verdict == "unparsed");
  std::string signs;
  while (signs.size() < 300'001) signs += "é";
  CHECK(grade("18", "<think>3</think>" + signs + " \\boxed{18}").verdict == "equal");
}

TEST_CASE("an answer phrase is read to the end of its sentence") {
  for (const char* text : {"The answer is 18.", "the final answer is: $18$", "**Answer:** 18", "Answer: \\$18",
                           "ANSWER IS 18 because 9 * 2 = 18", "The answer is 18. I used 7 steps.", "Answer:\n18",
                           "Answer: 9 * 2 = 18", "Answer: Natalia sold 18 clips.", "The answer is **18**.",
                           "The answer is 18, since 9 twice is 18", "answer = 18"}) {
    CAPTURE(std::string(text));
    CHECK(grade("18", text).verdict == "equal");
  }
  CHECK(grade("18", "The answer is 18 or 19").verdict == "different");
  CHECK(grade("18", "The answer is 18 + x").verdict == "different");
  CHECK(grade("3.5", "The answer is 3.5. Done").verdict == "equal");
  CHECK(grade("[-8, -4)", "Answer: x in [-8, -4)").verdict == "equal");
  CHECK(grade("[-8, -4)", "x in [-8, -4)").verdict == "equal");
  CHECK(grade("[-8, -4)", "Answer: x in [-8, -4]").verdict == "different");
}

TEST_CASE("the last number is read with its sign and fraction") {
  CHECK(grade("-5", "so we get -5").verdict == "equal");
  CHECK(grade("5", "- 5 apples").score == 1.0);
  CHECK(grade("-\\frac{1}{2}", "- \\frac{1}{2}").score == 1.0);
  CHECK(grade("\\frac{1}{2}", "- \\frac{1}{2}").score == 0.0);
  CHECK(grade("-\\sqrt{3}", "- \\sqrt { 3 }").score == 1.0);
  // A formula in running text is read whole: a fragment of it would be right by accident.
  CHECK(grade("3", "so 8 - 5").score == 1.0);
  for (const char* text : {"so 8-5", "so 8 - 5", "so 8 -5", "so x-5"}) CHECK(grade("5", text).score == 0.0);
  CHECK(grade("3x+4y+14=0", "so 3x-y+13=0").score == 0.0);
  CHECK(grade("3/4", "which leaves 3/4 of it.").verdict == "equal");
  CHECK(grade("\\frac{3}{4}", "which leaves $\\frac{3}{4}$").verdict == "equal");
  CHECK(grade("1234", "that is $1,234.").verdict == "equal");
  CHECK(grade("42", "42").verdict == "equal");
  CHECK(grade("x+1", "x + 1").rule == "whole");
}

TEST_CASE("what was cut off in a formula, or is in a call, is no number of the text") {
  for (const char* text : {"(2^(2^(2^(2", "so it is 2^{2^{2^{2", "we get 3 + (4 - (2", "print(4 - 2)", "so foo(1+1)"}) {
    CAPTURE(std::string(text));
    CHECK(grade("2", text).score == 0.0);
  }
  CHECK(grade("2", "so it is 2 (as was shown").verdict == "equal");
  CHECK(grade("2", "so we get sqrt(4)").verdict == "equal");
}

TEST_CASE("a heading whose sentence leads to an answer phrase is no answer yet") {
  const std::string response = "Final Answer:\nThe last three digits of \\(2003^{2002^{2001}}\\) are:\n";
  CHECK(grade("9", response + "\\[Answer: 009\\]").verdict == "equal");
  CHECK(grade("9", response + "\\[Answer: \\boxed{009}\\]").verdict == "equal");
  CHECK(grade("2003", response + "\\[Answer: 009\\]").verdict == "different");
  CHECK(grade("5", "Final Answer: 5\n\nThe answer is explained above, in 3 steps.").verdict == "equal");
}

TEST_CASE("a remark on a letter is not the answer") {
  const std::string gold = "x = n\\pi, n \\in \\mathbb{Z}";
  CHECK(grade(gold, "The solutions are $x = k\\pi$ where $k$ is an integer.").verdict == "equal");
  CHECK(grade(gold, "The solutions are $x = k\\pi$ for all integers $k$.").verdict == "equal");
  CHECK(grade(gold, "The solutions are $x = 2k\\pi$ where $k$ is an integer.").verdict == "different");
  CHECK(grade("k", "so it is $m$, and no, it is $k$").verdict == "equal");
  CHECK(grade("5", "Therefore, $S = 5$. $\\blacksquare$").verdict == "equal");
}

TEST_CASE("a dash that touches its number is a minus") {
  CHECK(grade("-5", "The final answer is –5").verdict == "equal");
  CHECK(grade("-5", "Answer: –5").verdict == "equal");
  CHECK(grade("5", "Answer: –5").verdict == "different");
  CHECK(grade("5", "Answer – 5").verdict == "equal");
}

TEST_CASE("E beside e is Euler's number") {
  CHECK(grade("e - 4", "-4 + E").verdict == "equal");
  CHECK(grade("e - 4", "4 - E").verdict == "different");
  CHECK(grade("F - 4", "E - 4").verdict == "different");
}

TEST_CASE("a response that is the gold answer's own text is right, whatever it says") {
  const std::string gold = "$y_{1}=1-x$\n$y_{2}=y_{1} \\ln x+4 x$";
  CHECK(grade(gold, gold).verdict == "equal");
  CHECK(grade(gold, "$y_{2}=y_{1} \\ln x+4 x$").verdict == "different");
  CHECK(grade("1, 2 and then some $x$", "1, 2 and then some $x$").verdict == "equal");
}

TEST_CASE("a response that is one long formula is read whole") {
  const std::string formula =
      "\\omega_{n}^{2} e^{-\\zeta \\omega_{n} t} \\cos \\left(\\omega_{n} \\sqrt{1-\\zeta^{2}} t\\right)-"
      "\\frac{\\zeta \\omega_{n}^{2}}{\\sqrt{1-\\zeta^{2}}} e^{-\\zeta \\omega_{n} t} "
      "\\sin \\left(\\omega_{n} \\sqrt{1-\\zeta^{2}} t\\right)";
  CHECK(grade(formula, formula + "+0").verdict == "equal");
  CHECK(grade(formula, formula + "+1").verdict == "different");
  CHECK(grade("1, -1", "W(x)=1orW(x)=-1").verdict == "equal");
  const std::string left = "f(x)=\\left\\{\\begin{array}{ll} 1, & x>0 \\\\ 2, & x \\le 0\\end{array}\\right.";
  CHECK(grade("\\begin{cases} 1, & x>0 \\\\ 2, & x \\le 0\\end{cases}", left).verdict == "equal");
  CHECK(grade("\\emptyset", "No solution").verdict == "equal");
  CHECK(grade("\\mathbb{R}", "all real numbers").verdict == "equal");
  CHECK(grade("\\mathbb{R}", "no solution").verdict != "equal");
  // Products of letters and the columns of an array are no words.
  CHECK(grade("(x + y)(x + z)(y + z)", "x^2y + x^2z + xy^2 + 2xyz + xz^2 + y^2z + yz^2").verdict == "equal");
  CHECK(grade("(x + y)(x + z)(y + z)", "x^2y + x^2z + xy^2 + 3xyz + xz^2 + y^2z + yz^2").verdict == "different");
  const std::string matrix = "\\left(\\begin{array}{ccc}3 & -4 & 3 \\\\ 4 & 9 & 8\\end{array}\\right)";
  CHECK(grade(matrix, "\\begin{pmatrix}3 & -4 & 3 \\\\ 4 & 9 & 8\\end{pmatrix}").verdict == "equal");
  CHECK(grade(matrix, "\\begin{pmatrix}3 & -4 & 3 \\\\ 4 & 9 & -8\\end{pmatrix}").verdict == "different");
}

TEST_CASE("only what follows the thinking is graded") {
  CHECK(grade("5", "<think>\\boxed{4}</think> \\boxed{5}").verdict == "equal");
  CHECK(grade("4", "<think>\\boxed{4}</think> I give up").verdict == "unparsed");
  CHECK(grade("4", "<think>maybe \\boxed{4}").verdict == "unparsed");
  CHECK(grade("4", "5 </think> 3 </think> 4").verdict == "equal");
}

TEST_CASE("a text without an answer is unparsed and earns 0") {
  for (const char* text : {"", "I do not know", "\\boxed{}", "<answer> </answer>", "####"}) {
    CAPTURE(std::string(text));
    CHECK(grade("4", text).verdict == "unparsed");
    CHECK(grade("4", text).score == 0.0);
    CHECK(!grade("4", text).extracted);
  }
}

TEST_CASE("a gold answer that cannot be read gives no score") {
  for (const std::string& gold : {std::string(), std::string("  "), std::string("[\"\"]"), std::string(3000, '1')}) {
    const Grade found = grade(gold, boxed("4"));
    CHECK(found.verdict == "gold_unparsed");
    CHECK(!found.score);
  }
  for (const char* silent : {"<think>3 or 4</", "<think>", ""}) {  // no text is no answer, also to a gold without any
    CHECK(grade("$$$$", silent).verdict == "gold_unparsed");
    CHECK(!grade("$$$$", silent).score);
  }
}

TEST_CASE("of a list of gold answers any is right") {
  CHECK(grade("[\"1/2\", \"x\"]", boxed("0.5")).verdict == "equal");
  CHECK(grade("[\"1/2\", \"x\"]", boxed("x")).verdict == "equal");
  CHECK(grade("[\"1/2\", \"x\"]", boxed("y")).verdict == "different");
  CHECK(grade("[1,2]", boxed("[1, 2]")).verdict == "equal");  // no list of texts: an interval
}

TEST_CASE("hostile texts are graded in linear time") {
  for (const char* gold : {"5", "x+1", "(1,2)"})
    CHECK(test::slowest(math_answer, {.prompt = {}, .messages = {}, .answer = gold, .fields = {}}) <
          test::linear_seconds);
}

TEST_CASE("an exponent before an index is read once, however many follow") {
  for (const char* unit : {"^a_a", "^{a}_a", "^a_{a}", "^2_1", "^C_1", "^{-1}_{2}", "^\\frac{a_1^a_1}{2}_1"})
    for (const char* base : {"a", "C", "f"}) {
      const std::string answer = base + test::repeat(unit, 400);
      const double seconds = test::processor_seconds([&] { CHECK(grade("5", boxed(answer)).score.value_or(0) == 0); });
      CHECK_MESSAGE(seconds < 0.5, base, unit);
    }
  CHECK(grade("x_1^2", boxed("x^2_1")).verdict == "equal");
  CHECK(grade("x_1^{-2}y", boxed("x^{-2}_1 y")).verdict == "equal");
  CHECK(grade("10", boxed("C^2_5")).verdict == "equal");
  CHECK(grade("a_1^2+b_1^2", boxed("a^2_1+b^2_1")).verdict == "equal");
}

TEST_CASE("a huge answer is not read, and a text with NUL or invalid UTF-8 round it is") {
  CHECK(grade("5", boxed(test::repeat("5", 5'000))).score == 0.0);
  CHECK(grade("5", std::string("\0\xff \\boxed{5} \0", 14)).verdict == "equal");
  CHECK(grade("5", test::repeat("blah ", 300'000) + "\\boxed{5}").verdict == "equal");
}
