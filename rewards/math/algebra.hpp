// Expressions as polynomials of one symbol, and as fractions, with trees for coefficients.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "rewards/math/constants.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

/// numerator / denominator; no divisions by symbols are left in either but below roots and functions. What would grow
/// too large stays as it is, over 1.
struct Fraction {
  const Node* numerator;
  const Node* denominator;
};
Fraction as_fraction(const Node& node, Arena& arena);

constexpr size_t max_degree = 2;  // what is solved by a formula

/// Coefficients of symbol^0, symbol^1, …, symbol^max_degree; null is 0. Nothing where `node` is no such polynomial.
/// A coefficient is free of `symbol` and may come out as 0.
using Polynomial = std::array<const Node*, max_degree + 1>;
std::optional<Polynomial> as_polynomial(const Node& node, std::string_view symbol, Arena& arena, Budget& budget);

/// The same with rational coefficients, up to degree 8: a product of linear factors with rational zeros and a rest
/// without any, of degree 0 or more. Nothing where `node` is no such polynomial, or its coefficients are too large.
struct RationalFactors {
  Nodes zeros;                     // each as often as it is one
  std::optional<Polynomial> rest;  // nothing where its degree is above max_degree
};
std::optional<RationalFactors> rational_factors(const Node& node, std::string_view symbol, Arena& arena,
                                                Budget& budget);

/// The real zeros of a polynomial with constant coefficients, ascending and each once. Nothing where a sign could not
/// be decided or the polynomial is 0.
std::optional<Nodes> real_zeros(const Polynomial& polynomial, Arena& arena, Budget& budget);

}  // namespace cohort::rewards::math
