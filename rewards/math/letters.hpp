// Letters of multiple choice.
#pragma once

#include <optional>
#include <string_view>

namespace cohort::rewards::math {

/// The letter that a text begins with, as a view: the B of "B", "(b)", "**B**. Paris", "option B", "\text{(B)} 5". None
/// where a word begins, or where a second letter is offered with it: "B or C".
std::optional<std::string_view> leading_letter(std::string_view text);

/// The first capital letter that stands alone in `text` and is not the article; none where another one is offered too.
std::optional<std::string_view> first_letter(std::string_view text);

/// The last one; none where it is offered with the one before.
std::optional<std::string_view> last_letter(std::string_view text);

/// "C fails since 3 < 5", "A? No, B", and the first of "Option A: … Option B: …".
bool is_eliminated(std::string_view text, std::string_view letter);

/// The letter that the end of a text says it chooses, whatever other letters stand behind it: "the correct letter is B;
/// C would need 92", "I pick A over C". None where two are chosen, or where any doubt is said.
std::optional<std::string_view> chosen_letter(std::string_view text);

}  // namespace cohort::rewards::math
