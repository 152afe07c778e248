#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Lists the rewards.
void rewards(const Arguments& arguments);

}  // namespace cohort::cli
