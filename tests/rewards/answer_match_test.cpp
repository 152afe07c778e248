#include "cohort/rewards/answer_match.hpp"

#include <doctest/doctest.h>

#include <random>

#include "cohort/rewards/table.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::grade_text;
using doctest::Approx;
using Words = std::vector<std::string>;

namespace {

const AnswerMatchOptions whole{.source = ExactSource::whole};

double f1_score(const std::string& gold, const std::string& answer) {
  return *grade_text(f1(whole), gold, answer).score;
}

}  // namespace

TEST_CASE("words are compared without case, punctuation, articles and blanks") {
  CHECK(answer_words("  The Eiffel-Tower,\n in  Paris! ") == Words{"eiffeltower", "in", "paris"});
  CHECK(answer_words("An apple a day") == Words{"apple", "day"});
  CHECK(answer_words("another theory") == Words{"another", "theory"});
  CHECK(answer_words("“Élan” — «vital»") == Words{"élan", "vital"});
  CHECK(answer_words("北京。") == Words{"北京"});
}

TEST_CASE("an answer of nothing but articles or punctuation keeps them") {
  CHECK(answer_words("A") == Words{"a"});
  CHECK(answer_words("The the") == Words{"the", "the"});
  CHECK(answer_words("+") == Words{"+"});
  CHECK(answer_words(" \n").empty());
}

TEST_CASE("exact match compares the last answer tag with every gold answer") {
  const RewardRule rule = exact_match();
  CHECK(grade_text(rule, "Barack Obama", "So <answer>the Barack Obama.</answer>").verdict == "equal");
  CHECK(grade_text(rule, "Barack Obama", "<answer>Bush</answer><answer>Barack Obama</answer>").score == 1.0);
  CHECK(grade_text(rule, "Barack Obama", "<answer>Barack Obama</answer><answer>Bush</answer>").score == 0.0);
  CHECK(grade_text(rule, "Barack Obama", "<answer>Obama Barack</answer>").verdict == "different");
  CHECK(grade_text(rule, "Barack Obama", "<answer>Obama</answer>").score == 0.0);
  CHECK(grade_text(rule, R"(["Barack Obama", "Obama"])", "<answer>Obama</answer>").score == 1.0);
  CHECK(grade_text(rule, "Barack Obama", "Barack Obama").verdict == "unparsed");
  CHECK(grade_text(rule, "Barack Obama", "Barack Obama").score == 0.0);
  CHECK(grade_text(rule, "Barack Obama", "<think><answer>Barack Obama</answer></think>").score == 0.0);
}

TEST_CASE("neither an empty answer nor a wrong article is right") {
  CHECK(grade_text(exact_match(), "A", "<answer></answer>").score == 0.0);
  CHECK(grade_text(exact_match(), "A", "<answer>the</answer>").score == 0.0);
  CHECK(grade_text(exact_match(), "A", "<answer>a.</answer>").score == 1.0);
  CHECK(grade_text(exact_match(), "+", "<answer>-</answer>").score == 0.0);
}

TEST_CASE("a blank gold answer gives no score") {
  for (const char* gold : {"", " ", R"([""])"}) {
    CHECK(!grade_text(exact_match(), gold, "<answer>x</answer>").score);
    CHECK(grade_text(f1(), gold, "<answer></answer>").verdict == "gold_unparsed");
  }
  CHECK(grade_text(exact_match(), R"(["", "x"])", "<answer>x</answer>").score == 1.0);
}

TEST_CASE("a gold answer that only looks like a list is a text") {
  CHECK(grade_text(exact_match(), "[1, 2]", "<answer>[1, 2]</answer>").score == 1.0);
  CHECK(grade_text(exact_match(), "[]", "<answer>[]</answer>").score == 1.0);
}

TEST_CASE("f1 is the harmonic mean of precision and recall") {
  // 2 of 3 words of the answer, 2 of 4 of the gold answer.
  CHECK(f1_score("red green blue white", "green red black") == Approx(2.0 * (2.0 / 3) * 0.5 / (2.0 / 3 + 0.5)));
  CHECK(f1_score("paris", "paris france") == Approx(2.0 / 3));
  CHECK(f1_score("paris", "The Paris!") == 1.0);
  CHECK(f1_score("paris", "rome") == 0.0);
  CHECK(f1_score("paris", "") == 0.0);
  CHECK(f1_score("ha ha", "ha ha ha ha") == Approx(2.0 / 3));
  CHECK(f1_score("paris rome", "rome paris") == 1.0);
  CHECK(*grade_text(f1(whole), R"(["rome", "paris france"])", "paris").score == Approx(2.0 / 3));
}

TEST_CASE("yes and no agree with nothing but themselves") {
  CHECK(f1_score("yes", "Yes.") == 1.0);
  CHECK(f1_score("no", "no no") == 0.0);
  CHECK(f1_score("yes it is", "yes") == 0.0);
  CHECK(f1_score("yes it is", "yes it was") == Approx(2.0 / 3));
}

TEST_CASE("f1 is symmetric, within 0 and 1, and 1 for an order of the same words") {
  std::mt19937 random(3);
  const auto draw = [&] {
    std::string text = "w";
    for (size_t i = random() % 6; i > 0; --i) text.append(" ").append(1, static_cast<char>('p' + random() % 4));
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    const std::string left = draw(), right = draw();
    const double score = f1_score(left, right);
    CHECK(score == f1_score(right, left));
    CHECK(score > 0.0);
    CHECK(score <= 1.0);
    CHECK(f1_score(left, std::string(left.rbegin(), left.rend())) == 1.0);
  }
}

TEST_CASE("settings choose the part that is compared") {
  CHECK(make_rule("f1", {{"source", "last_line"}})({.answer = "b"}, {.text = "a\nb\n"}).score == 1.0);
  CHECK(make_rule("exact_match", {{"source", "whole"}})({.answer = "b"}, {.text = "<think>a</think>B."}).score == 1.0);
}

TEST_CASE("hostile texts are compared in linear time and shown as valid UTF-8") {
  for (const RewardRule& rule : {exact_match(whole), f1(whole), exact_match(), f1()})
    CHECK(test::slowest(rule, {.answer = "a b c"}) < test::linear_seconds);
  const Grade grade = grade_text(f1(whole), "a", test::repeat("é ", 10'000) + "x");
  CHECK(grade.extracted->size() <= 2000);
  const Grade odd = grade_text(f1(whole), "a", "x" + test::repeat("éé", 10'000));
  CHECK(odd.extracted->size() == 1999);
}
