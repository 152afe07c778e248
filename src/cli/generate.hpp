#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Samples completions of a prompt, streamed, or of lines of prompts.
void generate(const Arguments& arguments);

}  // namespace cohort::cli
