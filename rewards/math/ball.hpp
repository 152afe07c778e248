// Real numbers as a midpoint and a radius: what a ball says of a number is proved, whatever the precision.
#pragma once

#include <cstdint>

#include "rewards/math/node.hpp"
#include "rewards/math/rational.hpp"

namespace cohort::rewards::math {

/// All numbers within radius · 2^exponent of middle · 2^exponent; everything, where is_unbounded.
struct Ball {
  Integer middle;
  int64_t radius = 0;  // below 2^31
  int64_t exponent = 0;
  bool is_unbounded = false;

  static Ball unbounded() { return {{}, 0, 0, true}; }
  bool is_exact() const { return radius == 0 && !is_unbounded; }
};

/// What is known of a number's sign.
enum class NumberSign : uint8_t { negative, zero, positive, unknown };

/// Ball arithmetic at one precision. Every operation takes balls to a ball that holds all results; it is unbounded
/// where there is no bound (division by a ball with 0 in it) or the budget ended. Constants are computed once.
class BallArithmetic {
 public:
  using Real = Ball;
  BallArithmetic(int64_t precision, Budget& budget) : precision_(precision), budget_(&budget) {}

  int64_t precision() const { return precision_; }
  Budget& budget() { return *budget_; }

  Ball integer(int64_t value) { return {Integer(value), 0, 0, false}; }
  Ball rational(const Rational& value);
  Ball real(double value);  // exact; finite
  Ball pi();
  Ball add(const Ball& a, const Ball& b);
  Ball subtract(const Ball& a, const Ball& b) { return add(a, negate(b)); }
  Ball negate(Ball a) {
    a.middle = -std::move(a.middle);
    return a;
  }
  Ball multiply(const Ball& a, const Ball& b);
  Ball divide(const Ball& a, const Ball& b);
  Ball square_root(const Ball& a);  // of a ≥ 0
  Ball exp(const Ball& a);
  Ball log(const Ball& a);  // of a > 0
  void sin_cos(const Ball& a, Ball& sine, Ball& cosine);
  Ball arctan(const Ball& a);
  Ball gamma(const Ball& a);      // of a > 0
  Ball log_gamma(const Ball& a);  // of a > 0

  NumberSign sign(const Ball& a) const;
  /// floor(a) where all numbers of the ball share it.
  bool floor(const Ball& a, Integer& result) const;
  /// An upper bound of log2|a|, and a lower one where a is not near 0 (otherwise the least int64). The reals are
  /// bounded.
  int64_t upper_log2(const Ball& a) const;
  int64_t lower_log2(const Ball& a) const;
  bool is_bounded(const Ball& a) const { return !a.is_unbounded; }

 private:
  Ball rounded(Integer middle, Integer radius, int64_t exponent);
  Ball with_error(Ball a, int64_t log2_error);  // widened by 2^log2_error
  bool spend(int64_t multiplications);
  bool find_log_two(int64_t bits, Integer& result);  // fixed point, error below 2 in the last place; false: no budget
  bool find_pi(int64_t bits, Integer& result);
  Ball log_of_unit(const Ball& a, int64_t precision);
  Ball arctan_of_unit(const Ball& a, int64_t precision);

  int64_t precision_;
  Budget* budget_;
  Integer log_two_, pi_;
  int64_t log_two_bits_ = 0, pi_bits_ = 0;
};

}  // namespace cohort::rewards::math
