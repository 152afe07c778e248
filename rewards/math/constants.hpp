// Order and size of real constants: what intervals and inequalities need besides equality.
#pragma once

#include <cstdint>
#include <optional>

#include "rewards/math/node.hpp"
#include "rewards/math/rational.hpp"
#include "rewards/math/separation.hpp"

namespace cohort::rewards::math {

enum class Order : uint8_t { less, equal, greater, unknown };

/// The exact order of two real constants; unknown where one is not real or has symbols, or it could not be decided.
Order order(const Node& left, const Node& right, Arena& arena, Budget& budget);

/// A double near a real constant; nothing where there is none.
std::optional<double> approximate(const Node& node, Budget& budget);

/// The integer that a constant is, if it is one, proved, and below 10^15.
std::optional<int64_t> nearest_integer(const Node& node, Arena& arena, Budget& budget);

}  // namespace cohort::rewards::math
