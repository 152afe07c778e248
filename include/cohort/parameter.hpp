#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cohort {

/// What a user may set on a reward or a task, by name, in a configuration or on the command line.
struct Setting {
  std::string name;
  std::string type;           // "integer", "number", "boolean", "string", or its choices: "text | chat"
  std::string default_value;  // as it would be written
  std::string description;
};

/// Parameters set by name; what is not there keeps its default.
using Settings = std::map<std::string, std::string>;

/// Splits "name:key=value,key=value". Throws Error if a part has no "=" or a key comes twice.
std::pair<std::string, Settings> parse_named_settings(std::string_view text);

}  // namespace cohort
