#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Text to tokens and back, a line each.
void tokenize(const Arguments& arguments);

}  // namespace cohort::cli
