#include "rewards/math/algebra.hpp"

#include <algorithm>

#include "rewards/math/expand.hpp"
#include "rewards/math/same.hpp"

namespace cohort::rewards::math {
namespace {

/// Both sides of a fraction of fractions hold the parts again, so they could double with each level.
constexpr uint32_t max_fraction_size = 20'000;

/// Coefficients that are trees.
class Trees {
 public:
  using Polynomial = math::Polynomial;

  Trees(Arena& arena, Budget& budget) : arena_(arena), budget_(budget) {}

  Polynomial symbol() { return {nullptr, &make_integer(arena_, 1)}; }
  Polynomial integer(int value) { return {&make_integer(arena_, value)}; }
  std::optional<Polynomial> constant(const Node& node) { return Polynomial{&node}; }
  std::optional<Polynomial> inverse(const Node& node) {
    return Polynomial{&make_node(arena_, Kind::divide, {&make_integer(arena_, 1), &node})};
  }

  std::optional<Polynomial> add(const Polynomial& left, const Polynomial& right) {
    Polynomial result;
    for (size_t i = 0; i <= max_degree; ++i) result[i] = plus(left[i], right[i]);
    return result;
  }

  std::optional<Polynomial> multiply(const Polynomial& left, const Polynomial& right) {
    Polynomial result{};
    for (size_t i = 0; i <= max_degree; ++i) {
      for (size_t j = 0; j <= max_degree; ++j) {
        if (!left[i] || !right[j]) continue;
        if (i + j > max_degree) return {};
        const Node& product = make_node(arena_, Kind::multiply, {left[i], right[j]});
        if (!budget_.spend(product.size)) return {};
        result[i + j] = plus(result[i + j], &product);
      }
    }
    return result;
  }

 private:
  const Node* plus(const Node* left, const Node* right) {
    if (!left || !right) return left ? left : right;
    return &make_node(arena_, Kind::add, {left, right});
  }

  Arena& arena_;
  Budget& budget_;
};

Fraction split(const Node& node, Arena& arena) {
  const Node& one = make_integer(arena, 1);
  if (!has_free_symbols(node)) return {&node, &one};
  const auto times = [&](const Node* left, const Node* right) -> const Node* {
    if (left == &one) return right;
    return right == &one ? left : &make_node(arena, Kind::multiply, {left, right});
  };
  switch (node.kind) {
    case Kind::negate: {
      const Fraction inner = as_fraction(node[0], arena);
      return {&make_node(arena, Kind::negate, {inner.numerator}), inner.denominator};
    }
    case Kind::divide: {
      const Fraction above = as_fraction(node[0], arena), below = as_fraction(node[1], arena);
      return {&make_node(arena, Kind::multiply, {above.numerator, below.denominator}),
              &make_node(arena, Kind::multiply, {above.denominator, below.numerator})};
    }
    case Kind::power: {
      const Fraction base = as_fraction(node[0], arena);
      const int exponent = small_exponent(node[1]);
      if (exponent == 0) return {&node, &one};
      const Node& size = make_integer(arena, exponent < 0 ? -exponent : exponent);
      const Node& above = make_node(arena, Kind::power, {base.numerator, &size});
      const Node& below = make_node(arena, Kind::power, {base.denominator, &size});
      return exponent > 0 ? Fraction{&above, &below} : Fraction{&below, &above};
    }
    case Kind::add:
    case Kind::multiply: {
      Fraction result = as_fraction(node[0], arena);
      for (size_t i = 1; i < node.children.size(); ++i) {
        const Fraction next = as_fraction(node[i], arena);
        if (node.kind == Kind::multiply) {
          result.numerator = times(result.numerator, next.numerator);
        } else {
          const bool is_common = !has_free_symbols(*result.denominator) && !has_free_symbols(*next.denominator) &&
                                 same_tree(*result.denominator, *next.denominator);
          if (is_common) {
            result.numerator = &make_node(arena, Kind::add, {result.numerator, next.numerator});
            continue;
          }
          result.numerator = &make_node(
              arena, Kind::add, {times(result.numerator, next.denominator), times(next.numerator, result.denominator)});
        }
        result.denominator = times(result.denominator, next.denominator);
      }
      return result;
    }
    default:
      return {&node, &one};
  }
}

}  // namespace

Fraction as_fraction(const Node& node, Arena& arena) {
  const Fraction result = split(node, arena);
  const bool is_small = result.numerator->size <= max_fraction_size && result.denominator->size <= max_fraction_size;
  return is_small ? result : Fraction{&node, &make_integer(arena, 1)};
}

std::optional<Polynomial> as_polynomial(const Node& node, std::string_view symbol, Arena& arena, Budget& budget) {
  Trees trees(arena, budget);
  return expand(node, symbol, trees, budget);
}

std::optional<Nodes> real_zeros(const Polynomial& polynomial, Arena& arena, Budget& budget) {
  const Node& zero = make_integer(arena, 0);
  const auto sign = [&](const Node& node) { return order(node, zero, arena, budget); };
  const Node& c = polynomial[0] ? *polynomial[0] : zero;
  const Node& b = polynomial[1] ? *polynomial[1] : zero;
  const Node& a = polynomial[2] ? *polynomial[2] : zero;
  const Order leading = sign(a);
  if (leading == Order::unknown) return {};
  const Node& minus_b = make_node(arena, Kind::negate, {&b});
  if (leading == Order::equal) {
    const Order slope = sign(b);
    if (slope == Order::unknown) return {};
    if (slope != Order::equal)
      return Nodes{&make_node(arena, Kind::divide, {&make_node(arena, Kind::negate, {&c}), &b})};
    const Order constant = sign(c);
    if (constant == Order::unknown || constant == Order::equal) return {};
    return Nodes{};
  }
  const Node& four_a_c = make_node(arena, Kind::multiply, {&make_integer(arena, 4), &a, &c});
  const Node& discriminant = subtract(arena, make_node(arena, Kind::multiply, {&b, &b}), four_a_c);
  const Node& two_a = make_node(arena, Kind::multiply, {&make_integer(arena, 2), &a});
  switch (sign(discriminant)) {
    case Order::unknown:
      return {};
    case Order::less:
      return Nodes{};
    case Order::equal:
      return Nodes{&make_node(arena, Kind::divide, {&minus_b, &two_a})};
    case Order::greater:
      break;
  }
  const Node& root = make_node(arena, Kind::root, {&discriminant, &make_integer(arena, 2)});
  const Node& lower = make_node(arena, Kind::divide, {&subtract(arena, minus_b, root), &two_a});
  const Node& upper = make_node(arena, Kind::divide, {&make_node(arena, Kind::add, {&minus_b, &root}), &two_a});
  return leading == Order::greater ? Nodes{&lower, &upper} : Nodes{&upper, &lower};
}

}  // namespace cohort::rewards::math
