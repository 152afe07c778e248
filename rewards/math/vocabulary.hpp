// The commands of LaTeX and the words of plain answers that the lexer knows.
#pragma once

#include <optional>
#include <string_view>

#include "rewards/math/token.hpp"

namespace cohort::rewards::math {

/// How the lexer treats a command that is no token of its own.
enum class Wrapper : uint8_t {
  none,
  skip,           // \displaystyle, \, and other blanks
  wide,           // \quad
  skip_argument,  // \hspace{…}
  text,           // \text{…}: its letters are words
  math,           // \boxed{…} \underline{…}: a group
  bold,           // \mathbf{…}
  left,           // \left
  right,          // \right
  name,           // \operatorname{…}
  blackboard,     // \mathbb{…}
  negation,       // \not
  row,            // \cr
  circled,        // \textcircled{1}
};

struct Entry {
  std::string_view name;
  Sign sign = Sign::garbage;
  std::string_view text = {};
  char shape = 0;
  Wrapper wrapper = Wrapper::none;
};

/// The command without its backslash, null where unknown.
const Entry* find_command(std::string_view name);

/// A run of letters that is a function, constant or Greek letter where it stands alone: "sin", "pi", "alpha".
const Entry* find_name(std::string_view name);

/// The function of Sin[x] and ArcTan[x], which Mathematica writes with capitals and square brackets; empty of other
/// runs.
std::string_view bracketed_function(std::string_view run);

/// Which grammatical word, of any case; none where it is no such.
Word find_word(std::string_view word);

/// The number that a word names: "five" 5, "million" 6 for a power of ten (Word::scale); negative where none.
int number_of_word(std::string_view word);

}  // namespace cohort::rewards::math
