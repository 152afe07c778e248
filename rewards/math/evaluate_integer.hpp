// Functions of integers, and those that choose among reals. A part of evaluate.cpp, which alone includes it.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "rewards/math/evaluate.hpp"
#include "rewards/math/functions.hpp"

namespace cohort::rewards::math {

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
  if (function == Function::mod && node.children.size() == 2) {
    // a − b·⌊a/b⌋, of any two real numbers.
    const Result divisor = evaluate(node[1]);
    if (!result.is_finite() || !divisor.is_finite() || !is_real(result) || !is_real(divisor)) return unknown();
    const Result quotient = divide(result, divisor);
    if (!quotient.is_finite()) return quotient;
    const Result whole = floor(quotient);
    return whole.is_finite() ? add(result, negate(multiply(divisor, whole))) : unknown();
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
      // Of fractions: of the numerators over a common denominator.
      Rational all = arguments[0];
      for (const Rational& argument : arguments) {
        const int64_t limbs = (all.bits() + argument.bits()) / 64;
        if (!a_.budget().spend(1 + limbs * limbs / 2)) return unknown();
        const Integer a = abs(all.numerator() * argument.denominator());
        const Integer b = abs(argument.numerator() * all.denominator());
        const Integer common = gcd(a, b), below = all.denominator() * argument.denominator();
        if (function == Function::gcd)
          all = Rational(common, below);
        else
          all = common.is_zero() ? Rational() : Rational(math::divide(a * b, common).quotient, below);
      }
      return exact(std::move(all));
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

}  // namespace cohort::rewards::math
