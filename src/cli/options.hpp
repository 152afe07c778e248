// The words after a command: options as a table says, and what is left.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/cli/errors.hpp"

namespace cohort::cli {

/// One option of a command, as --help shows it.
struct Option {
  std::string name;   // without dashes
  std::string value;  // what its value is called in --help; empty: a flag
  std::string help;
  bool repeatable = false;
};

/// What the user gave. The getters name the option in their errors and take a range, both ends included.
class Arguments {
 public:
  std::vector<std::string> positional;

  bool has(const std::string& name) const { return values_.contains(name); }
  std::string text(const std::string& name, const std::string& fallback = {}) const;
  std::vector<std::string> texts(const std::string& name) const;  // all of a repeatable option
  int64_t integer(const std::string& name, int64_t fallback, int64_t min, int64_t max = INT64_MAX) const;
  double number(const std::string& name, double fallback, double min, double max) const;
  /// The value is one of `choices`.
  std::string choice(const std::string& name, const std::string& fallback, std::span<const std::string> choices) const;

  void add(const std::string& name, std::string value) { values_[name].push_back(std::move(value)); }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

/// Takes `--name value`, `--name=value` and flags; `--` ends the options. Throws UsageError for an unknown option,
/// naming the nearest, a missing value, a flag with one, and an option given twice that is not repeatable.
Arguments parse_arguments(std::span<const std::string> words, std::span<const Option> options);

/// Whole decimal numbers. nullopt for anything else, overflow included.
std::optional<int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);

}  // namespace cohort::cli
