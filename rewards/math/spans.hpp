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

/// The last values of the last line that a comma, "and" or "or" joins: the "2 or 3" of "so x is 2 or 3".
std::optional<std::string_view> last_list(std::string_view text);

/// `text` up to the end of its first sentence: a full stop and a blank, or a line end, outside of $…$ and brackets.
std::string_view first_sentence(std::string_view text);

/// The span with the unit or the half of the day that follows it: "18 cm" for "18", "2:43 p.m." for "2:43". The span
/// itself where none does.
std::string_view with_unit(std::string_view text, std::string_view span);

/// The unit that follows a number set apart: the "grams" of "$44$ grams" and "**44** grams". Empty where none does.
std::string_view unit_behind(std::string_view text, std::string_view where);

/// Whether a text is a number and nothing else: 44, \frac{1}{2}, -3.5.
bool is_plain_number(std::string_view text);

/// The span with the digits in front of it whose base it is: "3512 in base 8" for "8". The span itself elsewhere.
std::string_view with_numeral(std::string_view text, std::string_view span);

/// Whether a word makes a number another one: "million".
bool is_scale(std::string_view word);

/// Whether a word is mathematics: a function, a constant, a Greek letter.
bool is_known(std::string_view word);

/// Whether the "in" of x in [2, 3) stands at `at`; that of "5 in (the longer side)" is an inch.
bool is_membership(std::string_view text, size_t at);

/// Whether a text is running text and no answer by itself: it begins with a word, or goes on behind one. "18 square
/// feet" and "x = 5 or x = 6" are none, "so x = 5" is.
bool is_prose(std::string_view text);

}  // namespace cohort::rewards::math
