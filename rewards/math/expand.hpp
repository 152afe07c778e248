// A tree as a polynomial of one symbol.
#pragma once

#include <optional>
#include <string_view>

#include "rewards/math/separation.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

/// The exponent of a power by a small whole number, which may be negative. 0 of anything else.
inline int small_exponent(const Node& node) {
  const bool is_negative = node.kind == Kind::negate;
  const Node& digits = is_negative ? node[0] : node;
  if (digits.kind != Kind::integer || digits.text.size() != 1) return 0;
  const int value = digits.text[0] - '0';
  return is_negative ? -value : value;
}

/// Multiplies out over whatever coefficients `Ring` has: a type Polynomial; symbol(); constant(node), inverse(node) and
/// integer(n), which make polynomials of degree 0; add and multiply. Each but symbol() and integer() may refuse, and
/// then there is nothing, as where `node` is no polynomial of `symbol`.
template <typename Ring>
std::optional<typename Ring::Polynomial> expand(const Node& node, std::string_view symbol, Ring& ring, Budget& budget) {
  if (!budget.spend(1)) return {};
  if (!has_free_symbol(node, symbol)) return ring.constant(node);
  switch (node.kind) {
    case Kind::symbol:
      return ring.symbol();
    case Kind::negate: {
      const auto inner = expand(node[0], symbol, ring, budget);
      return inner ? ring.multiply(*inner, ring.integer(-1)) : inner;
    }
    case Kind::add:
    case Kind::multiply: {
      auto result = expand(node[0], symbol, ring, budget);
      for (size_t i = 1; i < node.children.size() && result; ++i) {
        const auto next = expand(node[i], symbol, ring, budget);
        if (!next) return {};
        result = node.kind == Kind::add ? ring.add(*result, *next) : ring.multiply(*result, *next);
      }
      return result;
    }
    case Kind::divide: {
      if (has_free_symbol(node[1], symbol)) return {};
      const auto factor = ring.inverse(node[1]);
      const auto inner = factor ? expand(node[0], symbol, ring, budget) : std::nullopt;
      return inner ? ring.multiply(*inner, *factor) : inner;
    }
    case Kind::power: {
      const int exponent = small_exponent(node[1]);
      const auto base = exponent > 0 ? expand(node[0], symbol, ring, budget) : std::nullopt;
      auto result = base;
      for (int i = 1; i < exponent && result; ++i) result = ring.multiply(*result, *base);
      return result;
    }
    default:
      return {};
  }
}

}  // namespace cohort::rewards::math
