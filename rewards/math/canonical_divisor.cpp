// gcd(x² − 1, x − 1) as computer algebra has it: of polynomials in the generators.
#include <algorithm>
#include <map>
#include <numeric>

#include "rewards/math/canonical_form.hpp"
#include "rewards/math/polynomial_gcd.hpp"

namespace cohort::rewards::math::canonical {
namespace {

constexpr int64_t max_denominator = 12;  // of an exponent
constexpr size_t max_generators = 16;

using Denominators = std::map<uint32_t, int64_t>;

/// The common denominators of the exponents of each generator; nothing where one is negative or has a large one.
std::optional<Denominators> denominators_of(const std::vector<Quotient>& arguments) {
  Denominators result;
  for (const Quotient& argument : arguments)
    for (const Term& term : argument.top.terms)
      for (const Factor& factor : term.monomial) {
        int64_t& denominator = result.emplace(factor.generator, 1).first->second;
        if (factor.exponent.numerator < 0 || factor.exponent.denominator > max_denominator) return std::nullopt;
        denominator = std::lcm(denominator, factor.exponent.denominator);
        if (denominator > max_denominator) return std::nullopt;
      }
  return result;
}

Polynomial with_whole_exponents(Polynomial a, const Denominators& denominators) {
  for (Term& term : a.terms)
    for (Factor& factor : term.monomial)
      factor.exponent = {factor.exponent.numerator * (denominators.at(factor.generator) / factor.exponent.denominator),
                         1};
  return collect(std::move(a.terms));
}

Polynomial with_fractions(Polynomial a, const Denominators& denominators) {
  for (Term& term : a.terms)
    for (Factor& factor : term.monomial) {
      const int64_t denominator = denominators.at(factor.generator);
      const int64_t common = std::gcd(factor.exponent.numerator, denominator);
      factor.exponent = {factor.exponent.numerator / common, denominator / common};
    }
  return collect(std::move(a.terms));
}

/// `a` times the common denominator of its coefficients.
Polynomial with_whole_coefficients(Polynomial a) {
  Integer all(1);
  for (const Term& term : a.terms) {
    const Integer& below = term.coefficient.denominator();
    all = all * math::divide(below, gcd(all, below)).quotient;
  }
  return scale(std::move(a), Rational(all));
}

}  // namespace

/// Over the whole numbers where all coefficients are; else over the fractions, where the leading coefficient is 1.
Form Builder::common_divisor(const std::vector<Quotient>& arguments, bool is_multiple) {
  const auto denominators = denominators_of(arguments);
  if (!denominators || denominators->size() > max_generators) return std::nullopt;
  std::vector<Polynomial> parts;
  bool is_whole = true;
  for (const Quotient& argument : arguments) {
    if (!argument.bottom.is_constant()) return std::nullopt;
    Polynomial part = with_whole_exponents(scale(argument.top, argument.bottom.constant().inverse()), *denominators);
    for (const Term& term : part.terms) is_whole = is_whole && term.coefficient.is_integer();
    parts.push_back(std::move(part));
  }
  std::optional<Polynomial> result;
  for (Polynomial& part : parts) {
    if (!is_whole) part = with_whole_coefficients(std::move(part));
    if (!result) {
      result = std::move(part);
      continue;
    }
    auto common = greatest_common_divisor(*result, part, budget_);
    if (!common) return std::nullopt;
    if (is_multiple) {
      if (common->is_zero()) return number(Rational());
      const auto rest = exact_quotient(part, *common, budget_);
      common = rest ? math::multiply(*result, *rest, budget_) : std::nullopt;
      if (!common) return std::nullopt;
    }
    result = std::move(common);
  }
  if (result->is_zero()) return number(Rational());
  const Rational lead = leading_coefficient(*result);
  const Rational unit = is_whole ? Rational(lead.sign()) : lead;
  auto normalised = normal(with_fractions(scale(std::move(*result), unit.inverse()), *denominators));
  return normalised ? Form(Quotient{std::move(*normalised)}) : std::nullopt;
}

}  // namespace cohort::rewards::math::canonical
