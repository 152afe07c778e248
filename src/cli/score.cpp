#include "src/cli/score.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>
#include <vector>

#include "src/cli/catalogue.hpp"
#include "src/cli/jsonl.hpp"
#include "src/cli/prompts.hpp"

namespace cohort::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Item {
  Problem problem;
  Completion completion;
};

struct Graded {
  Grade grade;
  double microseconds = 0;
  std::optional<std::string> error;
};

/// Text as it is, anything else as compact JSON.
std::string as_text(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

Item read_item(const json& object, int64_t index) {
  Item item;
  item.problem.index = index;
  item.completion.text = required_string(object, "completion");
  for (const auto& [key, value] : object.items()) {
    if (key == "answer")
      item.problem.answer = as_text(value);
    else if (key == "prompt" && value.is_string())
      item.problem.prompt = value.get<std::string>();
    else if (key == "messages")
      item.problem.messages = required_messages(object);
    else if (key != "completion")
      item.problem.fields[key] = as_text(value);
  }
  return item;
}

std::vector<RewardTerm> read_terms(const Arguments& arguments) {
  if (arguments.has("reward") == arguments.has("config"))
    throw UsageError("expected one of --reward NAME[:key=value,...] and --config FILE");
  if (arguments.has("reward")) return make_rewards({{.rule = parse_named(arguments.text("reward"))}});
  const RunConfig config = load_config(arguments.text("config")).config;
  if (!config.rewards.empty()) return make_rewards(config.rewards);
  if (config.task.name.empty())
    throw UsageError(fmt::format("{}: expected a section [[reward]], or a [task] with rewards of its own",
                                 arguments.text("config")));
  std::vector<RewardTerm> own = make_task(config.task).rewards;
  if (own.empty()) throw UsageError(fmt::format("task {} has no rewards of its own", config.task.name));
  return own;
}

Graded grade(const RewardTerm& term, const Item& item) {
  Graded graded;
  const auto start = std::chrono::steady_clock::now();
  try {
    graded.grade = term.rule(item.problem, item.completion);
    if (graded.grade.score && !std::isfinite(*graded.grade.score)) {
      graded.error = fmt::format("the score is {}", *graded.grade.score);
      graded.grade.score.reset();
    }
  } catch (const std::exception& error) {
    graded.error = one_line(error.what());
  }
  graded.microseconds = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  return graded;
}

/// [items × terms], graded by `threads` threads that take the next item as they become free.
std::vector<std::vector<Graded>> grade_all(const std::vector<Item>& items, const std::vector<RewardTerm>& terms,
                                           int64_t threads) {
  std::vector<std::vector<Graded>> graded(items.size());
  std::atomic<size_t> next = 0;
  const auto take_items = [&] {
    for (size_t i = next++; i < items.size(); i = next++)
      for (const RewardTerm& term : terms) graded[i].push_back(grade(term, items[i]));
  };
  std::vector<std::jthread> pool;
  for (int64_t i = 1; i < threads; ++i) pool.emplace_back(take_items);
  take_items();
  pool.clear();  // joins
  return graded;
}

ordered_json to_object(const Graded& graded) {
  ordered_json out = {
      {"score", graded.grade.score ? ordered_json(*graded.grade.score) : ordered_json(nullptr)},
      {"verdict", graded.grade.verdict},
      {"extracted", graded.grade.extracted ? ordered_json(*graded.grade.extracted) : ordered_json(nullptr)},
      {"rule", graded.grade.rule},
      {"microseconds", graded.microseconds}};
  if (graded.error) out["error"] = *graded.error;
  return out;
}

/// The first reward's fields; with several, also all of them by name and their weighted sum over those that apply.
ordered_json to_line(const std::vector<RewardTerm>& terms, const std::vector<Graded>& graded) {
  ordered_json line = to_object(graded.front());
  if (terms.size() == 1) return line;
  std::optional<double> total;
  ordered_json rewards = ordered_json::object();
  for (size_t i = 0; i < terms.size(); ++i) {
    rewards[terms[i].name] = to_object(graded[i]);
    if (graded[i].grade.score) total = total.value_or(0) + terms[i].weight * *graded[i].grade.score;
  }
  line["total"] = total ? ordered_json(*total) : ordered_json(nullptr);
  line["rewards"] = std::move(rewards);
  return line;
}

}  // namespace

void score(const Arguments& arguments) {
  const std::vector<RewardTerm> terms = read_terms(arguments);
  const int64_t threads = arguments.integer("threads", 1, 1, 1024);
  std::vector<Item> items;
  for_each_line(line_source(arguments),
                [&](const json& object) { items.push_back(read_item(object, static_cast<int64_t>(items.size()))); });
  const auto graded = grade_all(items, terms, threads);
  int64_t failed = 0;
  for (const auto& row : graded) {
    write_line(to_line(terms, row));
    for (const Graded& one : row) failed += one.error.has_value();
  }
  if (failed > 0)
    throw Failure(fmt::format("{} of {} completions could not be graded: see \"error\"", failed, items.size()));
}

}  // namespace cohort::cli
