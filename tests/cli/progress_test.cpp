#include "src/cli/progress.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <functional>
#include <limits>

#include "cli/scratch.hpp"

namespace cohort::cli {
namespace {

using test::contains;
using test::Scratch;

std::string shown(Progress::Style style, const std::function<void(Progress&)>& use) {
  const Scratch scratch;
  std::FILE* file = std::fopen((scratch / "err").c_str(), "w");
  {
    Progress progress(style, file);
    use(progress);
  }
  std::fclose(file);
  return test::read_text(scratch / "err");
}

TEST_CASE("durations read as seconds, minutes and hours") {
  CHECK(format_duration(47.6) == "48s");
  CHECK(format_duration(751) == "12:31");
  CHECK(format_duration(11100) == "3:05:00");
  CHECK(format_duration(std::numeric_limits<double>::quiet_NaN()) == "0s");
}

TEST_CASE("a row stands below its header, and NaN is a dash") {
  StepRow row{
      .step = 12, .steps = 500, .reward = 0.4125, .accuracy = 0.375, .length = 83.1, .tokens_per_second = 15'320};
  row.entropy = std::numeric_limits<double>::quiet_NaN();
  const std::string text = format_row(row);
  CHECK(contains(text, "12/500"));
  CHECK(contains(text, "0.412"));
  CHECK(contains(text, "15,320"));
  CHECK(contains(text, " - "));
  CHECK(text.size() == row_header().size());
}

TEST_CASE("live lines are for terminals, and nothing at all for quiet runs") {
  const auto use = [](Progress& progress) {
    progress.live("halfway");
    progress.line("done");
  };
  CHECK(shown(Progress::Style::silent, use) == "");
  CHECK(shown(Progress::Style::plain, use) == "done\n");
  CHECK(shown(Progress::Style::live, use) == "halfway\r\x1b[Kdone\n");
}

TEST_CASE("samples cannot break their table") {
  const std::string table =
      sample_table({{.prompt = "1+1=", .completion = "a\nb\x1b[2J" + std::string(500, 'x'), .reward = 1}}, 20);
  CHECK(contains(table, "a⏎b [2J"));
  CHECK(contains(table, "…"));
  CHECK_FALSE(contains(table, "\x1b"));
  CHECK(test::split_lines(table).size() == 3);
}

}  // namespace
}  // namespace cohort::cli
