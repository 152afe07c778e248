// Marks of a text's layout: entries of lists and headings.
#pragma once

#include <string_view>

namespace cohort::rewards::math {

/// "- 5 apples" is an entry of a list, "- 5" a number.
std::string_view without_bullet(std::string_view line);

/// "Step 6:", "Case 2.8" and "(3 marks)" in front of what goes on with another number or a formula.
bool is_heading(std::string_view bold, std::string_view behind);

/// Whether the number at `where`, a part of `text`, only names a step or an equation: "Step 53", "equation (41)".
bool is_reference(std::string_view text, std::string_view where);

/// Whether `where`, a part of `text`, is an equation that only says when another value is taken: "5, at x = 3".
bool is_condition(std::string_view text, std::string_view where);

/// Whether a number only says what went before the one in front of it: the 3 of "she has 204 left after giving away 3".
bool is_circumstance(std::string_view text, std::string_view where);

}  // namespace cohort::rewards::math
