// Sums, products and quotients of values. A part of evaluate.cpp, which alone includes it.
#pragma once

#include <algorithm>
#include <utility>

#include "rewards/math/evaluate.hpp"

namespace cohort::rewards::math {

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::complex(Real x, Real y) {
  Result result;
  if (!a_.is_bounded(x) || !a_.is_bounded(y)) return result;
  result.state = State::inexact;
  result.x = std::move(x);
  result.y = std::move(y);
  return result;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::exact(Rational real, Rational imaginary) {
  const int64_t bits = real.bits() + imaginary.bits();
  // A fraction has been reduced: that takes the greatest common divisor.
  const int64_t pace = real.is_integer() && imaginary.is_integer() ? 10'000 : 3'000;
  if (bits > 128 && !a_.budget().spend(bits * std::min<int64_t>(bits, 2048) / pace)) return unknown();
  if (bits > options_.exact_bits) return complex(a_.rational(real), a_.rational(imaginary));
  return Result{State::exact, std::move(real), std::move(imaginary), {}, {}};
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::inexact(const Result& value) {
  if (!value.is_exact()) return value;
  return complex(a_.rational(value.real), a_.rational(value.imaginary));
}

template <typename A>
NumberSign Evaluator<A>::sign(const Result& value) {
  if (value.is_exact()) {
    const int sign = value.real.sign();
    return sign > 0 ? NumberSign::positive : sign < 0 ? NumberSign::negative : NumberSign::zero;
  }
  return a_.sign(value.x);
}

template <typename A>
bool Evaluator<A>::differ(const Result& left, const Result& right) {
  if (left.is_exact() && right.is_exact()) return !(left.real == right.real && left.imaginary == right.imaginary);
  if (left.is_finite() && right.is_finite()) {
    const Result a = inexact(left), b = inexact(right);
    if (!a.is_finite() || !b.is_finite()) return false;
    const auto apart = [&](const Real& p, const Real& q) {
      const NumberSign sign = a_.sign(a_.subtract(p, q));
      return sign == NumberSign::positive || sign == NumberSign::negative;
    };
    return apart(a.x, b.x) || apart(a.y, b.y);
  }
  return left.state != State::unknown && right.state != State::unknown && left.state != right.state;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::negate(Result value) {
  switch (value.state) {
    case State::exact:
      value.real = -value.real;
      if (!value.imaginary.is_zero()) value.imaginary = -value.imaginary;
      break;
    case State::inexact:
      value.x = a_.negate(value.x);
      value.y = a_.negate(value.y);
      break;
    case State::positive_infinity:
      value.state = State::negative_infinity;
      break;
    case State::negative_infinity:
      value.state = State::positive_infinity;
      break;
    default:
      break;
  }
  return value;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::add(const Result& left, const Result& right) {
  if (left.is_exact() && right.is_exact()) return exact(left.real + right.real, left.imaginary + right.imaginary);
  if (left.is_exactly_zero()) return right;
  if (right.is_exactly_zero()) return left;
  if (left.is_finite() && right.is_finite()) {
    const Result a = inexact(left), b = inexact(right);
    if (!a.is_finite() || !b.is_finite()) return unknown();
    return complex(a_.add(a.x, b.x), a_.add(a.y, b.y));
  }
  if (left.state == State::undefined || right.state == State::undefined) return undefined();
  if (left.state == State::unknown || right.state == State::unknown) return unknown();
  if (left.is_finite()) return of(right.state);
  if (right.is_finite() || left.state == right.state) return of(left.state);
  return undefined();  // ∞ − ∞
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::multiply(const Result& left, const Result& right) {
  if (left.is_exact() && right.is_exact()) {
    if (left.imaginary.is_zero() && right.imaginary.is_zero()) return exact(left.real * right.real);
    return exact(left.real * right.real - left.imaginary * right.imaginary,
                 left.real * right.imaginary + left.imaginary * right.real);
  }
  if (left.is_finite() && right.is_finite()) {
    if (left.is_exactly_zero()) return left;
    if (right.is_exactly_zero()) return right;
    const Result a = inexact(left), b = inexact(right);
    if (!a.is_finite() || !b.is_finite()) return unknown();
    if (is_real(a) && is_real(b)) return real(a_.multiply(a.x, b.x));
    return complex(a_.subtract(a_.multiply(a.x, b.x), a_.multiply(a.y, b.y)),
                   a_.add(a_.multiply(a.x, b.y), a_.multiply(a.y, b.x)));
  }
  if (left.state == State::undefined || right.state == State::undefined) return undefined();
  if (left.state == State::unknown || right.state == State::unknown) return unknown();
  const auto direction = [&](const Result& value) {
    if (value.state == State::positive_infinity) return NumberSign::positive;
    if (value.state == State::negative_infinity) return NumberSign::negative;
    return is_real(value) ? sign(value) : NumberSign::unknown;
  };
  const NumberSign a = direction(left), b = direction(right);
  if (a == NumberSign::zero || b == NumberSign::zero) return undefined();
  if (a == NumberSign::unknown || b == NumberSign::unknown) return unknown();
  return of(a == b ? State::positive_infinity : State::negative_infinity);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::divide(const Result& left, const Result& right) {
  if (left.state == State::undefined || right.state == State::undefined || right.is_exactly_zero()) return undefined();
  if (right.state == State::positive_infinity || right.state == State::negative_infinity) {
    return left.is_finite() ? exact(0) : left.state == State::unknown ? unknown() : undefined();
  }
  if (!right.is_finite()) return unknown();
  if (right.is_exact()) {
    if (right.imaginary.is_zero()) return multiply(left, exact(right.real.inverse()));
    const Rational norm = right.real * right.real + right.imaginary * right.imaginary;
    return multiply(left, exact(right.real / norm, -right.imaginary / norm));
  }
  if (is_real(right)) {
    if (!left.is_finite()) return multiply(left, real(a_.divide(a_.integer(1), right.x)));
    const Result a = inexact(left);
    if (!a.is_finite()) return unknown();
    if (a_.sign(right.x) == NumberSign::zero) return undefined();
    return complex(a_.divide(a.x, right.x), is_real(a) ? a_.integer(0) : a_.divide(a.y, right.x));
  }
  const Real norm = a_.add(a_.multiply(right.x, right.x), a_.multiply(right.y, right.y));
  return multiply(left, complex(a_.divide(right.x, norm), a_.divide(a_.negate(right.y), norm)));
}

}  // namespace cohort::rewards::math
