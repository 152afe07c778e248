// A response as a reader sees it: without what is struck through, spelled as on a web page or said within \text{…}.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// Blanks what is struck through, writes full-width digits as digits and &le; as the sign, and takes "the answer is"
/// out of \text{…}; every other byte stays where it is. The text itself where it has none of them.
std::string_view legible(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
