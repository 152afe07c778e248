// What words mean as mathematics.
#pragma once

#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// The value that nothing but words name: "three hundred and eleven", "two-thirds", "minus 5", "no solution". Null of
/// other texts.
const Node* spoken_value(std::string_view text, Arena& arena);

/// The part of a text that names a number in words, where one part only does: "forty-two" of "she needs forty-two".
/// Empty elsewhere; "one" alone is a pronoun.
std::string_view only_number_in_words(std::string_view text);

}  // namespace cohort::rewards::math
