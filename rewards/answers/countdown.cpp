#include "cohort/rewards/countdown.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rewards/answers/expression.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

struct Game {
  std::vector<int64_t> numbers;  // sorted
  int64_t target = 0;
};

std::optional<Game> read_game(const std::string& answer) {
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("numbers") || !json.contains("target")) return std::nullopt;
  const auto& numbers = json["numbers"];
  // Integers above 2⁶³ would wrap.
  const auto fits = [](const nlohmann::json& value) {
    return value.is_number_integer() && (!value.is_number_unsigned() || value.get<uint64_t>() <= INT64_MAX);
  };
  if (!numbers.is_array() || numbers.empty() || !std::all_of(numbers.begin(), numbers.end(), fits) ||
      !fits(json["target"]))
    return std::nullopt;
  Game game{numbers.get<std::vector<int64_t>>(), json["target"].get<int64_t>()};
  std::sort(game.numbers.begin(), game.numbers.end());
  return game;
}

std::pair<std::string_view, const char*> find_expression(std::string_view completion) {
  const std::string_view text = after_thinking(completion);
  if (const auto tag = last_block(text, "<answer>", "</answer>")) return {*tag, "answer_tag"};
  if (const auto box = last_boxed(text)) return {trim(*box), "boxed"};
  return {trim(text), "whole"};
}

bool uses_numbers(std::vector<int64_t> used, const Game& game, NumberUse use) {
  std::sort(used.begin(), used.end());
  if (use == NumberUse::exactly_once) return used == game.numbers;
  return std::includes(game.numbers.begin(), game.numbers.end(), used.begin(), used.end());
}

const char* judge(std::string_view text, const Game& game, NumberUse use) {
  const size_t equals = text.find('=');
  const Expression expression = evaluate(trim(text.substr(0, equals)));
  switch (expression.status) {
    case ExpressionStatus::malformed:
      return "unparsed";
    case ExpressionStatus::overflow:
      return "overflow";
    case ExpressionStatus::undefined:
      return "undefined";
    case ExpressionStatus::value:
      break;
  }
  if (equals != text.npos) {
    const Expression claimed = evaluate(trim(text.substr(equals + 1)));
    if (claimed.status != ExpressionStatus::value || claimed.numbers.size() != 1) return "unparsed";
    if (claimed.numerator != game.target) return "different";
  }
  if (!uses_numbers(expression.numbers, game, use)) return "wrong_numbers";
  return expression.denominator == 1 && expression.numerator == game.target ? "equal" : "different";
}

}  // namespace

RewardRule countdown(CountdownRuleOptions options) {
  return [options](const Problem& problem, const Completion& completion) {
    const auto game = read_game(problem.answer);
    if (!game) {
      Grade grade;
      grade.verdict = "gold_unparsed";
      return grade;
    }
    const auto [text, rule] = find_expression(completion.text);
    Grade grade(0.0, judge(text, *game, options.use));
    if (grade.verdict == "equal") grade.score = 1.0;
    if (grade.verdict == "unparsed") return grade;
    grade.extracted = std::string(text);
    grade.rule = rule;
    return grade;
  };
}

}  // namespace cohort::rewards
