#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Makes a randomly initialised model.
void new_model(const Arguments& arguments);

}  // namespace cohort::cli
