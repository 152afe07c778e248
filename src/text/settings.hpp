// Options by name. An options struct lists its fields once, as a function of (options, field); reading them from text,
// their types and their defaults for the help all follow from that list:
//
//   constexpr auto fields = [](auto& options, auto&& field) { field("max_tokens", options.max_tokens, "tokens
//   allowed"); };
#pragma once

#include <charconv>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/parameter.hpp"
#include "src/text/nearest.hpp"

namespace cohort::text {

template <typename Enum>
using Choices = std::initializer_list<std::pair<std::string_view, Enum>>;

/// Collects the parameters of an options struct.
struct ParameterLister {
  std::vector<Setting> parameters;

  template <typename Value>
  void operator()(std::string_view name, const Value& value, std::string_view description) {
    std::string type, text;
    if constexpr (std::is_same_v<Value, bool>) {
      type = "boolean", text = value ? "true" : "false";
    } else if constexpr (std::is_integral_v<Value>) {
      type = "integer", text = std::to_string(value);
    } else if constexpr (std::is_floating_point_v<Value>) {
      type = "number", text = fmt::format("{}", value);
    } else {
      type = "string", text = value;
    }
    parameters.push_back({std::string(name), type, text, std::string(description)});
  }

  template <typename Enum>
  void operator()(std::string_view name, Enum value, std::string_view description, Choices<Enum> choices) {
    Setting parameter{std::string(name), "", "", std::string(description)};
    for (const auto& [choice, meaning] : choices) {
      parameter.type += (parameter.type.empty() ? "" : " | ") + std::string(choice);
      if (meaning == value) parameter.default_value = choice;
    }
    parameters.push_back(std::move(parameter));
  }
};

/// Writes settings into the fields of an options struct.
struct SettingsReader {
  std::string_view owner;  // "reward \"length\"", for errors
  const Settings& settings;

  template <typename Value>
  void operator()(std::string_view name, Value& value, std::string_view) const {
    const auto found = settings.find(std::string(name));
    if (found == settings.end()) return;
    const std::string& text = found->second;
    if constexpr (std::is_same_v<Value, bool>) {
      check(text == "true" || text == "false", "{}: {} must be true or false, got \"{}\"", owner, name, text);
      value = text == "true";
    } else if constexpr (std::is_arithmetic_v<Value>) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      check(error == std::errc() && end == text.data() + text.size(), "{}: {} must be {}, got \"{}\"", owner, name,
            std::is_integral_v<Value> ? "an integer in range" : "a number", text);
    } else {
      value = text;
    }
  }

  template <typename Enum>
  void operator()(std::string_view name, Enum& value, std::string_view, Choices<Enum> choices) const {
    const auto found = settings.find(std::string(name));
    if (found == settings.end()) return;
    std::vector<std::string> valid;
    for (const auto& [choice, meaning] : choices) {
      if (choice == found->second) {
        value = meaning;
        return;
      }
      valid.emplace_back(choice);
    }
    check(false, "{}: {} must be one of {}, got \"{}\"; did you mean \"{}\"?", owner, name, fmt::join(valid, ", "),
          found->second, nearest(found->second, valid));
  }
};

template <typename Options, typename Fields>
std::vector<Setting> parameters_of(const Fields& fields) {
  Options defaults;
  ParameterLister lister;
  fields(defaults, lister);
  return lister.parameters;
}

/// Throws Error, naming the nearest parameter, if a setting has no field, and if a value is not of its type.
template <typename Options, typename Fields>
Options read_settings(std::string_view owner, const Settings& settings, const Fields& fields) {
  std::vector<std::string> names;
  for (const Setting& parameter : parameters_of<Options>(fields)) names.push_back(parameter.name);
  for (const auto& [name, value] : settings) {
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    check(known || !names.empty(), "{} has no parameters, got \"{}\"", owner, name);
    check(known, "{} has no parameter \"{}\"; did you mean \"{}\"?", owner, name, nearest(name, names));
  }
  Options options;
  fields(options, SettingsReader{owner, settings});
  return options;
}

}  // namespace cohort::text
