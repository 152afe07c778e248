#include "src/cli/prompts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/cli/jsonl.hpp"

namespace cohort::cli {

std::vector<Message> required_messages(const nlohmann::json& object) {
  const auto found = object.find("messages");
  if (found == object.end() || !found->is_array() || found->empty())
    throw UsageError("key \"messages\": expected a list of {\"role\": str, \"content\": str}");
  std::vector<Message> messages;
  for (const auto& item : *found) {
    if (!item.is_object())
      throw UsageError(fmt::format("key \"messages\": expected objects, got {}", item.type_name()));
    messages.push_back({required_string(item, "role"), required_string(item, "content")});
  }
  return messages;
}

std::string only_key(const nlohmann::json& object, const std::vector<std::string>& keys) {
  std::vector<std::string> present;
  for (const std::string& key : keys)
    if (object.contains(key)) present.push_back(key);
  if (present.size() != 1)
    throw UsageError(fmt::format("expected one of the keys {}, got {}", fmt::join(keys, ", "),
                                 present.empty() ? "none" : fmt::format("{}", fmt::join(present, " and "))));
  return present.front();
}

}  // namespace cohort::cli
