#include "rewards/math/canonical.hpp"

#include <algorithm>
#include <cmath>

#include "rewards/math/canonical_form.hpp"
#include "rewards/math/separation.hpp"

namespace cohort::rewards::math {

namespace canonical {

Form Builder::literal(const Node& node) {
  constexpr int64_t bits = 60'000;
  if (std::abs(int64_t{node.exponent}) > 1000) {
    // 2.5·10^9999 in powers of primes
    Node mantissa = node;
    mantissa.exponent = 0;
    auto exact = rational_value(mantissa, budget_, bits);
    if (!exact) return opaque(node);
    return multiply(number(std::move(*exact)), power_of_rational(Rational(10), {node.exponent, 1}));
  }
  if (auto exact = rational_value(node, budget_, bits)) return number(std::move(*exact));
  return opaque(node);
}

Form Builder::form(const Node& node) {
  if (!budget_.spend(2)) return std::nullopt;
  const auto fold = [&](auto combine) {
    Form result = form(node[0]);
    for (size_t i = 1; result && i < node.children.size(); ++i) result = combine(result, form(node[i]));
    return result;
  };
  switch (node.kind) {
    case Kind::integer:
    case Kind::decimal:
    case Kind::repeating:
    case Kind::numeral:
    case Kind::mixed:
      return literal(node);
    case Kind::symbol:
      return power_of(find(Basis::symbol, node.text, {}, {}));
    case Kind::constant:
      if (node.text == "pi") return power_of(find(Basis::pi, "", {}, {}));
      if (node.text == "e") return exponential(number(1));
      if (node.text == "i") return power_of(imaginary());
      return std::nullopt;
    case Kind::negate:
      return negate(form(node[0]));
    case Kind::add:
      return fold([&](const Form& a, const Form& b) { return add(a, b); });
    case Kind::multiply:
      return fold([&](const Form& a, const Form& b) { return multiply(a, b); });
    case Kind::divide:
      return fold([&](const Form& a, const Form& b) { return divide(a, b); });
    case Kind::power:
      if (node[0].kind == Kind::constant && node[0].text == "e") return exponential(form(node[1]));
      return raise(form(node[0]), form(node[1]));
    case Kind::root: {
      const Form index = form(node[1]);
      return raise(form(node[0]), divide(number(1), index));
    }
    case Kind::factorial:
      return factorial(form(node[0]));
    case Kind::absolute:
      return node[0].kind == Kind::matrix ? opaque(node) : absolute(form(node[0]));
    case Kind::percent:
      return divide(form(node[0]), number(100));
    case Kind::degrees:
      return multiply(form(node[0]), multiply(number(Rational(1, 180)), power_of(find(Basis::pi, "", {}, {}))));
    case Kind::function:
      return function(node);
    case Kind::sum:
    case Kind::product:
      if (auto exact = rational_value(node, budget_)) return number(std::move(*exact));
      return opaque(node);
    case Kind::bracketed:
      return node.children.size() == 1 ? form(node[0]) : std::nullopt;
    case Kind::integral:
    case Kind::limit:
    case Kind::derivative:
      return opaque(node);
    default:
      return std::nullopt;
  }
}

Canonical Builder::compare(const Node& left, const Node& right) {
  const Form a = form(left);
  const Form b = a ? form(right) : std::nullopt;
  if (!b) return Canonical::open;
  const auto apart = difference(*a, *b);
  if (!apart) return Canonical::open;
  if (apart->is_zero()) return Canonical::equal;
  // Not zero: one term of factors that are not zero, or a polynomial in symbols alone.
  const auto is_nonzero = [&](const Factor& factor) { return generators_[factor.generator].is_nonzero; };
  const auto is_symbol = [&](const Factor& factor) {
    return generators_[factor.generator].basis == Basis::symbol && factor.exponent.is_integer();
  };
  const auto all = [&](auto predicate) {
    return std::all_of(apart->terms.begin(), apart->terms.end(), [&](const Term& term) {
      return std::all_of(term.monomial.begin(), term.monomial.end(), predicate);
    });
  };
  const bool is_different = all(is_symbol) || (apart->terms.size() == 1 && all(is_nonzero));
  return is_different ? Canonical::different : Canonical::open;
}

}  // namespace canonical

Canonical compare_canonical(const Node& left, const Node& right, const CanonicalOptions& options, Budget& budget) {
  return canonical::Builder(options, budget).compare(left, right);
}

}  // namespace cohort::rewards::math
