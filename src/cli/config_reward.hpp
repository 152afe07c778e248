// Sections [[reward]]: what is rewarded, and how it counts.
#pragma once

#include <functional>
#include <string>

#include "src/cli/config.hpp"
#include "src/cli/toml_reader.hpp"

namespace cohort::cli {

/// Writes one key into `reward`. Keys of every reward: name, rule, plugin, command, url, settings, weight, on_error,
/// gate, clip, deadline, max_failure_rate; all others are parameters of its rule. `resolve` makes a path absolute.
/// Throws UsageError for a value that the key cannot have.
void set_reward_key(const Place& place, const std::string& key, const toml::node& node, RewardConfig& reward,
                    const std::function<std::string(const std::string& path)>& resolve);

/// Once all keys are set: the rule follows from the name, or the name from the rule. Throws UsageError if there is
/// neither, or if a parameter is none of the rule's.
void finish_reward(const Place& place, RewardConfig& reward);

/// The same as TOML, without the parameters of its rule.
std::string reward_toml(const RewardConfig& reward);

/// "NAME:key=value,…" or "plugin:FILE,…", "command:WORDS,…", "url:URL,…". Throws UsageError.
RewardConfig parse_reward(const std::string& text);

}  // namespace cohort::cli
