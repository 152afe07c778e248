#include "src/cli/catalogue.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "cohort/error.hpp"
#include "cohort/rewards/table.hpp"
#include "cohort/tasks/table.hpp"
#include "src/cli/errors.hpp"

namespace cohort::cli {
namespace {

template <typename Make>
auto with_place(const Named& named, const Make& make) {
  try {
    return make();
  } catch (const Error& error) {
    throw UsageError((named.where.empty() ? "" : named.where + ": ") + one_line(error.what()));
  }
}

template <typename Spec>
void add_defaults(Named& named, const std::vector<Spec>& table) {
  for (const Spec& spec : table)
    if (spec.name == named.name)
      for (const Setting& setting : spec.parameters) named.options.try_emplace(setting.name, setting.default_value);
}

}  // namespace

Named parse_named(const std::string& text) {
  auto [name, settings] = parse_named_settings(text);
  return {.name = std::move(name), .options = std::move(settings)};
}

Task make_task(const Named& task) {
  return with_place(task, [&] { return cohort::tasks::make_task(task.name, task.options); });
}

std::vector<RewardTerm> make_rewards(const std::vector<RewardConfig>& rewards) {
  std::vector<RewardTerm> terms;
  std::map<std::string, int> seen;
  for (const auto& [named, weight] : rewards) {
    const int count = ++seen[named.name];
    terms.push_back({.name = count == 1 ? named.name : fmt::format("{}_{}", named.name, count),
                     .rule = with_place(named, [&] { return cohort::rewards::make_rule(named.name, named.options); }),
                     .weight = static_cast<float>(weight)});
  }
  return terms;
}

RunConfig with_defaults(RunConfig config) {
  add_defaults(config.task, cohort::tasks::table());
  for (RewardConfig& reward : config.rewards) add_defaults(reward.rule, cohort::rewards::table());
  return config;
}

}  // namespace cohort::cli
