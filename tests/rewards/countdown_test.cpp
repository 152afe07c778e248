#include "cohort/rewards/countdown.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rewards/answers/expression.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;

namespace {

const char* game = R"({"numbers": [3, 5, 7, 22], "target": 24})";

std::string verdict(std::string text, std::string gold = game, NumberUse use = NumberUse::exactly_once) {
  return test::grade_text(countdown({.use = use}), std::move(gold), std::move(text)).verdict;
}
std::string verdict_for(const char* numbers, int target, std::string text) {
  return verdict(std::move(text), fmt::format(R"({{"numbers": {}, "target": {}}})", numbers, target));
}

}  // namespace

TEST_CASE("an expression that makes the target is equal, however it is presented") {
  for (const char* text : {"1*8*3", "<answer>1*8*3</answer>", "\\boxed{1 \\times 8 \\times 3}", " 8 × 1 × 3 ",
                           "(1*8)*3 = 24", "<answer>1*8*3=24</answer>", "8/(1/3)", "8÷(1÷3)", "3*8*(1)", "-1*8*-3",
                           "<think>3+1+8?</think><answer>1*8*3</answer>",
                           "<answer>3+8</answer> no: <answer>3*8*1</answer>", "3 \\cdot 8 \\div 1", "−1 * −8 * 3"}) {
    CAPTURE(std::string(text));
    CHECK(verdict_for("[1, 3, 8]", 24, text) == "equal");
  }
}

TEST_CASE("values are exact: a fraction on the way does no harm, a near miss is a miss") {
  CHECK(verdict_for("[3, 3, 8, 8]", 24, "8/(3-8/3)") == "equal");
  CHECK(verdict_for("[1, 3, 3]", 1, "(1/3)*3") == "equal");
  CHECK(verdict_for("[10000000, 9999999, 1]", 1, "10000000/9999999*1") == "different");
}

TEST_CASE("each number is used exactly once, or at most once") {
  CHECK(verdict("22+7-5") == "wrong_numbers");
  CHECK(verdict("22+7-5", game, NumberUse::at_most_once) == "equal");
  CHECK(verdict("22+5-3+7-7", game, NumberUse::at_most_once) == "wrong_numbers");
  CHECK(verdict("24") == "wrong_numbers");
  CHECK(verdict("24", game, NumberUse::at_most_once) == "wrong_numbers");
  CHECK(verdict_for("[5, 5]", 10, "5+5") == "equal");
  CHECK(verdict_for("[5, 5, 1]", 10, "5+5") == "wrong_numbers");
}

TEST_CASE("digits may not be glued and nothing but + - * / ( ) is an operation") {
  for (const char* text : {"3.5*2",  "35",     "3 5",      "3^5",        "3**5",        "3//5", "factorial(4)",
                           "3!",     "5x3",    "3(5)",     "(3)(5)",     "3e5",         "0x18", "3%5",
                           "abs(3)", "3_5",    "3,5",      "3+",         "*3",          "(3",   "3)",
                           "()",     "3 + + ", "[3+5]",    "3+5 or 5+3", "3+5=8=8",     "3+5=", "=24",
                           "24=3*8", "",       "make 3+5", "3+5.",       "\\frac{3}{5}"}) {
    CAPTURE(std::string(text));
    const std::string found = verdict_for("[3, 5]", 24, text);
    const bool is_integer = std::string(text) == "35";
    CHECK(found == (is_integer ? "wrong_numbers" : "unparsed"));
  }
}

TEST_CASE("a wrong claim after = is different even if the expression is right") {
  CHECK(verdict_for("[3, 8]", 24, "3*8=25") == "different");
  CHECK(verdict_for("[3, 8]", 24, "3+8=24") == "different");
}

TEST_CASE("division by zero and overflow are verdicts, not crashes") {
  CHECK(verdict_for("[3, 3, 5]", 24, "5/(3-3)") == "undefined");
  CHECK(verdict_for("[3, 3, 5]", 24, "9223372036854775807*9223372036854775807") == "overflow");
  CHECK(verdict_for("[3, 3, 5]", 24, "99999999999999999999") == "overflow");
  CHECK(verdict_for("[3, 3, 5]", 24, "1/9223372036854775807+1/9223372036854775806") == "overflow");
  CHECK(verdict_for("[3, 3, 5]", 24, "0/5") == "wrong_numbers");
}

TEST_CASE("a hundred parentheses are read, more are refused") {
  const auto nested = [](size_t depth) { return std::string(depth, '(') + "3" + std::string(depth, ')'); };
  CHECK(evaluate(nested(90)).status == ExpressionStatus::value);
  CHECK(evaluate(nested(101)).status == ExpressionStatus::malformed);
  CHECK(evaluate(std::string(101, '-') + "3").status == ExpressionStatus::malformed);
  CHECK(evaluate(std::string(2, '-') + "3").numerator == 3);
}

TEST_CASE("a gold answer without numbers and target gives no score") {
  for (const char* gold : {"", "24", "{}", "[3,5]", R"({"numbers": [3]})", R"({"numbers": [], "target": 3})",
                           R"({"numbers": ["3"], "target": 3})", R"({"numbers": [3], "target": 2.5})",
                           R"({"numbers": [3], "target": 18446744073709551615})", "{\"numbers\": [3", "\xff"}) {
    CAPTURE(std::string(gold));
    CHECK(verdict("3", gold) == "gold_unparsed");
    CHECK(!test::grade_text(countdown(), gold, "3").score);
  }
}

TEST_CASE("hostile texts are graded in linear time") {
  CHECK(test::slowest(countdown(), {.prompt = {}, .messages = {}, .answer = game, .fields = {}}) <
        test::linear_seconds);
}
