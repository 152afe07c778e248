// Functions of one real or complex number. A part of evaluate.cpp, which alone includes it.
#pragma once

#include "rewards/math/evaluate.hpp"
#include "rewards/math/functions.hpp"

namespace cohort::rewards::math {

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

}  // namespace cohort::rewards::math
