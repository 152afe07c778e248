// A response as a reader sees it: without what is struck through or spelled as on a web page.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// Blanks what is struck through, writes full-width digits as digits and &le; as the sign; every other byte stays where
/// it is. The text itself where it has none of them.
std::string_view legible(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
