#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Lists tasks, shows one, or draws problems from one.
void tasks(const Arguments& arguments);

}  // namespace cohort::cli
