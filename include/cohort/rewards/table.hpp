// Every reward by name, for configurations and the command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cohort/parameter.hpp"
#include "cohort/reward.hpp"

namespace cohort::rewards {

struct RewardSpec {
  std::string name;
  std::string description;  // what earns what: the formula
  std::string answer;       // the gold answer it reads; "none" for rules on the text alone
  std::vector<Setting> parameters;
  std::function<Rule(const Settings&)> make;  // throws Error for an unknown parameter or a value of a wrong type
  std::string required = {};                        // the parameter that has no default, if there is one
};

/// All rewards, by name.
const std::vector<RewardSpec>& table();

/// The row of that name, or null.
const RewardSpec* find_spec(const std::string& name);

/// The rule called `name`. Throws Error, naming the nearest, if there is none.
Rule make_rule(const std::string& name, const Settings& settings = {});

}  // namespace cohort::rewards
