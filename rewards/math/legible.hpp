// A response as a reader sees it: without what is struck through.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// Blanks what is struck through, and writes full-width digits as digits; every other byte stays where it is. The text
/// itself where it has neither.
std::string_view legible(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
