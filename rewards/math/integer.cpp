#include "rewards/math/integer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "rewards/math/limbs.hpp"

namespace cohort::rewards::math {

namespace {

void trim(std::vector<uint64_t>& limbs) {
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

}  // namespace

Integer Integer::from_limbs(bool is_negative, std::vector<uint64_t> limbs) {
  trim(limbs);
  Integer result;
  if (limbs.size() <= 1 && (limbs.empty() || limbs[0] >> 63 == 0)) {
    const int64_t value = limbs.empty() ? 0 : static_cast<int64_t>(limbs[0]);
    result.small_ = is_negative ? -value : value;
    return result;
  }
  result.is_negative_ = is_negative;
  result.limbs_ = std::move(limbs);
  return result;
}

Integer Integer::from_digits(std::string_view digits, unsigned base) {
  // A chunk of digits at a time: multiply what there is by base^count and add.
  std::vector<uint64_t> limbs;
  size_t at = 0;
  while (at < digits.size()) {
    uint64_t scale = 1, chunk = 0;
    while (at < digits.size() && scale < (uint64_t{1} << 58)) {
      const char c = digits[at++];
      const unsigned digit = c <= '9' ? c - '0' : c >= 'a' ? c - 'a' + 10 : c - 'A' + 10;
      scale *= base;
      chunk = chunk * base + digit;
    }
    uint64_t carry = chunk;
    for (uint64_t& limb : limbs) {
      const uint128 sum = uint128{limb} * scale + carry;
      limb = static_cast<uint64_t>(sum);
      carry = static_cast<uint64_t>(sum >> 64);
    }
    if (carry) limbs.push_back(carry);
  }
  return from_limbs(false, std::move(limbs));
}

int64_t Integer::trailing_zeros() const {
  if (limbs_.empty()) return small_ == 0 ? 0 : std::countr_zero(magnitude(small_));
  size_t i = 0;
  while (limbs_[i] == 0) ++i;
  return static_cast<int64_t>(i) * 64 + std::countr_zero(limbs_[i]);
}

int64_t Integer::leading(int64_t& exponent) const {
  if (is_zero()) return exponent = 0;
  const int64_t shift = bits() - 63;
  exponent = shift;
  const Limbs view(*this);
  uint64_t top;
  if (shift <= 0) {
    top = view.data[0] << -shift;
  } else {
    const size_t word = shift / 64, bit = shift % 64;
    top = view.data[word] >> bit;
    if (bit && word + 1 < view.size) top |= view.data[word + 1] << (64 - bit);
  }
  const auto value = static_cast<int64_t>(top & (~uint64_t{0} >> 1));
  return sign() < 0 ? -value : value;
}

double Integer::to_double() const {
  if (limbs_.empty()) return static_cast<double>(small_);
  int64_t exponent;
  const auto top = static_cast<double>(leading(exponent));
  return std::ldexp(top, static_cast<int>(std::min<int64_t>(exponent, 100'000)));
}

std::string Integer::to_string() const {
  if (limbs_.empty()) return std::to_string(small_);
  constexpr uint64_t chunk = 1'000'000'000'000'000'000;
  std::vector<uint64_t> rest = limbs_;
  std::string digits;
  while (!rest.empty()) {
    uint128 remainder = 0;
    for (size_t i = rest.size(); i-- > 0;) {
      remainder = remainder << 64 | rest[i];
      rest[i] = static_cast<uint64_t>(remainder / chunk);
      remainder %= chunk;
    }
    trim(rest);
    auto part = static_cast<uint64_t>(remainder);
    for (int i = 0; i < 18 && (part || !rest.empty()); ++i, part /= 10) digits += static_cast<char>('0' + part % 10);
  }
  if (is_negative_) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Integer Integer::operator-() const& {
  Integer copy = *this;
  return -std::move(copy);
}

Integer Integer::operator-() && {
  small_ = -small_;
  is_negative_ = !limbs_.empty() && !is_negative_;
  return std::move(*this);
}

Integer abs(Integer a) { return a.sign() < 0 ? -std::move(a) : std::move(a); }

Integer Integer::operator<<(int64_t count) const {
  if (count == 0 || is_zero()) return *this;
  if (count < 0) return *this >> -count;
  if (limbs_.empty() && bits() + count <= 62) return Integer(small_ * (int64_t{1} << count));
  const Limbs view(*this);
  const size_t words = count / 64, bit = count % 64;
  std::vector<uint64_t> result(view.size + words + 1);
  for (size_t i = 0; i < view.size; ++i) {
    result[i + words] |= view.data[i] << bit;
    if (bit) result[i + words + 1] = view.data[i] >> (64 - bit);
  }
  return from_limbs(sign() < 0, std::move(result));
}

Integer Integer::operator>>(int64_t count) const {
  if (count == 0 || is_zero()) return *this;
  if (count < 0) return *this << -count;
  if (count >= bits()) return {};
  if (limbs_.empty()) return Integer(sign() * static_cast<int64_t>(magnitude(small_) >> count));
  const size_t words = count / 64, bit = count % 64;
  std::vector<uint64_t> result(limbs_.size() - words);
  for (size_t i = 0; i < result.size(); ++i) {
    result[i] = limbs_[i + words] >> bit;
    if (bit && i + words + 1 < limbs_.size()) result[i] |= limbs_[i + words + 1] << (64 - bit);
  }
  return from_limbs(is_negative_, std::move(result));
}

namespace {

Integer add_magnitudes(bool is_negative, const Limbs& a, const Limbs& b) {
  if (a.size < b.size) return add_magnitudes(is_negative, b, a);
  std::vector<uint64_t> result(a.size + 1);
  uint64_t carry = 0;
  for (size_t i = 0; i < a.size; ++i) {
    const uint128 sum = uint128{a.data[i]} + (i < b.size ? b.data[i] : 0) + carry;
    result[i] = static_cast<uint64_t>(sum);
    carry = static_cast<uint64_t>(sum >> 64);
  }
  result[a.size] = carry;
  return Integer::from_limbs(is_negative, std::move(result));
}

Integer subtract_magnitudes(bool is_negative, const Limbs& a, const Limbs& b) {
  const auto order = a.compare(b);
  if (order == 0) return {};
  if (order < 0) return subtract_magnitudes(!is_negative, b, a);
  std::vector<uint64_t> result(a.size);
  uint64_t borrow = 0;
  for (size_t i = 0; i < a.size; ++i) {
    const uint128 difference = uint128{a.data[i]} - (i < b.size ? b.data[i] : 0) - borrow;
    result[i] = static_cast<uint64_t>(difference);
    borrow = static_cast<uint64_t>(difference >> 64) & 1;
  }
  return Integer::from_limbs(is_negative, std::move(result));
}

}  // namespace

Integer operator+(const Integer& a, const Integer& b) {
  int64_t sum;
  if (a.is_small() && b.is_small() && !__builtin_add_overflow(a.small_, b.small_, &sum)) return Integer(sum);
  const bool is_negative = a.sign() < 0;
  return is_negative == (b.sign() < 0) ? add_magnitudes(is_negative, Limbs(a), Limbs(b))
                                       : subtract_magnitudes(is_negative, Limbs(a), Limbs(b));
}

Integer operator-(const Integer& a, const Integer& b) {
  int64_t difference;
  if (a.is_small() && b.is_small() && !__builtin_sub_overflow(a.small_, b.small_, &difference))
    return Integer(difference);
  const bool is_negative = a.sign() < 0;
  return is_negative != (b.sign() < 0) ? add_magnitudes(is_negative, Limbs(a), Limbs(b))
                                       : subtract_magnitudes(is_negative, Limbs(a), Limbs(b));
}

Integer operator*(const Integer& a, const Integer& b) {
  int64_t product;
  if (a.is_small() && b.is_small() && !__builtin_mul_overflow(a.small_, b.small_, &product)) return Integer(product);
  const Limbs x(a), y(b);
  std::vector<uint64_t> result(x.size + y.size);
  for (size_t i = 0; i < x.size; ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < y.size; ++j) {
      const uint128 sum = uint128{x.data[i]} * y.data[j] + result[i + j] + carry;
      result[i + j] = static_cast<uint64_t>(sum);
      carry = static_cast<uint64_t>(sum >> 64);
    }
    result[i + y.size] = carry;
  }
  return Integer::from_limbs(a.sign() * b.sign() < 0, std::move(result));
}

bool operator==(const Integer& a, const Integer& b) {
  return a.small_ == b.small_ && a.is_negative_ == b.is_negative_ && a.limbs_ == b.limbs_;
}

std::strong_ordering operator<=>(const Integer& a, const Integer& b) {
  if (a.is_small() && b.is_small()) return a.small_ <=> b.small_;
  if (a.sign() != b.sign()) return a.sign() <=> b.sign();
  return a.sign() < 0 ? Limbs(b).compare(Limbs(a)) : Limbs(a).compare(Limbs(b));
}

}  // namespace cohort::rewards::math
