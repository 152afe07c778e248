#include "cohort/rewards/dapo.hpp"

#include <doctest/doctest.h>

#include "cohort/rewards/table.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::grade_text;

TEST_CASE("the line after the last Answer: earns +1 where it is right and −1 where it is not") {
  for (const char* text : {"Answer: 42", "so\nAnswer: $42$", "answer :42", "ANSWER:\n42\nBye", "Answer: 41\nAnswer: 42",
                           "Answer: x = 42", "Answer: 42 dollars", "Answer: \\boxed{42}", "Answer:\\text{42}"}) {
    CAPTURE(std::string(text));
    CHECK(grade_text(dapo(), "42", text).score == 1.0);
    CHECK(grade_text(dapo(), "42", text).verdict == "equal");
    CHECK(grade_text(dapo(), "43", text).score == -1.0);
  }
  for (const char* text : {"", "42", "\\boxed{42}", "Answer 42", "Answer:", "Answer: \n"}) {
    CAPTURE(std::string(text));
    CHECK(grade_text(dapo(), "42", text).verdict == "unparsed");
    CHECK(grade_text(dapo(), "42", text).score == -1.0);
  }
  CHECK(grade_text(dapo(), "42", "Answer: 42\nAnswer: 41").score == -1.0);
  CHECK(grade_text(dapo(), "42", "Answer: 42 Answer: 41").score == -1.0);
}

TEST_CASE("only the last 300 characters are read, a character of four bytes being one") {
  const auto score = [](size_t num_characters) {
    std::string text = "Answer: 42\n";
    for (size_t i = 0; i < num_characters; ++i) text += "🤖";
    return *grade_text(dapo(), "42", text).score;
  };
  CHECK(score(289) == 1.0);
  CHECK(score(290) == -1.0);
}

TEST_CASE("a gold answer of which nothing is left gives no score") {
  CHECK(!grade_text(dapo(), "", "Answer: 42").score);
  CHECK(!grade_text(dapo(), "units", "Answer: units").score);
  CHECK(grade_text(dapo(), "$$", "Answer:").verdict == "gold_unparsed");
}

TEST_CASE("Minerva's normalisation takes off units, articles, dollars and LaTeX of looks") {
  CHECK(minerva_normalized("x = y = 12 inches") == "12");
  CHECK(minerva_normalized("an apple") == "apple");
  CHECK(minerva_normalized("$12$ or so") == "12");
  CHECK(minerva_normalized("\\text{east}") == "east");
  CHECK(minerva_normalized("\\textbf{(C)} \\overline{AB}") == "(C)AB");
  CHECK(minerva_normalized("\\boxed{\\frac{1}{2}}") == "\\frac{1}{2}");
  CHECK(minerva_normalized("90^\\circ") == "90");
  CHECK(minerva_normalized("90^{\\circ}") == "90");
  CHECK(minerva_normalized("5\\text{ cm}^2") == "5");
  CHECK(minerva_normalized("1,\\!234") == "1234");
  CHECK(minerva_normalized("  ") == "");
}

TEST_CASE("Minerva's normalisation puts braces round single arguments") {
  CHECK(minerva_normalized("\\frac12") == "\\frac{1}{2}");
  CHECK(minerva_normalized("\\frac1{72}") == "\\frac{1}{72}");
  CHECK(minerva_normalized("\\frac{1}{2}") == "\\frac{1}{2}");
  CHECK(minerva_normalized("\\frac34x") == "\\frac{3}{4}x");
  CHECK(minerva_normalized("\\fracπ2") == "\\frac{π}{2}");
  CHECK(minerva_normalized("2\\sqrt3") == "2\\sqrt{3}");
  CHECK(minerva_normalized("\\sqrt{34}") == "\\sqrt{34}");
  CHECK(minerva_normalized("\\frac") == "\\frac");
  CHECK(minerva_normalized("\\frac1") == "\\frac1");
}

TEST_CASE("a comma goes where it groups thousands and stays where it makes a list") {
  CHECK(minerva_normalized("1,234,567") == "1234567");
  CHECK(minerva_normalized("12,345") == "12345");
  CHECK(minerva_normalized("1,234,") == "1234");
  CHECK(minerva_normalized("1,2") == "1,2");
  CHECK(minerva_normalized("1234,567") == "1234,567");
  CHECK(minerva_normalized("1,234,56") == "1,234,56");
  CHECK(minerva_normalized("0042") == "0042");
  CHECK(grade_text(dapo(), "1,2", "Answer: 12").score == -1.0);
}

TEST_CASE("the strict box is the last one in 100 characters, byte for byte") {
  const RewardRule rule = dapo({.extraction = DapoExtraction::strict_box});
  CHECK(grade_text(rule, "\\frac{1}{2}", "so \\boxed{\\frac{1}{2}}.").score == 1.0);
  CHECK(grade_text(rule, "\\frac12", "so \\boxed{\\frac{1}{2}}.").score == -1.0);
  CHECK(grade_text(rule, "2", "\\boxed{1} \\boxed{2}").score == 1.0);
  CHECK(grade_text(rule, "1", "\\boxed{1} \\boxed{2").score == -1.0);
  CHECK(grade_text(rule, "1", "Answer: 1").verdict == "unparsed");
  CHECK(grade_text(rule, "1", "\\boxed{1}" + std::string(91, '.')).score == 1.0);
  CHECK(grade_text(rule, "1", "\\boxed{1}" + std::string(92, '.')).score == -1.0);
  CHECK(make_rule("dapo", {{"extraction", "strict_box"}})({.answer = "1"}, {.text = "\\boxed{1}"}).score == 1.0);
}

TEST_CASE("hostile texts and long gold answers take linear time") {
  for (const DapoExtraction extraction : {DapoExtraction::answer_line, DapoExtraction::strict_box})
    CHECK(test::slowest(dapo({.extraction = extraction}), {.answer = "42"}) < test::linear_seconds);
  for (const std::string& text : test::hostile_texts()) {
    const std::string once = minerva_normalized(text);
    CHECK(once.size() <= 3 * text.size() + 8);  // braces round every other character at most
  }
}
