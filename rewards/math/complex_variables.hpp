// Variables that stand for complex numbers.
#pragma once

#include <utility>

#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

/// Both trees with x + iy for each z and w, if one of them has moduli beside i, conjugates or parts: on the real line
/// |z - i| is |z + i|, and Re z is z.
std::pair<const Node*, const Node*> with_complex_variables(Arena& arena, const Node& left, const Node& right);

}  // namespace cohort::rewards::math
