// Powers, roots, logarithms, sines and factorials of values. A part of evaluate.cpp, which alone includes it.
#pragma once

#include <cmath>
#include <utility>

#include "rewards/math/evaluate.hpp"

namespace cohort::rewards::math {

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::exp(const Result& value) {
  if (value.is_exactly_zero()) return exact(1);
  if (value.state == State::negative_infinity) return exact(0);
  if (!value.is_finite()) return value;
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  const Real size = a_.exp(z.x);
  if (is_real(z)) return real(size);
  Real sine, cosine;
  a_.sin_cos(z.y, sine, cosine);
  return complex(a_.multiply(size, cosine), a_.multiply(size, sine));
}

// The angle of a number that is not 0, in (−π, π].
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::argument(const Result& value) {
  if (value.is_exactly_zero()) return undefined();
  if (!value.is_finite()) return unknown();
  if (is_real(value)) {
    const NumberSign direction = sign(value);
    if (direction == NumberSign::positive) return exact(0);
    return direction == NumberSign::negative ? real(a_.pi()) : unknown();
  }
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  if (a_.sign(z.x) == NumberSign::positive) return real(a_.arctan(a_.divide(z.y, z.x)));
  const Real quarter = a_.divide(a_.pi(), a_.integer(2));
  const NumberSign vertical = a_.sign(z.y);
  if (vertical == NumberSign::positive) return real(a_.subtract(quarter, a_.arctan(a_.divide(z.x, z.y))));
  if (vertical == NumberSign::negative) return real(a_.subtract(a_.negate(quarter), a_.arctan(a_.divide(z.x, z.y))));
  return unknown();
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::log(const Result& value) {
  if (value.is_exactly_zero()) return undefined();
  if (value.is_exactly_real() && value.real.is_one()) return exact(0);
  if (value.state == State::positive_infinity) return value;
  if (!value.is_finite()) return value.state == State::undefined ? undefined() : unknown();
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  if (is_real(z)) {
    const NumberSign direction = a_.sign(z.x);
    if (direction == NumberSign::positive) return real(a_.log(z.x));
    if (direction == NumberSign::negative) return complex(a_.log(a_.negate(z.x)), a_.pi());
    return unknown();
  }
  const Result angle = inexact(argument(z));
  if (!angle.is_finite()) return unknown();
  const Real square = a_.add(a_.multiply(z.x, z.x), a_.multiply(z.y, z.y));
  return complex(a_.divide(a_.log(square), a_.integer(2)), angle.x);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::square_root(const Result& value) {
  if (value.state == State::positive_infinity || value.state == State::undefined) return value;
  if (!value.is_finite()) return unknown();
  if (options_.has_real_roots && is_real(value) && sign(value) == NumberSign::negative) return undefined();
  if (value.is_exactly_real()) {
    Integer top, bottom;
    const Rational size = value.real.sign() < 0 ? -value.real : value.real;
    if (exact_root(size.numerator(), 2, top) && exact_root(size.denominator(), 2, bottom)) {
      const Rational root(top, bottom);
      return value.real.sign() < 0 ? exact(0, root) : exact(root);
    }
  }
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  if (is_real(z)) {
    const NumberSign direction = a_.sign(z.x);
    if (direction == NumberSign::negative) return complex(a_.integer(0), a_.square_root(a_.negate(z.x)));
    // A ball around 0 that must be real only if it is not below: that is not known.
    return direction == NumberSign::positive || direction == NumberSign::zero ? real(a_.square_root(z.x)) : unknown();
  }
  return exp(multiply(exact(Rational(1, 2)), log(z)));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::raise_to_integer(const Result& base, const Integer& exponent) {
  if (base.state == State::undefined) return base;
  if (exponent.is_zero()) {
    if (base.is_exactly_zero()) return undefined();
    return base.is_finite() ? exact(1) : unknown();
  }
  if (base.is_exactly_zero()) return exponent.sign() > 0 ? base : undefined();
  if (base.is_exactly_real() && base.real.is_one()) return base;
  if (base.is_exactly_real() && base.real == Rational(-1)) return exact(exponent.is_odd() ? -1 : 1);
  if (!base.is_finite()) {
    if (base.state == State::unknown) return base;
    if (exponent.sign() < 0) return exact(0);
    return of(base.state == State::negative_infinity && exponent.is_odd() ? base.state : State::positive_infinity);
  }
  if (!exponent.is_small()) return unknown();
  if (exponent.sign() < 0) {
    return divide(exact(1), raise_to_integer(base, -exponent));
  }
  constexpr int64_t exponent_limit = 1'000'000;
  const int64_t count = exponent.small();
  if (base.is_exactly_real() && count < exponent_limit && base.real.bits() * count <= 2 * options_.exact_bits) {
    const int64_t limbs = base.real.bits() * count / 64;
    if (!a_.budget().spend(limbs * limbs / 24)) return unknown();
    return exact(math::power(base.real, count));
  }
  Result power = base, result = exact(1);
  for (int64_t rest = count; rest > 0; rest >>= 1) {
    if (rest & 1) result = multiply(result, power);
    if (rest > 1) power = multiply(power, power);
    if (!a_.budget().spend(1)) return unknown();
  }
  return result;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::raise_to_fraction(const Result& base, const Rational& exponent) {
  const Integer& index = exponent.denominator();
  if (base.is_exactly_zero()) return exponent.sign() > 0 ? base : undefined();
  if (index == Integer(2)) return raise_to_integer(square_root(base), exponent.numerator());
  if (!base.is_finite()) return base.state == State::undefined ? base : unknown();
  const bool is_negative = is_real(base) && sign(base) == NumberSign::negative;
  if (is_negative && options_.has_real_roots && !index.is_odd()) return undefined();
  if (is_negative && !options_.is_complex && index.is_odd()) {
    const Result size = raise_to_fraction(negate(base), exponent);
    return exponent.numerator().is_odd() ? negate(size) : size;
  }
  if (base.is_exactly_real() && base.real.sign() > 0 && index.is_small() && index.small() <= 64) {
    Integer top, bottom;
    const auto degree = static_cast<uint64_t>(index.small());
    if (exact_root(base.real.numerator(), degree, top) && exact_root(base.real.denominator(), degree, bottom))
      return raise_to_integer(exact(Rational(top, bottom)), exponent.numerator());
  }
  return exp(multiply(exact(exponent), log(base)));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::raise(const Result& base, const Result& exponent) {
  if (base.state == State::undefined || exponent.state == State::undefined) return undefined();
  if (exponent.is_exactly_real()) {
    if (exponent.real.is_integer()) return raise_to_integer(base, exponent.real.numerator());
    return raise_to_fraction(base, exponent.real);
  }
  if (!exponent.is_finite() || !base.is_finite()) return unknown();
  if (base.is_exactly_zero()) return is_real(exponent) && sign(exponent) == NumberSign::positive ? base : unknown();
  if (base.is_exactly_real() && base.real.is_one()) return base;
  return exp(multiply(exponent, log(base)));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::power(const Node& node) {
  const Result exponent = evaluate(node[1]);
  if (node[0].kind == Kind::constant && node[0].text == "e" && exponent.is_finite()) return exp(exponent);
  return raise(evaluate(node[0]), exponent);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::absolute(const Result& value) {
  if (value.state == State::negative_infinity) return of(State::positive_infinity);
  if (!value.is_finite()) return value;
  if (is_real(value)) {
    const NumberSign direction = sign(value);
    if (direction == NumberSign::positive || direction == NumberSign::zero) return value;
    if (direction == NumberSign::negative) return negate(value);
    return real(a_.square_root(a_.multiply(value.x, value.x)));
  }
  if (value.is_exact()) return square_root(exact(value.real * value.real + value.imaginary * value.imaginary));
  return real(a_.square_root(a_.add(a_.multiply(value.x, value.x), a_.multiply(value.y, value.y))));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::factorial(const Result& value) {
  if (!value.is_finite() || !is_real(value)) return value.state == State::undefined ? value : unknown();
  if (value.is_exact() && value.real.is_integer()) {
    const Integer& n = value.real.numerator();
    if (n.sign() < 0) return undefined();
    if (n.is_small() && n.small() <= 20'000) {
      const double bits = std::lgamma(static_cast<double>(n.small()) + 1) * 1.4427;
      if (bits <= static_cast<double>(options_.exact_bits) &&
          a_.budget().spend(static_cast<int64_t>(bits) * n.small() / 2000)) {
        Integer product(1);
        for (int64_t i = 2; i <= n.small(); ++i) product = product * Integer(i);
        return exact(std::move(product));
      }
    }
  }
  // Γ(x + 1), from x > −1; below, by Γ(x + 1) = Γ(x + 2) / (x + 1).
  Result argument = add(value, exact(1)), below = exact(1);
  for (int i = 0; i < 40 && sign(argument) == NumberSign::negative; ++i) {
    below = multiply(below, argument);
    argument = add(argument, exact(1));
  }
  argument = inexact(argument);
  if (!argument.is_finite() || a_.sign(argument.x) != NumberSign::positive) return unknown();
  return divide(real(a_.gamma(argument.x)), below);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::floor(const Result& value) {
  if (!value.is_finite() || !is_real(value)) return value.state == State::unknown ? value : undefined();
  if (value.is_exact()) return exact(value.real.floor());
  Integer result;
  return a_.floor(value.x, result) ? exact(std::move(result)) : unknown();
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::sine(const Result& value, bool is_cosine) {
  if (value.is_exactly_zero()) return exact(is_cosine ? 1 : 0);
  if (!value.is_finite()) return value.state == State::unknown ? value : undefined();
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  Real s, c;
  a_.sin_cos(z.x, s, c);
  if (is_real(z)) return real(is_cosine ? c : s);
  const Real up = a_.exp(z.y), down = a_.exp(a_.negate(z.y)), two = a_.integer(2);
  const Real even = a_.divide(a_.add(up, down), two), odd = a_.divide(a_.subtract(up, down), two);
  if (is_cosine) return complex(a_.multiply(c, even), a_.negate(a_.multiply(s, odd)));
  return complex(a_.multiply(s, even), a_.multiply(c, odd));
}

}  // namespace cohort::rewards::math
