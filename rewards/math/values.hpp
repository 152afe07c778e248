// Whether two expressions have one value, or are one function.
#pragma once

#include "rewards/math/compare.hpp"

namespace cohort::rewards::math {

/// compare_scalars for trees whose form is no longer asked about: percent, degrees and numerals have been dealt with.
Comparison compare_values(const Node& gold, const Node& prediction, const Policy& policy, Arena& arena, Budget& budget);

}  // namespace cohort::rewards::math
