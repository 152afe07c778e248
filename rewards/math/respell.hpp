// Spellings of one and the same formula that the lexer need not know.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// `text`, ASCII with LaTeX, with signs out of their own braces (12{\%}, 2{:}1, 0.1{\overline{6}}), without the empty
/// ones behind commands (\cdot{}), with backslashes before frac{1}{2}, and with digits of a numeral out of \text. The
/// text itself where there is nothing of that.
std::string_view respelled(std::string_view text, Arena& arena);

/// The same for words: \text{ und } as \text{ and }, \mathbf{False} as \text{False}, "the 23rd" as "23rd",
/// \text{The area is } 4 as \text{area} = 4.
std::string_view with_plain_words(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
