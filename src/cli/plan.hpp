// cohort plan: the memory of a run, before it starts.
#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

void plan(const Arguments& arguments);

}  // namespace cohort::cli
