// x² + C: expressions with a constant of integration.
#pragma once

#include <optional>

#include "rewards/math/compare.hpp"

namespace cohort::rewards::math {

/// Where both trees are sums with a constant of integration (C, c, K, k, with or without an index, that occurs once):
/// the same up to that constant, whatever its name and whatever number hides in it. Nothing for other pairs.
std::optional<Comparison> compare_antiderivatives(const Node& gold, const Node& prediction, const Policy& policy,
                                                  Arena& arena, Budget& budget);

/// ln(x/2) + C, where the divisor is lost in the constant. Of ln x/2 + C it is the wrong reading.
bool hides_a_factor(const Node& node);

}  // namespace cohort::rewards::math
