#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "rewards/math/limbs.hpp"

namespace cohort::rewards::math {

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
