#include "rewards/math/rational.hpp"

#include <numeric>

namespace cohort::rewards::math {

namespace {

constexpr int64_t reduced_bits = 2048;  // beyond, a greatest common divisor costs more than it saves

}  // namespace

Rational::Rational(Integer numerator, Integer denominator)
    : numerator_(std::move(numerator)), denominator_(std::move(denominator)) {
  if (denominator_.sign() < 0) {
    numerator_ = -std::move(numerator_);
    denominator_ = -std::move(denominator_);
  }
  if (denominator_.is_one()) return;
  if (is_small()) {
    const int64_t divisor = std::gcd(numerator_.small(), denominator_.small());
    if (divisor > 1) {
      numerator_ = Integer(numerator_.small() / divisor);
      denominator_ = Integer(denominator_.small() / divisor);
    }
  } else if (bits() <= reduced_bits) {
    reduce();
  } else {
    const int64_t zeros = std::min(numerator_.trailing_zeros(), denominator_.trailing_zeros());
    if (zeros > 0) {
      numerator_ = numerator_ >> zeros;
      denominator_ = denominator_ >> zeros;
    }
  }
}

void Rational::reduce() {
  const Integer divisor = gcd(numerator_, denominator_);
  if (divisor.is_one()) return;
  numerator_ = divide(numerator_, divisor).quotient;
  denominator_ = divide(denominator_, divisor).quotient;
}

Rational Rational::operator-() const {
  Rational copy = *this;
  copy.numerator_ = -std::move(copy.numerator_);
  return copy;
}

Rational operator+(const Rational& a, const Rational& b) {
  if (a.denominator_.is_one() && b.denominator_.is_one()) return Rational(a.numerator_ + b.numerator_);
  if (a.denominator_ == b.denominator_) return {a.numerator_ + b.numerator_, a.denominator_};
  return {a.numerator_ * b.denominator_ + b.numerator_ * a.denominator_, a.denominator_ * b.denominator_};
}

Rational operator*(const Rational& a, const Rational& b) {
  if (a.denominator_.is_one() && b.denominator_.is_one()) return Rational(a.numerator_ * b.numerator_);
  return {a.numerator_ * b.numerator_, a.denominator_ * b.denominator_};
}

bool operator==(const Rational& a, const Rational& b) {
  if (a.numerator_ == b.numerator_ && a.denominator_ == b.denominator_) return true;
  if (a.is_small() && b.is_small()) return false;  // both in lowest terms
  return a.numerator_ * b.denominator_ == b.numerator_ * a.denominator_;
}

std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
  if (a.denominator_ == b.denominator_) return a.numerator_ <=> b.numerator_;
  return a.numerator_ * b.denominator_ <=> b.numerator_ * a.denominator_;
}

Rational power(const Rational& base, int64_t exponent) {
  if (exponent < 0) return power(base.inverse(), -exponent);
  const auto count = static_cast<uint64_t>(exponent);
  if (base.is_integer()) return Rational(power(base.numerator(), count));
  return {power(base.numerator(), count), power(base.denominator(), count)};
}

}  // namespace cohort::rewards::math
