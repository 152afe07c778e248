// The program `cohort`: commands that need no model run here; the others in cohort-model beside it, so that LibTorch's
// start (0.3 s) is paid only by those that use it.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "src/cli/commands.hpp"
#include "src/cli/rewards.hpp"
#include "src/cli/score.hpp"
#include "src/cli/tasks.hpp"

namespace cohort::cli {
namespace {

const std::map<std::string, CommandBody> kBodies = {{"rewards", rewards}, {"score", score}, {"tasks", tasks}};

/// Becomes cohort-model with the same words. Returns only if that fails.
int become_model_program(char** argv) {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string program = (self.parent_path() / "cohort-model").string();
  ::execv(program.c_str(), argv);
  fmt::print(stderr, "cohort: {} beside {} could not be started: {}\n", program, self.string(), std::strerror(errno));
  return 1;
}

int run(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) throw UsageError("a command is missing: see cohort --help");
  if (words.front() == "--help") {
    std::fputs(help_of_program().c_str(), stdout);
    flush_output();
    return 0;
  }
  if (words.front() == "--version") return become_model_program(argv);
  return run_command(words, kBodies, [&] { return become_model_program(argv); });
}

}  // namespace
}  // namespace cohort::cli

int main(int argc, char** argv) {
  try {
    return cohort::cli::run(argc, argv);
  } catch (const cohort::cli::UsageError& error) {
    fmt::print(stderr, "cohort: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cohort: {}\n", error.what());
    return 1;
  }
}
