#include "rewards/math/integer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

namespace cohort::rewards::math {

__extension__ using uint128 = unsigned __int128;
__extension__ using int128 = __int128;

namespace {

uint64_t magnitude(int64_t value) {
  return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

void trim(std::vector<uint64_t>& limbs) {
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

}  // namespace

/// Magnitudes as views, so that small and large integers take one path.
struct Limbs {
  const uint64_t* data;
  size_t size;
  uint64_t small;

  explicit Limbs(const Integer& a) {
    if (a.limbs_.empty()) {
      small = magnitude(a.small_);
      data = &small;
      size = small != 0;
    } else {
      small = 0;
      data = a.limbs_.data();
      size = a.limbs_.size();
    }
  }
  Limbs(const Limbs&) = delete;
  Limbs& operator=(const Limbs&) = delete;

  std::strong_ordering compare(const Limbs& other) const {
    if (size != other.size) return size <=> other.size;
    for (size_t i = size; i-- > 0;)
      if (data[i] != other.data[i]) return data[i] <=> other.data[i];
    return std::strong_ordering::equal;
  }
};

Integer::Integer(int64_t value) : small_(value) {
  if (value == INT64_MIN) {
    small_ = 0;
    is_negative_ = true;
    limbs_ = {uint64_t{1} << 63};
  }
}

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

int64_t Integer::bits() const {
  if (limbs_.empty()) return std::bit_width(magnitude(small_));
  return static_cast<int64_t>(limbs_.size()) * 64 - std::countl_zero(limbs_.back());
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

namespace {

// Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D, with a divisor of at least two limbs, both shifted so
// that its first bit is set. `rest` becomes the remainder.
std::vector<uint64_t> divide_limbs(std::vector<uint64_t>& rest, const std::vector<uint64_t>& divisor) {
  const size_t n = divisor.size(), m = rest.size() - n;  // rest has a leading zero limb
  std::vector<uint64_t> quotient(m);
  for (size_t j = m; j-- > 0;) {
    const uint128 top = uint128{rest[j + n]} << 64 | rest[j + n - 1];
    uint128 digit, remainder;
    if (rest[j + n] >= divisor[n - 1]) {
      digit = ~uint64_t{0};
      remainder = top - digit * divisor[n - 1];
    } else {
      digit = top / divisor[n - 1];
      remainder = top % divisor[n - 1];
    }
    while (remainder >> 64 == 0 && digit * divisor[n - 2] > (remainder << 64 | rest[j + n - 2])) {
      --digit;
      remainder += divisor[n - 1];
    }
    uint64_t carry = 0, borrow = 0;
    for (size_t i = 0; i < n; ++i) {
      const uint128 product = digit * divisor[i] + carry;
      carry = static_cast<uint64_t>(product >> 64);
      const uint128 difference = uint128{rest[i + j]} - static_cast<uint64_t>(product) - borrow;
      rest[i + j] = static_cast<uint64_t>(difference);
      borrow = static_cast<uint64_t>(difference >> 64) & 1;
    }
    const uint128 difference = uint128{rest[j + n]} - carry - borrow;
    rest[j + n] = static_cast<uint64_t>(difference);
    if (static_cast<uint64_t>(difference >> 64) & 1) {
      --digit;
      uint64_t back = 0;
      for (size_t i = 0; i < n; ++i) {
        const uint128 sum = uint128{rest[i + j]} + divisor[i] + back;
        rest[i + j] = static_cast<uint64_t>(sum);
        back = static_cast<uint64_t>(sum >> 64);
      }
      rest[j + n] += back;
    }
    quotient[j] = static_cast<uint64_t>(digit);
  }
  return quotient;
}

std::vector<uint64_t> shifted(const Limbs& a, int bit, size_t extra) {
  std::vector<uint64_t> result(a.size + extra);
  for (size_t i = 0; i < a.size; ++i) {
    result[i] |= a.data[i] << bit;
    if (bit && i + 1 < result.size()) result[i + 1] = a.data[i] >> (64 - bit);
  }
  return result;
}

}  // namespace

Division divide(const Integer& a, const Integer& b) {
  if (a.is_small() && b.is_small()) return {Integer(a.small() / b.small()), Integer(a.small() % b.small())};
  const Limbs x(a), y(b);
  if (x.compare(y) < 0) return {Integer(), a};
  const bool is_negative = a.sign() * b.sign() < 0;
  if (y.size == 1) {
    std::vector<uint64_t> quotient(x.size);
    uint64_t remainder = 0;
    for (size_t i = x.size; i-- > 0;) {
      const uint128 part = uint128{remainder} << 64 | x.data[i];
      quotient[i] = static_cast<uint64_t>(part / y.data[0]);
      remainder = static_cast<uint64_t>(part % y.data[0]);
    }
    return {Integer::from_limbs(is_negative, std::move(quotient)), Integer::from_limbs(a.sign() < 0, {remainder})};
  }
  const int bit = std::countl_zero(y.data[y.size - 1]);
  std::vector<uint64_t> rest = shifted(x, bit, 1);
  const std::vector<uint64_t> divisor = shifted(y, bit, 0);
  std::vector<uint64_t> quotient = divide_limbs(rest, divisor);
  return {Integer::from_limbs(is_negative, std::move(quotient)),
          Integer::from_limbs(a.sign() < 0, std::move(rest)) >> bit};
}

Integer floor_divide(const Integer& a, const Integer& b) {
  Division parts = divide(a, b);
  if (parts.remainder.sign() * b.sign() < 0) return parts.quotient - 1;
  return std::move(parts.quotient);
}

// Lehmer's algorithm: Euclid's steps on the leading 62 bits, as long as they are sure to be those of the whole numbers
// (Knuth 4.5.2, algorithm L), then all at once.
Integer gcd(Integer a, Integer b) {
  a = abs(std::move(a));
  b = abs(std::move(b));
  if (a < b) std::swap(a, b);
  while (!b.is_zero()) {
    if (a.is_small() && b.is_small()) return Integer(std::gcd(a.small(), b.small()));
    const int64_t shift = a.bits() - 62;
    int64_t x = (a >> shift).small(), y = (b >> shift).small();
    int64_t from_a = 1, from_b = 0, to_a = 0, to_b = 1;  // x ≈ from_a·a + from_b·b, y ≈ to_a·a + to_b·b
    while (y + to_a != 0 && y + to_b != 0) {
      const int64_t quotient = (x + from_a) / (y + to_a);
      if (quotient != (x + from_b) / (y + to_b)) break;
      const int128 next_a = int128{from_a} - int128{quotient} * to_a, next_b = int128{from_b} - int128{quotient} * to_b;
      constexpr int128 limit = int128{1} << 61;
      if (next_a > limit || next_a < -limit || next_b > limit || next_b < -limit) break;
      from_a = std::exchange(to_a, static_cast<int64_t>(next_a));
      from_b = std::exchange(to_b, static_cast<int64_t>(next_b));
      x = std::exchange(y, x - quotient * y);
    }
    if (from_b == 0) {
      a = divide(a, b).remainder;
      std::swap(a, b);
    } else {
      Integer next = Integer(from_a) * a + Integer(from_b) * b;
      b = Integer(to_a) * a + Integer(to_b) * b;
      a = std::move(next);
    }
  }
  return a;
}

Integer power(const Integer& base, uint64_t exponent) {
  if (base.is_zero()) return Integer(exponent == 0);
  // Powers of two are a shift; the rest is squared from the leading bit of the exponent.
  const int64_t zeros = base.trailing_zeros();
  const Integer odd = base >> zeros;
  Integer result(1);
  if (odd == Integer(-1)) {
    result = Integer(exponent & 1 ? -1 : 1);
  } else if (!odd.is_one()) {
    for (int i = std::bit_width(exponent); i-- > 0;) {
      result = result * result;
      if (exponent >> i & 1) result = result * odd;
    }
  }
  return result << zeros * static_cast<int64_t>(exponent);
}

Integer square_root(const Integer& a) {
  if (a.is_zero()) return {};
  // Newton from above: the first estimate is never below the root.
  const int64_t bits = a.bits();
  Integer estimate;
  if (bits <= 100) {
    estimate = Integer(static_cast<int64_t>(std::sqrt(a.to_double())) + 4);
  } else {
    const int64_t half = bits / 4;  // half the digits first
    estimate = (square_root(a >> 2 * half) + 1) << half;
  }
  for (;;) {
    const Integer next = (estimate + divide(a, estimate).quotient) >> 1;
    if (next >= estimate) return estimate;
    estimate = next;
  }
}

bool exact_root(const Integer& a, uint64_t index, Integer& root) {
  if (index == 1 || a.is_zero() || a.is_one()) {
    root = a;
    return true;
  }
  const int64_t bits = a.bits();
  if (index >= static_cast<uint64_t>(bits)) return false;
  if (index == 2) {
    root = square_root(a);
    return root * root == a;
  }
  // Newton from above. The estimate 2^⌈bits/index⌉ is at most twice the root.
  Integer estimate = Integer(1) << (bits + static_cast<int64_t>(index) - 1) / static_cast<int64_t>(index);
  const Integer factor(static_cast<int64_t>(index) - 1), divisor(static_cast<int64_t>(index));
  for (;;) {
    const Integer next = divide(factor * estimate + divide(a, power(estimate, index - 1)).quotient, divisor).quotient;
    if (next >= estimate) break;
    estimate = next;
  }
  root = estimate;
  return power(root, index) == a;
}

}  // namespace cohort::rewards::math
