// The end of a text that gives no answer: it breaks off, or says what is still to be done.
#pragma once

#include <string_view>

namespace cohort::rewards::math {

/// Whether the last sentence breaks off ("we have that x is", "74 + 36 =", "now suppose that") or is a plan ("it
/// remains to compute 13 + 210"), so that its numbers are no answer.
bool is_unfinished(std::string_view text);

/// The text before a last paragraph that only checks or explains an answer: "**94**\n\nExplanation: …". As it is where
/// none was stated before, or where that paragraph may state another.
std::string_view without_aside(std::string_view text);

}  // namespace cohort::rewards::math
