// Where in a completion its answer stands. Every function is one linear pass and returns a view into its argument.
#pragma once

#include <optional>
#include <string_view>

namespace cohort::rewards {

/// Without blanks, line ends and NULs at either end.
std::string_view trim(std::string_view text);

/// What follows the last </think>; without one, what precedes an unclosed <think>. Reasoning is never graded.
std::string_view after_thinking(std::string_view text);

/// The content of the last complete \boxed{…} or \fbox{…}, braces balanced; also \boxed x.
std::optional<std::string_view> last_boxed(std::string_view text);

/// The content of the last complete open…close block.
std::optional<std::string_view> last_block(std::string_view text, std::string_view open, std::string_view close);

/// The rest of the line after the last "####" that is followed by a number.
std::optional<std::string_view> last_hashes(std::string_view text);

/// What follows the last "answer is", "answer:" or "answer =" (any case, markdown allowed), to the end of its sentence.
std::optional<std::string_view> last_answer_phrase(std::string_view text);

/// The last number, with sign, thousands, decimals, fraction and percent.
std::optional<std::string_view> last_number(std::string_view text);

}  // namespace cohort::rewards
