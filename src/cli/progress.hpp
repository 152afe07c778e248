// What a run shows on stderr: a row for each step, and on a terminal a live line below them.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace cohort::cli {

/// Seconds since it was made or last restarted.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  double lap() {
    const double elapsed = seconds();
    start_ = Clock::now();
    return elapsed;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

struct StepRow {
  int64_t step = 0, steps = 0;
  double reward = 0, accuracy = 0, length = 0, entropy = 0, tokens_per_second = 0;
  double rollout_seconds = 0, score_seconds = 0, update_seconds = 0, remaining_seconds = 0;
};

/// One row; columns keep their places. "-" stands for NaN.
std::string format_row(const StepRow& row);
std::string row_header();

/// "48s", "12:31", "3:05:00".
std::string format_duration(double seconds);

class Progress {
 public:
  enum class Style { silent, plain, live };
  explicit Progress(Style style, std::FILE* out = stderr) : style_(style), out_(out) {}
  ~Progress() { clear(); }

  void row(const StepRow& row);
  void line(const std::string& text) { this->text(text + '\n'); }
  void text(const std::string& lines);  // stays; each ended by a line break
  void live(const std::string& text);   // replaced by the next one; only on a terminal

 private:
  void clear();

  Style style_;
  std::FILE* out_;
  int64_t rows_ = 0;
  bool has_live_ = false;
};

/// Silent with --quiet, live if stderr is a terminal.
Progress::Style progress_style(bool is_quiet);

/// One sampled completion for the table on demand.
struct SampleRow {
  std::string prompt, completion;
  double reward = 0, advantage = 0;
};

/// A table of completions with prompt, reward and advantage, each text on at most `width` columns.
std::string sample_table(const std::vector<SampleRow>& samples, size_t width = 100);

}  // namespace cohort::cli
