// Marks of web pages in an answer.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// `text` without tags of emphasis, with x<sup>2</sup> as x^{2} and &lt; as <; as it is where it has neither.
std::string_view without_html(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
