// The values of a JSON object as they are written: a parser would round integers of more than 64 bits.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cohort::text {

/// Of each key of `object`, which must be a JSON object, the text of its value without the blanks between tokens.
/// Of a key that is there twice, the last.
inline std::map<std::string, std::string> values_as_written(std::string_view object) {
  std::map<std::string, std::string> values;
  std::string part, key;
  int depth = 0;
  bool in_string = false;
  const auto end_value = [&] {
    if (!key.empty()) values[nlohmann::json::parse(key).get<std::string>()] = part;
    part.clear();
    key.clear();
  };
  for (size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    if (in_string) {
      part += c;
      if (c == '\\' && i + 1 < object.size()) part += object[++i];
      if (c == '"') in_string = false;
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '"') in_string = true;
    if (c == '}' || c == ']') --depth;
    if (depth == 1 && c == ':') {
      key.swap(part);
    } else if ((depth == 1 && c == ',') || depth == 0) {
      end_value();  // at depth 0 also before the first key, where there is nothing to end
      if (c == '{') ++depth;
    } else {
      part += c;
      if (c == '{' || c == '[') ++depth;
    }
  }
  return values;
}

}  // namespace cohort::text
