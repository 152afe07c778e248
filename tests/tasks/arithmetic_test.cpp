#include "cohort/tasks/arithmetic.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cmath>
#include <set>
#include <thread>

#include "cohort/error.hpp"
#include "cohort/tasks/dataset.hpp"
#include "src/tasks/generator.hpp"

using namespace cohort;
using namespace cohort::tasks;

namespace {

/// Left to right, + and − only: another way to the value than the task's.
int64_t add_up(std::string_view chain) {
  int64_t sum = 0, term = 0, sign = 1;
  for (const char c : chain) {
    if (c >= '0' && c <= '9') {
      term = term * 10 + (c - '0');
    } else {
      sum += sign * term;
      term = 0;
      sign = c == '+' ? 1 : -1;
    }
  }
  return sum + sign * term;
}

Group answered(const Problem& problem, std::string text) {
  Group group;
  group.problem = problem;
  group.completions.emplace_back().text = std::move(text);
  return group;
}

}  // namespace

TEST_CASE("a text problem is a chain and = , and its answer is the chain's value") {
  const Task task = arithmetic({.max_terms = 5, .max_digits = 4, .seed = 3});
  for (const Problem& problem : take(task, 0, 2000)) {
    REQUIRE(problem.prompt.ends_with("="));
    const std::string chain = problem.prompt.substr(0, problem.prompt.size() - 1);
    CHECK(std::to_string(add_up(chain)) == problem.answer);
    CHECK(problem.fields.at("expression") == chain);
  }
}

TEST_CASE("the demonstration goes from left to right, one operation a line") {
  const Task task = arithmetic();
  Problem problem;
  problem.answer = "16";
  problem.fields["expression"] = "12+7-3";
  CHECK(task.demonstration(problem) == "<think>12+7=19\n19-3=16</think><answer>16</answer>");
  problem.fields["expression"] = "2+3*4-1";
  problem.answer = "13";
  CHECK(task.demonstration(problem) == "<think>3*4=12\n2+12=14\n14-1=13</think><answer>13</answer>");
}

TEST_CASE("every demonstration earns the full reward and a wrong answer does not") {
  const std::string boxed = "Put the answer in \\boxed{}.";
  for (const ArithmeticOptions& options :
       {ArithmeticOptions{.max_terms = 6, .max_digits = 5}, ArithmeticOptions{.operators = "+-*", .form = Form::chat},
        ArithmeticOptions{.min_digits = 3, .max_digits = 3, .form = Form::chat, .instruction = boxed}}) {
    const Task task = arithmetic(options);
    for (const Problem& problem : take_held_out(task, 0, 300)) {
      const std::string right = task.demonstration(problem);
      CAPTURE(right);
      const Rewards earned = score(std::vector{answered(problem, right)}, task.rewards);
      CHECK(earned.terms.at("answer")(0, 0) == 1.0f);
      if (options.form == Form::text) CHECK(earned.terms.at("format")(0, 0) == 1.0f);
      Problem other = problem;
      other.answer += "1";
      CHECK(score(std::vector{answered(other, right)}, task.rewards).terms.at("answer")(0, 0) == 0.0f);
    }
  }
}

TEST_CASE(
    "a careless teacher forgets the share of carries it is told to, carries a slip through, and poses the same "
    "problems") {
  const ArithmeticOptions options{.max_terms = 2, .max_digits = 1, .operators = "+"};
  ArithmeticOptions careless = options;
  careless.slips = 0.5;
  const Task right = arithmetic(options), wrong = arithmetic(careless);
  int64_t carries = 0, slips = 0;
  for (int64_t i = 0; i < 4000; ++i) {
    const Problem problem = wrong.problem(i);
    CHECK(problem.answer == right.problem(i).answer);
    const std::string text = wrong.demonstration(problem);
    CHECK(text == wrong.demonstration(problem));
    const int64_t answer = std::stoll(problem.answer);
    if (answer < 10) {
      CHECK(text == right.demonstration(problem));
      continue;
    }
    ++carries;
    const bool is_slip = text != right.demonstration(problem);
    slips += is_slip;
    if (is_slip) CHECK(text.ends_with(fmt::format("={0}</think><answer>{0}</answer>", answer - 10)));
  }
  // Four standard deviations of a fair coin.
  CHECK(std::abs(static_cast<double>(slips) - carries / 2.0) < 2 * std::sqrt(static_cast<double>(carries)));

  careless.slips = 1;
  Problem chain;
  chain.fields["expression"] = "95+17+8";
  chain.answer = "120";
  CHECK(arithmetic(careless).demonstration(chain) == "<think>95+17=2\n2+8=0</think><answer>0</answer>");
  careless.slips = 1.5;
  CHECK_THROWS_WITH_AS(arithmetic(careless), doctest::Contains("got 1.5"), Error);
}

TEST_CASE("no chain is both trained on and held out, for any seed, level, form or phrasing") {
  std::set<std::string> train, held_out;
  for (const ArithmeticOptions& options :
       {ArithmeticOptions{.seed = 0}, ArithmeticOptions{.seed = 1}, ArithmeticOptions{.level = 1},
        ArithmeticOptions{.level = 2, .seed = 5}, ArithmeticOptions{.form = Form::chat}}) {
    const Task task = arithmetic(options);
    for (const Problem& problem : take(task, 0, 20'000)) train.insert(problem.fields.at("expression"));
    for (const Problem& problem : take_held_out(task, 0, 1'000)) held_out.insert(problem.fields.at("expression"));
  }
  CHECK(train.size() > 10'000);
  CHECK(held_out.size() > 1'000);
  for (const std::string& expression : held_out) CHECK(!train.contains(expression));
}

TEST_CASE("a problem is a function of seed, level and index alone") {
  const Task task = arithmetic({.seed = 9}), again = arithmetic({.seed = 9}), other = arithmetic({.seed = 10});
  std::vector<std::string> from_thread(100);
  std::thread reader([&] {
    for (int64_t i = 99; i >= 0; --i) from_thread[static_cast<size_t>(i)] = again.problem(i).prompt;
  });
  int num_different = 0;
  for (int64_t i = 0; i < 100; ++i) num_different += task.problem(i).prompt != other.problem(i).prompt;
  reader.join();
  for (int64_t i = 0; i < 100; ++i) CHECK(task.problem(i).prompt == from_thread[static_cast<size_t>(i)]);
  CHECK(num_different > 90);
}

TEST_CASE("the options bound what is drawn, and all of it is drawn") {
  const Task task = arithmetic({.min_terms = 2, .max_terms = 4, .min_digits = 2, .max_digits = 3, .operators = "-"});
  std::set<size_t> sizes, digits;
  for (const Problem& problem : take(task, 0, 500)) {
    const std::string& chain = problem.fields.at("expression");
    CHECK(chain.find('+') == chain.npos);
    sizes.insert(static_cast<size_t>(std::count(chain.begin(), chain.end(), '-')) + 1);
    digits.insert(std::min(chain.find('-'), chain.size()));
    CHECK(chain[0] != '0');
  }
  CHECK(sizes == std::set<size_t>{2, 3, 4});
  CHECK(digits == std::set<size_t>{2, 3});
}

TEST_CASE("levels get harder: longer chains and larger numbers") {
  double previous = 0;
  for (int64_t level = 1; level <= 10; ++level) {
    double mean = 0;
    for (const Problem& problem : take(arithmetic({.level = level}), 0, 500))
      mean += static_cast<double>(problem.prompt.size()) / 500;
    CAPTURE(level);
    CHECK(mean > previous);
    previous = mean;
  }
}

TEST_CASE("chat problems ask in several ways and close with the instruction") {
  std::set<std::string> beginnings;
  for (const Problem& problem : take(arithmetic({.form = Form::chat, .instruction = "Go."}), 0, 200)) {
    REQUIRE(problem.messages.size() == 1);
    CHECK(problem.messages[0].role == "user");
    CHECK(problem.messages[0].content.ends_with(" Go."));
    CHECK(problem.prompt.empty());
    beginnings.insert(problem.messages[0].content.substr(0, 5));
  }
  CHECK(beginnings == std::set<std::string>{"Calcu", "Start", "What "});
}

TEST_CASE("options that cannot be are errors with their values") {
  CHECK_THROWS_WITH_AS(arithmetic({.min_terms = 3, .max_terms = 2}), doctest::Contains("got 3 and 2"), Error);
  CHECK_THROWS_WITH_AS(arithmetic({.operators = "+/"}), doctest::Contains("got \"+/\""), Error);
  CHECK_THROWS_WITH_AS(arithmetic({.max_digits = 16}), doctest::Contains("max_digits ≤ 15"), Error);
  CHECK_THROWS_WITH_AS(arithmetic({.level = 11}), doctest::Contains("got 11"), Error);
  CHECK_THROWS_WITH_AS(arithmetic({.size = 0}), doctest::Contains("size > 0"), Error);
}

TEST_CASE("take starts over at the end, take_held_out does not") {
  const Task task = arithmetic({.size = 3, .held_out_size = 2});
  const std::vector<Problem> problems = take(task, 2, 5);
  CHECK(problems[0].index == 2);
  CHECK(problems[1].index == 0);
  CHECK(problems[4].index == 0);
  CHECK(take(task, INT64_MAX, 1)[0].index == INT64_MAX % 3);
  CHECK(take_held_out(task, 1, 1)[0].index == 1);
  CHECK_THROWS_WITH_AS(take_held_out(task, 1, 2), doctest::Contains("holds out 2 problems"), Error);
  CHECK_THROWS_WITH_AS(take(task, -1, 2), doctest::Contains("first ≥ 0"), Error);
  CHECK_THROWS_WITH_AS(take(Task{.name = "empty"}, 0, 1), doctest::Contains("task \"empty\" has no problems"), Error);
}
