// What every section of a configuration needs to be read: where a value stands, what it is, which file it names.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace cohort::cli {

/// Where a value was written, for errors and for paths.
struct Place {
  std::string name;              // "run.toml:12" or "--set rollout.top_k=5"
  std::filesystem::path folder;  // beside which a path is looked for first; empty: only the current directory
};

/// A value as an error shows it: "the string \"a\"", "a list", "7".
std::string kind_of(const toml::node& node);

/// Throws UsageError: "run.toml:12: key: expected …, got …".
[[noreturn]] void wrong_type(const Place& place, std::string_view name, const std::string& expected,
                             const toml::node& node);

/// The absolute path of what `value` names. Throws UsageError if it is neither beside the file nor here.
std::string resolve_path(const Place& place, std::string_view key, const std::string& value);

std::string read_string(const Place& place, std::string_view name, const toml::node& node);
double read_number(const Place& place, std::string_view name, const toml::node& node);  // finite

/// An option of a task or a reward as the text that NAME:key=value would have.
std::string option_text(const Place& place, const std::string& name, const toml::node& node);

}  // namespace cohort::cli
