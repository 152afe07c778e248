// What words mean as mathematics.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// The value that nothing but words name: "three hundred and eleven", "two-thirds", "minus 5", "no solution". Null of
/// other texts.
const Node* spoken_value(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
