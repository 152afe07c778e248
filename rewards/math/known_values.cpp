// Integrals whose values everyone knows and no rule here finds.
#include <array>
#include <utility>

#include "rewards/math/calculus.hpp"
#include "rewards/math/canonical.hpp"
#include "rewards/math/terms.hpp"

namespace cohort::rewards::math {
namespace {

bool is_infinity(const Node& node) { return node.kind == Kind::constant && node.text == "infinity"; }
bool is_integer(const Node& node, std::string_view digits) { return node.kind == Kind::integer && node.text == digits; }

using Entry = std::pair<const Node*, const Node*>;  // a body and the value

/// The value of the entry whose body `body` is; null where there is none.
template <size_t N>
const Node* value_of(const std::array<Entry, N>& entries, const Node& body, Budget& budget) {
  for (const auto& [known, value] : entries)
    if (compare_canonical(body, *known, {}, budget) == Canonical::equal) return value;
  return nullptr;
}

}  // namespace

const Node* known_integral(Arena& arena, const Node& integral, Budget& budget) {
  constexpr uint32_t largest_body = 8;
  const Node &body = integral[0], &x = integral[1], &lower = integral[2], &upper = integral[3];
  if (body.size > largest_body) return nullptr;
  const Terms t(arena);
  // x ln x − x, which goes to 0 with x
  if (body.kind == Kind::function && body.text == "ln" && body[0].kind == Kind::symbol && body[0].text == x.text &&
      is_integer(lower, "0") && upper.kind == Kind::integer && !is_integer(upper, "0"))
    return &t.minus(t.times(upper, t.call("ln", upper)), upper);
  const bool is_whole_line = lower.kind == Kind::negate && is_infinity(lower[0]);
  if (!is_infinity(upper) || !(is_whole_line || is_integer(lower, "0")) || body.kind != Kind::power) return nullptr;
  const Node& bell = t.power(make_node(arena, Kind::constant, {}, "e"), t.minus(t.square(x)));
  const Node& area = t.square_root(make_node(arena, Kind::constant, {}, "pi"));
  return value_of(std::array<Entry, 1>{{{&bell, is_whole_line ? &area : &t.over(area, t.number(2))}}}, body, budget);
}

}  // namespace cohort::rewards::math
