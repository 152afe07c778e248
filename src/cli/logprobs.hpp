#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Log-probabilities of the tokens of each line.
void logprobs(const Arguments& arguments);

}  // namespace cohort::cli
