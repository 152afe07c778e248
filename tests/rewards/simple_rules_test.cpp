#include <doctest/doctest.h>

#include "cohort/error.hpp"
#include "cohort/rewards/chain_sum.hpp"
#include "cohort/rewards/choice.hpp"
#include "cohort/rewards/exact.hpp"
#include "cohort/rewards/format.hpp"
#include "cohort/rewards/length.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::grade_text;

namespace {

double format_score(const std::string& text) { return *grade_text(think_answer_format, "", text).score; }
double think_score(const std::string& text) { return *grade_text(think_format, "", text).score; }

Grade length_grade(LengthOptions options, size_t num_tokens, std::string text = "x") {
  Completion completion;
  completion.tokens.assign(num_tokens, 7);
  completion.text = std::move(text);
  return length(options)({}, completion);
}

}  // namespace

TEST_CASE("a think block followed by an answer block has the format") {
  CHECK(format_score("<think>2 + 2</think><answer>4</answer>") == 1.0);
  CHECK(format_score("  <think>2 + 2</think>\n\n<answer>4</answer>\n") == 1.0);
  CHECK(format_score("<think></think><answer></answer>") == 1.0);
}

TEST_CASE("anything but one think block and one answer block has not the format") {
  for (const char* text :
       {"", "4", "<answer>4</answer>", "<think>2 + 2<answer>4</answer>", "<think>a</think><answer>4",
        "<think>a</think><think>b</think><answer>4</answer>", "<think>a</think><answer>4</answer> and more",
        "<think>a</think> so <answer>4</answer>", "so <think>a</think><answer>4</answer>",
        "<think>a</think></think><answer>4</answer>", "<think>a</think><answer>4</answer><answer>5</answer>",
        "<THINK>a</THINK><answer>4</answer>", "<think>a</think><answer>4</answer></answer>"}) {
    CAPTURE(std::string(text));
    CHECK(format_score(text) == 0.0);
  }
}

TEST_CASE("think_format wants one think block at the very start and lets anything follow") {
  for (const char* text :
       {"<think>a</think>b", "<think></think>", "<think>a\nb</think>\nc", "<think>a</think>b</think>"})
    CHECK(think_score(text) == 1.0);
  for (const char* text : {"", "a", "a<think>b</think>", " <think>b</think>", "<think>a", "a</think>",
                           "<think>a<think>b</think>", "<think>a</think><think>b</think>", "</think><think>"})
    CHECK(think_score(text) == 0.0);
}

TEST_CASE("chain_sum takes an integer in the last answer tag and nothing else") {
  CHECK(grade_text(chain_sum, "16", "<think>1</think><answer>16</answer>").verdict == "equal");
  CHECK(grade_text(chain_sum, "16", "<answer> +0016 </answer>").verdict == "equal");
  CHECK(grade_text(chain_sum, "-16", "<answer>-16</answer>").verdict == "equal");
  CHECK(grade_text(chain_sum, "0", "<answer>-0</answer>").verdict == "equal");
  CHECK(grade_text(chain_sum, "16", "<answer>15</answer><answer>16</answer>").verdict == "equal");
  CHECK(grade_text(chain_sum, "16", "<answer>16</answer><answer>15</answer>").verdict == "different");
  CHECK(grade_text(chain_sum, "16", "<answer>-16</answer>").verdict == "different");
  for (const char* text :
       {"16", "<answer>16", "<answer></answer>", "<answer>16 or 17</answer>", "<answer>16.0</answer>",
        "<think><answer>16</answer></think>", "<think><answer>16</answer>", "<answer>1 6</answer>"}) {
    CAPTURE(std::string(text));
    CHECK(grade_text(chain_sum, "16", text).verdict == "unparsed");
    CHECK(grade_text(chain_sum, "16", text).score == 0.0);
  }
  CHECK(!grade_text(chain_sum, "sixteen", "<answer>16</answer>").score);
}

TEST_CASE("exact compares bytes, blanks at the ends aside") {
  CHECK(grade_text(exact(), "Paris", " Paris\n").verdict == "equal");
  CHECK(grade_text(exact(), "Paris", "paris").verdict == "different");
  CHECK(grade_text(exact({.ignore_case = true}), "Paris", "pARIS").verdict == "equal");
  CHECK(grade_text(exact({.source = ExactSource::answer_tag}), "Paris", "It is <answer>Paris</answer>.").score == 1.0);
  CHECK(grade_text(exact({.source = ExactSource::answer_tag}), "Paris", "Paris").verdict == "unparsed");
  CHECK(grade_text(exact({.source = ExactSource::last_line}), "Paris", "Let me see.\nParis\n").score == 1.0);
  CHECK(grade_text(exact(), "Paris", "<think>Rome?</think>Paris").score == 1.0);
}

TEST_CASE("a choice is read from its anchors, then from the last letter that stands alone") {
  for (const char* text : {"B", "(B)", "\\boxed{B}", "\\boxed{\\text{(B)}}", "<answer>b</answer>", "The answer is (B).",
                           "Answer: B. Paris", "**Answer:** option B", "A is wrong, so B", "It is (B), I am sure",
                           "C? No. (B) A tree.", "<think>(C)</think> B", "The answer is **B**"}) {
    CAPTURE(std::string(text));
    CHECK(grade_text(choice(), "B", text).verdict == "equal");
    CHECK(grade_text(choice(), "(C)", text).verdict == "different");
  }
  for (const char* text :
       {"", "Because", "The answer is B or C", "\\boxed{B, C}", "Answer: Berlin", "I think a tree"}) {
    CAPTURE(std::string(text));
    CHECK(grade_text(choice(), "B", text).verdict == "unparsed");
  }
  CHECK(grade_text(choice({.letters = "AB"}), "C", "C").verdict == "gold_unparsed");
  CHECK_THROWS_WITH_AS(choice({.letters = "a"}), doctest::Contains("capitals"), Error);
}

TEST_CASE("a length fits from min_tokens to max_tokens, both included") {
  CHECK(length_grade({.min_tokens = 2, .max_tokens = 3}, 1).verdict == "short");
  CHECK(length_grade({.min_tokens = 2, .max_tokens = 3}, 2).score == 1.0);
  CHECK(length_grade({.min_tokens = 2, .max_tokens = 3}, 3).score == 1.0);
  CHECK(length_grade({.min_tokens = 2, .max_tokens = 3}, 4).score == 0.0);
  CHECK(!length_grade({}, 0).score);
  CHECK(length_grade({}, 0, "").score == 1.0);
  CHECK_THROWS_WITH_AS(length({.min_tokens = 5, .max_tokens = 4}), doctest::Contains("got 5 and 4"), Error);
}

TEST_CASE("hostile texts are graded in linear time") {
  Problem problem;
  problem.answer = "B";
  for (const RewardRule& rule :
       {RewardRule(think_answer_format), RewardRule(think_format), exact(), choice(), length()})
    CHECK(test::slowest(rule, problem) < test::linear_seconds);
  problem.answer = "16";
  CHECK(test::slowest(chain_sum, problem) < test::linear_seconds);
}
