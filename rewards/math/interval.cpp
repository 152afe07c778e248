#include "rewards/math/interval.hpp"

#include <algorithm>

namespace cohort::rewards::math {

Interval IntervalArithmetic::rational(const Rational& value) {
  if (value.is_integer() && value.numerator().is_small()) return integer(value.numerator().small());
  int64_t above, below;
  const auto numerator = static_cast<double>(value.numerator().leading(above));
  const auto denominator = static_cast<double>(value.denominator().leading(below));
  const int64_t exponent = above - below;
  if (exponent > 900 || exponent < -900) return unbounded();
  const double quotient = std::ldexp(numerator / denominator, static_cast<int>(exponent));
  return widened(quotient, quotient, 4);
}

Interval IntervalArithmetic::multiply(const Interval& a, const Interval& b) {
  const double products[] = {a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high};
  // An infinity times 0 is no number, and then widened() must see it: std::min would skip it.
  double low = products[0], high = products[0];
  for (const double product : products) {
    if (std::isnan(product)) return unbounded();
    low = std::min(low, product);
    high = std::max(high, product);
  }
  return widened(low, high, 1);
}

Interval IntervalArithmetic::divide(const Interval& a, const Interval& b) {
  if (b.low <= 0 && b.high >= 0) return unbounded();
  const double quotients[] = {a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high};
  double low = quotients[0], high = quotients[0];
  for (const double quotient : quotients) {
    if (std::isnan(quotient)) return unbounded();
    low = std::min(low, quotient);
    high = std::max(high, quotient);
  }
  return widened(low, high, 1);
}

Interval IntervalArithmetic::square_root(const Interval& a) {
  return clipped(widened(std::sqrt(std::fmax(a.low, 0)), std::sqrt(std::fmax(a.high, 0)), 1));
}

void IntervalArithmetic::sin_cos(const Interval& a, Interval& sine, Interval& cosine) {
  const double middle = a.low + (a.high - a.low) / 2, radius = (a.high - a.low) * 0.5000001 + 1e-300;
  if (!(radius < 1)) {
    sine = cosine = {-1, 1};
    return;
  }
  // The middle itself is rounded; neither function's slope passes 1.
  const double reach = radius + std::abs(middle) * 2.3e-16 + 1e-15;
  const double s = std::sin(middle), c = std::cos(middle);
  sine = {std::fmax(s - reach, -1), std::fmin(s + reach, 1)};
  cosine = {std::fmax(c - reach, -1), std::fmin(c + reach, 1)};
}

Interval IntervalArithmetic::gamma(const Interval& a) {
  if (!(a.low > 0) || a.high > 160) return unbounded();
  // Falling up to 1.46…, rising from there; between, the least value 0.8856… is a bound.
  const double left = std::tgamma(a.low), right = std::tgamma(a.high);
  const double low = a.high < 1.46 || a.low > 1.47 ? std::fmin(left, right) : 0.88;
  return widened(low, std::fmax(left, right), 1000);
}

Interval IntervalArithmetic::log_gamma(const Interval& a) {
  if (!(a.low > 2) || a.high > 1e300) return unbounded();
  return widened(std::lgamma(a.low) - 1e-13, std::lgamma(a.high) + 1e-13, 1000);
}

bool IntervalArithmetic::floor(const Interval& a, Integer& result) const {
  const double low = std::floor(a.low);
  if (low != std::floor(a.high) || !(std::abs(low) < 4e15)) return false;
  result = Integer(static_cast<int64_t>(low));
  return true;
}

}  // namespace cohort::rewards::math
