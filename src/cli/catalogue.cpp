#include "src/cli/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <thread>
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
      for (const Setting& setting : spec.parameters)
        // A reward's deadline is a key of its section: written twice it would be no TOML.
        if (setting.name != "deadline") named.options.try_emplace(setting.name, setting.default_value);
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
  for (const RewardConfig& reward : rewards) {
    const int count = ++seen[reward.name];
    Named rule = reward.rule;
    const auto* spec = cohort::rewards::find_spec(rule.name);
    RewardTerm term;
    if (reward.deadline) {
      // A rule that keeps deadlines itself has a parameter of that name.
      const bool is_parameter =
          spec && std::ranges::find(spec->parameters, "deadline", &Setting::name) != spec->parameters.end();
      if (is_parameter) rule.options["deadline"] = fmt::format("{}", *reward.deadline);
      term.deadline = std::chrono::milliseconds(static_cast<int64_t>(std::ceil(*reward.deadline * 1000)));
    }
    term.name = count == 1 ? reward.name : fmt::format("{}_{}", reward.name, count);
    term.rule = with_place(rule, [&] { return cohort::rewards::make_rule(rule.name, rule.options); });
    term.weight = static_cast<float>(reward.weight);
    term.on_error = reward.on_error;
    term.gate = reward.gate;
    term.clip = reward.clip;
    term.max_failure_rate = reward.max_failure_rate;
    // What an adapter reads is not known here.
    term.reads_answer = spec && spec->answer != "none" && (spec->required.empty());
    terms.push_back(std::move(term));
  }
  return terms;
}

int64_t num_reward_threads(int64_t configured) {
  return configured > 0 ? configured : std::max<int64_t>(16, 4 * std::thread::hardware_concurrency());
}

RunConfig with_defaults(RunConfig config) {
  add_defaults(config.task, cohort::tasks::table());
  for (RewardConfig& reward : config.rewards) add_defaults(reward.rule, cohort::rewards::table());
  return config;
}

}  // namespace cohort::cli
