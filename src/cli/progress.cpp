#include "src/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>

namespace cohort::cli {
namespace {

constexpr int64_t kRowsPerHeader = 25;

std::string column(double value, int width, int digits) {
  return std::isfinite(value) ? fmt::format("{:>{}.{}f}", value, width, digits) : fmt::format("{:>{}}", "-", width);
}

std::string grouped(double value) {
  std::string digits = fmt::format("{:.0f}", std::isfinite(value) ? value : 0.0);
  for (int64_t i = static_cast<int64_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<size_t>(i), 1, ',');
  return digits;
}

/// `text` on one line, cut to `width` characters.
std::string excerpt(const std::string& text, size_t width) {
  std::string line;
  size_t columns = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool continues = (byte & 0xC0) == 0x80;
    if (!continues && ++columns > width) return line + "…";
    if (byte == '\n')
      line += "⏎";
    else if (byte < 0x20 || byte == 0x7F)
      line += ' ';  // a model can write escape codes
    else
      line += text[i];
  }
  return line;
}

}  // namespace

std::string format_duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::isfinite(seconds) && seconds > 0 ? std::llround(seconds) : 0);
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string row_header() {
  return fmt::format("{:>13} {:>8} {:>8} {:>8} {:>8} {:>9}  {:>8} {:>7} {:>7} {:>8}", "step", "reward", "accuracy",
                     "length", "entropy", "tokens/s", "rollout", "score", "update", "ETA");
}

std::string format_row(const StepRow& row) {
  return fmt::format("{:>6}/{:<6} {} {} {} {} {:>9}  {}s {}s {}s {:>8}", row.step, row.steps, column(row.reward, 8, 3),
                     column(row.accuracy, 8, 3), column(row.length, 8, 1), column(row.entropy, 8, 3),
                     grouped(row.tokens_per_second), column(row.rollout_seconds, 7, 2), column(row.score_seconds, 6, 2),
                     column(row.update_seconds, 6, 2), format_duration(row.remaining_seconds));
}

void Progress::row(const StepRow& row) {
  if (style_ == Style::silent) return;
  if (rows_++ % kRowsPerHeader == 0) line(row_header());
  line(format_row(row));
}

void Progress::text(const std::string& lines) {
  if (style_ == Style::silent) return;
  clear();
  fmt::print(out_, "{}", lines);
  std::fflush(out_);
}

void Progress::live(const std::string& text) {
  if (style_ != Style::live) return;
  clear();
  fmt::print(out_, "{}", text);
  std::fflush(out_);
  has_live_ = true;
}

void Progress::clear() {
  if (has_live_) fmt::print(out_, "\r\x1b[K");
  has_live_ = false;
}

Progress::Style progress_style(bool is_quiet) {
  if (is_quiet) return Progress::Style::silent;
  return ::isatty(STDERR_FILENO) ? Progress::Style::live : Progress::Style::plain;
}

std::string sample_table(const std::vector<SampleRow>& samples, size_t width) {
  std::string table;
  for (const SampleRow& sample : samples)
    table += fmt::format("  {} {}  prompt      {}\n  {:>8} {:>8}  completion  {}\n", column(sample.reward, 8, 3),
                         column(sample.advantage, 8, 3), excerpt(sample.prompt, width), "", "",
                         excerpt(sample.completion, width));
  return table.empty() ? table : fmt::format("  {:>8} {:>8}\n", "reward", "advant.") + table;
}

}  // namespace cohort::cli
