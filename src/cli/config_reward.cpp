#include "src/cli/config_reward.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/rewards/table.hpp"
#include "src/cli/errors.hpp"
#include "src/cli/options.hpp"
#include "src/cli/toml_text.hpp"
#include "src/text/nearest.hpp"

namespace cohort::cli {
namespace {

constexpr std::array<std::string_view, 12> kKeys = {"name", "rule",     "plugin",           "command",
                                                    "url",  "weight",   "on_error",         "gate",
                                                    "clip", "deadline", "max_failure_rate", "settings"};

/// Keys that say by themselves which rule it is, and the parameter of the rule that they set.
struct Shortcut {
  std::string_view key, rule, parameter;
};
constexpr std::array<Shortcut, 3> kShortcuts = {
    {{"plugin", "plugin", "path"}, {"command", "subprocess", "command"}, {"url", "http", "url"}}};

const Shortcut* find_shortcut(std::string_view key) {
  const auto found = std::ranges::find(kShortcuts, key, &Shortcut::key);
  return found == kShortcuts.end() ? nullptr : &*found;
}

bool is_remote_code(const std::string& rule) { return rule == "sandbox_fusion" || rule == "piston"; }

void set_rule(const Place& place, const std::string& rule, RewardConfig& reward) {
  if (!reward.rule.name.empty() && reward.rule.name != rule)
    throw UsageError(fmt::format("{}: a reward is one of rule, plugin, command and url, got {} and {}", place.name,
                                 reward.rule.name, rule));
  reward.rule.name = rule;
}

std::string command_text(const Place& place, const toml::node& node) {
  if (node.is_string()) return node.as_string()->get();
  if (!node.is_array()) wrong_type(place, "reward.command", "words or a list of strings", node);
  std::vector<std::string> words;
  for (const toml::node& word : *node.as_array()) words.push_back(read_string(place, "reward.command", word));
  return toml_text(words);  // which is JSON as well
}

OnError read_on_error(const Place& place, const std::string& word) {
  constexpr std::array<std::pair<const char*, OnError>, 4> kPolicies = {
      {{"skip", OnError::skip}, {"zero", OnError::zero}, {"min", OnError::min}, {"abort", OnError::abort}}};
  std::vector<std::string> words;
  for (const auto& [name, policy] : kPolicies) {
    if (word == name) return policy;
    words.emplace_back(name);
  }
  throw UsageError(fmt::format("{}: reward.on_error: expected one of {}, got \"{}\"; the nearest is {}", place.name,
                               fmt::join(words, ", "), word, text::nearest(word, words)));
}

/// "NAME" or "NAME >= number".
Gate read_gate(const Place& place, const std::string& text) {
  const size_t sign = text.find(">=");
  Gate gate{.term = text.substr(0, sign)};
  while (gate.term.ends_with(' ')) gate.term.pop_back();
  if (sign == text.npos && !gate.term.empty()) return gate;
  size_t start = sign == text.npos ? text.size() : sign + 2;
  while (start < text.size() && text[start] == ' ') ++start;
  const auto number = parse_number(text.substr(start));
  if (gate.term.empty() || !number)
    throw UsageError(
        fmt::format("{}: reward.gate: expected \"NAME\" or \"NAME >= number\", got \"{}\"", place.name, text));
  gate.at_least = static_cast<float>(*number);
  return gate;
}

Bounds read_clip(const Place& place, const toml::node& node) {
  const toml::array* list = node.as_array();
  if (!list || list->size() != 2) wrong_type(place, "reward.clip", "a list [low, high]", node);
  const Bounds clip{static_cast<float>(read_number(place, "reward.clip", *list->get(0))),
                    static_cast<float>(read_number(place, "reward.clip", *list->get(1)))};
  if (clip.low > clip.high)
    throw UsageError(
        fmt::format("{}: reward.clip: expected low ≤ high, got [{}, {}]", place.name, clip.low, clip.high));
  return clip;
}

double read_in(const Place& place, const std::string& name, const toml::node& node, double low, double high) {
  const double value = read_number(place, name, node);
  if (value < low || value > high)
    throw UsageError(
        fmt::format("{}: {}: expected a number from {} to {}, got {}", place.name, name, low, high, value));
  return value;
}

void set_settings(const Place& place, const toml::node& node, RewardConfig& reward) {
  if (!node.is_table()) wrong_type(place, "reward.settings", "a section, settings = {key = value}", node);
  for (const auto& [key, value] : *node.as_table()) {
    const std::string name = "settings." + std::string(key.str());
    reward.rule.options[name] = option_text(place, "reward." + name, value);
  }
}

const char* word_of(OnError policy) {
  return policy == OnError::skip ? "skip" : policy == OnError::zero ? "zero" : policy == OnError::min ? "min" : "abort";
}

/// What the log calls a reward that was given no name: a plugin after its file, others after their rule.
std::string default_name(const Named& rule) {
  const auto path = rule.options.find("path");
  if (rule.name != "plugin" || path == rule.options.end()) return rule.name;
  const std::string stem = std::filesystem::path(path->second).stem().string();
  return stem.starts_with("lib") && stem.size() > 3 ? stem.substr(3) : stem;
}

void check_parameters(const Place& place, const RewardConfig& reward) {
  const auto* spec = cohort::rewards::find_spec(reward.rule.name);
  if (!spec) return;  // making it says so
  std::vector<std::string> names(kKeys.begin(), kKeys.end());
  for (const Setting& parameter : spec->parameters) names.push_back(parameter.name);
  for (const auto& [option, value] : reward.rule.options) {
    const bool is_forwarded = option.starts_with("settings.") && !spec->required.empty() && !is_remote_code(spec->name);
    if (is_forwarded || std::ranges::find(names, option) != names.end()) continue;
    throw UsageError(fmt::format("{}: reward \"{}\" has no parameter \"{}\"; did you mean \"{}\"?", place.name,
                                 spec->name, option, text::nearest(option, names)));
  }
}

}  // namespace

void set_reward_key(const Place& place, const std::string& key, const toml::node& node, RewardConfig& reward,
                    const std::function<std::string(const std::string& path)>& resolve) {
  const std::string full = "reward." + key;
  std::map<std::string, std::string>& options = reward.rule.options;
  if (key == "name") {
    reward.name = read_string(place, full, node);
  } else if (key == "rule") {
    set_rule(place, read_string(place, full, node), reward);
  } else if (key == "plugin" || (key == "path" && reward.rule.name == "plugin")) {
    set_rule(place, "plugin", reward);
    options["path"] = resolve(read_string(place, full, node));
  } else if (key == "command") {
    set_rule(place, "subprocess", reward);
    options["command"] = command_text(place, node);
    // Files that the command names are those beside the configuration, wherever the run is started or resumed from.
    if (!place.folder.empty()) options.try_emplace("directory", std::filesystem::absolute(place.folder).string());
  } else if (key == "url") {
    options["url"] = read_string(place, full, node);
  } else if (key == "settings") {
    set_settings(place, node, reward);
  } else if (key == "weight") {
    reward.weight = read_number(place, full, node);
  } else if (key == "on_error") {
    reward.on_error = read_on_error(place, read_string(place, full, node));
  } else if (key == "gate") {
    reward.gate = read_gate(place, read_string(place, full, node));
  } else if (key == "clip") {
    reward.clip = read_clip(place, node);
  } else if (key == "deadline") {
    reward.deadline = read_in(place, full, node, 0.001, 1e6);
  } else if (key == "max_failure_rate") {
    reward.max_failure_rate = read_in(place, full, node, 0, 1);
  } else if (key == "directory") {
    options["directory"] = resolve(read_string(place, full, node));
  } else {
    options[key] = option_text(place, full, node);
  }
}

void finish_reward(const Place& place, RewardConfig& reward) {
  std::string& rule = reward.rule.name;
  const bool has_url = reward.rule.options.contains("url");
  if (rule.empty() && has_url && !is_remote_code(reward.name)) rule = "http";
  if (rule.empty()) rule = reward.name;
  if (rule.empty()) throw UsageError(fmt::format("{}: reward.name is missing", place.name));
  if (reward.name.empty()) reward.name = default_name(reward.rule);
  check_parameters(place, reward);
}

std::string reward_toml(const RewardConfig& reward) {
  std::string text = fmt::format("\n[[reward]]\nname = {}\n", toml_text(reward.name));
  if (reward.rule.name != reward.name) text += fmt::format("rule = {}\n", toml_text(reward.rule.name));
  text += fmt::format("weight = {}\non_error = \"{}\"\n", toml_text(reward.weight), word_of(reward.on_error));
  if (reward.gate)
    text += fmt::format("gate = {}\n", toml_text(fmt::format("{} >= {}", reward.gate->term, reward.gate->at_least)));
  if (reward.clip) text += fmt::format("clip = [{}, {}]\n", reward.clip->low, reward.clip->high);
  if (reward.deadline) text += fmt::format("deadline = {}\n", toml_text(*reward.deadline));
  return text + fmt::format("max_failure_rate = {}\n", toml_text(reward.max_failure_rate));
}

RewardConfig parse_reward(const std::string& text) {
  const size_t colon = text.find(':');
  std::string name = text.substr(0, colon);
  std::string rest = colon == text.npos ? "" : text.substr(colon + 1);
  const Shortcut* shortcut = find_shortcut(name);
  if (shortcut) name = shortcut->rule;
  const auto* spec = cohort::rewards::find_spec(name);
  const std::string first = rest.substr(0, rest.find(','));
  const size_t key_end = first.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.");
  const bool is_setting = key_end != first.npos && key_end > 0 && first[key_end] == '=';
  if (spec && !spec->required.empty() && !first.empty() && !is_setting) rest = spec->required + "=" + rest;
  RewardConfig reward;
  std::map<std::string, std::string> options;
  const Place place{.name = "--reward " + text, .folder = {}};
  try {
    std::tie(reward.rule.name, options) = parse_named_settings(name + (rest.empty() ? "" : ":" + rest));
  } catch (const Error& error) {
    throw UsageError("--reward: " + one_line(error.what()));
  }
  for (const auto& [key, value] : options) {
    const bool is_number = key == "weight" || key == "deadline" || key == "max_failure_rate";
    const auto number = is_number ? parse_number(value) : std::nullopt;
    if (number)
      set_reward_key(place, key, toml::value(*number), reward, {});
    else if (is_number || key == "on_error" || key == "name")
      set_reward_key(place, key, toml::value(value), reward, {});
    else
      reward.rule.options[key] = value;
  }
  finish_reward(place, reward);
  return reward;
}

}  // namespace cohort::cli
