#include <algorithm>
#include <cmath>

#include "rewards/math/canonical_form.hpp"

namespace cohort::rewards::math::canonical {

std::optional<Rational> Builder::value(const Form& a) {
  if (!a || !a->bottom.is_one() || !a->top.is_constant()) return std::nullopt;
  return a->top.constant();
}

uint32_t Builder::find(Basis basis, std::string_view text, const Integer& integer, std::vector<Quotient> arguments) {
  for (uint32_t i = 0; i < generators_.size(); ++i) {
    const Generator& known = generators_[i];
    if (known.basis != basis || known.text != text || !(known.integer == integer)) continue;
    if (known.arguments.size() != arguments.size()) continue;
    bool is_same = true;
    for (size_t k = 0; is_same && k < arguments.size(); ++k)
      is_same = are_equal(generators_[i].arguments[k], arguments[k]);
    if (is_same) return i;
  }
  Generator made{basis, text, integer, std::move(arguments)};
  made.is_positive = basis == Basis::prime || basis == Basis::pi || basis == Basis::logarithm;
  made.is_nonzero =
      made.is_positive || basis == Basis::symbol || basis == Basis::imaginary || basis == Basis::exponential;
  if (basis == Basis::exponential && !options_.is_complex) {
    // e to a real number is positive. i only appears through roots of negative numbers: look for it.
    made.is_positive = true;
    for (const Term& term : made.arguments[0].top.terms)
      for (const Factor& factor : term.monomial) {
        const Generator& inside = generators_[factor.generator];
        made.is_positive &= inside.is_positive || (inside.basis == Basis::symbol && factor.exponent.is_integer());
      }
  }
  generators_.push_back(std::move(made));
  return static_cast<uint32_t>(generators_.size() - 1);
}

bool Builder::is_positive(const Monomial& monomial) const {
  return std::all_of(monomial.begin(), monomial.end(),
                     [&](const Factor& factor) { return generators_[factor.generator].is_positive; });
}

// Uses what is known of powers: i² = −1, √2² = 2, sin² = 1 − cos², √(x+1)² = x + 1.
std::optional<Polynomial> Builder::normal(Polynomial a) {
  for (int round = 0; round < 64; ++round) {
    bool is_changed = false;
    std::vector<Term> terms;
    Polynomial rest;
    for (Term& term : a.terms) {
      bool is_split = false;
      for (size_t i = 0; i < term.monomial.size() && !is_split; ++i) {
        Factor& factor = term.monomial[i];
        const Generator& known = generators_[factor.generator];
        const int64_t whole = factor.exponent.floor();
        switch (known.basis) {
          case Basis::imaginary:
            if (!factor.exponent.is_integer() || (whole >= 0 && whole <= 1)) break;
            if ((whole & 3) >= 2) term.coefficient = -term.coefficient;
            factor.exponent = {whole & 1, 1};
            is_changed = true;
            break;
          case Basis::prime: {
            if (whole == 0) break;
            const int64_t bits = known.integer.bits();
            if (whole > folded_bits || whole < -folded_bits || std::abs(whole) * bits > folded_bits) break;
            if (!budget_.spend(4 + std::abs(whole) * bits / 128)) return std::nullopt;
            term.coefficient = term.coefficient * math::power(Rational(known.integer), whole);
            factor.exponent.numerator -= whole * factor.exponent.denominator;
            is_changed = true;
            break;
          }
          case Basis::base:
          case Basis::sine: {
            const bool is_sine = known.basis == Basis::sine;
            if (is_sine ? !factor.exponent.is_integer() || whole < 2 : whole < 1 || !known.arguments[0].bottom.is_one())
              break;
            if (whole > power_limit) break;
            std::optional<Polynomial> expanded;
            if (is_sine) {
              const uint32_t cosine = find(Basis::cosine, "", {}, generators_[factor.generator].arguments);
              expanded = math::add(constant(1), scale(generator(cosine, {2, 1}), Rational(-1)), budget_);
              factor.exponent.numerator -= 2;
            } else {
              expanded = known.arguments[0].top;
              factor.exponent.numerator -= factor.exponent.denominator;
            }
            std::erase_if(term.monomial, [](const Factor& f) { return f.exponent.numerator == 0; });
            if (expanded) expanded = math::multiply(Polynomial{{term}}, *expanded, budget_);
            if (!expanded) return std::nullopt;
            auto sum = math::add(rest, *expanded, budget_);
            if (!sum) return std::nullopt;
            rest = std::move(*sum);
            is_split = is_changed = true;
            break;
          }
          default:
            break;
        }
      }
      if (is_split) continue;
      std::erase_if(term.monomial, [](const Factor& f) { return f.exponent.numerator == 0; });
      terms.push_back(std::move(term));
    }
    if (!is_changed) return Polynomial{std::move(terms)};
    auto sum = math::add(collect(std::move(terms)), rest, budget_);
    if (!sum) return std::nullopt;
    a = std::move(*sum);
  }
  return std::nullopt;
}

std::optional<Polynomial> Builder::product(const Polynomial& a, const Polynomial& b) {
  auto result = math::multiply(a, b, budget_);
  return result ? normal(std::move(*result)) : std::nullopt;
}

Form Builder::add(const Form& a, const Form& b) {
  if (!a || !b) return std::nullopt;
  if (a->bottom == b->bottom) {
    auto sum = math::add(a->top, b->top, budget_);
    return sum ? Form(Quotient{std::move(*sum), a->bottom}) : std::nullopt;
  }
  const auto left = product(a->top, b->bottom), right = product(b->top, a->bottom);
  auto bottom = product(a->bottom, b->bottom);
  if (!left || !right || !bottom) return std::nullopt;
  auto sum = math::add(*left, *right, budget_);
  return sum ? Form(Quotient{std::move(*sum), std::move(*bottom)}) : std::nullopt;
}

Form Builder::multiply(const Form& a, const Form& b) {
  if (!a || !b) return std::nullopt;
  auto top = product(a->top, b->top), bottom = product(a->bottom, b->bottom);
  if (!top || !bottom) return std::nullopt;
  return Quotient{std::move(*top), std::move(*bottom)};
}

Form Builder::divide(const Form& a, const Form& b) {
  if (!a || !b || b->top.is_zero()) return std::nullopt;
  // A single term goes up with negative exponents.
  Polynomial top = b->bottom, bottom = b->top;
  if (bottom.terms.size() == 1) {
    Term inverse = bottom.terms[0];
    for (Factor& factor : inverse.monomial) factor.exponent.numerator = -factor.exponent.numerator;
    inverse.coefficient = inverse.coefficient.inverse();
    const auto moved = product(top, Polynomial{{inverse}});
    if (!moved) return std::nullopt;
    top = *moved;
    bottom = constant(1);
  }
  return multiply(a, Quotient{std::move(top), std::move(bottom)});
}

Form Builder::raise_to_integer(const Form& base, int64_t exponent) {
  if (!base) return std::nullopt;
  if (exponent < 0) return divide(number(1), raise_to_integer(base, -exponent));
  if (exponent == 0) return base->top.is_zero() ? std::nullopt : number(1);
  if (base->top.terms.size() <= 1 && base->bottom.is_one()) {
    if (base->top.is_zero()) return base;
    Term term = base->top.terms[0];
    if (!term.coefficient.is_one() && !(term.coefficient == Rational(-1)) &&
        term.coefficient.bits() > folded_bits / exponent) {
      // The coefficient's power is written in primes.
      Form rest = power_of_rational(term.coefficient, {exponent, 1});
      term.coefficient = Rational(1);
      return multiply(rest, raise_to_integer(Quotient{Polynomial{{term}}}, exponent));
    }
    for (Factor& factor : term.monomial) {
      const auto scaled = math::multiply(factor.exponent, Exponent{exponent, 1});
      if (!scaled) return std::nullopt;
      factor.exponent = *scaled;
    }
    term.coefficient = math::power(term.coefficient, exponent);
    auto top = normal(Polynomial{{std::move(term)}});
    return top ? Form(Quotient{std::move(*top)}) : std::nullopt;
  }
  if (exponent > power_limit) return call("^", {*base, *number(exponent)});
  Form result = number(1), square = base;
  for (int64_t rest = exponent; rest > 0 && result && square; rest >>= 1) {
    if (rest & 1) result = multiply(result, square);
    if (rest > 1) square = multiply(square, square);
  }
  return result;
}
// The same zeros, without negative exponents: multiplied by what the smallest exponent of each generator lacks.
std::optional<Polynomial> Builder::without_negative_exponents(Polynomial a) {
  std::vector<Factor> least;
  for (const Term& term : a.terms)
    for (const Factor& factor : term.monomial) {
      auto found =
          std::find_if(least.begin(), least.end(), [&](const Factor& f) { return f.generator == factor.generator; });
      if (found == least.end())
        least.push_back(factor);
      else if (less(factor.exponent, found->exponent))
        found->exponent = factor.exponent;
    }
  Monomial shift;
  for (Factor& factor : least) {
    const auto has = [&](const Term& term) {
      return std::any_of(term.monomial.begin(), term.monomial.end(),
                         [&](const Factor& f) { return f.generator == factor.generator; });
    };
    const bool is_everywhere = std::all_of(a.terms.begin(), a.terms.end(), has);
    // Exponent 0 counts too, where a term lacks the generator. What all terms share is left out, unless it may be 0.
    const bool may_leave = is_everywhere && generators_[factor.generator].is_nonzero;
    if (!may_leave && factor.exponent.numerator > 0) continue;
    factor.exponent.numerator = -factor.exponent.numerator;
    shift.push_back(factor);
  }
  std::sort(shift.begin(), shift.end(), [](const Factor& x, const Factor& y) { return x.generator < y.generator; });
  for (const Factor& factor : shift) {
    auto product = math::multiply(a, Polynomial{{{{factor}, Rational(1)}}}, budget_);
    if (!product) return std::nullopt;
    a = std::move(*product);
  }
  return normal(std::move(a));
}

std::optional<Polynomial> Builder::difference(const Quotient& a, const Quotient& b) {
  std::optional<Polynomial> left, right;
  if (a.bottom == b.bottom) {
    left = a.top;
    right = b.top;
  } else {
    left = product(a.top, b.bottom);
    right = product(b.top, a.bottom);
  }
  if (!left || !right) return std::nullopt;
  auto sum = math::add(*left, scale(std::move(*right), Rational(-1)), budget_);
  if (!sum || sum->is_zero()) return sum;
  return without_negative_exponents(std::move(*sum));
}

bool Builder::are_equal(const Quotient& a, const Quotient& b) {
  if (a.top == b.top && a.bottom == b.bottom) return true;
  const auto apart = difference(a, b);
  return apart && apart->is_zero();
}

}  // namespace cohort::rewards::math::canonical
