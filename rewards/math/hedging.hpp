// What takes an answer back: "not 5", "5 or maybe 6".
#pragma once

#include <string_view>

namespace cohort::rewards::math {

/// Whether what stands before `where`, a part of `text`, denies, doubts or supposes it, or compares the answer with it:
/// "not 5", "I doubt that the answer is 5", "the answer is a divisor of 5". A box states the answer by itself, so that
/// only a denial right before it counts, and behind an equals sign nothing is a comparison.
bool is_denied(std::string_view text, std::string_view where, bool is_boxed);

/// A second value that is offered with the one at `where`, a part of `text`, on the same line: the 6 of "5 or maybe 6",
/// "5?? or 6" and "5 6", and the 5 for the 6. Empty where there is none.
std::string_view alternative(std::string_view text, std::string_view where);

/// Whether what follows `where` takes the value back: "37 is not the answer", "37 is wrong", "37 + 2". Behind a box
/// only words do.
bool is_refuted(std::string_view text, std::string_view where, bool is_boxed);

}  // namespace cohort::rewards::math
