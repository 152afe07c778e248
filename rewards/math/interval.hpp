// Real numbers as two doubles: the first and cheapest proof that two values differ.
#pragma once

#include <cmath>
#include <limits>

#include "rewards/math/ball.hpp"
#include "rewards/math/node.hpp"
#include "rewards/math/rational.hpp"

namespace cohort::rewards::math {

/// All numbers from low to high. Both infinite: nothing is known.
struct Interval {
  double low = 0, high = 0;
};

/// Interval arithmetic in doubles; the interface is BallArithmetic's. Results are widened by more than the rounding of
/// an operation (half a unit in the last place) or the error of the C library (below 2 units for the functions used;
/// the gamma functions get 1,000).
class IntervalArithmetic {
 public:
  using Real = Interval;
  explicit IntervalArithmetic(Budget& budget) : budget_(&budget) {}

  int64_t precision() const { return 53; }
  Budget& budget() { return *budget_; }

  Interval integer(int64_t value) {
    const auto rounded = static_cast<double>(value);
    return std::abs(value) <= int64_t{1} << 53 ? Interval{rounded, rounded} : widened(rounded, rounded, 1);
  }
  Interval rational(const Rational& value);
  Interval real(double value) { return {value, value}; }
  Interval pi() { return {3.141592653589793, 3.1415926535897936}; }
  Interval add(const Interval& a, const Interval& b) { return widened(a.low + b.low, a.high + b.high, 1); }
  Interval subtract(const Interval& a, const Interval& b) { return widened(a.low - b.high, a.high - b.low, 1); }
  Interval negate(const Interval& a) { return {-a.high, -a.low}; }
  Interval multiply(const Interval& a, const Interval& b);
  Interval divide(const Interval& a, const Interval& b);
  Interval square_root(const Interval& a);  // of a ≥ 0
  Interval exp(const Interval& a) { return clipped(widened(std::exp(a.low), std::exp(a.high), 8)); }
  Interval log(const Interval& a) { return a.low > 0 ? widened(std::log(a.low), std::log(a.high), 8) : unbounded(); }
  void sin_cos(const Interval& a, Interval& sine, Interval& cosine);
  Interval arctan(const Interval& a) { return widened(std::atan(a.low), std::atan(a.high), 8); }
  Interval gamma(const Interval& a);      // of a > 0
  Interval log_gamma(const Interval& a);  // of a > 0

  NumberSign sign(const Interval& a) const {
    if (a.low > 0) return NumberSign::positive;
    if (a.high < 0) return NumberSign::negative;
    return a.low == 0 && a.high == 0 ? NumberSign::zero : NumberSign::unknown;
  }
  bool floor(const Interval& a, Integer& result) const;
  int64_t upper_log2(const Interval& a) const { return std::ilogb(std::fmax(-a.low, a.high)) + 1; }
  bool is_bounded(const Interval& a) const { return std::isfinite(a.low) && std::isfinite(a.high); }

 private:
  static Interval unbounded() {
    return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  }
  // At least `units` units in the last place outwards. Anything that is no number knows nothing.
  static Interval widened(double low, double high, double units) {
    constexpr double unit = 2.3e-16, least = 5e-324;
    low -= std::abs(low) * (unit * units) + least;
    high += std::abs(high) * (unit * units) + least;
    return low <= high && low > -1e300 && high < 1e300 ? Interval{low, high} : unbounded();
  }
  static Interval clipped(Interval a) { return {std::fmax(a.low, 0), a.high}; }

  Budget* budget_;
};

}  // namespace cohort::rewards::math
