// What a run measured: one JSON line per step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cohort {

/// Names and values of one step, in the order they are written. NaN and infinity become null.
using Metrics = std::vector<std::pair<std::string, std::variant<int64_t, double>>>;

/// `metrics` as one JSON object without a line break. Numbers are the shortest that read back equal.
/// Throws Error if a name comes twice.
std::string to_json(const Metrics& metrics);

/// Appends whole lines to a file of JSON lines that each have a "step". Never rewrites what it wrote.
class MetricsWriter {
 public:
  /// Opens or creates `file` and drops what a continued run will write again: every line past `last_step`, and a
  /// last line that is torn. Throws Error if a kept line is not an object with a step, or on failure to write.
  explicit MetricsWriter(const std::filesystem::path& file, int64_t last_step = 0);
  ~MetricsWriter();
  MetricsWriter(const MetricsWriter&) = delete;
  MetricsWriter& operator=(const MetricsWriter&) = delete;

  /// Writes "step" and the metrics as one line, in one write. Throws Error if `step` was written before, or on
  /// failure to write.
  void write(int64_t step, const Metrics& metrics);

  /// Writes lines that are JSON already, all of `step`, each ended by a line break, in one write.
  void write_lines(int64_t step, const std::string& lines);

 private:
  std::filesystem::path file_;
  int64_t last_step_;
  int descriptor_ = -1;
};

}  // namespace cohort
