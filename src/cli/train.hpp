#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// The loop: rollout, score, advantages, update; a run folder holds what it did.
void train(const Arguments& arguments);

}  // namespace cohort::cli
