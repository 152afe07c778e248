#include "cohort/rewards/accuracy.hpp"

#include <doctest/doctest.h>

#include "cohort/error.hpp"
#include "cohort/rewards/table.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::grade_text;
using doctest::Approx;

TEST_CASE("accuracy asks for an answer that is marked, and for the right one") {
  for (const char* text : {"\\boxed{42}", "The answer is 42.", "<answer>42</answer>", "#### 42"}) {
    CAPTURE(std::string(text));
    CHECK(grade_text(accuracy(), "42", text).score == 1.0);
    CHECK(grade_text(accuracy(), "43", text).score == 0.0);
  }
  CHECK(grade_text(accuracy(), "42", "It might be 42").score == 0.0);
  CHECK(grade_text(accuracy(), "42", "It might be 42").verdict == "unanchored");
  CHECK(grade_text(accuracy({.requires_anchor = false}), "42", "It might be 42").score == 1.0);
  CHECK(grade_text(accuracy(), "42", "").score == 0.0);
  CHECK(!grade_text(accuracy(), "", "\\boxed{42}").score);
}

TEST_CASE("a gold answer in words is no mathematics, and one with a formula in it is") {
  for (const char* gold :
       {"forty two", "Answer is forty two.", "unparseable_latex", "四十二是", "East", R"(["East", "West"])"}) {
    CAPTURE(std::string(gold));
    CHECK(grade_text(accuracy(), gold, "\\boxed{42}").verdict == "gold_unparsed");
    CHECK(!grade_text(reasoning_accuracy(), gold, "no delimiter").score);
  }
  for (const char* gold : {"42", "x", "ab", "\\text{East}", "x + yes", "42 apples", R"(["East", "42"])", "∞"}) {
    CAPTURE(std::string(gold));
    CHECK(grade_text(accuracy(), gold, "\\boxed{43}").score == 0.0);
  }
}

TEST_CASE("reasoning accuracy grades what follows the last delimiter and nothing else") {
  const RewardRule rule = reasoning_accuracy();
  CHECK(grade_text(rule, "63/400", "<think>so</think> \\boxed{\\frac{63}{400}}").score == 1.0);
  CHECK(grade_text(rule, "63/400", "so</think> \\boxed{\\frac{63}{400}}").score == 1.0);
  CHECK(grade_text(rule, "63/400", "<think>so</think> \\boxed{\\frac{64}{400}}").score == 0.0);
  CHECK(grade_text(rule, "42", "<think>\\boxed{42}</think> done").score == 0.0);
  CHECK(grade_text(rule, "42", "</think>\\boxed{42}</think>\\boxed{43}").score == 0.0);
  CHECK(grade_text(rule, "42", "<think>\\boxed{42}").verdict == "no_delimiter");
  CHECK(grade_text(rule, "42", "\\boxed{42}").score == 0.0);
}

TEST_CASE("reasoning accuracy takes other delimiters") {
  const RewardRule rule = reasoning_accuracy({.delimiter = "[/R]"});
  CHECK(grade_text(rule, "42", "[R]so[/R] \\boxed{42}").score == 1.0);
  CHECK(grade_text(rule, "42", "<think>so</think> \\boxed{42}").verdict == "no_delimiter");
  CHECK_THROWS_WITH_AS(reasoning_accuracy({.delimiter = ""}), doctest::Contains("delimiter is empty"), Error);
  CHECK(make_rule("reasoning_accuracy", {{"delimiter", "###"}})({.answer = "1"}, {.text = "a### \\boxed{1}"}).score ==
        1.0);
}

TEST_CASE("a gold answer that cannot be read gives no score, with a delimiter or without") {
  CHECK(!grade_text(reasoning_accuracy(), "", "</think> \\boxed{42}").score);
  CHECK(!grade_text(reasoning_accuracy(), "", "\\boxed{42}").score);
  CHECK(!grade_text(geo3k(), "", "\\boxed{42}").score);
}

TEST_CASE("geo3k is nine tenths accuracy and one tenth format") {
  const auto score = [](const char* text, Geo3kOptions options = {}) {
    return *grade_text(geo3k(options), "42", text).score;
  };
  CHECK(score("<think>so</think> \\boxed{42}") == Approx(1.0));
  CHECK(score("<think>so</think> \\boxed{41}") == Approx(0.1));
  CHECK(score("\\boxed{42}") == Approx(0.9));
  CHECK(score("so <think>so</think> \\boxed{42}") == Approx(0.9));
  CHECK(score("<think>\\boxed{42}</think> 42") == Approx(0.0));
  CHECK(score("<think>so</think> The answer is 42.") == Approx(0.0));
  CHECK(score("") == 0.0);
  CHECK(score("<think>so</think> \\boxed{42}", {.format_weight = 0.5}) == Approx(1.0));
  CHECK(score("\\boxed{42}", {.format_weight = 0.5}) == Approx(0.5));
  CHECK(score("<think>so</think> \\boxed{41}", {.format_weight = 0}) == 0.0);
  CHECK(grade_text(geo3k(), "42", "The answer is 42.").verdict == "unboxed");
  CHECK_THROWS_WITH_AS(geo3k({.format_weight = 2}), doctest::Contains("from 0 to 1, got 2"), Error);
}

TEST_CASE("hostile texts are graded in linear time") {
  for (const RewardRule& rule : {accuracy(), reasoning_accuracy(), geo3k()})
    CHECK(test::slowest(rule, {.answer = "42"}) < test::linear_seconds);
  const std::string gold = "word" + test::repeat(". ", 300'000);
  CHECK(test::processor_seconds([&] { grade_text(accuracy(), gold, "\\boxed{42}"); }) < test::linear_seconds);
}
