#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "rewards/math/compare.hpp"
#include "rewards/math/separation.hpp"
#include "rewards/math/tree.hpp"
#include "rewards/math/values.hpp"

namespace cohort::rewards::math {

namespace {

Comparison equal(std::string_view reason) { return {Decision::equal, false, reason}; }
Comparison different(std::string_view reason) { return {Decision::different, false, reason}; }
Comparison unknown(std::string_view reason) { return {Decision::unknown, false, reason}; }

// A numeral in a base that is not ten says how it wants to be written.
std::optional<Comparison> compare_numerals(const Node& gold, const Node& prediction, Budget& budget) {
  if (gold.kind == Kind::negate && prediction.kind == Kind::negate)
    return compare_numerals(gold[0], prediction[0], budget);
  if (gold.kind != Kind::numeral && prediction.kind != Kind::numeral) return std::nullopt;
  const auto base = [&](const Node& node) -> std::optional<Rational> {
    if (node.kind == Kind::integer) return Rational(10);
    return node.kind == Kind::numeral ? rational_value(node[0], budget) : std::nullopt;
  };
  const auto a = base(gold), b = base(prediction);
  if (!a || !b || !(*a == *b)) return different("base");
  const auto digits = [](std::string_view text) {
    if (text.find('.') != text.npos) {  // 10.10 is 10.1
      text = text.substr(0, text.find_last_not_of('0') + 1);
      if (text.ends_with('.')) text.remove_suffix(1);
    }
    return text.substr(std::min(text.find_first_not_of('0'), text.size()));
  };
  const std::string_view left = digits(gold.text), right = digits(prediction.text);
  const bool is_same = std::equal(left.begin(), left.end(), right.begin(), right.end(),
                                  [](char x, char y) { return (x >= 'a' ? x - 32 : x) == (y >= 'a' ? y - 32 : y); });
  return is_same ? equal("base") : different("base");
}

Comparison compare_readings(const Node& gold, const Node& prediction, const Policy& policy, Arena& arena,
                            Budget& budget) {
  if (const auto numerals = compare_numerals(gold, prediction, budget)) return *numerals;
  const bool has_percent = gold.kind == Kind::percent || prediction.kind == Kind::percent;
  const bool has_degrees = gold.kind == Kind::degrees || prediction.kind == Kind::degrees;
  if (gold.kind == prediction.kind && (has_percent || has_degrees))
    return compare_values(gold[0], prediction[0], policy, arena, budget);
  Comparison result = compare_values(gold, prediction, policy, arena, budget);
  if (result.decision == Decision::equal) return result;
  // 50% is also written 50, and 30° is also written 30.
  const bool may_drop = has_degrees || (has_percent && policy.percent == PercentPolicy::either);
  if (!may_drop) return result;
  const auto bare = [](const Node& node) -> const Node& {
    return node.kind == Kind::percent || node.kind == Kind::degrees ? node[0] : node;
  };
  const Comparison dropped = compare_values(bare(gold), bare(prediction), policy, arena, budget);
  return dropped.decision == Decision::equal ? dropped : result;
}

/// The symbols of which there is a conjugate: they stand for complex numbers.
void find_complex_symbols(const Node& node, std::vector<std::string_view>& names) {
  if (!has_kind(node, Kind::function)) return;
  if (node.kind == Kind::function && node.text == "conjugate")
    for (const std::string_view name : free_symbols(node)) names.push_back(name);
  for (const Node* child : node.children) find_complex_symbols(*child, names);
}

/// `node` with x + iy for each of those symbols.
const Node& with_parts(Arena& arena, const Node& node, std::span<const std::string_view> names) {
  const bool is_conjugate = node.kind == Kind::function && node.text == "conjugate" && node[0].kind == Kind::symbol;
  const Node& symbol = is_conjugate ? node[0] : node;
  if (symbol.kind == Kind::symbol) {
    if (std::find(names.begin(), names.end(), symbol.text) == names.end()) return node;
    const Node& part = make_node(arena, Kind::symbol, {}, arena.copy(std::string(symbol.text) + " im"));
    const Node& turned = make_node(arena, Kind::multiply, {&make_node(arena, Kind::constant, {}, "i"), &part});
    return make_node(arena, Kind::add,
                     {&make_node(arena, Kind::symbol, {}, arena.copy(std::string(symbol.text) + " re")),
                      is_conjugate ? &make_node(arena, Kind::negate, {&turned}) : &turned});
  }
  if (node.children.empty()) return node;
  Nodes children(node.children.begin(), node.children.end());
  for (const Node*& child : children) child = &with_parts(arena, *child, names);
  return with_children(arena, node, children);
}

}  // namespace

Comparison compare_scalars(const Node& gold, const Node& prediction, const Policy& policy, Arena& arena,
                           Budget& budget) {
  // Nothing here throws but an allocation that fails.
  try {
    constexpr int depth_limit = 380;
    if (gold.depth > depth_limit || prediction.depth > depth_limit) return unknown("depth");
    std::vector<std::string_view> names;
    find_complex_symbols(gold, names);
    find_complex_symbols(prediction, names);
    if (names.empty()) return compare_readings(gold, prediction, policy, arena, budget);
    return compare_readings(with_parts(arena, gold, names), with_parts(arena, prediction, names), policy, arena,
                            budget);
  } catch (const std::exception&) {
    return unknown("memory");
  }
}

}  // namespace cohort::rewards::math
