#include "cohort/tasks/countdown.hpp"

#include <algorithm>
#include <optional>

#include "cohort/error.hpp"
#include "cohort/rewards/countdown.hpp"
#include "cohort/rewards/format.hpp"
#include "src/tasks/generator.hpp"

namespace cohort::tasks {
namespace {

/// A value on the way to the target, and how it is written.
struct Value {
  int64_t value;
  std::string text;
  char operation = 0;  // the last one; 0 for a number
};

struct Game {
  std::vector<int64_t> numbers;  // in the order they are shown
  int64_t target = 0;
  std::string solution;
  std::string steps;  // one line per operation

  std::string canonical() const {
    std::vector<int64_t> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    return fmt::format("{}->{}", fmt::join(sorted, ","), target);
  }
};

std::string in_brackets(const Value& part, bool needed) { return needed ? "(" + part.text + ")" : part.text; }

/// left ∘ right with the parentheses that it needs.
Value combine(const Value& left, const Value& right, char operation, int64_t value) {
  const auto is_sum = [](const Value& part) { return part.operation == '+' || part.operation == '-'; };
  const bool is_product = operation == '*' || operation == '/';
  const bool brackets_right = (is_product && is_sum(right)) || (operation == '-' && is_sum(right)) ||
                              (operation == '/' && right.operation != 0) ||
                              (operation == '*' && right.operation == '/');
  return {value, in_brackets(left, is_product && is_sum(left)) + operation + in_brackets(right, brackets_right),
          operation};
}

/// Joins two random values by a random operation until one is left. Values on the way are positive integers: the larger
/// one stands left, and only a division without remainder counts.
std::optional<Game> draw_game(random::Stream& stream, const CountdownOptions& options) {
  Game game;
  std::vector<Value> parts;
  const int64_t count = stream.uniform(options.min_numbers, options.max_numbers);
  for (int64_t i = 0; i < count; ++i) {
    game.numbers.push_back(stream.uniform(options.min_value, options.max_value));
    parts.push_back({game.numbers.back(), std::to_string(game.numbers.back())});
  }
  while (parts.size() > 1) {
    const auto take = [&] {
      const int64_t place = stream.uniform(0, static_cast<int64_t>(parts.size()) - 1);
      Value part = std::move(parts[static_cast<size_t>(place)]);
      parts.erase(parts.begin() + place);
      return part;
    };
    Value left = take(), right = take();
    if (left.value < right.value) std::swap(left, right);
    const char operation = "+-*/"[stream.uniform(0, 3)];
    int64_t value = 0;
    switch (operation) {
      case '+':
        value = left.value + right.value;
        break;
      case '-':
        value = left.value - right.value;
        break;
      case '*':
        value = left.value * right.value;
        break;
      default:
        value = left.value % right.value == 0 ? left.value / right.value : 0;
    }
    constexpr int64_t largest = 1'000'000;
    if (value <= 0 || value > largest) return std::nullopt;
    game.steps += fmt::format("{}{}{}{}={}", game.steps.empty() ? "" : "\n", left.value, operation, right.value, value);
    parts.push_back(combine(left, right, operation, value));
  }
  game.target = parts[0].value;
  game.solution = parts[0].text;
  if (game.target < options.min_target || game.target > options.max_target) return std::nullopt;
  return game;
}

std::string chat_question(const Game& game) {
  return fmt::format(
      "Using the numbers [{}], create an equation that equals {}. You can use basic arithmetic operations (+, -, *, /) "
      "and "
      "each number must be used exactly once. Show your work in <think> </think> tags. And return the final expression "
      "in "
      "<answer> </answer> tags, for example <answer>(1 + 2) / 3</answer>.",
      fmt::join(game.numbers, ", "), game.target);
}

Problem make_problem(const CountdownOptions& options, Part part, int64_t index) {
  random::Stream stream = stream_of("countdown", options.seed, options.level, part, index);
  const Game game =
      draw_from_part("countdown", stream, part, [&](random::Stream& draws) { return draw_game(draws, options); });
  Problem problem;
  problem.index = index;
  problem.answer = fmt::format(R"({{"numbers":[{}],"target":{}}})", fmt::join(game.numbers, ","), game.target);
  problem.fields = {{"numbers", fmt::format("{}", fmt::join(game.numbers, " "))},
                    {"target", std::to_string(game.target)},
                    {"solution", game.solution},
                    {"steps", game.steps}};
  if (options.form == Form::text)
    problem.prompt = fmt::format("{}->{}:", fmt::join(game.numbers, ","), game.target);
  else
    problem.messages = {{"user", chat_question(game)}};
  return problem;
}

std::string demonstrate(const Problem& problem) {
  const auto steps = problem.fields.find("steps"), solution = problem.fields.find("solution");
  check(steps != problem.fields.end() && solution != problem.fields.end(),
        "countdown: problem {} has no fields \"steps\" and \"solution\"", problem.index);
  return fmt::format("<think>{}</think><answer>{}</answer>", steps->second, solution->second);
}

/// Level 1 has 3 numbers up to 10 and targets up to 30; level 10 has up to 7 numbers up to 100 and targets up to 1,000.
void apply_level(CountdownOptions& options) {
  check(0 <= options.level && options.level <= 10, "countdown: level must be 0 … 10, got {}", options.level);
  if (options.level == 0) return;
  options.min_numbers = 3;
  options.max_numbers = 3 + options.level * 2 / 5;
  options.min_value = 1;
  options.max_value = 10 * options.level;
  options.min_target = 10;
  options.max_target = options.level < 10 ? 30 + 80 * (options.level - 1) : 1000;
}

}  // namespace

Task countdown(CountdownOptions options) {
  apply_level(options);
  check(options.size > 0 && options.held_out_size >= 0,
        "countdown: expected size > 0 and held_out_size ≥ 0, got {} and {}", options.size, options.held_out_size);
  check(2 <= options.min_numbers && options.min_numbers <= options.max_numbers && options.max_numbers <= 16,
        "countdown: expected 2 ≤ min_numbers ≤ max_numbers ≤ 16, got {} and {}", options.min_numbers,
        options.max_numbers);
  check(1 <= options.min_value && options.min_value <= options.max_value && options.max_value <= 1000,
        "countdown: expected 1 ≤ min_value ≤ max_value ≤ 1000, got {} and {}", options.min_value, options.max_value);
  check(1 <= options.min_target && options.min_target <= options.max_target,
        "countdown: expected 1 ≤ min_target ≤ max_target, got {} and {}", options.min_target, options.max_target);
  make_problem(options, Part::train, 0);
  if (options.held_out_size > 0) make_problem(options, Part::held_out, 0);

  return {.name = "countdown",
          .size = options.size,
          .problem = [options](int64_t index) { return make_problem(options, Part::train, index); },
          .held_out_size = options.held_out_size,
          .held_out = [options](int64_t index) { return make_problem(options, Part::held_out, index); },
          .demonstration = demonstrate,
          .rewards = {{"answer", rewards::countdown()}, {"format", rewards::think_answer_format, 0.1f}}};
}

}  // namespace cohort::tasks
