#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "rewards/math/ball.hpp"

namespace cohort::rewards::math {

namespace {

// The first `bits` bits behind the point of Σ (−1)^k·sign^k / ((2k+1)·n^(2k+1)): arctan(1/n), or its hyperbolic sister.
Integer inverse_arctan(int64_t n, int64_t bits, bool is_hyperbolic) {
  Integer power = divide(Integer(1) << bits, Integer(n)).quotient, sum = power;
  const Integer square(n * n);
  for (int64_t k = 1; !power.is_zero(); ++k) {
    power = divide(power, square).quotient;
    const Integer term = divide(power, Integer(2 * k + 1)).quotient;
    sum = is_hyperbolic || k % 2 == 0 ? sum + term : sum - term;
  }
  return sum;
}

}  // namespace

// Both are computed with room to spare, so that the lower precisions of one computation find them.
bool BallArithmetic::find_log_two(int64_t bits, Integer& result) {
  if (log_two_bits_ < bits + 24) {
    const int64_t wide = bits + 64;
    if (!budget_->spend(40 + wide * wide / 2'000)) return false;
    log_two_ = Integer(18) * inverse_arctan(26, wide, true) - Integer(2) * inverse_arctan(4801, wide, true) +
               Integer(8) * inverse_arctan(8749, wide, true);
    log_two_bits_ = wide;
  }
  result = log_two_ >> (log_two_bits_ - bits);
  return true;
}

bool BallArithmetic::find_pi(int64_t bits, Integer& result) {
  if (pi_bits_ < bits + 24) {
    const int64_t wide = bits + 64;
    if (!budget_->spend(40 + wide * wide / 2'000)) return false;
    pi_ = Integer(16) * inverse_arctan(5, wide, false) - Integer(4) * inverse_arctan(239, wide, false);
    pi_bits_ = wide;
  }
  result = pi_ >> (pi_bits_ - bits);
  return true;
}

Ball BallArithmetic::pi() {
  Integer digits;
  return find_pi(precision_ + 16, digits) ? rounded(std::move(digits), 2, -precision_ - 16) : Ball::unbounded();
}

Ball BallArithmetic::exp(const Ball& a) {
  if (a.is_unbounded) return a;
  if (a.middle.is_zero() && a.radius == 0) return integer(1);
  const int64_t top = a.exponent + a.middle.bits();
  if (top > 60 || (a.radius && a.exponent + Integer(a.radius).bits() > -1)) return Ball::unbounded();
  const auto halvings = static_cast<int64_t>(4 + std::sqrt(static_cast<double>(precision_)) / 2);
  const int64_t bits = precision_ + 16 + 2 * halvings;
  // a = n·log 2 + t. log 2 is known to 1 in the last of `wide` bits, hence n·log 2 to n of them.
  const int64_t wide = bits + std::max<int64_t>(0, top) + 2;
  if (!spend(4 + (bits / (halvings + 6) + halvings) * 2 / 3)) return Ball::unbounded();
  const Integer fixed = shifted(a.middle, a.exponent + wide);
  Integer n;
  Integer rest = fixed;
  if (top >= 0) {
    Integer log2;
    if (!find_log_two(wide, log2)) return Ball::unbounded();
    n = floor_divide(fixed + (log2 >> 1), log2);
    rest = fixed - n * log2;
  }
  rest = rest >> (wide - bits + halvings);  // also t / 2^halvings; error below 2
  Integer sum = Integer(1) << bits, term = sum;
  int64_t terms = 1;
  for (; !term.is_zero(); ++terms) {
    term = math::divide((term * rest) >> bits, Integer(terms)).quotient;
    sum = sum + term;
  }
  Integer error(4 * terms + 8);
  for (int64_t i = 0; i < halvings; ++i) {
    sum = (sum * sum) >> bits;
    error = error * Integer(4) + 1;  // 2·e^t·error, and t never passes log 2
  }
  if (a.radius) {
    // e^δ − 1 ≤ 2δ for δ ≤ 1
    error = error + shifted(abs(sum) * Integer(4 * a.radius), a.exponent) + 1;
  }
  return rounded(std::move(sum), std::move(error), n.small() - bits);
}

Ball BallArithmetic::log_of_unit(const Ball& a, int64_t precision) {
  const int64_t kept = precision_;
  // An estimate at a third of the digits, then one correction: log y = l + log(1 + ε) with ε = y/e^l − 1.
  Ball estimate;
  if (precision <= 48) {
    int64_t exponent;
    const auto top = static_cast<double>(a.middle.leading(exponent));
    estimate = real(std::log(std::ldexp(top, static_cast<int>(exponent + a.exponent))));
  } else {
    estimate = log_of_unit(a, precision / 3 + 8);
    estimate.radius = 0;
    if (estimate.is_unbounded) return estimate;
  }
  precision_ = precision;
  const Ball power = exp(estimate);
  const Ball epsilon = divide(subtract(a, power), power);
  const Ball half_square = multiply(multiply(epsilon, epsilon), Ball{Integer(1), 0, -1, false});
  Ball result = add(estimate, subtract(epsilon, half_square));
  precision_ = kept;
  if (epsilon.is_unbounded) return epsilon;
  const int64_t size = upper_log2(epsilon);
  return size > -4 ? Ball::unbounded() : with_error(result, 3 * size);  // |ε|³/3 + …
}

Ball BallArithmetic::log(const Ball& a) {
  if (sign(a) != NumberSign::positive) return Ball::unbounded();
  if (a.radius == 0 && a.middle.is_one() && a.exponent == 0) return {};
  int64_t n = a.exponent + a.middle.bits();
  int64_t dropped;
  if (a.middle.leading(dropped) < (int64_t{3} << 61)) --n;  // the middle is below 3/4 of a power of two: from 1 to 3/2
  Ball unit = a;
  unit.exponent -= n;
  // A radius near the middle leaves log unbounded only if it reaches 0: the correction needs it small.
  const int64_t kept = precision_;
  precision_ += 8;
  Ball result = log_of_unit(unit, precision_);
  if (n != 0 && !result.is_unbounded) {
    const int64_t wide = precision_ + 64;
    Integer log2;
    result = find_log_two(wide, log2) ? add(result, multiply(rounded(std::move(log2), 2, -wide), integer(n)))
                                      : Ball::unbounded();
  }
  precision_ = kept;
  return result.is_unbounded ? result : rounded(result.middle, result.radius, result.exponent);
}

void BallArithmetic::sin_cos(const Ball& a, Ball& sine, Ball& cosine) {
  const int64_t top = a.exponent + a.middle.bits();
  if (a.is_unbounded || top > precision_ + 256 || (a.radius && a.exponent + Integer(a.radius).bits() > 1)) {
    sine = cosine = {Integer(), 1, 0, false};
    return;
  }
  const auto halvings = static_cast<int64_t>(2 + std::sqrt(static_cast<double>(precision_)) / 3);
  const int64_t bits = precision_ + 16 + 2 * halvings;
  const int64_t wide = bits + std::max<int64_t>(0, top) + 2;
  if (!spend(4 + (bits / (halvings + 6) + halvings) * 2 / 3)) {
    sine = cosine = Ball::unbounded();
    return;
  }
  Integer rest = shifted(a.middle, a.exponent + wide);
  int quadrant = 0;
  if (top >= 0) {
    Integer quarter;
    if (!find_pi(wide, quarter)) {
      sine = cosine = Ball::unbounded();
      return;
    }
    quarter = quarter >> 1;
    const Integer n = floor_divide(rest + (quarter >> 1), quarter);
    rest = rest - n * quarter;
    quadrant = static_cast<int>((math::divide(n, Integer(4)).remainder.small() + 4) % 4);
  }
  rest = rest >> (wide - bits + halvings);
  const Integer one = Integer(1) << bits;
  Integer s = rest, c = one, term = rest;
  int64_t terms = 2;
  for (; !term.is_zero(); ++terms) {
    term = math::divide((term * rest) >> bits, Integer(terms)).quotient;
    // 1, t, t²/2, t³/6, …: the signs of cosine and sine go + + − −.
    const bool is_negative = terms % 4 >= 2;
    if (terms % 2 == 0) c = is_negative ? c - term : c + term;
    if (terms % 2 == 1) s = is_negative ? s - term : s + term;
  }
  Integer error(4 * terms + 8);
  for (int64_t i = 0; i < halvings; ++i) {
    const Integer square = s * s;
    s = (s * c) >> (bits - 1);
    c = one - (square >> (bits - 1));
    error = error * Integer(4) + 2;
  }
  if (quadrant & 1) {
    std::swap(s, c);
    if (quadrant == 1)
      c = -c;
    else
      s = -s;
  }
  if (quadrant == 2) s = -s, c = -c;
  if (a.radius) error = error + shifted(Integer(a.radius), a.exponent + bits) + 1;
  sine = rounded(std::move(s), error, -bits);
  cosine = rounded(std::move(c), std::move(error), -bits);
}

Ball BallArithmetic::arctan_of_unit(const Ball& a, int64_t precision) {
  const int64_t kept = precision_;
  Ball estimate;
  if (precision <= 48) {
    int64_t exponent;
    const auto top = static_cast<double>(a.middle.leading(exponent));
    const int64_t scale = std::clamp<int64_t>(exponent + a.exponent, -2000, 2000);
    estimate = real(std::atan(std::ldexp(top, static_cast<int>(scale))));
  } else {
    estimate = arctan_of_unit(a, precision / 3 + 8);
    estimate.radius = 0;
    if (estimate.is_unbounded) return estimate;
  }
  // arctan x = θ + arctan ε with ε = (x cos θ − sin θ) / (cos θ + x sin θ)
  precision_ = precision;
  Ball sine, cosine;
  sin_cos(estimate, sine, cosine);
  const Ball epsilon = divide(subtract(multiply(a, cosine), sine), add(cosine, multiply(a, sine)));
  const Ball cube = multiply(multiply(epsilon, epsilon), epsilon);
  Ball result = add(estimate, subtract(epsilon, divide(cube, integer(3))));
  precision_ = kept;
  if (epsilon.is_unbounded) return epsilon;
  const int64_t size = upper_log2(epsilon);
  return size > -4 ? Ball::unbounded() : with_error(result, 5 * size);
}

Ball BallArithmetic::arctan(const Ball& a) {
  if (a.is_unbounded || (a.middle.is_zero() && a.radius == 0)) return a;
  if (a.exponent + a.middle.bits() > 1) {
    // Above 2 in size; its inverse is below 1, so this happens once.
    const NumberSign direction = sign(a);
    if (direction == NumberSign::unknown) return Ball::unbounded();
    Ball half = pi();
    half.exponent -= 1;
    const Ball inverse = arctan(divide(integer(1), a));
    return subtract(direction == NumberSign::negative ? negate(half) : half, inverse);
  }
  Ball centre = a;
  centre.radius = 0;
  const Ball result = centre.middle.is_zero() ? centre : arctan_of_unit(centre, precision_ + 8);
  if (result.is_unbounded || a.radius == 0) return result;
  return add(result, Ball{Integer(), a.radius, a.exponent, false});  // its slope is at most 1
}

// Stirling's series with the remainder below its first omitted term (Abramowitz and Stegun 6.1.42).
Ball BallArithmetic::log_gamma(const Ball& a) {
  if (sign(a) != NumberSign::positive || precision_ > 2200) return Ball::unbounded();
  const int64_t least = precision_ / 5 + 8, count = precision_ / 7 + 6;
  Ball x = a, product = integer(1);
  for (int64_t i = 0; i <= least && lower_log2(x) < 63 && sign(subtract(x, integer(least))) != NumberSign::positive;
       ++i) {
    product = multiply(product, x);
    x = add(x, integer(1));
  }
  if (!budget_->spend(2 * count * count)) return Ball::unbounded();
  // Tangent numbers T_k, whence B_2k = (−1)^(k−1)·2k·T_k / (4^k·(4^k − 1)).
  std::vector<Integer> tangent(count + 1, Integer(1));
  for (int64_t k = 2; k <= count; ++k) tangent[k] = Integer(k - 1) * tangent[k - 1];
  for (int64_t k = 2; k <= count; ++k)
    for (int64_t j = k; j <= count; ++j) tangent[j] = Integer(j - k) * tangent[j - 1] + Integer(j - k + 2) * tangent[j];
  const Ball half{Integer(1), 0, -1, false};
  Ball sum = subtract(multiply(subtract(x, half), log(x)), x);
  Ball two_pi = pi();
  two_pi.exponent += 1;
  sum = add(sum, multiply(half, log(two_pi)));
  const Ball inverse_square = divide(integer(1), multiply(x, x));
  Ball power = divide(integer(1), x);
  for (int64_t k = 1; k <= count; ++k) {
    const Integer scale = Integer(1) << 2 * k;
    const Rational coefficient(tangent[k], scale * (scale - 1) * Integer(2 * k - 1));
    const Ball term = multiply(rational(coefficient), power);
    power = multiply(power, inverse_square);
    if (term.is_unbounded) return term;
    if (k == count || upper_log2(term) < -precision_ - 8) {
      sum = with_error(sum, upper_log2(term));
      break;
    }
    sum = k % 2 == 1 ? add(sum, term) : subtract(sum, term);
  }
  return subtract(sum, log(product));
}

Ball BallArithmetic::gamma(const Ball& a) { return exp(log_gamma(a)); }

}  // namespace cohort::rewards::math
