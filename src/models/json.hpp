// JSON from files that nobody vouches for: bounded in size, depth and number of values, without duplicate keys.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "cohort/error.hpp"

namespace cohort::models {

constexpr uint64_t max_config_bytes = 4 << 20;
constexpr int64_t max_config_values = 1 << 14;  // an ordered_json searches its keys one by one

/// Parses `text`; `where` is named in errors. Json is nlohmann::json or ordered_json.
template <typename Json>
Json parse_json(const std::string& text, const std::string& where, int64_t max_values) {
  std::vector<std::set<std::string>> keys;  // of every object that is open
  int64_t num_values = 0;
  const auto look = [&](int depth, typename Json::parse_event_t event, Json& parsed) {
    using Event = typename Json::parse_event_t;
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key) {
      const auto& key = parsed.template get_ref<const std::string&>();
      check(keys.back().insert(key).second, "{}: the key \"{}\" appears twice", where, key);
    }
    if (event == Event::object_start || event == Event::array_start || event == Event::value) ++num_values;
    check(depth <= 64, "{}: expected at most 64 levels of JSON", where);
    check(num_values <= max_values, "{}: expected at most {} JSON values", where, max_values);
    return true;
  };
  try {
    return Json::parse(text, look);
  } catch (const nlohmann::json::exception& problem) {
    throw Error(fmt::format("{}: expected JSON: {}", where, problem.what()));
  }
}

/// The value of `key`, or nullptr where it is absent or null: the configurations of the field use both alike.
template <typename Json>
const Json* find_value(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// A value as an error message shows it.
template <typename Json>
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true);
  return text.size() <= 80 ? text : text.substr(0, 77) + "...";
}

}  // namespace cohort::models
