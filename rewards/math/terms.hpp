// Trees as calculus writes them: small integers added up, sums without 0 and products without 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

class Terms {
 public:
  explicit Terms(Arena& arena) : arena_(arena) {}

  const Node& number(int64_t value) const { return make_integer(arena_, value); }
  const Node& symbol(std::string_view name) const { return make_node(arena_, Kind::symbol, {}, name); }
  const Node& plus(const Node& a, const Node& b) const {
    const auto left = small(a), right = small(b);
    if (left && right) return number(*left + *right);
    if (left == 0) return b;
    return right == 0 ? a : make_node(arena_, Kind::add, {&a, &b});
  }
  const Node& minus(const Node& a) const {
    if (small(a) == 0) return a;
    return a.kind == Kind::negate ? a[0] : make_node(arena_, Kind::negate, {&a});
  }
  const Node& minus(const Node& a, const Node& b) const { return plus(a, minus(b)); }
  const Node& times(const Node& a, const Node& b) const {
    const auto left = small(a), right = small(b);
    if (left && right) return number(*left * *right);
    if (left == 0 || right == 1) return a;
    return right == 0 || left == 1 ? b : make_node(arena_, Kind::multiply, {&a, &b});
  }
  const Node& over(const Node& a, const Node& b) const {
    return small(a) == 0 || small(b) == 1 ? a : make_node(arena_, Kind::divide, {&a, &b});
  }
  const Node& power(const Node& base, const Node& exponent) const {
    if (small(exponent) == 0) return number(1);
    return small(exponent) == 1 ? base : make_node(arena_, Kind::power, {&base, &exponent});
  }
  const Node& square(const Node& a) const { return power(a, number(2)); }
  const Node& square_root(const Node& a) const { return make_node(arena_, Kind::root, {&a, &number(2)}); }
  const Node& call(std::string_view name, const Node& argument) const {
    return make_node(arena_, Kind::function, {&argument}, name);
  }
  const Node& logarithm_of_size(const Node& a) const {  // ln |a|
    return call("ln", make_node(arena_, Kind::absolute, {&a}));
  }
  bool is_zero(const Node& a) const { return small(a) == 0; }
  Arena& arena() const { return arena_; }

 private:
  /// An integer of at most six digits.
  static std::optional<int64_t> small(const Node& node) {
    if (node.kind == Kind::negate) {
      const auto size = small(node[0]);
      return size ? std::optional(-*size) : std::nullopt;
    }
    if (node.kind != Kind::integer || node.text.size() > 6) return std::nullopt;
    int64_t value = 0;
    for (const char digit : node.text) value = value * 10 + (digit - '0');
    return value;
  }

  Arena& arena_;
};

}  // namespace cohort::rewards::math
