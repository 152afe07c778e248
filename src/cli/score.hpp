#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Grades completions in lines; loads no model.
void score(const Arguments& arguments);

}  // namespace cohort::cli
