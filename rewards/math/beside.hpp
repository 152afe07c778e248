// Answers as the one beside them lets them be read.
#pragma once

#include "rewards/math/node.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

/// (1, 2) of {(1, 2)}, the set of solutions, beside the point or x = 1, y = 2; an interval is no such point.
const Node& point_of_set(const Node& node, const Node& other);

/// (x, y) = (1, 2) or (x, y) = (3, 4), and (x, y) = (1, 2) or (3, 4), as the points.
const Node& with_points_alone(Arena& arena, const Node& node);

/// (−∞, 1] or [2, ∞) as the union, and x ∈ (1, 2) or (3, 4) but beside a list of the two; two pairs of numbers in round
/// brackets alone are points.
const Node& with_union(Arena& arena, const Node& node, const Node& other);

/// `node` as the other side lets it be read: E beside e is Euler's number, C(n, k) beside a binomial or n! is one. Null
/// where there is nothing of the kind.
const Node* with_known_names(Arena& arena, const Node& node, const Node& other);

}  // namespace cohort::rewards::math
