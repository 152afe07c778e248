#include "src/cli/model_commands.hpp"

#include <map>

#include "src/cli/commands.hpp"
#include "src/cli/eval.hpp"
#include "src/cli/export.hpp"
#include "src/cli/generate.hpp"
#include "src/cli/logprobs.hpp"
#include "src/cli/model.hpp"
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

}  // namespace
}  // namespace cohort::cli

int cohort_run_model_command(const std::vector<std::string>& words, std::unique_ptr<cohort::cli::ReadAhead> ahead) {
  using namespace cohort::cli;
  if (words.empty()) throw UsageError("this program is started by cohort");
  if (words.front() == "--version") return guarded("--version", print_version);
  use_read_ahead(std::move(ahead));
  return run_command(words, kBodies, [] { return 2; });
}
