#include "rewards/math/exact_algebra.hpp"

namespace cohort::rewards::math {

std::optional<bool> are_same_number(const Node&, const Node&, const EvaluateOptions&, Budget&) { return std::nullopt; }

bool has_exact_algebra() { return false; }

}  // namespace cohort::rewards::math
