// The table of configuration keys: where each lives in a RunConfig, what it may be and what it means.
#pragma once

#include <limits>
#include <span>
#include <string_view>
#include <variant>

#include "src/cli/config.hpp"

namespace cohort::cli {

/// Where a key's value lives. One type of field for each type of value.
using Field = std::variant<int64_t& (*)(RunConfig&), double& (*)(RunConfig&), bool& (*)(RunConfig&),
                           std::string& (*)(RunConfig&), std::vector<std::string>& (*)(RunConfig&)>;

struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool open_below = false;                // min itself is not allowed
  std::vector<std::string_view> choices;  // of a string; empty: any
  bool is_path = false;                   // a string that names a file or folder
};

struct Key {
  std::string_view name;  // "section.key"
  Field field;
  Range range;
  std::string_view doc;
};

/// All keys but those of [task] and [[reward]], in the order they are written.
std::span<const Key> key_table();

const Key* find_key(std::string_view name);  // null if there is none
std::string type_name(const Field& field);
std::string describe(const Range& range);  // "at least 2"; empty: anything

}  // namespace cohort::cli
