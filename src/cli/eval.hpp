#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Accuracy on held-out problems, as one object.
void eval(const Arguments& arguments);

}  // namespace cohort::cli
