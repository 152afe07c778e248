// Exact fractions.
#pragma once

#include "rewards/math/integer.hpp"

namespace cohort::rewards::math {

/// numerator / denominator with a positive denominator. In lowest terms below about 2,000 bits; above, only if that
/// came for free, so compare with == and not part by part.
class Rational {
 public:
  Rational() : denominator_(1) {}
  Rational(int64_t value) : numerator_(value), denominator_(1) {}             // NOLINT: a number is a Rational
  Rational(Integer value) : numerator_(std::move(value)), denominator_(1) {}  // NOLINT
  Rational(Integer numerator, Integer denominator);                           // denominator is not 0

  const Integer& numerator() const { return numerator_; }
  const Integer& denominator() const { return denominator_; }
  int sign() const { return numerator_.sign(); }
  bool is_zero() const { return numerator_.is_zero(); }
  bool is_one() const { return numerator_.is_one() && denominator_.is_one(); }
  bool is_integer() const { return denominator_.is_one(); }  // exact below 2,000 bits
  bool is_small() const { return numerator_.is_small() && denominator_.is_small(); }
  int64_t bits() const { return numerator_.bits() + denominator_.bits(); }
  Integer floor() const { return floor_divide(numerator_, denominator_); }
  Rational inverse() const { return {denominator_, numerator_}; }  // not of 0
  void reduce();                                                   // to lowest terms, whatever the size

  Rational operator-() const;
  friend Rational operator+(const Rational& a, const Rational& b);
  friend Rational operator-(const Rational& a, const Rational& b) { return a + -b; }
  friend Rational operator*(const Rational& a, const Rational& b);
  friend Rational operator/(const Rational& a, const Rational& b) { return a * b.inverse(); }
  friend bool operator==(const Rational& a, const Rational& b);
  friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);

 private:
  Integer numerator_, denominator_;
};

/// base^exponent; the base is not 0 where the exponent is negative.
Rational power(const Rational& base, int64_t exponent);

}  // namespace cohort::rewards::math
