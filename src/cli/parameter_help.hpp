// Parameters of a task or a reward as text for a user.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>

#include "cohort/parameter.hpp"

namespace cohort::cli {

inline std::string parameter_help(std::span<const Setting> parameters) {
  std::string text;
  for (const auto& [name, type, default_value, description] : parameters)
    text += fmt::format("    {} = {}    {} ({})\n", name, default_value.empty() ? "\"\"" : default_value, description,
                        type);
  return text;
}

}  // namespace cohort::cli
