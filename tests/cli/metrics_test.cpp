#include "cohort/metrics.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "cli/scratch.hpp"

namespace cohort {
namespace {

using test::contains;
using test::message_of;
using test::read_text;
using test::Scratch;

TEST_CASE("a line has its keys in order, shortest numbers, and null for what is not a number") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(to_json({{"b", 0.1}, {"a", int64_t{3}}, {"c", nan}, {"d", 1e-6}}) == R"({"b":0.1,"a":3,"c":null,"d":1e-06})");
  CHECK(contains(message_of([] { to_json({{"a", 1.0}, {"a", 2.0}}); }), "\"a\" is given twice"));
}

TEST_CASE("steps are written once and in order") {
  const Scratch scratch;
  MetricsWriter writer(scratch / "m.jsonl");
  writer.write(1, {{"loss", 0.5}});
  writer.write(2, {{"loss", 0.25}});
  CHECK(contains(message_of([&] { writer.write(2, {}); }), "step 2"));
  CHECK(read_text(scratch / "m.jsonl") == "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.25}\n");
}

TEST_CASE("a continued run drops what it will write again, and a torn last line") {
  const Scratch scratch;
  const std::string file = scratch.write("m.jsonl", "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n{\"st");
  MetricsWriter writer(file, 2);
  CHECK(read_text(file) == "{\"step\":1}\n{\"step\":2}\n");
  writer.write(3, {{"loss", 1.0}});
  CHECK(read_text(file) == "{\"step\":1}\n{\"step\":2}\n{\"step\":3,\"loss\":1.0}\n");
}

TEST_CASE("a file of something else is an error and stays as it is") {
  const Scratch scratch;
  const std::string file = scratch.write("m.jsonl", "{\"step\":1}\nnotes\n");
  CHECK(contains(message_of([&] { MetricsWriter(file, 5); }), "line 2"));
  CHECK(read_text(file) == "{\"step\":1}\nnotes\n");
}

TEST_CASE("several lines of one step arrive as they are") {
  const Scratch scratch;
  MetricsWriter writer(scratch / "c.jsonl");
  writer.write_lines(1, "{\"step\":1,\"a\":1}\n{\"step\":1,\"a\":2}\n");
  CHECK(test::split_lines(read_text(scratch / "c.jsonl")).size() == 2);
}

}  // namespace
}  // namespace cohort
