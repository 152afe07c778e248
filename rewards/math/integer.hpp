// Integers of any size: what exact comparison and ball arithmetic are made of.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::rewards::math {

/// An integer. Values below 2^63 in magnitude take no memory of their own. Whoever lets one grow bounds its bits first:
/// nothing here asks a budget. Multiplication and division take the product of the lengths.
class Integer {
 public:
  Integer() = default;
  Integer(int64_t value) : small_(value) {  // NOLINT: a number is an Integer
    if (value == INT64_MIN) *this = from_limbs(true, {uint64_t{1} << 63});
  }
  /// From a magnitude, least limb first.
  static Integer from_limbs(bool is_negative, std::vector<uint64_t> limbs);
  /// From digits 0-9, a-z, A-Z in `base` (2 to 36); the caller has checked them.
  static Integer from_digits(std::string_view digits, unsigned base = 10);

  bool is_small() const { return limbs_.empty(); }
  int64_t small() const { return small_; }  // only where is_small()
  int sign() const { return limbs_.empty() ? (small_ > 0) - (small_ < 0) : (is_negative_ ? -1 : 1); }
  bool is_zero() const { return limbs_.empty() && small_ == 0; }
  bool is_one() const { return limbs_.empty() && small_ == 1; }
  bool is_odd() const { return limbs_.empty() ? small_ & 1 : limbs_[0] & 1; }
  int64_t bits() const {  // of the magnitude; 0 for 0
    if (!limbs_.empty()) return static_cast<int64_t>(limbs_.size()) * 64 - std::countl_zero(limbs_.back());
    return std::bit_width(static_cast<uint64_t>(small_ < 0 ? -small_ : small_));
  }
  int64_t trailing_zeros() const;  // 0 for 0
  double to_double() const;        // within 1 ulp, infinite where it does not fit
  /// The leading bits as m with 2^62 ≤ |m| < 2^63 (truncated) and the power of two that goes with them.
  int64_t leading(int64_t& exponent) const;
  std::string to_string() const;

  Integer operator-() const&;
  Integer operator-() &&;
  Integer operator<<(int64_t count) const;
  Integer operator>>(int64_t count) const;  // towards zero
  friend Integer operator+(const Integer& a, const Integer& b);
  friend Integer operator-(const Integer& a, const Integer& b);
  friend Integer operator*(const Integer& a, const Integer& b);
  friend bool operator==(const Integer& a, const Integer& b);
  friend std::strong_ordering operator<=>(const Integer& a, const Integer& b);
  friend Integer abs(Integer a);

 private:
  friend struct Limbs;
  int64_t small_ = 0;            // the value, where limbs_ is empty; never the least int64
  bool is_negative_ = false;     // otherwise its sign
  std::vector<uint64_t> limbs_;  // and magnitude, at least 2^63, no leading zeros
};

struct Division {
  Integer quotient, remainder;  // truncated: the remainder has the sign of the dividend
};
Division divide(const Integer& a, const Integer& b);  // b is not 0
Integer floor_divide(const Integer& a, const Integer& b);
Integer gcd(Integer a, Integer b);
Integer power(const Integer& base, uint64_t exponent);
Integer square_root(const Integer& a);  // floor; a ≥ 0

/// a · 2^count, towards zero.
inline Integer shifted(const Integer& a, int64_t count) { return count >= 0 ? a << count : a >> -count; }

/// The exact `index`-th root of a ≥ 0, or false where there is none.
bool exact_root(const Integer& a, uint64_t index, Integer& root);

}  // namespace cohort::rewards::math
