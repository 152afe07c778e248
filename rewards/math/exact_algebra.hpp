// Equality of constants by exact computation in fields of numbers, where the library for it was found.
#pragma once

#include <optional>

#include "rewards/math/evaluate.hpp"
#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// Whether two constants are the same number, proved: algebraic ones, and what exp, log and the trigonometric functions
/// make of them. Nothing where there is no proof, the trees are not small, or cohort was built without FLINT. The
/// library cannot be interrupted; what it is given is small enough to end within some 50 ms.
std::optional<bool> are_same_number(const Node& left, const Node& right, const EvaluateOptions& options,
                                    Budget& budget);

/// Whether cohort was built with it.
bool has_exact_algebra();

}  // namespace cohort::rewards::math
