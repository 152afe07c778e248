#include <algorithm>
#include <cmath>

#include "rewards/math/canonical_form.hpp"
#include "rewards/math/functions.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/separation.hpp"

namespace cohort::rewards::math::canonical {

// (n + 2)! = (n + 2)·(n + 1)·n!; large numbers lean on a factorial nearby that is known already.
Form Builder::factorial(const Form& argument) {
  if (!argument) return std::nullopt;
  if (const auto exact = value(argument)) {
    if (!exact->is_integer() || !exact->numerator().is_small()) return call("factorial", {*argument});
    const int64_t n = exact->numerator().small();
    if (n < 0) return std::nullopt;
    if (n <= 170) {
      Integer product(1);
      for (int64_t i = 2; i <= n; ++i) product = product * Integer(i);
      return budget_.spend(n) ? number(Rational(std::move(product))) : std::nullopt;
    }
    for (uint32_t i = 0; i < generators_.size(); ++i) {
      const Generator& known = generators_[i];
      if (known.basis != Basis::function || known.text != "factorial") continue;
      const auto other = value(known.arguments[0]);
      if (!other || !other->is_integer() || !other->numerator().is_small()) continue;
      const int64_t m = other->numerator().small();
      if (std::abs(m - n) > power_limit) continue;
      Integer product(1);
      for (int64_t k = std::min(m, n) + 1; k <= std::max(m, n); ++k) product = product * Integer(k);
      if (!budget_.spend(200)) return std::nullopt;
      const Rational ratio(product);
      return multiply(number(m < n ? ratio : ratio.inverse()), power_of(i));
    }
    return call("factorial", {*argument}, true);
  }
  if (!argument->bottom.is_one()) return call("factorial", {*argument});
  Rational shift;
  for (const Term& term : argument->top.terms)
    if (term.monomial.empty()) shift = term.coefficient;
  const Integer whole = shift.floor();
  if (!whole.is_small() || std::abs(whole.small()) > 30) return call("factorial", {*argument});
  const int64_t steps = whole.small();
  const Form base = add(argument, number(-steps));
  if (!base) return std::nullopt;
  Form result = call("factorial", {*base});
  for (int64_t k = 1; k <= steps; ++k) result = multiply(result, add(base, number(k)));
  for (int64_t k = 0; k > steps; --k) result = divide(result, add(base, number(k)));
  return result;
}

Form Builder::absolute(const Form& argument) {
  if (!argument || options_.is_complex) return argument ? call("abs", {*argument}) : std::nullopt;
  if (const auto exact = value(argument)) return number(exact->sign() < 0 ? -*exact : *exact);
  auto [factor, rest] = primitive(*argument);
  if (rest.top.terms.back().coefficient.sign() < 0) rest.top = scale(std::move(rest.top), Rational(-1));
  if (rest.bottom.is_one() && rest.top.terms.size() == 1 && is_positive(rest.top.terms[0].monomial))
    return multiply(number(factor), rest);
  return multiply(number(factor), call("abs", {std::move(rest)}));
}

Form Builder::call(std::string_view name, std::vector<Quotient> arguments, bool is_positive) {
  const uint32_t index = find(Basis::function, name, {}, std::move(arguments));
  if (is_positive) generators_[index].is_positive = generators_[index].is_nonzero = true;
  return power_of(index);
}

// A tree that nothing is known of but that it equals itself.
Form Builder::opaque(const Node& node) {
  for (uint32_t i = 0; i < generators_.size(); ++i)
    if (generators_[i].tree && same_tree(*generators_[i].tree, node)) return power_of(i);
  Generator made{Basis::tree, "", {}, {}};
  made.tree = &node;
  generators_.push_back(std::move(made));
  return power_of(static_cast<uint32_t>(generators_.size() - 1));
}

Form Builder::function(const Node& node) {
  const Function function = function_of(node.text);
  const bool is_exact = function >= Function::sign && function != Function::cbrt && function != Function::log &&
                        function != Function::pow && function != Function::factorial && function != Function::sinc;
  if (is_exact) {
    if (auto exact = rational_value(node, budget_)) return number(std::move(*exact));
  }
  if (node.children.empty() || function == Function::det || function == Function::cis) return opaque(node);
  std::vector<Quotient> arguments;
  for (const Node* child : node.children) {
    auto argument = form(*child);
    if (!argument) return std::nullopt;
    arguments.push_back(std::move(*argument));
  }
  const Form first = arguments[0];
  const size_t most = function == Function::log || function == Function::pow ? 2 : 1;
  if ((function == Function::binomial || function == Function::permutations) && arguments.size() == 2) {
    const Form rest = factorial(add(first, negate(arguments[1])));
    const Form below = function == Function::permutations ? rest : multiply(factorial(arguments[1]), rest);
    return divide(factorial(first), below);
  }
  if (options_.has_polynomial_gcd && (function == Function::gcd || function == Function::lcm))
    if (Form result = common_divisor(arguments, function == Function::lcm)) return result;
  if (arguments.size() > most) return call(node.text, std::move(arguments));
  const auto half = [&](const Form& a, const Form& b) { return divide(add(a, b), number(2)); };
  const auto up = [&] { return exponential(first); };
  const auto down = [&] { return exponential(negate(first)); };
  switch (function) {
    case Function::sin:
      return turn(first).sine;
    case Function::cos:
      return turn(first).cosine;
    case Function::tan:
      return divide(turn(first).sine, turn(first).cosine);
    case Function::cot:
      return divide(turn(first).cosine, turn(first).sine);
    case Function::sec:
      return divide(number(1), turn(first).cosine);
    case Function::csc:
      return divide(number(1), turn(first).sine);
    case Function::sinh:
      return half(up(), negate(down()));
    case Function::cosh:
      return half(up(), down());
    case Function::tanh:
      return divide(add(up(), negate(down())), add(up(), down()));
    case Function::coth:
      return divide(add(up(), down()), add(up(), negate(down())));
    case Function::sech:
      return divide(number(2), add(up(), down()));
    case Function::csch:
      return divide(number(2), add(up(), negate(down())));
    case Function::exp:
      return up();
    case Function::ln:
      return logarithm(first);
    case Function::lg:
      return divide(logarithm(first), log_of_rational(Rational(10)));
    case Function::log:
      if (arguments.size() == 2) return divide(logarithm(first), logarithm(arguments[1]));
      return options_.log_is_decimal ? divide(logarithm(first), log_of_rational(Rational(10))) : logarithm(first);
    case Function::sqrt:
      return raise_to_fraction(first, {1, 2});
    case Function::cbrt:
      return raise_to_fraction(first, {1, 3});
    case Function::pow:
      return arguments.size() == 2 ? raise(first, arguments[1]) : opaque(node);
    case Function::abs:
      return absolute(first);
    case Function::factorial:
      return factorial(first);
    default:
      return call(node.text, std::move(arguments));
  }
}

}  // namespace cohort::rewards::math::canonical
