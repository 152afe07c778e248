// Mathematics in running text, where nothing sets it apart: the "3x + 1" of "so it is 3x + 1, as claimed".
#pragma once

#include <optional>
#include <string_view>

namespace cohort::rewards::math {

enum class SpanReach {
  prose,   // a fallback: a comma or "or" ends the span
  stated,  // after an anchor: "18 or 19" and "1, 2, 3" are one span
};

/// The first span at or after `from` that holds a digit, a symbol or a command; a view into `text`. Brackets in it are
/// balanced; signs and punctuation at its ends are left out. Linear.
std::optional<std::string_view> next_span(std::string_view text, size_t from, SpanReach reach);

/// The last span that holds a digit or a command. Looks at the end of the text only, whatever its length.
std::optional<std::string_view> last_span(std::string_view text);

/// `text` up to the end of its first sentence: a full stop and a blank, or a line end, outside of $…$ and brackets.
std::string_view first_sentence(std::string_view text);

/// The span with the word that follows it, which may be its unit: "18 cm" for "18". The span itself where none follows.
std::string_view with_next_word(std::string_view text, std::string_view span);

}  // namespace cohort::rewards::math
