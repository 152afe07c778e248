#include "src/cli/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/text/nearest.hpp"

namespace cohort::cli {
namespace {

const Option& find_option(const std::string& name, std::span<const Option> options) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.name == name; });
  if (found != options.end()) return *found;
  std::vector<std::string> names;
  for (const Option& option : options) names.push_back(option.name);
  throw UsageError(fmt::format("unknown option --{}; the nearest is --{}", name, text::nearest(name, names)));
}

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<int64_t> parse_integer(std::string_view text) { return parse_whole<int64_t>(text); }

std::optional<double> parse_number(std::string_view text) {
  const auto number = parse_whole<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

Arguments parse_arguments(std::span<const std::string> words, std::span<const Option> options) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      arguments.positional.insert(arguments.positional.end(), words.begin() + i + 1, words.end());
      break;
    }
    if (!word.starts_with("--")) {
      if (word.size() > 1 && word[0] == '-')
        throw UsageError(fmt::format("unknown option {}: options have two dashes and a whole name", word));
      arguments.positional.push_back(word);
      continue;
    }
    const size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    const Option& option = find_option(name, options);
    if (arguments.has(name) && !option.repeatable) throw UsageError(fmt::format("--{} is given twice", name));
    if (option.value.empty()) {
      if (equals != std::string::npos) throw UsageError(fmt::format("--{} takes no value, got {}", name, word));
      arguments.add(name, "");
    } else if (equals != std::string::npos) {
      arguments.add(name, word.substr(equals + 1));
    } else {
      // `--out --steps 5` is a forgotten value far more often than a folder of that name.
      if (i + 1 == words.size() || words[i + 1].starts_with("--"))
        throw UsageError(fmt::format("--{} needs a value: --{} {}", name, name, option.value));
      arguments.add(name, words[++i]);
    }
  }
  return arguments;
}

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second.back();
}

std::vector<std::string> Arguments::texts(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

int64_t Arguments::integer(const std::string& name, int64_t fallback, int64_t min, int64_t max) const {
  if (!has(name)) return fallback;
  const auto number = parse_integer(text(name));
  if (!number) throw UsageError(fmt::format("--{}: expected a whole number, got \"{}\"", name, text(name)));
  if (*number < min) throw UsageError(fmt::format("--{}: expected at least {}, got {}", name, min, *number));
  if (*number > max) throw UsageError(fmt::format("--{}: expected at most {}, got {}", name, max, *number));
  return *number;
}

double Arguments::number(const std::string& name, double fallback, double min, double max) const {
  if (!has(name)) return fallback;
  const auto number = parse_number(text(name));
  if (!number) throw UsageError(fmt::format("--{}: expected a number, got \"{}\"", name, text(name)));
  if (*number < min || *number > max)
    throw UsageError(fmt::format("--{}: expected {} to {}, got {}", name, min, max, *number));
  return *number;
}

std::string Arguments::choice(const std::string& name, const std::string& fallback,
                              std::span<const std::string> choices) const {
  const std::string value = text(name, fallback);
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
  throw UsageError(fmt::format("--{}: expected {}, got \"{}\"", name, fmt::join(choices, " or "), value));
}

}  // namespace cohort::cli
