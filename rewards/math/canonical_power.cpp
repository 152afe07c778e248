#include "rewards/math/canonical_form.hpp"

namespace cohort::rewards::math::canonical {

constexpr int64_t trial_divisor = 1000;

std::vector<std::pair<Integer, int64_t>> Builder::factorise(Integer n) {
  std::vector<std::pair<Integer, int64_t>> factors;
  if (n.bits() > folded_bits || !budget_.spend(100 + n.bits() / 4)) return {{std::move(n), 1}};
  const auto take = [&](int64_t p) {
    int64_t count = 0;
    for (;;) {
      Division parts = math::divide(n, Integer(p));
      if (!parts.remainder.is_zero()) break;
      n = std::move(parts.quotient);
      ++count;
    }
    if (count > 0) factors.emplace_back(p, count);
  };
  take(2);
  for (int64_t p = 3; p < trial_divisor && !n.is_one(); p += 2) {
    if (n.is_small() && p * p > n.small()) break;
    take(p);
  }
  if (n.is_one()) return factors;
  for (const int64_t index : {2, 3, 5}) {
    Integer root;
    if (exact_root(n, static_cast<uint64_t>(index), root)) {
      factors.emplace_back(root, index);
      return factors;
    }
  }
  factors.emplace_back(n, 1);
  return factors;
}

// A fraction to a fraction, in powers of primes.
Form Builder::power_of_rational(const Rational& base, const Exponent& exponent) {
  if (base.is_zero()) return exponent.numerator > 0 ? number(0) : std::nullopt;
  if (base.is_one()) return number(1);
  Form result = number(1);
  Rational size = base;
  size.reduce();
  if (size.sign() < 0) {
    size = -size;
    if (exponent.denominator == 1) {
      result = number(exponent.numerator & 1 ? -1 : 1);
    } else if (exponent.denominator == 2) {
      result = raise_to_integer(power_of(imaginary()), exponent.numerator);
    } else if (!options_.is_complex && exponent.denominator % 2 == 1) {
      result = number(exponent.numerator & 1 ? -1 : 1);
    } else {
      const uint32_t minus = find(Basis::base, "", {}, {Quotient{constant(-1)}});
      result = power_of(minus, exponent);
    }
  }
  for (const bool is_below : {false, true}) {
    const Integer& part = is_below ? size.denominator() : size.numerator();
    if (part.is_one()) continue;
    for (const auto& [p, count] : factorise(part)) {
      const auto scaled = math::multiply(exponent, Exponent{is_below ? -count : count, 1});
      if (!scaled) return std::nullopt;
      result = multiply(result, power_of(prime(p), *scaled));
    }
  }
  return multiply(result, number(1));  // which makes it normal
}

// The positive rational that leaves integers without a common factor.
Rational Builder::content(const Polynomial& a) {
  Integer top, bottom(1);
  for (const Term& term : a.terms) {
    if (!budget_.spend(4) || term.coefficient.bits() > 2000) return Rational(1);
    top = gcd(top, term.coefficient.numerator());
    const Integer& below = term.coefficient.denominator();
    bottom = bottom * math::divide(below, gcd(bottom, below)).quotient;
    if (bottom.bits() > 2000) return Rational(1);
  }
  return top.is_zero() ? Rational(1) : Rational(top, bottom);
}

// a = factor · rest with a positive factor.
std::pair<Rational, Quotient> Builder::primitive(const Quotient& a) {
  const Rational top = content(a.top), bottom = content(a.bottom);
  return {top / bottom, {scale(a.top, top.inverse()), scale(a.bottom, bottom.inverse())}};
}

Form Builder::raise_to_fraction(const Form& base, const Exponent& exponent) {
  if (!base) return std::nullopt;
  if (exponent.is_integer()) return raise_to_integer(base, exponent.numerator);
  if (const auto fraction = value(base)) return power_of_rational(*fraction, exponent);
  if (base->top.is_zero()) return exponent.numerator > 0 ? base : std::nullopt;
  // A positive factor leaves a root: √(4x²) = 2·√(x²).
  auto [factor, rest] = primitive(*base);
  Form outside = power_of_rational(factor, exponent);
  if (rest.top.terms.size() == 1 && rest.bottom.is_one()) {
    Term& term = rest.top.terms[0];
    Monomial kept;
    for (const Factor& part : term.monomial) {
      const bool is_single = term.monomial.size() == 1 && term.coefficient.is_one() && part.exponent == Exponent{1, 1};
      const Generator& known = generators_[part.generator];
      if (known.is_positive || (is_single && known.basis == Basis::symbol)) {
        const auto scaled = math::multiply(part.exponent, exponent);
        if (!scaled) return std::nullopt;
        outside = multiply(outside, power_of(part.generator, *scaled));
      } else {
        kept.push_back(part);
      }
    }
    term.monomial = std::move(kept);
    if (term.monomial.empty()) return multiply(outside, power_of_rational(term.coefficient, exponent));
  }
  const uint32_t index = find(Basis::base, "", {}, {std::move(rest)});
  return multiply(outside, power_of(index, exponent));
}

Form Builder::raise(const Form& base, const Form& exponent) {
  if (!base || !exponent) return std::nullopt;
  if (const auto fraction = value(exponent)) {
    const auto small = exponent_of(*fraction);
    if (small) return raise_to_fraction(base, *small);
    return call("^", {*base, *exponent}, value(base) && value(base)->sign() > 0);
  }
  // b^x = e^(x·log b). Where roots of negative numbers are real, that is no identity, but powers of one base still
  // multiply by adding exponents, and nothing else is used.
  if (base->top.is_zero()) return std::nullopt;
  return exponential(multiply(exponent, logarithm(base)));
}

Form Builder::exponential(const Form& argument) {
  if (!argument) return std::nullopt;
  if (!argument->bottom.is_one()) return call("exp", {*argument}, false);
  Form result = number(1);
  for (const Term& term : argument->top.terms) {
    const auto exponent = exponent_of(term.coefficient);
    const Monomial& monomial = term.monomial;
    if (!exponent) return call("exp", {*argument});
    if (monomial.size() == 1 && monomial[0].exponent == Exponent{1, 1}) {
      const Generator known = generators_[monomial[0].generator];
      if (known.basis == Basis::logarithm) {
        result = multiply(result, power_of(prime(known.integer), *exponent));
        continue;
      }
      if (known.basis == Basis::function && known.text == "ln" && known.arguments.size() == 1 &&
          exponent->is_integer()) {
        result = multiply(result, raise_to_integer(known.arguments[0], exponent->numerator));
        continue;
      }
    }
    const auto is_basis = [&](const Factor& factor, Basis basis) {
      return generators_[factor.generator].basis == basis && factor.exponent == Exponent{1, 1};
    };
    const bool is_turn =
        monomial.size() == 2 && ((is_basis(monomial[0], Basis::imaginary) && is_basis(monomial[1], Basis::pi)) ||
                                 (is_basis(monomial[1], Basis::imaginary) && is_basis(monomial[0], Basis::pi)));
    if (is_turn) {
      const Form cosine = cosine_of_turn(term.coefficient), sine = cosine_of_turn(Rational(1, 2) - term.coefficient);
      result = multiply(result, add(cosine, multiply(power_of(imaginary()), sine)));
      continue;
    }
    const uint32_t index = find(Basis::exponential, "", {}, {Quotient{Polynomial{{{monomial, Rational(1)}}}}});
    result = multiply(result, power_of(index, *exponent));
  }
  return result;
}

Form Builder::log_of_rational(const Rational& value) {
  Form result = number(0);
  Rational reduced = value;
  reduced.reduce();
  for (const bool is_below : {false, true}) {
    const Integer& part = is_below ? reduced.denominator() : reduced.numerator();
    if (part.is_one()) continue;
    for (const auto& [p, count] : factorise(part)) {
      const uint32_t index = find(Basis::logarithm, "", p, {});
      result = add(result, multiply(number(is_below ? -count : count), power_of(index)));
    }
  }
  return result;
}

Form Builder::logarithm(const Form& argument) {
  if (!argument || argument->top.is_zero()) return std::nullopt;
  // log of a positive factor leaves: log(2x) = log 2 + log x.
  auto [factor, rest] = primitive(*argument);
  Form sum = log_of_rational(factor);
  if (rest.bottom.is_one() && rest.top.terms.size() == 1) {
    Monomial kept;
    for (const Factor& part : rest.top.terms[0].monomial) {
      const Generator known = generators_[part.generator];
      const Rational exponent(Integer(part.exponent.numerator), Integer(part.exponent.denominator));
      if (known.basis == Basis::prime) {
        sum = add(sum, multiply(number(exponent), log_of_rational(Rational(known.integer))));
      } else if (known.basis == Basis::exponential && known.is_positive) {
        sum = add(sum, multiply(number(exponent), known.arguments[0]));
      } else if (known.basis == Basis::pi) {
        sum = add(sum, multiply(number(exponent), call("ln", {Quotient{generator(part.generator)}})));
      } else {
        kept.push_back(part);
      }
    }
    rest.top.terms[0].monomial = std::move(kept);
    if (rest.top.is_one()) return sum;
  }
  return add(sum, call("ln", {std::move(rest)}));
}

}  // namespace cohort::rewards::math::canonical
