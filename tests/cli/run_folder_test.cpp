#include "src/cli/run_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "cli/scratch.hpp"

namespace cohort::cli {
namespace {

namespace fs = std::filesystem;
using Phase = CheckpointPlace::Phase;
using test::contains;
using test::message_of;
using test::Scratch;

TEST_CASE("a new run wants a new or an empty folder, and makes nothing before its configuration") {
  const Scratch scratch;
  const RunFolder folder = RunFolder::create(scratch / "run");
  CHECK_FALSE(fs::exists(scratch / "run"));
  fs::create_directory(scratch / "run");
  RunFolder::create(scratch / "run");
  folder.write_config("[train]\n");
  CHECK(test::read_text(scratch / "run/config.toml") == "[train]\n");
  CHECK(contains(message_of([&] { RunFolder::create(scratch / "run"); }), "--resume"));
  CHECK(contains(message_of([&] { RunFolder::create(scratch / "run/config.toml"); }), "not an empty folder"));
}

TEST_CASE("a run to go on with has a configuration") {
  const Scratch scratch;
  CHECK(contains(message_of([&] { RunFolder::open(scratch / "run"); }), "config.toml"));
}

TEST_CASE("the latest checkpoint is the furthest complete one") {
  const Scratch scratch;
  const RunFolder folder = RunFolder::create(scratch / "run");
  CHECK_FALSE(folder.latest());
  fs::create_directories(folder.checkpoint(Phase::warm_start, 900));
  CHECK(folder.latest()->phase == Phase::warm_start);
  for (const int64_t step : {0, 10, 9}) fs::create_directories(folder.checkpoint(Phase::grpo, step));
  fs::create_directories(scratch / "run/checkpoints/step-000011.tmp");
  CHECK(folder.latest()->phase == Phase::grpo);
  CHECK(folder.latest()->step == 10);
  CHECK(folder.latest()->directory == scratch / "run/checkpoints/step-000010");
}

TEST_CASE("pruning keeps the newest, and the reference") {
  const Scratch scratch;
  const RunFolder folder = RunFolder::create(scratch / "run");
  for (const int64_t step : {0, 10, 20, 30}) fs::create_directories(folder.checkpoint(Phase::grpo, step));
  fs::create_directories(folder.checkpoint(Phase::warm_start, 5));
  folder.prune(2, /*pinned=*/0);
  CHECK_FALSE(fs::exists(folder.checkpoint(Phase::warm_start, 5)));
  CHECK(fs::exists(folder.checkpoint(Phase::grpo, 0)));
  CHECK_FALSE(fs::exists(folder.checkpoint(Phase::grpo, 10)));
  CHECK(fs::exists(folder.checkpoint(Phase::grpo, 20)));
  folder.prune(1);
  CHECK_FALSE(fs::exists(folder.checkpoint(Phase::grpo, 0)));
  CHECK(fs::exists(folder.checkpoint(Phase::grpo, 30)));
}

}  // namespace
}  // namespace cohort::cli
