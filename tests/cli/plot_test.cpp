#include "src/cli/plot.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "cli/scratch.hpp"

namespace cohort::cli {
namespace {

using test::contains;
using test::Scratch;

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_CASE("ticks are round numbers within the interval") {
  CHECK(ticks(0, 1, 6) == std::vector<double>{0, 0.2, 2 * 0.2, 3 * 0.2, 0.8, 1});
  CHECK(ticks(3, 97, 5) == std::vector<double>{20, 40, 60, 80});
  CHECK(ticks(0, 500, 6) == std::vector<double>{0, 100, 200, 300, 400, 500});
  CHECK(ticks(1, 1, 5).empty());
}

TEST_CASE("four panels with titles, axes and a label for the steps") {
  const Scratch scratch;
  std::string lines;
  for (int step = 1; step <= 40; ++step)
    lines += "{\"step\": " + std::to_string(step) + ", \"reward/mean\": 0.5, \"accuracy\": 0.25, " +
             "\"completions/mean_length\": 80.5, \"entropy\": 1.5" +
             (step % 10 == 0 ? ", \"eval/accuracy\": 0.5" : "") + "}\n";
  const std::string picture = curves(scratch.write("metrics.jsonl", lines), "a <run>");
  for (const char* title :
       {">Reward<", ">Accuracy<", ">Completion length<", ">Entropy<", ">held-out<", "a &lt;run&gt;"})
    CHECK_MESSAGE(contains(picture, title), title);
  CHECK(count(picture, ">step<") == 4);
  CHECK(count(picture, "<circle") == 4);
  CHECK(picture.starts_with("<svg"));
  CHECK(picture.ends_with("</svg>\n"));
  CHECK_FALSE(contains(picture, "nan"));
}

TEST_CASE("nothing to plot, a single step, null and a torn line are pictures as well") {
  const Scratch scratch;
  CHECK(count(curves(scratch.write("m", ""), "t"), ">no data<") == 4);
  const std::string one =
      curves(scratch.write("m", "{\"step\": 1, \"reward/mean\": 1, \"entropy\": null}\n{\"st"), "t");
  CHECK(count(one, ">no data<") == 3);
  CHECK(count(one, "<circle") == 1);
  CHECK_FALSE(contains(one, "nan"));
}

TEST_CASE("a gap in the values breaks the line") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Series series{Series::Style::line, "", {{1, 1}, {2, 2}, {3, nan}, {4, 1}, {5, 2}}};
  CHECK(count(svg("t", {{"a", "b", {series}, false}}), "<polyline") == 2);
}

}  // namespace
}  // namespace cohort::cli
