// The program `cohort-model`: the commands of `cohort` that load a model. Not called by users. It starts without
// LibTorch, whose start takes as long as reading a small model does: the two go on beside each other.
#include <fmt/format.h>

#include <exception>

#include "src/cli/model_commands.hpp"
#ifdef COHORT_COMMANDS_LIBRARY
#include <dlfcn.h>
#endif

namespace cohort::cli {
namespace {

#ifdef COHORT_COMMANDS_LIBRARY
// From the folders this program's own libraries come from.
RunModelCommand* load_commands() {
  void* const library = ::dlopen(kModelCommandsLibrary, RTLD_LAZY | RTLD_GLOBAL);
  void* const run = library ? ::dlsym(library, kRunModelCommand) : nullptr;
  if (!run) throw std::runtime_error(::dlerror());
  return reinterpret_cast<RunModelCommand*>(run);
}
#else
RunModelCommand* load_commands() { return cohort_run_model_command; }
#endif

}  // namespace
}  // namespace cohort::cli

int main(int argc, char** argv) {
  using namespace cohort::cli;
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    std::unique_ptr<ReadAhead> ahead = read_ahead_of(words);
    return load_commands()(words, std::move(ahead));
  } catch (const std::exception& error) {
    fmt::print(stderr, "cohort: {}\n", error.what());
    return 2;
  }
}
