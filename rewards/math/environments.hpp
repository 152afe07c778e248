// Mathematics that a text sets apart: $…$, $$…$$, \(…\), \[…\], \begin{align}…\end{align}.
#pragma once

#include <optional>
#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

struct Environment {
  std::string_view where;    // with its delimiters, and those of its neighbours
  std::string_view content;  // of all of them, joined by commas; a percent sign or word that follows is in it
};

/// Whether a text is one formula: on one line, or with a matrix over several.
bool is_one_formula(std::string_view text);

/// The environment that `text` starts with, with those that follow it after a comma, "and" or "or" (at most 8). $…$ and
/// \(…\) end on their line, but for a matrix.
std::optional<Environment> first_environment(std::string_view text, Arena& arena);

/// The last environment of `text`, with those before it that belong to it. Dollars are paired from the right.
std::optional<Environment> last_environment(std::string_view text, Arena& arena);

}  // namespace cohort::rewards::math
