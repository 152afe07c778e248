// Euclid's algorithm in one generator, with polynomials in the others for coefficients.
#include "rewards/math/polynomial_gcd.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace cohort::rewards::math {
namespace {

constexpr uint32_t no_generator = std::numeric_limits<uint32_t>::max();
constexpr int64_t max_exponent = 64;

/// Coefficients by the power of one generator, none of them 0.
using Powers = std::map<int64_t, Polynomial>;

uint32_t first_generator(const Polynomial& a) {
  uint32_t first = no_generator;
  for (const Term& term : a.terms)
    if (!term.monomial.empty()) first = std::min(first, term.monomial[0].generator);
  return first;
}

Powers powers_of(const Polynomial& a, uint32_t generator) {
  std::map<int64_t, std::vector<Term>> parts;
  for (const Term& term : a.terms) {
    Term rest = term;
    int64_t exponent = 0;
    const auto factor = std::find_if(rest.monomial.begin(), rest.monomial.end(),
                                     [&](const Factor& f) { return f.generator == generator; });
    if (factor != rest.monomial.end()) {
      exponent = factor->exponent.numerator;
      rest.monomial.erase(factor);
    }
    parts[exponent].push_back(std::move(rest));
  }
  Powers result;
  for (auto& [exponent, terms] : parts) result.emplace(exponent, collect(std::move(terms)));
  return result;
}

int64_t degree(const Polynomial& a, uint32_t generator) {
  int64_t most = 0;
  for (const Term& term : a.terms)
    for (const Factor& factor : term.monomial)
      if (factor.generator == generator) most = std::max(most, factor.exponent.numerator);
  return most;
}

Polynomial power_of(uint32_t index, int64_t exponent) {
  return exponent == 0 ? constant(Rational(1)) : generator(index, {exponent, 1});
}

std::optional<Polynomial> difference(const Polynomial& a, const std::optional<Polynomial>& b, Budget& budget) {
  return b ? add(a, scale(*b, Rational(-1)), budget) : std::nullopt;
}

Polynomial with_positive_lead(Polynomial a) {
  return leading_coefficient(a).sign() < 0 ? scale(std::move(a), Rational(-1)) : a;
}

/// The common divisor of the coefficients of `a` as a polynomial in `generator`.
std::optional<Polynomial> content(const Polynomial& a, uint32_t generator, Budget& budget) {
  std::optional<Polynomial> result = Polynomial();
  for (const auto& [exponent, coefficient] : powers_of(a, generator)) {
    result = greatest_common_divisor(*result, coefficient, budget);
    if (!result || result->is_one()) return result;
  }
  return result;
}

/// What is left of `a`, times a polynomial free of `generator`, when multiples of `b` are taken away.
std::optional<Polynomial> remainder(Polynomial a, const Polynomial& b, uint32_t generator, Budget& budget) {
  const Powers divisor = powers_of(b, generator);
  const auto& [below, lead] = *divisor.rbegin();
  while (!a.is_zero() && degree(a, generator) >= below) {
    const Powers parts = powers_of(a, generator);
    const auto& [above, top] = *parts.rbegin();
    const auto raised = multiply(top, power_of(generator, above - below), budget);
    const auto kept = multiply(a, lead, budget);
    const auto taken = raised ? multiply(*raised, b, budget) : std::nullopt;
    auto rest = kept ? difference(*kept, taken, budget) : std::nullopt;
    if (!rest) return rest;
    a = std::move(*rest);
  }
  return a;
}

}  // namespace

Rational leading_coefficient(const Polynomial& a) {
  Polynomial rest = a;
  for (uint32_t first = first_generator(rest); first != no_generator; first = first_generator(rest))
    rest = powers_of(rest, first).rbegin()->second;
  return rest.constant();
}

std::optional<Polynomial> exact_quotient(const Polynomial& a, const Polynomial& b, Budget& budget) {
  if (!budget.spend(static_cast<int64_t>(a.terms.size() + b.terms.size()))) return std::nullopt;
  if (b.is_constant()) return scale(a, b.constant().inverse());
  const uint32_t generator = first_generator(b);
  const Powers divisor = powers_of(b, generator);
  const auto& [below, lead] = *divisor.rbegin();
  Polynomial rest = a, quotient;
  while (!rest.is_zero()) {
    const Powers parts = powers_of(rest, generator);
    const auto& [above, top] = *parts.rbegin();
    if (above < below) return std::nullopt;
    const auto coefficient = exact_quotient(top, lead, budget);
    const auto step = coefficient ? multiply(*coefficient, power_of(generator, above - below), budget) : std::nullopt;
    const auto left = step ? difference(rest, multiply(*step, b, budget), budget) : std::nullopt;
    const auto sum = left ? add(quotient, *step, budget) : std::nullopt;
    if (!sum || (!left->is_zero() && degree(*left, generator) >= above && above > 0)) return std::nullopt;
    if (above == 0 && !left->is_zero()) return std::nullopt;
    rest = *left;
    quotient = *sum;
  }
  return quotient;
}

std::optional<Polynomial> greatest_common_divisor(const Polynomial& a, const Polynomial& b, Budget& budget) {
  if (!budget.spend(8 + static_cast<int64_t>(a.terms.size() + b.terms.size()))) return std::nullopt;
  if (a.is_zero() || b.is_zero()) return with_positive_lead(a.is_zero() ? b : a);
  const uint32_t generator = std::min(first_generator(a), first_generator(b));
  if (generator == no_generator)
    return constant(Rational(gcd(abs(a.constant().numerator()), abs(b.constant().numerator()))));
  const int64_t left_degree = degree(a, generator), right_degree = degree(b, generator);
  if (left_degree > max_exponent || right_degree > max_exponent) return std::nullopt;
  const auto left_content = content(a, generator, budget), right_content = content(b, generator, budget);
  if (!left_content || !right_content) return std::nullopt;
  const auto common = greatest_common_divisor(*left_content, *right_content, budget);
  if (!common || left_degree == 0 || right_degree == 0) return common;
  auto above = exact_quotient(a, *left_content, budget), below = exact_quotient(b, *right_content, budget);
  if (left_degree < right_degree) std::swap(above, below);
  while (above && below && degree(*below, generator) > 0) {
    auto rest = remainder(*above, *below, generator, budget);
    if (!rest) return std::nullopt;
    above = std::move(below);
    if (rest->is_zero()) break;
    const auto factor = content(*rest, generator, budget);
    below = factor ? exact_quotient(*rest, *factor, budget) : std::nullopt;
    if (!below) return std::nullopt;
    if (degree(*below, generator) == 0) return common;
  }
  if (!above) return std::nullopt;
  return multiply(*common, with_positive_lead(*above), budget);
}

}  // namespace cohort::rewards::math
