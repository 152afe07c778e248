#include "src/cli/toml_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <vector>

#include "src/cli/errors.hpp"
#include "src/cli/toml_text.hpp"

namespace cohort::cli {

namespace fs = std::filesystem;

std::string kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a section";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return fmt::format("the string \"{}\"", node.as_string()->get());
    case toml::node_type::integer:
      return fmt::format("{}", node.as_integer()->get());
    case toml::node_type::floating_point:
      return fmt::format("{}", node.as_floating_point()->get());
    case toml::node_type::boolean:
      return node.as_boolean()->get() ? "true" : "false";
    default:
      return "a date or time";
  }
}

void wrong_type(const Place& place, std::string_view name, const std::string& expected, const toml::node& node) {
  throw UsageError(fmt::format("{}: {}: expected {}, got {}", place.name, name, expected, kind_of(node)));
}

std::string resolve_path(const Place& place, std::string_view key, const std::string& value) {
  if (value.empty()) return value;
  std::vector<fs::path> candidates;
  if (!place.folder.empty()) candidates.push_back(fs::absolute(place.folder / value).lexically_normal());
  const fs::path here = fs::absolute(value).lexically_normal();
  if (candidates.empty() || candidates.front() != here) candidates.push_back(here);
  for (const fs::path& candidate : candidates)
    if (fs::exists(candidate)) return candidate.string();
  std::vector<std::string> looked_at;
  for (const fs::path& candidate : candidates) looked_at.push_back(candidate.string());
  throw UsageError(
      fmt::format("{}: {}: no such file or directory: {}", place.name, key, fmt::join(looked_at, " nor ")));
}

std::string read_string(const Place& place, std::string_view name, const toml::node& node) {
  if (!node.is_string()) wrong_type(place, name, "a string", node);
  return node.as_string()->get();
}

double read_number(const Place& place, std::string_view name, const toml::node& node) {
  if (!node.is_number()) wrong_type(place, name, "a number", node);
  const double value =
      node.is_integer() ? static_cast<double>(node.as_integer()->get()) : node.as_floating_point()->get();
  if (!std::isfinite(value)) throw UsageError(fmt::format("{}: {}: expected a finite number", place.name, name));
  return value;
}

std::string option_text(const Place& place, const std::string& name, const toml::node& node) {
  if (node.is_string()) return node.as_string()->get();
  if (node.is_integer()) return fmt::format("{}", node.as_integer()->get());
  if (node.is_floating_point()) return toml_text(node.as_floating_point()->get());
  if (node.is_boolean()) return toml_text(node.as_boolean()->get());
  wrong_type(place, name, "a string, a number, true or false", node);
}

}  // namespace cohort::cli
