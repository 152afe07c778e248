#include "cohort/rewards/gsm8k.hpp"

#include <doctest/doctest.h>

#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;

namespace {

const char* gold = "She sold 48/2 = <<48/2=24>>24 clips.\nAltogether <<48+24=72>>72.\n#### 72";

Grade grade(std::string answer, std::string text, Gsm8kExtraction extraction = Gsm8kExtraction::flexible) {
  return test::grade_text(gsm8k({.extraction = extraction}), std::move(answer), std::move(text));
}

}  // namespace

TEST_CASE("a gold answer text is equal to itself, to its number, and to other spellings of it") {
  CHECK(grade(gold, gold).verdict == "equal");
  CHECK(grade(gold, "72").verdict == "equal");
  CHECK(grade("72", gold).verdict == "equal");
  CHECK(grade("#### 1,450", "so $1450.00").verdict == "equal");
  CHECK(grade("1450", "#### $1,450").verdict == "equal");
  CHECK(grade("-5", "#### -5").verdict == "equal");
  CHECK(grade("72", "#### 72 clips").verdict == "equal");
}

TEST_CASE("the number after #### goes before the last number") {
  CHECK(grade(gold, "#### 72\nI used 2 steps").rule == "####");
  CHECK(grade(gold, "#### 72\nI used 2 steps").score == 1.0);
  CHECK(grade(gold, "#### 71\n#### 72").score == 1.0);
  CHECK(grade(gold, "#### 72\n#### 71").score == 0.0);
  CHECK(grade(gold, "#### Step 1\nso 72").rule == "last_number");
}

TEST_CASE("strict extraction needs ####") {
  CHECK(grade(gold, "so 72", Gsm8kExtraction::strict).verdict == "unparsed");
  CHECK(grade(gold, "#### 72", Gsm8kExtraction::strict).verdict == "equal");
  CHECK(grade(gold, "#### seventy", Gsm8kExtraction::strict).verdict == "unparsed");
}

TEST_CASE("what is not there is told apart from what is wrong") {
  CHECK(grade(gold, "").verdict == "unparsed");
  CHECK(grade(gold, "").score == 0.0);
  CHECK(grade(gold, "73").verdict == "different");
  CHECK(grade("no idea", "73").verdict == "gold_unparsed");
  CHECK(!grade("no idea", "73").score);
  CHECK(grade(gold, "<think>72</think>").verdict == "unparsed");
}

TEST_CASE("hostile texts are graded in linear time") {
  CHECK(test::slowest(gsm8k(), {.prompt = {}, .messages = {}, .answer = gold, .fields = {}}) < test::linear_seconds);
}
