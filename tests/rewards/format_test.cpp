#include "cohort/rewards/format.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "cohort/error.hpp"
#include "cohort/rewards/reasoning_steps.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::grade_text;
using doctest::Approx;

namespace {

double lines_score(const std::string& text) { return *grade_text(tag_lines_format, "", text).score; }
double count_score(const std::string& text) { return *grade_text(tag_count, "", text).score; }
double code_score(const std::string& text, CodeFormatOptions options = {}) {
  return *grade_text(code_format(options), "", text).score;
}
double steps_score(const std::string& text, ReasoningStepsOptions options = {}) {
  return *grade_text(reasoning_steps(options), "", text).score;
}

}  // namespace

TEST_CASE("each tag alone on its line, in order, is the format of tag lines") {
  CHECK(lines_score("<think>\nso\n</think>\n<answer>\n4\n</answer>") == 1.0);
  CHECK(lines_score("<think>\na\n\nb\n</think>\n<answer>\n4\n5\n</answer>\n \n") == 1.0);
  CHECK(lines_score("<think>\n\n</think>\n<answer>\n\n</answer>") == 1.0);
}

TEST_CASE("anything else is not, a text behind the last tag included") {
  for (const char* text :
       {"", "4", "<think>\nso\n</think>\n<answer>\n4\n</answer>\nmore",
        "\n<think>\nso\n</think>\n<answer>\n4\n</answer>", "<think>so</think>\n<answer>\n4\n</answer>",
        "<think>\nso\n</think>\n\n<answer>\n4\n</answer>", "<think>\nso\n</think>\n<answer>\n4</answer>",
        "<think>\n</think>\n<answer>\n4\n</answer>", "<think>\nso\n</think>\n<answer>\n</answer>",
        "<think>\nso\n</think>\n<answer>\n4\n</answer>more", "<think>\n<think>\nso\n</think>\n<answer>\n4\n</answer>",
        "<think>\nso\n</think>\n<answer>\n4\n</answer>\n</answer>",
        "<answer>\n4\n</answer>\n<think>\nso\n</think>\n<answer>\n4\n</answer>",
        "<think>\nso\n<answer>\n4\n</answer>\n</think>"}) {
    CAPTURE(std::string(text));
    CHECK(lines_score(text) == 0.0);
  }
}

TEST_CASE("a tag counts a quarter where it stands exactly once") {
  CHECK(count_score("<think>\nso\n</think>\n<answer>\n4\n</answer>") == 1.0);
  CHECK(count_score("so\n</think>\n<answer>\n4\n</answer>") == 0.75);
  CHECK(count_score("<think>\nso\n<answer>\n4\n</answer>") == 0.75);
  CHECK(count_score("<think>\nso\n</think>\n4\n</answer>") == 0.75);
  CHECK(count_score("<think>\nso\n</think>\n<answer>\n4") == 0.75);
  CHECK(count_score("<think>\n<think>\nso\n</think>\n<answer>\n4\n</answer>") == 0.75);
  CHECK(count_score("<think>so</think><answer>4</answer>") == 0.0);
  CHECK(count_score("") == 0.0);
  CHECK(grade_text(tag_count, "", "<think>\n").verdict == "1");
}

TEST_CASE("two tags that share a line end are two") {
  CHECK(count_score("\n</think>\n</think>\n") == 0.0);
  CHECK(count_score("\n</think>\nand\n") == 0.25);
}

TEST_CASE("code must stand in a closed block of its language in the answer") {
  const auto text = [](const std::string& think, const std::string& answer) {
    return "<think>\n" + think + "\n</think>\n<answer>\n" + answer + "\n</answer>";
  };
  const std::string code = "```python\nx = 1\n```";
  CHECK(code_score(text("so", code)) == 1.0);
  CHECK(code_score(text(code, "Here:\n" + code + "\nDone.")) == 1.0);
  CHECK(code_score(text(code, "x = 1")) == 0.0);
  CHECK(code_score(text("so", "```\nx = 1\n```")) == 0.0);
  CHECK(code_score(text("so", "```python3\nx = 1\n```")) == 0.0);
  CHECK(code_score(text("so", "```python\nx = 1")) == 0.0);
  CHECK(code_score(code) == 0.0);
  CHECK(code_score(text("so", "```cpp\nint x;\n```"), {.language = "cpp"}) == 1.0);
  CHECK(code_score(text("so", code), {.language = "cpp"}) == 0.0);
  CHECK_THROWS_WITH_AS(code_format({.language = "a b"}), doctest::Contains("one word, got \"a b\""), Error);
  CHECK_THROWS_AS(code_format({.language = ""}), Error);
}

TEST_CASE("tag weights add up") {
  const auto score = [](const char* text, TagWeightsOptions options = {}) {
    return *grade_text(tag_weights(options), "", text).score;
  };
  CHECK(score("so <think>a</think> b <answer>c</answer>") == Approx(1.0));
  CHECK(score("<think>a</think>") == Approx(0.25));
  CHECK(score("<answer>a</answer>") == Approx(0.75));
  CHECK(score("</answer><answer>") == 0.0);
  CHECK(score("<think>a</think>", {.think_weight = 2}) == Approx(2.0));
  CHECK_THROWS_AS(tag_weights({.think_weight = std::nan("")}), Error);
}

TEST_CASE("three steps of any kind are full") {
  CHECK(steps_score("Step 1: a\nStep 2: b\nStep 3: c") == 1.0);
  CHECK(steps_score("First, a. Second, b. Finally, c.") == 1.0);
  CHECK(steps_score("1. a\n2. b\n3. c\n4. d") == 1.0);
  CHECK(steps_score("- a\n* b\nNext, c") == 1.0);
  CHECK(steps_score("Step 1: a") == Approx(1.0 / 3));
  CHECK(steps_score("First, a\nFinally, b") == Approx(2.0 / 3));
  CHECK(steps_score("Step 1: a", {.full_steps = 1}) == 1.0);
  CHECK(steps_score("a - b, 3.5 and Step one: first second") == 0.0);
  CHECK(steps_score("") == 0.0);
}

TEST_CASE("the same step again is no step, unless every one counts") {
  CHECK(steps_score("First, First, First, First,") == Approx(1.0 / 3));
  CHECK(steps_score("Step 1: Step 1: Step 2:") == Approx(2.0 / 3));
  CHECK(steps_score("- a\n- a\n- b") == Approx(2.0 / 3));
  CHECK(steps_score("-\n-\n* \n--") == 0.0);
  CHECK(steps_score("First, First, First,", {.distinct = false}) == 1.0);
  CHECK(steps_score("-\n-\n-", {.distinct = false}) == 1.0);
}

TEST_CASE("numbered lines count only where a line begins") {
  CHECK(grade_text(reasoning_steps(), "", "1. a\nb 2. c\n10. d").verdict == "2");
  CHECK(grade_text(reasoning_steps(), "", "1 . a\n.2\n3").verdict == "0");
}

TEST_CASE("hostile texts are scanned in linear time") {
  for (const RewardRule& rule : {RewardRule(tag_lines_format), RewardRule(tag_count), code_format(), tag_weights(),
                                 reasoning_steps(), reasoning_steps({.distinct = false})}) {
    CHECK(test::slowest(rule, {}) < test::linear_seconds);
    for (const char* unit :
         {"\n</think>\n", "<think>\n", "```python\n", "```\n", "Step 1", "Step 1:", "- x\n", "\n-"}) {
      Grade grade;
      CHECK(test::processor_seconds([&] { grade = grade_text(rule, "", test::repeat(unit, 1'000'000)); }) <
            test::linear_seconds);
      CHECK(*grade.score >= 0.0);
      CHECK(*grade.score <= 1.0);
    }
  }
}
