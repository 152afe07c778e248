// The program `cohort-model`: the commands of `cohort` that load a model. Not called by users.
#include <fmt/format.h>

#include <exception>
#include <string>
#include <vector>

#include "src/cli/commands.hpp"
#include "src/cli/eval.hpp"
#include "src/cli/export.hpp"
#include "src/cli/generate.hpp"
#include "src/cli/logprobs.hpp"
#include "src/cli/new.hpp"
#include "src/cli/plan.hpp"
#include "src/cli/tokenize.hpp"
#include "src/cli/train.hpp"
#include "src/cli/version.hpp"

namespace cohort::cli {
namespace {

const std::map<std::string, CommandBody> kBodies = {
    {"eval", eval},     {"export", export_model}, {"generate", generate}, {"logprobs", logprobs},
    {"new", new_model}, {"plan", plan},           {"tokenize", tokenize}, {"train", train},
};

int run(const std::vector<std::string>& words) {
  if (words.empty()) throw UsageError("this program is started by cohort");
  if (words.front() == "--version") return guarded("--version", print_version);
  return run_command(words, kBodies, [] { return 2; });
}

}  // namespace
}  // namespace cohort::cli

int main(int argc, char** argv) {
  try {
    return cohort::cli::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "cohort: {}\n", error.what());
    return 2;
  }
}
