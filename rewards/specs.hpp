// How rows of the table of rewards are written.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cohort/rewards/table.hpp"
#include "src/text/settings.hpp"

namespace cohort::rewards {

/// A rule with options, for one completion or for a group: the fields are those that `fields` lists.
template <typename Options, typename Made, typename Fields>
RewardSpec configurable(std::string name, std::string description, std::string answer, Made (*make)(Options),
                        Fields fields) {
  const std::string owner = "reward \"" + name + "\"";
  return {std::move(name),
          std::move(description),
          std::move(answer),
          text::parameters_of<Options>(fields),
          [=](const Settings& settings) -> Rule { return make(text::read_settings<Options>(owner, settings, fields)); },
          {}};
}

/// A rule without options.
inline RewardSpec plain(std::string name, std::string description, std::string answer, Rule rule) {
  struct None {};
  const std::string owner = "reward \"" + name + "\"";
  return {std::move(name),
          std::move(description),
          std::move(answer),
          {},
          [=](const Settings& settings) -> Rule {
            text::read_settings<None>(owner, settings, [](auto&, auto&&) {});
            return rule;
          },
          {}};
}

/// The rows of what scores by formula: format, length, repetition, language, agreement in words.
std::vector<RewardSpec> formula_specs();

}  // namespace cohort::rewards
