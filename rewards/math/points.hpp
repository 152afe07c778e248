// Where expressions in symbols are compared.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "rewards/math/evaluate.hpp"

namespace cohort::rewards::math {

inline constexpr int num_points = 38;

/// Point `index` of num_points: a fraction for each symbol, the same ones in every comparison. Small and large, of both
/// signs, whole and next to whole; the first are the ones where most functions have a value.
std::vector<Binding> point(int index, std::span<const std::string_view> symbols);

}  // namespace cohort::rewards::math
