// Expressions as fractions of polynomials in everything that arithmetic cannot take apart: exact equality of most
// answers.
#pragma once

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

struct CanonicalDifference {
  enum class Result : uint8_t { equal, different, open } result = Result::open;
  /// Where open and the form is simpler than left − right: a tree that is zero exactly where left − right is. Or null.
  const Node* numerator = nullptr;
};

/// Compares two trees as fractions of polynomials with rational coefficients, in symbols, roots, powers, logarithms and
/// function values. `equal` and `different` are proofs (of functions that agree, or not, wherever both have a value).
CanonicalDifference canonical_difference(const Node& left, const Node& right, bool is_complex, bool log_is_decimal,
                                         Arena& arena, Budget& budget);

}  // namespace cohort::rewards::math
