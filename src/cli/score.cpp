#include "src/cli/score.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <vector>

#include "src/cli/catalogue.hpp"
#include "src/cli/config_reward.hpp"
#include "src/cli/gold.hpp"
#include "src/cli/jsonl.hpp"
#include "src/cli/prompts.hpp"
#include "src/text/json_values.hpp"

namespace cohort::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Item {
  Problem problem;
  Completion completion;
};

Item read_item(const json& object, std::string_view line, int64_t index, bool is_gold) {
  const auto written = text::values_as_written(line);
  // Text as it is, anything else as compact JSON, digit by digit.
  const auto as_text = [&](const std::string& key) {
    const json& value = object[key];
    return value.is_string() ? value.get<std::string>() : written.at(key);
  };
  Item item;
  item.problem.index = index;
  if (!is_gold) item.completion.text = required_string(object, "completion");
  for (const auto& [key, value] : object.items()) {
    if (key == "answer")
      item.problem.answer = as_text(key);
    else if (key == "prompt" && value.is_string())
      item.problem.prompt = value.get<std::string>();
    else if (key == "messages")
      item.problem.messages = required_messages(object);
    else if (key != "completion")
      item.problem.fields[key] = as_text(key);
  }
  return item;
}

std::vector<RewardTerm> read_terms(const Arguments& arguments) {
  if (arguments.has("reward") == arguments.has("config"))
    throw UsageError("expected one of --reward NAME[:key=value,...] and --config FILE");
  if (arguments.has("reward")) return make_rewards({parse_reward(arguments.text("reward"))});
  const RunConfig config = load_config(arguments.text("config")).config;
  if (!config.rewards.empty()) return make_rewards(config.rewards);
  if (config.task.name.empty())
    throw UsageError(fmt::format("{}: expected a section [[reward]], or a [task] with rewards of its own",
                                 arguments.text("config")));
  std::vector<RewardTerm> own = make_task(config.task).rewards;
  if (own.empty()) throw UsageError(fmt::format("task {} has no rewards of its own", config.task.name));
  return own;
}

/// What the rewards say of the items, each a group of its own.
Rewards grade_all(const std::vector<Item>& items, std::vector<RewardTerm> terms, int64_t threads) {
  // Each line says what went wrong with it, and none keeps the others from being graded.
  for (RewardTerm& term : terms)
    if (term.on_error == OnError::abort) term.on_error = OnError::skip;
  Scorer scorer(std::move(terms), threads);
  for (size_t i = 0; i < items.size(); ++i) {
    Group group{.problem = items[i].problem, .prompt_tokens = {}, .completions = {items[i].completion}, .sampling = {}};
    scorer.submit(static_cast<int64_t>(i), group);
  }
  return scorer.collect();
}

ordered_json to_object(const Grade& grade, double microseconds) {
  ordered_json out = {{"score", grade.score ? ordered_json(*grade.score) : ordered_json(nullptr)},
                      {"verdict", grade.verdict},
                      {"extracted", grade.extracted ? ordered_json(*grade.extracted) : ordered_json(nullptr)},
                      {"rule", grade.rule},
                      {"microseconds", microseconds}};
  for (const auto& [name, value] : grade.columns) out["columns"][name] = value;
  if (grade.fault != Fault::none) out["error"] = one_line(grade.error);
  return out;
}

/// The first reward's fields; with several, also all of them by name and their weighted sum over those that apply.
ordered_json to_line(const std::vector<RewardTerm>& terms, const Rewards& rewards, size_t i) {
  const auto object_of = [&](const RewardTerm& term) {
    const TermLog& log = rewards.logs.at(term.name);
    return to_object(log.grades[i], 1000.0 * static_cast<double>(log.call_ms[i]));
  };
  ordered_json line = object_of(terms.front());
  if (terms.size() == 1) return line;
  const float total = rewards.total(static_cast<Eigen::Index>(i), 0);
  line["total"] = std::isnan(total) ? ordered_json(nullptr) : ordered_json(std::stod(fmt::format("{}", total)));
  for (const RewardTerm& term : terms) line["rewards"][term.name] = object_of(term);
  return line;
}

/// Each gold answer as if a policy had given it.
void check_gold_answers(const std::vector<Item>& items, const std::vector<RewardTerm>& terms) {
  int64_t wrong = 0;
  for (const Item& item : items) {
    const GoldCheck check = check_gold(terms.front(), item.problem);
    ordered_json line = to_object(check.grade, 0);
    line.erase("microseconds");
    line["gold"] = check.is_checked ? ordered_json(check.is_right) : ordered_json(nullptr);
    line["tried"] = check.text;
    write_line(line);
    wrong += check.is_checked && !check.is_right;
  }
  if (wrong > 0)
    throw Failure(fmt::format("reward \"{}\" does not find {} of {} gold answers right: see \"gold\"",
                              terms.front().name, wrong, items.size()));
}

}  // namespace

void score(const Arguments& arguments) {
  const std::vector<RewardTerm> terms = read_terms(arguments);
  const int64_t threads = arguments.integer("threads", 1, 1, 1024);
  const bool is_gold = arguments.has("check-gold");
  std::vector<Item> items;
  for_each_line(line_source(arguments), [&](const json& object, std::string_view line) {
    items.push_back(read_item(object, line, static_cast<int64_t>(items.size()), is_gold));
  });
  if (items.empty()) return;
  if (is_gold) return check_gold_answers(items, terms);
  const Rewards rewards = grade_all(items, terms, threads);
  for (size_t i = 0; i < items.size(); ++i) write_line(to_line(terms, rewards, i));
  int64_t failed = 0;
  for (const auto& [name, log] : rewards.logs) failed += log.num_failed();
  if (failed > 0)
    throw Failure(fmt::format("{} of {} completions could not be graded: see \"error\"", failed, items.size()));
}

}  // namespace cohort::cli
