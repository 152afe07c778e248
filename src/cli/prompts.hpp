// What a line asks: text, a conversation or tokens.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cohort/problem.hpp"

namespace cohort::cli {

/// "messages" of `object`: a list of {"role": str, "content": str}. Throws UsageError naming what is wrong.
std::vector<Message> required_messages(const nlohmann::json& object);

/// The one key of `keys` that `object` has. Throws UsageError if it has none or several.
std::string only_key(const nlohmann::json& object, const std::vector<std::string>& keys);

}  // namespace cohort::cli
