#include "src/cli/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>

#include "src/cli/config_keys.hpp"
#include "src/cli/config_reward.hpp"
#include "src/cli/options.hpp"
#include "src/cli/toml_reader.hpp"
#include "src/cli/toml_text.hpp"
#include "src/text/nearest.hpp"

namespace cohort::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void unknown_key(const Place& place, const std::string& name) {
  std::vector<std::string> names, same_leaf;
  const auto leaf = [](std::string_view key) { return key.substr(key.rfind('.') + 1); };
  for (const Key& key : key_table()) {
    names.emplace_back(key.name);
    if (leaf(key.name) == leaf(name)) same_leaf.emplace_back(key.name);
  }
  names.emplace_back("task.name");
  names.emplace_back("reward.name");
  names.emplace_back("reward.weight");
  // A right key in a wrong section: the key says more than the section.
  throw UsageError(fmt::format("{}: unknown key {}; the nearest is {}", place.name, name,
                               text::nearest(name, same_leaf.empty() ? names : same_leaf)));
}

void check_number(const Place& place, const Key& key, double value) {
  const bool is_below = key.range.open_below ? value <= key.range.min : value < key.range.min;
  if (std::isfinite(value) && !is_below && value <= key.range.max) return;
  throw UsageError(
      fmt::format("{}: {}: expected a number {}, got {}", place.name, key.name, describe(key.range), value));
}

void assign(const Place& place, const Key& key, const toml::node& node, int64_t& value) {
  if (!node.is_integer()) wrong_type(place, key.name, "an integer", node);
  value = node.as_integer()->get();
  check_number(place, key, static_cast<double>(value));
}

void assign(const Place& place, const Key& key, const toml::node& node, double& value) {
  if (!node.is_number()) wrong_type(place, key.name, "a number", node);
  value = node.is_integer() ? static_cast<double>(node.as_integer()->get()) : node.as_floating_point()->get();
  check_number(place, key, value);
}

void assign(const Place& place, const Key& key, const toml::node& node, bool& value) {
  if (!node.is_boolean()) wrong_type(place, key.name, "true or false", node);
  value = node.as_boolean()->get();
}

void assign(const Place& place, const Key& key, const toml::node& node, std::string& value) {
  if (!node.is_string()) wrong_type(place, key.name, "a string", node);
  value = node.as_string()->get();
  const auto& choices = key.range.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    const std::vector<std::string> words(choices.begin(), choices.end());
    throw UsageError(fmt::format("{}: {}: expected {}, got \"{}\"; the nearest is {}", place.name, key.name,
                                 describe(key.range), value, text::nearest(value, words)));
  }
}

void assign(const Place& place, const Key& key, const toml::node& node, std::vector<std::string>& values) {
  if (!node.is_array()) wrong_type(place, key.name, "a list of strings", node);
  values.clear();
  for (const toml::node& item : *node.as_array()) {
    if (!item.is_string()) wrong_type(place, key.name, "a list of strings", item);
    values.push_back(item.as_string()->get());
  }
}

class Loader {
 public:
  Loader(fs::path file, const std::vector<Override>& overrides) : file_(std::move(file)) {
    for (const Override& override : overrides) overridden_.insert(override.key);
  }

  void read(const std::string& text) {
    toml::table root;
    try {
      root = toml::parse(text, file_.string());
    } catch (const toml::parse_error& error) {
      throw UsageError(fmt::format("{}:{}: not TOML: {}", file_.string(), error.source().begin.line,
                                   std::string(error.description())));
    }
    for (const auto& [key, node] : root) section(std::string(key.str()), node);
  }

  void apply(const Override& override) {
    const Place place{.name = override.from, .folder = {}};
    toml::table table;
    bool is_toml = true;
    try {
      table = toml::parse("value = " + override.value);
    } catch (const toml::parse_error&) {
      is_toml = false;
    }
    const Key* key = find_key(override.key);
    const bool wants_string = key && std::holds_alternative<std::string& (*)(RunConfig&)>(key->field);
    const bool is_text =
        !is_toml || !table.contains("value") || table.size() != 1 || (wants_string && !table["value"].is_string());
    if (is_text) table = toml::table{{"value", override.value}};
    const toml::node& node = *table.get("value");
    if (override.key.starts_with("task."))
      set_task(place, override.key.substr(5), node);
    else if (override.key.starts_with("reward."))
      set_reward(place, override.key.substr(7), node);
    else
      set(place, override.key, node);
  }

  LoadedConfig finish() {
    apply_preset();
    contradictions();
    return std::move(result_);
  }

 private:
  Place place(const toml::node& node) const {
    return {.name = fmt::format("{}:{}", file_.string(), node.source().begin.line),
            .folder = file_.has_parent_path() ? file_.parent_path() : fs::path(".")};
  }

  void section(const std::string& name, const toml::node& node) {
    if (name == "reward") return rewards(node);
    std::vector<std::string> sections = {"task", "reward"};
    for (const Key& key : key_table()) sections.emplace_back(key.name.substr(0, key.name.find('.')));
    if (std::find(sections.begin(), sections.end(), name) == sections.end()) {
      if (!node.is_table()) unknown_key(place(node), name);
      throw UsageError(fmt::format("{}: unknown section [{}]; the nearest is [{}]", place(node).name, name,
                                   text::nearest(name, sections)));
    }
    if (!node.is_table()) wrong_type(place(node), name, "a section", node);
    if (name == "task") return task(*node.as_table());
    for (const auto& [key, value] : *node.as_table()) set(place(value), name + "." + std::string(key.str()), value);
  }

  void set(const Place& place, const std::string& name, const toml::node& node) {
    if (name == "task.name") {
      if (!node.is_string()) wrong_type(place, name, "a string", node);
      result_.config.task.name = node.as_string()->get();
      return;
    }
    const Key* key = find_key(name);
    if (!key) unknown_key(place, name);
    std::visit([&](auto field) { assign(place, *key, node, field(result_.config)); }, key->field);
    if (key->range.is_path) {
      std::string& path = std::get<std::string& (*)(RunConfig&)>(key->field)(result_.config);
      path = resolved(place, name, path);
    }
    result_.given.insert(name);
  }

  void task(const toml::table& table) {
    result_.config.task.where = place(table).name;
    for (const auto& [key, node] : table) set_task(place(node), std::string(key.str()), node);
  }

  void set_task(const Place& place, const std::string& option, const toml::node& node) {
    if (option == "name") return set(place, "task.name", node);
    std::string text = option_text(place, "task." + option, node);
    const bool is_path = option == "file" || option.ends_with("_file");
    result_.config.task.options[option] = is_path ? resolved(place, "task." + option, text) : text;
  }

  /// A path that an override replaces need not exist.
  std::string resolved(const Place& place, const std::string& name, const std::string& path) const {
    const bool is_in_file = !place.folder.empty();
    return is_in_file && overridden_.contains(name) ? path : resolve_path(place, name, path);
  }

  void rewards(const toml::node& node) {
    if (!node.is_array_of_tables()) wrong_type(place(node), "reward", "sections [[reward]], with two brackets", node);
    for (const toml::node& item : *node.as_array()) reward(*item.as_table());
  }

  void reward(const toml::table& table) {
    RewardConfig reward;
    reward.rule.where = place(table).name;
    for (const auto& [key, node] : table) set_option(place(node), std::string(key.str()), node, reward);
    finish_reward(place(table), reward);
    result_.config.rewards.push_back(std::move(reward));
  }

  /// "NAME.option" of an override: the first section [[reward]] of that name.
  void set_reward(const Place& place, const std::string& path, const toml::node& node) {
    const size_t dot = path.find('.');
    std::vector<std::string> names;
    for (RewardConfig& reward : result_.config.rewards) {
      if (dot != std::string::npos && reward.name == path.substr(0, dot))
        return set_option(place, path.substr(dot + 1), node, reward);
      names.push_back(reward.name);
    }
    throw UsageError(fmt::format("{}: expected reward.NAME.key with the name of a section [[reward]]: {}", place.name,
                                 names.empty() ? "there is none" : fmt::format("{}", fmt::join(names, ", "))));
  }

  void set_option(const Place& place, const std::string& option, const toml::node& node, RewardConfig& reward) {
    set_reward_key(place, option, node, reward,
                   [&](const std::string& path) { return resolved(place, "reward." + option, path); });
  }

  template <typename T>
  void preset(const std::string& key, T& value, const T& preset) {
    if (!result_.given.contains(key)) {
      value = preset;
    } else if (value != preset) {
      result_.notes.push_back(fmt::format("{} = {} wins over {} of preset {}", key, toml_text(value), toml_text(preset),
                                          result_.config.loss.name));
    }
  }

  void apply_preset() {
    RunConfig& config = result_.config;
    const bool is_dapo = config.loss.name == "dapo", is_dr_grpo = config.loss.name == "dr_grpo";
    preset("loss.clip_high", config.loss.clip_high, is_dapo ? 0.28 : 0.2);
    preset("loss.aggregation", config.loss.aggregation,
           std::string(is_dapo      ? "token_mean"
                       : is_dr_grpo ? "constant"
                                    : "sequence_mean"));
    preset("advantage.scale_by_std", config.advantage.scale_by_std, !is_dr_grpo);
  }

  void contradictions() const {
    const RunConfig& config = result_.config;
    const auto refuse = [&](bool is_wrong, const std::string& message) {
      if (is_wrong) throw UsageError(fmt::format("{}: {}", file_.string(), message));
    };
    const bool has_decay = config.optimizer.decay != "constant";
    refuse(!config.model.path.empty() && !config.model.config.empty(),
           "model.path and model.config: give one, a model to start from or the shape of a new one");
    for (const auto& [key, value] :
         {std::pair{"model.alphabet", config.model.alphabet}, std::pair{"model.tokenizer", config.model.tokenizer}})
      refuse(!value.empty() && config.model.config.empty(),
             fmt::format("{} belongs to a new model: expected model.config beside it", key));
    refuse(!config.model.alphabet.empty() && !config.model.tokenizer.empty(),
           "model.alphabet and model.tokenizer: give one");
    refuse(config.optimizer.final_lr > 0 && !has_decay,
           "optimizer.final_lr has no effect while optimizer.decay is \"constant\"");
    refuse(config.optimizer.offload && (!config.optimizer.float32_masters || config.optimizer.moment_bits != 32),
           "optimizer.offload keeps float32 masters and moments of 32 bits: leave optimizer.float32_masters and "
           "optimizer.moment_bits");
    refuse(config.optimizer.moment_bits != 32 && config.optimizer.moment_bits != 8,
           fmt::format("optimizer.moment_bits: expected 32 or 8, got {}", config.optimizer.moment_bits));
    refuse(config.optimizer.decay_steps > 0 && !has_decay,
           "optimizer.decay_steps has no effect while optimizer.decay is \"constant\"");
    refuse(
        config.optimizer.final_lr > config.optimizer.lr,
        fmt::format("optimizer.final_lr {} is above optimizer.lr {}", config.optimizer.final_lr, config.optimizer.lr));
    refuse(config.train.target_accuracy > 0 && config.train.eval_every == 0,
           "train.target_accuracy needs held-out accuracy: set train.eval_every");
    if (config.train.overlap_update) {
      refuse(config.model.device != "cpu",
             fmt::format("train.overlap_update runs on a CPU only, model.device is \"{}\"", config.model.device));
      refuse(config.rollout.release_cache,
             "train.overlap_update and rollout.release_cache: the update begins while keys and values are in use");
      refuse(
          config.loss.entropy_coefficient > 0 && config.loss.aggregation != "token_mean",
          fmt::format("train.overlap_update with loss.entropy_coefficient {}: the bonus is a mean over the tokens of "
                      "the step, which are not known before its rollout has ended; leave one of them, or set "
                      "loss.aggregation to \"token_mean\"",
                      config.loss.entropy_coefficient));
    }
    refuse(config.eval.k > 1 && config.eval.temperature == 0,
           fmt::format("eval.k {} with eval.temperature 0 draws the same completion {} times: set a temperature",
                       config.eval.k, config.eval.k));
  }

  fs::path file_;
  std::set<std::string> overridden_;  // keys
  LoadedConfig result_;
};

std::string bare_or_quoted(const std::string& key) {
  const bool is_bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  return is_bare ? key : toml_text(key);
}

/// An option as it was most likely written: a number or a truth value without quotes where it reads back the same.
std::string option_value(const std::string& text) {
  const auto integer = parse_integer(text);
  if (integer && toml_text(*integer) == text) return text;
  const auto number = parse_number(text);
  if (number && toml_text(*number) == text) return text;
  return text == "true" || text == "false" ? text : toml_text(text);
}

void append_options(std::string& text, const std::map<std::string, std::string>& options) {
  for (const auto& [key, value] : options) text += fmt::format("{} = {}\n", bare_or_quoted(key), option_value(value));
}

}  // namespace

LoadedConfig parse_config(const std::string& toml, const fs::path& file, const std::vector<Override>& overrides) {
  Loader loader(file, overrides);
  loader.read(toml);
  for (const Override& override : overrides) loader.apply(override);
  return loader.finish();
}

LoadedConfig load_config(const fs::path& file, const std::vector<Override>& overrides) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || fs::is_directory(file) || !(text << in.rdbuf()))
    throw UsageError(fmt::format("{}: no such configuration, empty, or not readable", file.string()));
  return parse_config(text.str(), file, overrides);
}

std::string to_toml(const RunConfig& config) {
  RunConfig values = config;
  std::string text, section;
  const auto open = [&](const std::string& name) {
    if (section == name) return;
    text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", name);
    section = name;
  };
  for (const Key& key : key_table()) {
    const std::string name(key.name);
    const std::string value = std::visit([&](auto field) { return toml_text(field(values)); }, key.field);
    const bool is_unset_text = value == "\"\"";
    if (name.starts_with("rollout.") && section == "model") {
      open("task");
      text += fmt::format("name = {}\n", toml_text(config.task.name));
      append_options(text, config.task.options);
      for (const RewardConfig& reward : config.rewards) {
        text += reward_toml(reward);
        append_options(text, reward.rule.options);
      }
    }
    open(name.substr(0, name.find('.')));
    if (!is_unset_text) text += fmt::format("{} = {}\n", name.substr(name.find('.') + 1), value);
  }
  return text;
}

}  // namespace cohort::cli
