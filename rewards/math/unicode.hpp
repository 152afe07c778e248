// Mathematical Unicode as ASCII and LaTeX.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// The text with − × π ² ½ full-width digits … spelled in LaTeX. What it does not know stays. At most 16 times as long.
std::string_view spell_unicode(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
