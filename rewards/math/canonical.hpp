// Expressions as fractions of polynomials in everything that arithmetic cannot take apart: exact equality of most
// answers.
#pragma once

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

enum class Canonical : uint8_t { equal, different, open };

struct CanonicalOptions {
  bool is_complex = false;  // as in EvaluateOptions
  bool log_is_decimal = false;
  bool has_polynomial_gcd = false;  // gcd(x, y) is 1
};

/// Compares two trees as fractions of polynomials with rational coefficients, in symbols, roots, powers, logarithms and
/// function values. `equal` and `different` are proofs about functions: that they agree wherever both have a value, or
/// do not everywhere. Numbers without a value (1/0) must be excluded by the caller.
Canonical compare_canonical(const Node& left, const Node& right, const CanonicalOptions& options, Budget& budget);

}  // namespace cohort::rewards::math
