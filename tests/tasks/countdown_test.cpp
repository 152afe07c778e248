#include "cohort/tasks/countdown.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "cohort/error.hpp"

using namespace cohort;
using namespace cohort::tasks;

namespace {

/// Whether some expression makes the target from all numbers: every pair, every operation, in floating point.
bool is_solvable(const std::vector<double>& numbers, double target) {
  if (numbers.size() == 1) return std::abs(numbers[0] - target) < 1e-6;
  for (size_t i = 0; i < numbers.size(); ++i)
    for (size_t j = 0; j < numbers.size(); ++j) {
      if (i == j) continue;
      std::vector<double> rest;
      for (size_t k = 0; k < numbers.size(); ++k)
        if (k != i && k != j) rest.push_back(numbers[k]);
      const double a = numbers[i], b = numbers[j];
      for (const double value : {a + b, a - b, a * b, b != 0 ? a / b : NAN}) {
        if (std::isnan(value)) continue;
        rest.push_back(value);
        if (is_solvable(rest, target)) return true;
        rest.pop_back();
      }
    }
  return false;
}

Rewards earn(const Task& task, const Problem& problem, std::string text) {
  Group group;
  group.problem = problem;
  group.completions.emplace_back().text = std::move(text);
  return score(std::vector{group}, task.rewards);
}

}  // namespace

TEST_CASE("every game can be won: a brute-force solver finds a way") {
  const Task task = countdown({.max_numbers = 4, .seed = 2});
  for (const Problem& problem : take(task, 0, 300)) {
    const auto game = nlohmann::json::parse(problem.answer);
    CAPTURE(problem.answer);
    CHECK(is_solvable(game["numbers"].get<std::vector<double>>(), game["target"].get<double>()));
  }
  CHECK(!is_solvable({1, 1, 1}, 24));
}

TEST_CASE("every demonstration earns the full reward, at every level and in both forms") {
  for (int64_t level = 0; level <= 10; ++level)
    for (const Form form : {Form::text, Form::chat}) {
      const Task task = countdown({.form = form, .level = level});
      for (const Problem& problem : take_held_out(task, 0, 50)) {
        CAPTURE(task.demonstration(problem));
        const Rewards earned = earn(task, problem, task.demonstration(problem));
        CHECK(earned.terms.at("answer")(0, 0) == 1.0f);
        CHECK(earned.terms.at("format")(0, 0) == 1.0f);
      }
    }
}

TEST_CASE("the options bound numbers and targets") {
  const CountdownOptions options{
      .min_numbers = 3, .max_numbers = 5, .min_value = 2, .max_value = 9, .min_target = 20, .max_target = 30};
  std::set<size_t> sizes;
  for (const Problem& problem : take(countdown(options), 0, 300)) {
    const auto game = nlohmann::json::parse(problem.answer);
    sizes.insert(game["numbers"].size());
    for (const int64_t number : game["numbers"]) CHECK((number >= 2 && number <= 9));
    CHECK((game["target"] >= 20 && game["target"] <= 30));
    CHECK(problem.fields.at("target") == std::to_string(game["target"].get<int>()));
  }
  CHECK(sizes == std::set<size_t>{3, 4, 5});
}

TEST_CASE("no game is both trained on and held out, whatever the seed and the order of its numbers") {
  const auto key = [](const Problem& problem) {
    const auto game = nlohmann::json::parse(problem.answer);
    auto numbers = game["numbers"].get<std::vector<int64_t>>();
    std::sort(numbers.begin(), numbers.end());
    numbers.push_back(game["target"]);
    return numbers;
  };
  std::set<std::vector<int64_t>> train;
  for (const uint64_t seed : {0, 1})
    for (const Problem& problem : take(countdown({.min_numbers = 2, .max_value = 12, .seed = seed}), 0, 5'000))
      train.insert(key(problem));
  for (const uint64_t seed : {0, 1, 2})
    for (const Problem& problem : take_held_out(countdown({.min_numbers = 2, .max_value = 12, .seed = seed}), 0, 1'000))
      CHECK(!train.contains(key(problem)));
}

TEST_CASE("a text prompt does not show the solution; a chat prompt asks for both tags") {
  const Problem text = countdown().problem(0);
  CHECK(text.prompt.find(text.fields.at("solution")) == std::string::npos);
  CHECK(text.prompt.ends_with(":"));
  const std::string chat = countdown({.form = Form::chat}).problem(0).messages.at(0).content;
  CHECK(chat.find("<think>") != chat.npos);
  CHECK(chat.find("<answer>") != chat.npos);
}

TEST_CASE("options that admit no game are errors with their values") {
  CHECK_THROWS_WITH_AS(countdown({.min_numbers = 1}), doctest::Contains("got 1 and 4"), Error);
  CHECK_THROWS_WITH_AS(countdown({.max_value = 0}), doctest::Contains("got 1 and 0"), Error);
  CHECK_THROWS_WITH_AS(countdown({.min_target = 1'000'000, .max_target = 1'000'001}),
                       doctest::Contains("the options admit too few problems"), Error);
}
