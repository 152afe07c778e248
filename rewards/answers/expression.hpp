// Arithmetic over integers, as in a countdown game: read by recursive descent, valued exactly.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cohort::rewards {

enum class ExpressionStatus {
  value,
  malformed,  // not an expression of integers, + - * / and parentheses, or too long or deep
  overflow,   // an intermediate value leaves 64-bit numerators and denominators
  undefined,  // a division by zero
};

struct Expression {
  ExpressionStatus status = ExpressionStatus::malformed;
  int64_t numerator = 0;
  int64_t denominator = 1;       // positive, no common factor with the numerator
  std::vector<int64_t> numbers;  // every number written, in order
};

/// expression = term { (+ | -) term };  term = factor { (* | /) factor };  factor = [+ | -] factor | integer | (
/// expression ). × · \times \cdot are *, ÷ ∕ \div are /, − – are -. An integer touches no letter, digit or dot. At most
/// 1,000 bytes and 100 open parentheses and signs.
Expression evaluate(std::string_view text);

}  // namespace cohort::rewards
