// Commands that lost their backslash: "\f" of "\frac" is a form feed to Python, JSON and C.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// `text` with a backslash and the letter for a control character that begins a command; also for "rac{" at the
/// beginning, where the character went with the blanks. The text itself where there is none.
std::string_view with_backslashes(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
