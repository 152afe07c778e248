// Polynomials with rational coefficients and rational exponents, in generators that are known by number only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rewards/math/node.hpp"
#include "rewards/math/rational.hpp"

namespace cohort::rewards::math {

/// A small fraction in lowest terms with a positive denominator.
struct Exponent {
  int64_t numerator = 0, denominator = 1;

  bool is_integer() const { return denominator == 1; }
  int64_t floor() const {
    const int64_t quotient = numerator / denominator;
    return quotient - (numerator % denominator < 0);
  }
  friend bool operator==(const Exponent&, const Exponent&) = default;
};

/// Nothing where the result does not fit in 60 bits.
std::optional<Exponent> add(const Exponent& a, const Exponent& b);
std::optional<Exponent> multiply(const Exponent& a, const Exponent& b);
std::optional<Exponent> exponent_of(const Rational& value);
bool less(const Exponent& a, const Exponent& b);

struct Factor {
  uint32_t generator = 0;
  Exponent exponent;
  friend bool operator==(const Factor&, const Factor&) = default;
};

/// Factors in the order of their generators, none with exponent 0.
using Monomial = std::vector<Factor>;

struct Term {
  Monomial monomial;
  Rational coefficient;
};

/// Terms in one order, no two with the same monomial, none 0. No terms: 0.
struct Polynomial {
  std::vector<Term> terms;

  bool is_zero() const { return terms.empty(); }
  bool is_constant() const { return terms.empty() || (terms.size() == 1 && terms[0].monomial.empty()); }
  bool is_one() const { return terms.size() == 1 && terms[0].monomial.empty() && terms[0].coefficient.is_one(); }
  Rational constant() const { return terms.empty() ? Rational() : terms[0].coefficient; }  // where is_constant()
};

Polynomial constant(Rational value);
Polynomial generator(uint32_t index, Exponent exponent = {1, 1});
bool operator==(const Polynomial& a, const Polynomial& b);

/// Sums and products. Nothing where they would pass the size limit (1,000 terms), or the budget ends.
std::optional<Polynomial> add(const Polynomial& a, const Polynomial& b, Budget& budget);
std::optional<Polynomial> multiply(const Polynomial& a, const Polynomial& b, Budget& budget);
std::optional<Monomial> multiply(const Monomial& a, const Monomial& b);
Polynomial scale(Polynomial a, const Rational& factor);

/// Sorts terms and adds those with one monomial.
Polynomial collect(std::vector<Term> terms);

}  // namespace cohort::rewards::math
