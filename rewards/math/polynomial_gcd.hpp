// Greatest common divisors of polynomials in any number of generators.
#pragma once

#include <optional>

#include "rewards/math/polynomial.hpp"

namespace cohort::rewards::math {

/// Of polynomials with whole coefficients and whole exponents ≥ 0: the divisor with the largest content, its leading
/// coefficient positive. Nothing where it grows too large or the budget ends.
std::optional<Polynomial> greatest_common_divisor(const Polynomial& a, const Polynomial& b, Budget& budget);

/// a / b where b, which is not 0, divides a.
std::optional<Polynomial> exact_quotient(const Polynomial& a, const Polynomial& b, Budget& budget);

/// The coefficient of the term that is first by the exponents of the first generator, then of the second and so on.
Rational leading_coefficient(const Polynomial& a);

}  // namespace cohort::rewards::math
