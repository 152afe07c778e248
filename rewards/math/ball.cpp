#include "rewards/math/ball.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cohort::rewards::math {

namespace {

constexpr int64_t radius_bits = 30;
constexpr int64_t exponent_limit = int64_t{1} << 60;

}  // namespace

bool BallArithmetic::spend(int64_t multiplications) {
  const int64_t limbs = precision_ / 64 + 1;
  return budget_->spend(multiplications * (3 + limbs * limbs / 64));  // measured
}

// Drops bits beyond the precision, and those that the radius makes meaningless.
Ball BallArithmetic::rounded(Integer middle, Integer radius, int64_t exponent) {
  const int64_t drop = std::max(middle.bits() - precision_, radius.bits() - radius_bits);
  if (drop > 0) {
    const bool is_exact = middle.trailing_zeros() >= drop || middle.is_zero();
    middle = middle >> drop;
    if (!radius.is_zero() || !is_exact) radius = (radius >> drop) + 2;
    exponent += drop;
  }
  if (exponent > exponent_limit) return Ball::unbounded();
  if (middle.is_zero() && radius.is_zero()) return {};
  if (exponent < -exponent_limit) {
    if (exponent + middle.bits() > -exponent_limit || radius.bits() > radius_bits) return Ball::unbounded();
    return {Integer(), 4, -exponent_limit, false};
  }
  return {std::move(middle), radius.small(), exponent, false};
}

Ball BallArithmetic::with_error(Ball a, int64_t log2_error) {
  if (a.is_unbounded) return a;
  Ball error{Integer(), 1, log2_error, false};
  return add(a, error);
}

Ball BallArithmetic::rational(const Rational& value) {
  if (value.is_integer()) return rounded(value.numerator(), 0, 0);
  return divide(rounded(value.numerator(), 0, 0), rounded(value.denominator(), 0, 0));
}

Ball BallArithmetic::real(double value) {
  int exponent;
  const double fraction = std::frexp(value, &exponent);
  return rounded(Integer(static_cast<int64_t>(std::ldexp(fraction, 53))), 0, exponent - 53);
}

Ball BallArithmetic::add(const Ball& a, const Ball& b) {
  if (a.is_unbounded || b.is_unbounded) return Ball::unbounded();
  if (a.middle.is_zero() && a.radius == 0) return b;
  if (b.middle.is_zero() && b.radius == 0) return a;
  if (!budget_->spend(2)) return Ball::unbounded();
  // Bits far below the larger number would be rounded away: drop them before the shift that aligns the two.
  const auto top_of = [](const Ball& x) { return x.exponent + std::max(x.middle.bits(), Integer(x.radius).bits()); };
  const int64_t lowest = std::max(std::max(top_of(a), top_of(b)) - precision_ - 8, std::min(a.exponent, b.exponent));
  Integer middle, radius;
  for (const Ball* part : {&a, &b}) {
    const int64_t shift = part->exponent - lowest;
    middle = middle + shifted(part->middle, shift);
    radius = radius + shifted(Integer(part->radius), shift);
    const bool is_exact = shift >= 0 || (part->radius == 0 && part->middle.trailing_zeros() >= -shift);
    if (!is_exact) radius = radius + 2;
  }
  return rounded(std::move(middle), std::move(radius), lowest);
}

Ball BallArithmetic::multiply(const Ball& a, const Ball& b) {
  if (a.is_unbounded || b.is_unbounded) return Ball::unbounded();
  // Short numbers are cheap at any precision: the first squares of a power of 10.
  const int64_t limbs_of_a = a.middle.bits() / 64 + 1, limbs_of_b = b.middle.bits() / 64 + 1;
  if (!budget_->spend(3 + limbs_of_a * limbs_of_b / 64)) return Ball::unbounded();
  Integer radius;
  if (a.radius) radius = abs(b.middle) * Integer(a.radius);
  if (b.radius) radius = radius + abs(a.middle) * Integer(b.radius) + Integer(a.radius) * Integer(b.radius);
  return rounded(a.middle * b.middle, std::move(radius), a.exponent + b.exponent);
}

Ball BallArithmetic::divide(const Ball& a, const Ball& b) {
  if (a.is_unbounded || b.is_unbounded || !spend(3)) return Ball::unbounded();
  const Integer divisor = abs(b.middle), least = divisor - Integer(b.radius);
  if (least.sign() <= 0) return Ball::unbounded();
  if (a.middle.is_zero() && a.radius == 0) return {};
  // |(a±r)/(b±s) − a/b| ≤ (|a/b|·s + r) / (|b| − s), all in units of the quotient's last place.
  const int64_t shift = std::max<int64_t>(0, precision_ + 4 + divisor.bits() - a.middle.bits());
  const Division parts = math::divide(a.middle << shift, b.middle);
  Integer radius;
  if (a.radius || b.radius) {
    radius =
        math::divide((abs(parts.quotient) + 1) * Integer(b.radius) + (Integer(a.radius) << shift), least).quotient + 2;
  }
  if (!parts.remainder.is_zero()) radius = radius + 1;
  return rounded(parts.quotient, std::move(radius), a.exponent - b.exponent - shift);
}

Ball BallArithmetic::square_root(const Ball& a) {
  if (a.is_unbounded || !spend(8)) return Ball::unbounded();
  if (a.middle.is_zero() && a.radius == 0) return {};
  if (a.middle <= Integer(a.radius)) {
    // 0 ≤ √x ≤ √(middle + radius), as a ball around 0.
    const Ball top = square_root({abs(a.middle) + Integer(a.radius), 0, a.exponent, false});
    return rounded(Integer(), top.middle + Integer(top.radius), top.exponent);
  }
  int64_t shift = std::max<int64_t>(0, 2 * precision_ + 8 - a.middle.bits());
  if ((a.exponent - shift) % 2 != 0) ++shift;
  const Integer scaled = a.middle << shift, root = math::square_root(scaled);
  Integer radius = root * root == scaled ? Integer() : Integer(1);
  if (a.radius) radius = radius + math::divide(Integer(a.radius) << shift, root).quotient + 2;
  return rounded(root, std::move(radius), (a.exponent - shift) / 2);
}

NumberSign BallArithmetic::sign(const Ball& a) const {
  if (a.is_unbounded) return NumberSign::unknown;
  if (a.radius == 0)
    return a.middle.is_zero() ? NumberSign::zero : a.middle.sign() > 0 ? NumberSign::positive : NumberSign::negative;
  if (abs(a.middle) <= Integer(a.radius)) return NumberSign::unknown;
  return a.middle.sign() > 0 ? NumberSign::positive : NumberSign::negative;
}

bool BallArithmetic::floor(const Ball& a, Integer& result) const {
  if (a.is_unbounded) return false;
  const Integer low = a.middle - Integer(a.radius), high = a.middle + Integer(a.radius);
  if (a.exponent >= 0) {
    if (a.radius || a.exponent > 4096) return false;
    result = a.middle << a.exponent;
    return true;
  }
  if (-a.exponent > high.bits() + low.bits() + 2) {
    if (low.sign() < 0 && high.sign() >= 0) return false;
    result = Integer(low.sign() < 0 ? -1 : 0);
    return true;
  }
  const Integer unit = Integer(1) << -a.exponent;
  result = floor_divide(low, unit);
  return result == floor_divide(high, unit);
}

int64_t BallArithmetic::upper_log2(const Ball& a) const {
  const Integer most = abs(a.middle) + Integer(a.radius);
  return most.is_zero() ? -exponent_limit : most.bits() + a.exponent;
}

int64_t BallArithmetic::lower_log2(const Ball& a) const {
  const Integer least = abs(a.middle) - Integer(a.radius);
  return a.is_unbounded || least.sign() <= 0 ? std::numeric_limits<int64_t>::min() : least.bits() - 1 + a.exponent;
}

}  // namespace cohort::rewards::math
