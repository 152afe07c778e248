// Marks of web pages in an answer.
#pragma once

#include <string>
#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// `text` without tags of emphasis, with x<sup>2</sup> as x^{2} and &lt; as <; as it is where it has neither.
std::string_view without_html(std::string_view text, Arena& arena);

/// Adds the character that &le; or &#8804; at the front of `text` names to `result`; the bytes of its name, 0 where
/// none is there. The character is never longer than its name.
size_t character_of_entity(std::string_view text, std::string& result);

}  // namespace cohort::rewards::math
