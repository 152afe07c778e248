#include "rewards/math/evaluate.hpp"

#include <algorithm>
#include <cmath>

#include "rewards/math/functions.hpp"

namespace cohort::rewards::math {

namespace {

constexpr int depth_limit = 400;         // the parser's 200 levels and what comparison builds around them
constexpr size_t digits_limit = 20'000;  // of one literal
constexpr int64_t terms_limit = 20'000;  // of one sum or product
constexpr int64_t exponent_limit = 1'000'000;

uint64_t hash(std::string_view name) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : name) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value ^ value >> 29;
}

}  // namespace

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::complex(Real x, Real y) {
  Result result;
  if (!a_.is_bounded(x) || !a_.is_bounded(y)) return result;
  result.state = State::inexact;
  result.x = std::move(x);
  result.y = std::move(y);
  return result;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::exact(Rational real, Rational imaginary) {
  Result result;
  const int64_t bits = real.bits() + imaginary.bits();
  if (bits > 128 && !a_.budget().spend(bits * std::min<int64_t>(bits, 2048) / 10'000)) return result;
  result.state = State::exact;
  result.real = std::move(real);
  result.imaginary = std::move(imaginary);
  if (bits > options_.exact_bits) return inexact(result);
  return result;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::inexact(const Result& value) {
  if (!value.is_exact()) return value;
  return complex(a_.rational(value.real), a_.rational(value.imaginary));
}

template <typename A>
NumberSign Evaluator<A>::sign(const Result& value) {
  if (value.is_exact()) {
    const int sign = value.real.sign();
    return sign > 0 ? NumberSign::positive : sign < 0 ? NumberSign::negative : NumberSign::zero;
  }
  return a_.sign(value.x);
}

template <typename A>
bool Evaluator<A>::differ(const Result& left, const Result& right) {
  if (left.is_exact() && right.is_exact()) return !(left.real == right.real && left.imaginary == right.imaginary);
  if (left.is_finite() && right.is_finite()) {
    const Result a = inexact(left), b = inexact(right);
    if (!a.is_finite() || !b.is_finite()) return false;
    const auto apart = [&](const Real& p, const Real& q) {
      const NumberSign sign = a_.sign(a_.subtract(p, q));
      return sign == NumberSign::positive || sign == NumberSign::negative;
    };
    return apart(a.x, b.x) || apart(a.y, b.y);
  }
  return left.state != State::unknown && right.state != State::unknown && left.state != right.state;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::negate(Result value) {
  switch (value.state) {
    case State::exact:
      value.real = -value.real;
      if (!value.imaginary.is_zero()) value.imaginary = -value.imaginary;
      break;
    case State::inexact:
      value.x = a_.negate(value.x);
      value.y = a_.negate(value.y);
      break;
    case State::positive_infinity:
      value.state = State::negative_infinity;
      break;
    case State::negative_infinity:
      value.state = State::positive_infinity;
      break;
    default:
      break;
  }
  return value;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::add(const Result& left, const Result& right) {
  if (left.is_exact() && right.is_exact()) return exact(left.real + right.real, left.imaginary + right.imaginary);
  if (left.is_exactly_zero()) return right;
  if (right.is_exactly_zero()) return left;
  if (left.is_finite() && right.is_finite()) {
    const Result a = inexact(left), b = inexact(right);
    if (!a.is_finite() || !b.is_finite()) return unknown();
    return complex(a_.add(a.x, b.x), a_.add(a.y, b.y));
  }
  if (left.state == State::undefined || right.state == State::undefined) return undefined();
  if (left.state == State::unknown || right.state == State::unknown) return unknown();
  if (left.is_finite()) return of(right.state);
  if (right.is_finite() || left.state == right.state) return of(left.state);
  return undefined();  // ∞ − ∞
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::multiply(const Result& left, const Result& right) {
  if (left.is_exact() && right.is_exact()) {
    if (left.imaginary.is_zero() && right.imaginary.is_zero()) return exact(left.real * right.real);
    return exact(left.real * right.real - left.imaginary * right.imaginary,
                 left.real * right.imaginary + left.imaginary * right.real);
  }
  if (left.is_finite() && right.is_finite()) {
    if (left.is_exactly_zero()) return left;
    if (right.is_exactly_zero()) return right;
    const Result a = inexact(left), b = inexact(right);
    if (!a.is_finite() || !b.is_finite()) return unknown();
    if (is_real(a) && is_real(b)) return real(a_.multiply(a.x, b.x));
    return complex(a_.subtract(a_.multiply(a.x, b.x), a_.multiply(a.y, b.y)),
                   a_.add(a_.multiply(a.x, b.y), a_.multiply(a.y, b.x)));
  }
  if (left.state == State::undefined || right.state == State::undefined) return undefined();
  if (left.state == State::unknown || right.state == State::unknown) return unknown();
  const auto direction = [&](const Result& value) {
    if (value.state == State::positive_infinity) return NumberSign::positive;
    if (value.state == State::negative_infinity) return NumberSign::negative;
    return is_real(value) ? sign(value) : NumberSign::unknown;
  };
  const NumberSign a = direction(left), b = direction(right);
  if (a == NumberSign::zero || b == NumberSign::zero) return undefined();
  if (a == NumberSign::unknown || b == NumberSign::unknown) return unknown();
  return of(a == b ? State::positive_infinity : State::negative_infinity);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::divide(const Result& left, const Result& right) {
  if (left.state == State::undefined || right.state == State::undefined || right.is_exactly_zero()) return undefined();
  if (right.state == State::positive_infinity || right.state == State::negative_infinity) {
    return left.is_finite() ? exact(0) : left.state == State::unknown ? unknown() : undefined();
  }
  if (!right.is_finite()) return unknown();
  if (right.is_exact()) {
    if (right.imaginary.is_zero()) return multiply(left, exact(right.real.inverse()));
    const Rational norm = right.real * right.real + right.imaginary * right.imaginary;
    return multiply(left, exact(right.real / norm, -right.imaginary / norm));
  }
  if (is_real(right)) {
    if (!left.is_finite()) return multiply(left, real(a_.divide(a_.integer(1), right.x)));
    const Result a = inexact(left);
    if (!a.is_finite()) return unknown();
    if (a_.sign(right.x) == NumberSign::zero) return undefined();
    return complex(a_.divide(a.x, right.x), is_real(a) ? a_.integer(0) : a_.divide(a.y, right.x));
  }
  const Real norm = a_.add(a_.multiply(right.x, right.x), a_.multiply(right.y, right.y));
  return multiply(left, complex(a_.divide(right.x, norm), a_.divide(a_.negate(right.y), norm)));
}

// A literal: integer, decimal, repeating decimal, or digits in another base.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::number(const Node& node) {
  const std::string_view text = node.text;
  const auto length = static_cast<int64_t>(text.size());
  if (text.size() > digits_limit || text.empty() || !a_.budget().spend(length * length / 8000)) return unknown();
  if (node.kind == Kind::integer) {
    if (length <= 18) {
      int64_t value = 0;
      for (const char c : text) value = value * 10 + (c - '0');
      return exact(Integer(value));
    }
    return exact(Integer::from_digits(text));
  }
  if (node.kind == Kind::numeral) {
    const Result base = evaluate(node[0]);
    if (!base.is_exactly_real() || !base.real.is_integer() || base.real < Rational(2) || base.real > Rational(36))
      return unknown();
    const int64_t radix = base.real.numerator().small();
    for (const char c : text) {
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'z' ? c - 'a' + 10
                        : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                               : 99;
      if (digit >= radix) return unknown();
    }
    return exact(Integer::from_digits(text, static_cast<unsigned>(radix)));
  }
  // Both kinds of decimal: the digits without point and bar, and how many stand behind each.
  std::string digits;
  int64_t behind_point = -1, behind_bar = -1;
  for (const char c : text) {
    if (c == '.') {
      behind_point = 0;
    } else if (c == '|') {
      behind_bar = 0;
    } else {
      digits += c;
      if (behind_point >= 0) ++behind_point;
      if (behind_bar >= 0) ++behind_bar;
    }
  }
  behind_point = std::max<int64_t>(behind_point, 0);
  Integer numerator = Integer::from_digits(digits);
  const auto ten_to = [](int64_t count) { return math::power(Integer(10), static_cast<uint64_t>(count)); };
  if (node.kind == Kind::repeating && behind_bar > 0) {
    // 0.1|6 = (16 − 1) / (10·(10 − 1)) …
    const auto fixed = std::string_view(digits).substr(0, digits.size() - static_cast<size_t>(behind_bar));
    numerator = numerator - Integer::from_digits(fixed);
    return exact(Rational(std::move(numerator), ten_to(behind_point - behind_bar) * (ten_to(behind_bar) - 1)));
  }
  const int64_t exponent = int64_t{node.exponent} - behind_point;
  if (numerator.is_zero()) return exact(0);
  if (std::abs(exponent) * 10 / 3 + 1 > options_.exact_bits) {
    const Result scale = raise_to_integer(real(a_.integer(10)), Integer(exponent));
    return multiply(exact(std::move(numerator)), scale);
  }
  if (exponent >= 0) return exact(numerator * ten_to(exponent));
  return exact(Rational(std::move(numerator), ten_to(-exponent)));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::symbol(std::string_view name) {
  for (auto binding = bound_.rbegin(); binding != bound_.rend(); ++binding)
    if (binding->name == name) return exact(binding->value);
  for (const Binding& binding : options_.point)
    if (binding.name == name) return exact(binding.value);
  return unknown();
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::constant(std::string_view name) {
  if (name == "pi") return real(a_.pi());
  if (name == "e") return real(a_.exp(a_.integer(1)));
  if (name == "i") return exact(0, 1);
  if (name == "infinity") return of(State::positive_infinity);
  if (name == "undefined") return undefined();
  return unknown();
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::exp(const Result& value) {
  if (value.is_exactly_zero()) return exact(1);
  if (value.state == State::negative_infinity) return exact(0);
  if (!value.is_finite()) return value;
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  const Real size = a_.exp(z.x);
  if (is_real(z)) return real(size);
  Real sine, cosine;
  a_.sin_cos(z.y, sine, cosine);
  return complex(a_.multiply(size, cosine), a_.multiply(size, sine));
}

// The angle of a number that is not 0, in (−π, π].
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::argument(const Result& value) {
  if (value.is_exactly_zero()) return undefined();
  if (!value.is_finite()) return unknown();
  if (is_real(value)) {
    const NumberSign direction = sign(value);
    if (direction == NumberSign::positive) return exact(0);
    return direction == NumberSign::negative ? real(a_.pi()) : unknown();
  }
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  if (a_.sign(z.x) == NumberSign::positive) return real(a_.arctan(a_.divide(z.y, z.x)));
  const Real quarter = a_.divide(a_.pi(), a_.integer(2));
  const NumberSign vertical = a_.sign(z.y);
  if (vertical == NumberSign::positive) return real(a_.subtract(quarter, a_.arctan(a_.divide(z.x, z.y))));
  if (vertical == NumberSign::negative) return real(a_.subtract(a_.negate(quarter), a_.arctan(a_.divide(z.x, z.y))));
  return unknown();
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::log(const Result& value) {
  if (value.is_exactly_zero()) return undefined();
  if (value.is_exactly_real() && value.real.is_one()) return exact(0);
  if (value.state == State::positive_infinity) return value;
  if (!value.is_finite()) return value.state == State::undefined ? undefined() : unknown();
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  if (is_real(z)) {
    const NumberSign direction = a_.sign(z.x);
    if (direction == NumberSign::positive) return real(a_.log(z.x));
    if (direction == NumberSign::negative) return complex(a_.log(a_.negate(z.x)), a_.pi());
    return unknown();
  }
  const Result angle = inexact(argument(z));
  if (!angle.is_finite()) return unknown();
  const Real square = a_.add(a_.multiply(z.x, z.x), a_.multiply(z.y, z.y));
  return complex(a_.divide(a_.log(square), a_.integer(2)), angle.x);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::square_root(const Result& value) {
  if (value.state == State::positive_infinity || value.state == State::undefined) return value;
  if (!value.is_finite()) return unknown();
  if (value.is_exactly_real()) {
    Integer top, bottom;
    const Rational size = value.real.sign() < 0 ? -value.real : value.real;
    if (exact_root(size.numerator(), 2, top) && exact_root(size.denominator(), 2, bottom)) {
      const Rational root(top, bottom);
      return value.real.sign() < 0 ? exact(0, root) : exact(root);
    }
  }
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  if (is_real(z)) {
    const NumberSign direction = a_.sign(z.x);
    if (direction == NumberSign::negative) return complex(a_.integer(0), a_.square_root(a_.negate(z.x)));
    // A ball around 0 that must be real only if it is not below: that is not known.
    return direction == NumberSign::positive || direction == NumberSign::zero ? real(a_.square_root(z.x)) : unknown();
  }
  return exp(multiply(exact(Rational(1, 2)), log(z)));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::raise_to_integer(const Result& base, const Integer& exponent) {
  if (base.state == State::undefined) return base;
  if (exponent.is_zero()) {
    if (base.is_exactly_zero()) return undefined();
    return base.is_finite() ? exact(1) : unknown();
  }
  if (base.is_exactly_zero()) return exponent.sign() > 0 ? base : undefined();
  if (base.is_exactly_real() && base.real.is_one()) return base;
  if (base.is_exactly_real() && base.real == Rational(-1)) return exact(exponent.is_odd() ? -1 : 1);
  if (!base.is_finite()) {
    if (base.state == State::unknown) return base;
    if (exponent.sign() < 0) return exact(0);
    return of(base.state == State::negative_infinity && exponent.is_odd() ? base.state : State::positive_infinity);
  }
  if (!exponent.is_small()) return unknown();
  if (exponent.sign() < 0) {
    return divide(exact(1), raise_to_integer(base, -exponent));
  }
  const int64_t count = exponent.small();
  if (base.is_exactly_real() && count < exponent_limit && base.real.bits() * count <= 2 * options_.exact_bits) {
    const int64_t limbs = base.real.bits() * count / 64;
    if (!a_.budget().spend(limbs * limbs / 24)) return unknown();
    return exact(math::power(base.real, count));
  }
  Result power = base, result = exact(1);
  for (int64_t rest = count; rest > 0; rest >>= 1) {
    if (rest & 1) result = multiply(result, power);
    if (rest > 1) power = multiply(power, power);
    if (!a_.budget().spend(1)) return unknown();
  }
  return result;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::raise_to_fraction(const Result& base, const Rational& exponent) {
  const Integer& index = exponent.denominator();
  if (base.is_exactly_zero()) return exponent.sign() > 0 ? base : undefined();
  if (index == Integer(2)) return raise_to_integer(square_root(base), exponent.numerator());
  if (!base.is_finite()) return base.state == State::undefined ? base : unknown();
  if (is_real(base) && sign(base) == NumberSign::negative && !options_.is_complex && index.is_odd()) {
    const Result size = raise_to_fraction(negate(base), exponent);
    return exponent.numerator().is_odd() ? negate(size) : size;
  }
  if (base.is_exactly_real() && base.real.sign() > 0 && index.is_small() && index.small() <= 64) {
    Integer top, bottom;
    const auto degree = static_cast<uint64_t>(index.small());
    if (exact_root(base.real.numerator(), degree, top) && exact_root(base.real.denominator(), degree, bottom))
      return raise_to_integer(exact(Rational(top, bottom)), exponent.numerator());
  }
  return exp(multiply(exact(exponent), log(base)));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::raise(const Result& base, const Result& exponent) {
  if (base.state == State::undefined || exponent.state == State::undefined) return undefined();
  if (exponent.is_exactly_real()) {
    if (exponent.real.is_integer()) return raise_to_integer(base, exponent.real.numerator());
    return raise_to_fraction(base, exponent.real);
  }
  if (!exponent.is_finite() || !base.is_finite()) return unknown();
  if (base.is_exactly_zero()) return is_real(exponent) && sign(exponent) == NumberSign::positive ? base : unknown();
  if (base.is_exactly_real() && base.real.is_one()) return base;
  return exp(multiply(exponent, log(base)));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::power(const Node& node) {
  const Result exponent = evaluate(node[1]);
  if (node[0].kind == Kind::constant && node[0].text == "e" && exponent.is_finite()) return exp(exponent);
  return raise(evaluate(node[0]), exponent);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::absolute(const Result& value) {
  if (value.state == State::negative_infinity) return of(State::positive_infinity);
  if (!value.is_finite()) return value;
  if (is_real(value)) {
    const NumberSign direction = sign(value);
    if (direction == NumberSign::positive || direction == NumberSign::zero) return value;
    if (direction == NumberSign::negative) return negate(value);
    return real(a_.square_root(a_.multiply(value.x, value.x)));
  }
  if (value.is_exact()) return square_root(exact(value.real * value.real + value.imaginary * value.imaginary));
  return real(a_.square_root(a_.add(a_.multiply(value.x, value.x), a_.multiply(value.y, value.y))));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::factorial(const Result& value) {
  if (!value.is_finite() || !is_real(value)) return value.state == State::undefined ? value : unknown();
  if (value.is_exact() && value.real.is_integer()) {
    const Integer& n = value.real.numerator();
    if (n.sign() < 0) return undefined();
    if (n.is_small() && n.small() <= 20'000) {
      const double bits = std::lgamma(static_cast<double>(n.small()) + 1) * 1.4427;
      if (bits <= static_cast<double>(options_.exact_bits) &&
          a_.budget().spend(static_cast<int64_t>(bits) * n.small() / 2000)) {
        Integer product(1);
        for (int64_t i = 2; i <= n.small(); ++i) product = product * Integer(i);
        return exact(std::move(product));
      }
    }
  }
  // Γ(x + 1), from x > −1; below, by Γ(x + 1) = Γ(x + 2) / (x + 1).
  Result argument = add(value, exact(1)), below = exact(1);
  for (int i = 0; i < 40 && sign(argument) == NumberSign::negative; ++i) {
    below = multiply(below, argument);
    argument = add(argument, exact(1));
  }
  argument = inexact(argument);
  if (!argument.is_finite() || a_.sign(argument.x) != NumberSign::positive) return unknown();
  return divide(real(a_.gamma(argument.x)), below);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::floor(const Result& value) {
  if (!value.is_finite() || !is_real(value)) return value.state == State::unknown ? value : undefined();
  if (value.is_exact()) return exact(value.real.floor());
  Integer result;
  return a_.floor(value.x, result) ? exact(std::move(result)) : unknown();
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::sine(const Result& value, bool is_cosine) {
  if (value.is_exactly_zero()) return exact(is_cosine ? 1 : 0);
  if (!value.is_finite()) return value.state == State::unknown ? value : undefined();
  const Result z = inexact(value);
  if (!z.is_finite()) return unknown();
  Real s, c;
  a_.sin_cos(z.x, s, c);
  if (is_real(z)) return real(is_cosine ? c : s);
  const Real up = a_.exp(z.y), down = a_.exp(a_.negate(z.y)), two = a_.integer(2);
  const Real even = a_.divide(a_.add(up, down), two), odd = a_.divide(a_.subtract(up, down), two);
  if (is_cosine) return complex(a_.multiply(c, even), a_.negate(a_.multiply(s, odd)));
  return complex(a_.multiply(s, even), a_.multiply(c, odd));
}

// Functions of a real number that is not known exactly. Outside of their real domain they have no value.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::real_function(int name, const Real& x) {
  const Real one = a_.integer(1), square = a_.multiply(x, x);
  const NumberSign inside = a_.sign(a_.subtract(one, square));  // |x| < 1
  const auto positive = [&](const Real& r) { return a_.sign(r) == NumberSign::positive; };
  const auto inverse = [&](int other) {
    return a_.sign(x) == NumberSign::unknown ? unknown() : real_function(other, a_.divide(one, x));
  };
  switch (static_cast<Function>(name)) {
    case Function::arcsin:
      if (inside == NumberSign::negative) return undefined();
      if (inside != NumberSign::positive) return unknown();
      return real(a_.arctan(a_.divide(x, a_.square_root(a_.subtract(one, square)))));
    case Function::arccos: {
      const Result arc = real_function(static_cast<int>(Function::arcsin), x);
      return arc.is_finite() ? real(a_.subtract(a_.divide(a_.pi(), a_.integer(2)), arc.x)) : arc;
    }
    case Function::arctan:
      return real(a_.arctan(x));
    case Function::arccot:
      return inverse(static_cast<int>(Function::arctan));
    case Function::arcsec:
      return inverse(static_cast<int>(Function::arccos));
    case Function::arccsc:
      return inverse(static_cast<int>(Function::arcsin));
    case Function::arcsinh: {
      const Real root = a_.square_root(a_.add(square, one));
      // For negative x the sum cancels: the function is odd.
      if (a_.sign(x) == NumberSign::negative) return real(a_.negate(a_.log(a_.subtract(root, x))));
      return real(a_.log(a_.add(root, x)));
    }
    case Function::arccosh:
      if (inside == NumberSign::positive || a_.sign(x) == NumberSign::negative) return undefined();
      if (inside != NumberSign::negative) return unknown();
      return real(a_.log(a_.add(x, a_.square_root(a_.subtract(square, one)))));
    case Function::arctanh: {
      if (inside == NumberSign::negative) return undefined();
      const Real above = a_.add(one, x), below = a_.subtract(one, x);
      if (!positive(above) || !positive(below)) return unknown();
      return real(a_.divide(a_.log(a_.divide(above, below)), a_.integer(2)));
    }
    case Function::arccoth:
      return inverse(static_cast<int>(Function::arctanh));
    case Function::arcsech:
      return inverse(static_cast<int>(Function::arccosh));
    case Function::arccsch:
      return inverse(static_cast<int>(Function::arcsinh));
    default:
      return unknown();
  }
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::call(int name, const Node& node, Result z) {
  const auto function = static_cast<Function>(name);
  if (z.state == State::undefined) return z;
  const auto one = [&] { return exact(1); };
  switch (function) {
    case Function::sin:
      return sine(z, false);
    case Function::cos:
      return sine(z, true);
    case Function::tan:
      return divide(sine(z, false), sine(z, true));
    case Function::cot:
      return divide(sine(z, true), sine(z, false));
    case Function::sec:
      return divide(one(), sine(z, true));
    case Function::csc:
      return divide(one(), sine(z, false));
    case Function::sinc:
      return z.is_exactly_zero() ? one() : divide(sine(z, false), z);
    case Function::sinh:
    case Function::cosh:
    case Function::tanh:
    case Function::coth:
    case Function::sech:
    case Function::csch: {
      const Result up = exp(z), down = exp(negate(z)), two = exact(2);
      const Result odd = divide(add(up, negate(down)), two), even = divide(add(up, down), two);
      if (function == Function::sinh) return z.is_exactly_zero() ? z : odd;
      if (function == Function::cosh) return even;
      if (function == Function::tanh) return divide(odd, even);
      if (function == Function::coth) return divide(even, odd);
      return divide(one(), function == Function::sech ? even : odd);
    }
    case Function::exp:
      return exp(z);
    case Function::ln:
      return log(z);
    case Function::lg:
      return divide(log(z), log(exact(10)));
    case Function::log: {
      if (node.children.size() > 1) return divide(log(z), log(evaluate(node[1])));
      return options_.log_is_decimal ? divide(log(z), log(exact(10))) : log(z);
    }
    case Function::sqrt:
      return square_root(z);
    case Function::cbrt:
      return raise(z, exact(Rational(1, 3)));
    case Function::pow:
      return node.children.size() == 2 ? raise(z, evaluate(node[1])) : unknown();
    case Function::abs:
      return absolute(z);
    case Function::factorial:
      return factorial(z);
    case Function::cis:
      return add(sine(z, true), multiply(exact(0, 1), sine(z, false)));
    case Function::re:
      return z.is_exact() ? exact(z.real) : z.is_finite() ? real(z.x) : unknown();
    case Function::im:
      return z.is_exact() ? exact(z.imaginary) : z.is_finite() ? real(z.y) : unknown();
    case Function::conjugate:
      if (z.is_exact()) return exact(z.real, -z.imaginary);
      return z.is_finite() ? complex(z.x, a_.negate(z.y)) : unknown();
    case Function::arg:
      return argument(z);
    case Function::floor:
      return floor(z);
    case Function::ceil:
      return negate(floor(negate(z)));
    case Function::sign: {
      if (!z.is_finite() || !is_real(z)) return unknown();
      const NumberSign direction = sign(z);
      if (direction == NumberSign::unknown) return unknown();
      return exact(direction == NumberSign::positive ? 1 : direction == NumberSign::negative ? -1 : 0);
    }
    default:
      break;
  }
  // What is left takes a real number.
  if (!z.is_finite()) return unknown();
  if (!is_real(z)) return unknown();
  if (z.is_exact() && (z.real.is_zero() || z.real.is_one() || z.real == Rational(-1))) {
    const int at = z.real.sign();
    const auto quarters = [&](int64_t count) {
      return real(a_.divide(a_.multiply(a_.pi(), a_.integer(count)), a_.integer(4)));
    };
    switch (function) {
      case Function::arcsin:
        return at == 0 ? z : quarters(2 * at);
      case Function::arccos:
        return at == 1 ? exact(0) : quarters(at == 0 ? 2 : 4);
      case Function::arctan:
        return at == 0 ? z : quarters(at);
      case Function::arccot:
        return at == 0 ? quarters(2) : quarters(at);
      case Function::arcsec:
        return at == 0 ? undefined() : at == 1 ? exact(0) : quarters(4);
      case Function::arccsc:
        return at == 0 ? undefined() : quarters(2 * at);
      case Function::arcsinh:
        if (at == 0) return z;
        break;
      case Function::arccosh:
      case Function::arcsech:
        if (at == 1) return exact(0);
        if (function == Function::arcsech || at < 0) return undefined();
        break;
      case Function::arctanh:
        return at == 0 ? z : undefined();
      case Function::arccoth:
        return undefined();
      case Function::arccsch:
        if (at == 0) return undefined();
        break;
      default:
        break;
    }
  }
  return real_function(name, inexact(z).x);
}

// Functions of integers, and those that choose among reals.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::integer_function(int name, const Node& node) {
  const auto function = static_cast<Function>(name);
  Result result = evaluate(node[0]);
  if (function == Function::max || function == Function::min) {
    for (size_t i = 1; i < node.children.size(); ++i) {
      Result other = evaluate(node[i]);
      if (!result.is_finite() || !other.is_finite() || !is_real(result) || !is_real(other)) return unknown();
      const Result difference = add(other, negate(result));
      const NumberSign direction = difference.is_finite() ? sign(difference) : NumberSign::unknown;
      if (direction == NumberSign::unknown) return unknown();
      if ((direction == NumberSign::positive) == (function == Function::max)) result = std::move(other);
    }
    return result.is_finite() && is_real(result) ? result : unknown();
  }
  std::vector<Rational> arguments;
  for (const Node* child : node.children) {
    const Result value = evaluate(*child);
    if (!value.is_exactly_real()) return value.state == State::undefined ? value : unknown();
    arguments.push_back(value.real);
  }
  const auto is_whole = [](const Rational& a) { return a.is_integer(); };
  const bool are_integers = std::all_of(arguments.begin(), arguments.end(), is_whole);
  switch (function) {
    case Function::gcd:
    case Function::lcm: {
      if (!are_integers) return unknown();
      Integer all = abs(arguments[0].numerator());
      for (const Rational& argument : arguments) {
        const Integer& n = argument.numerator();
        const int64_t limbs = (all.bits() + n.bits()) / 64;
        if (!a_.budget().spend(1 + limbs * limbs / 4)) return unknown();
        const Integer common = gcd(all, n);
        if (function == Function::gcd) {
          all = common;
        } else {
          all = common.is_zero() ? Integer() : math::divide(abs(all * n), common).quotient;
        }
      }
      return exact(std::move(all));
    }
    case Function::mod: {
      if (arguments.size() != 2) return unknown();
      if (arguments[1].is_zero()) return undefined();
      return exact(arguments[0] - arguments[1] * Rational((arguments[0] / arguments[1]).floor()));
    }
    case Function::binomial:
    case Function::permutations: {
      if (arguments.size() != 2 || !are_integers) return unknown();
      const Integer &n = arguments[0].numerator(), &k = arguments[1].numerator();
      if (k.sign() < 0 || n.sign() < 0) return unknown();
      if (k > n) return exact(0);
      Integer count = k;
      if (function == Function::binomial && n - k < k) count = n - k;
      if (!n.is_small() || !count.is_small()) return unknown();
      const double bits = static_cast<double>(count.small()) * std::log2(static_cast<double>(n.small()) + 1);
      if (bits <= static_cast<double>(options_.exact_bits) * 2 && count.small() <= terms_limit &&
          a_.budget().spend(static_cast<int64_t>(bits) * count.small() / 1000 + count.small())) {
        Integer product(1);
        for (int64_t i = 1; i <= count.small(); ++i) {
          product = product * (n - count + i);
          if (function == Function::binomial) product = math::divide(product, Integer(i)).quotient;
        }
        return exact(std::move(product));
      }
      const Result all = factorial(exact(n)), rest = factorial(exact(n - count));
      if (function == Function::permutations) return divide(all, rest);
      return divide(all, multiply(rest, factorial(exact(count))));
    }
    case Function::double_factorial: {
      if (arguments.size() != 1 || !are_integers || !arguments[0].numerator().is_small()) return unknown();
      const int64_t n = arguments[0].numerator().small();
      if (n < -1 || n > 2000 || !a_.budget().spend(n * n / 256 + n)) return unknown();
      Integer product(1);
      for (int64_t i = n; i > 1; i -= 2) product = product * Integer(i);
      return exact(std::move(product));
    }
    default:
      return unknown();
  }
}

// A function that nobody defined: any smooth function serves, as long as one name always means the same one. Two
// expressions that differ for it differ for some function.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::opaque(const Node& node) {
  uint64_t seed = hash(node.text) + node.children.size();
  const auto next = [&] {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return Rational(Integer(static_cast<int64_t>(seed >> 40) + 1), Integer(int64_t{1} << 23));
  };
  Result straight = exact(next()), bent = exact(next());
  for (const Node* child : node.children) {
    const Result value = evaluate(*child);
    if (!value.is_finite()) return value.state == State::undefined ? value : unknown();
    straight = add(straight, multiply(exact(next()), value));
    bent = add(bent, multiply(exact(next()), value));
  }
  return add(straight, sine(bent, false));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::function(const Node& node) {
  const Function function = function_of(node.text);
  if (node.children.empty() || function == Function::unknown) return opaque(node);
  if (function == Function::det) return node.children.size() == 1 ? determinant(node[0]) : unknown();
  const int name = static_cast<int>(function);
  if (function >= Function::max && function != Function::factorial) return integer_function(name, node);
  const size_t most = function == Function::log || function == Function::pow ? 2 : 1;
  return node.children.size() <= most ? call(name, node, evaluate(node[0])) : unknown();
}

// Cofactors along the first row: the matrices of answers are small.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::determinant(const Node& matrix) {
  const size_t n = matrix.rows;
  if (matrix.kind != Kind::matrix || n != matrix.columns || n == 0 || n > 5) return unknown();
  std::vector<Result> entries;
  for (const Node* child : matrix.children) {
    entries.push_back(evaluate(*child));
    if (!entries.back().is_finite()) return unknown();
  }
  const auto minor = [&](const auto& self, size_t row, unsigned used) -> Result {
    if (row == n) return exact(1);
    Result sum = exact(0);
    bool is_odd = false;
    for (size_t column = 0; column < n; ++column) {
      if (used >> column & 1) continue;
      Result term = multiply(entries[row * n + column], self(self, row + 1, used | 1u << column));
      sum = add(sum, is_odd ? negate(std::move(term)) : term);
      is_odd = !is_odd;
    }
    return sum;
  };
  return minor(minor, 0, 0);
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::series(const Node& node) {
  if (node.children.size() != 4 || node[1].kind != Kind::symbol) return unknown();
  const Result first = evaluate(node[2]), last = evaluate(node[3]);
  if (!first.is_exactly_real() || !last.is_exactly_real() || !first.real.is_integer() || !last.real.is_integer())
    return unknown();
  const bool is_sum = node.kind == Kind::sum;
  const Integer count = last.real.numerator() - first.real.numerator() + 1;
  if (count.sign() < 0 || !count.is_small() || count.small() > terms_limit) return unknown();
  if (!a_.budget().spend(count.small() * (node[0].size / 2 + 1))) return unknown();
  bound_.push_back({node[1].text, first.real});
  Result total = exact(is_sum ? 0 : 1);
  for (int64_t i = 0; i < count.small() && total.state != State::unknown; ++i) {
    const Result term = evaluate(node[0]);
    total = is_sum ? add(total, term) : multiply(total, term);
    bound_.back().value = bound_.back().value + Rational(1);
  }
  bound_.pop_back();
  return total;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::evaluate(const Node& node) {
  struct Level {
    int& depth;
    ~Level() { --depth; }
  } level{++depth_};
  if (depth_ > depth_limit || !a_.budget().spend(1)) return unknown();
  switch (node.kind) {
    case Kind::integer:
    case Kind::decimal:
    case Kind::repeating:
    case Kind::numeral:
      return number(node);
    case Kind::symbol:
      return symbol(node.text);
    case Kind::constant:
      return constant(node.text);
    case Kind::negate:
      return negate(evaluate(node[0]));
    case Kind::add: {
      Result sum = evaluate(node[0]);
      for (size_t i = 1; i < node.children.size(); ++i) sum = add(sum, evaluate(node[i]));
      return sum;
    }
    case Kind::multiply: {
      Result product = evaluate(node[0]);
      for (size_t i = 1; i < node.children.size(); ++i) product = multiply(product, evaluate(node[i]));
      return product;
    }
    case Kind::divide:
      return divide(evaluate(node[0]), evaluate(node[1]));
    case Kind::power:
      return power(node);
    case Kind::root: {
      const Result index = evaluate(node[1]);
      if (index.is_exactly_zero()) return undefined();
      return raise(evaluate(node[0]), divide(exact(1), index));
    }
    case Kind::factorial:
      return factorial(evaluate(node[0]));
    case Kind::absolute:
      return node[0].kind == Kind::matrix ? determinant(node[0]) : absolute(evaluate(node[0]));
    case Kind::plus_minus:
    case Kind::minus_plus: {
      Result value = evaluate(node[0]);
      const bool is_negative = (node.kind == Kind::plus_minus) != (options_.chosen_sign > 0);
      return is_negative ? negate(std::move(value)) : value;
    }
    case Kind::mixed:
      return add(evaluate(node[0]), divide(evaluate(node[1]), evaluate(node[2])));
    case Kind::percent:
      return divide(evaluate(node[0]), exact(100));
    case Kind::degrees:
      return multiply(evaluate(node[0]), real(a_.divide(a_.pi(), a_.integer(180))));
    case Kind::quantity:
      // A unit is a positive number like no other.
      return multiply(evaluate(node[0]), exact(Rational(Integer(static_cast<int64_t>(hash(node.text) >> 24) | 1),
                                                        Integer(int64_t{1} << 38))));
    case Kind::function:
      return function(node);
    case Kind::sum:
    case Kind::product:
      return series(node);
    case Kind::bracketed:
      return node.children.size() == 1 ? evaluate(node[0]) : unknown();
    case Kind::either:
      return node.children.empty() ? unknown() : evaluate(node[0]);
    default:
      return unknown();
  }
}

template class Evaluator<IntervalArithmetic>;
template class Evaluator<BallArithmetic>;

}  // namespace cohort::rewards::math
