// The options of `generate` and `eval` that say how to draw.
#pragma once

#include "cohort/rollout.hpp"
#include "src/cli/options.hpp"

namespace cohort::cli {

/// "exact", "int8", "fp8" or "fast".
Precision parse_precision(const std::string& name);

/// --max-new-tokens, --temperature, --top-k, --top-p, --min-p, --batch-size and --seed.
RolloutOptions rollout_options(const Arguments& arguments, double default_temperature);

}  // namespace cohort::cli
