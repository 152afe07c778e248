// Lines of JSON, in and out.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Where lines come from, and what a bad one means.
struct LineSource {
  std::string path;  // empty or "-": standard input
  bool skip_bad_lines = false;
};

/// The options --input and --skip-bad-lines.
LineSource line_source(const Arguments& arguments);

/// Calls `use` with the object on each line. Throws UsageError naming the file and the line if one is not UTF-8, not
/// a JSON object, or if `use` throws for it; where bad lines are skipped, says on stderr how many were.
/// Returns how many lines were used. An empty line is a bad line: lines out match lines in.
int64_t for_each_line(const LineSource& source, const std::function<void(const nlohmann::json& object)>& use);
/// The same, with the line itself, in which no number is rounded.
int64_t for_each_line(const LineSource& source,
                      const std::function<void(const nlohmann::json& object, std::string_view line)>& use);

/// One value of `object`. Throw UsageError naming the key if it is absent or of another type.
std::string required_string(const nlohmann::json& object, const std::string& key);
std::vector<int64_t> required_integers(const nlohmann::json& object, const std::string& key);

/// Writes `value` to stdout as one line. Text that is not UTF-8 is written with U+FFFD.
void write_line(const nlohmann::ordered_json& value);

/// Position of the first byte that is not UTF-8, or npos.
size_t first_bad_utf8(std::string_view text);

}  // namespace cohort::cli
