// The commands of `cohort` that load a model, behind one function: the library they are in brings LibTorch with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/cli/read_ahead.hpp"

namespace cohort::cli {

/// What the library is called, and the function in it.
inline constexpr const char* kModelCommandsLibrary = "libcohort-commands.so";
inline constexpr const char* kRunModelCommand = "cohort_run_model_command";

/// Runs the command of `words` and returns the exit code. `ahead`, where it is not null, is what was read for it.
using RunModelCommand = int(const std::vector<std::string>& words, std::unique_ptr<ReadAhead> ahead);

}  // namespace cohort::cli

extern "C" cohort::cli::RunModelCommand cohort_run_model_command;
