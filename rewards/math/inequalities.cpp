// Sets of real numbers beside each other: intervals, unions, inequalities, set-builders.
#include <algorithm>
#include <cmath>
#include <string_view>

#include "rewards/math/algebra.hpp"
#include "rewards/math/comparer.hpp"
#include "rewards/math/real_set.hpp"

namespace cohort::rewards::math {
namespace {

constexpr double max_integers = 1'000;

/// Whether a statement speaks of a range and not of single values.
bool has_range(const Node& node) {
  if (node.kind == Kind::relation)
    return std::ranges::all_of(node.relations, [](std::string_view word) {
      return word == "<" || word == "<=" || word == ">" || word == ">=" || word == "!=" || word == "in" ||
             word == "notin";
    });
  return std::ranges::any_of(node.children, [](const Node* child) { return has_range(*child); });
}

bool is_list_of_relations(const Node& node) {
  return node.kind == Kind::list &&
         std::ranges::all_of(node.children, [](const Node* part) { return part->kind == Kind::relation; });
}

}  // namespace

Answer Comparer::real_sets(const Node& raw_gold, const Node& raw_prediction) {
  const auto states = [](const Node& node) { return is_assertion(node) || is_list_of_relations(node); };
  const bool gold_states = states(raw_gold), prediction_states = states(raw_prediction);
  if ((gold_states && !has_range(raw_gold)) || (prediction_states && !has_range(raw_prediction))) return {};
  const Node& gold = applications_as_symbols(arena, raw_gold);
  const Node& prediction = applications_as_symbols(arena, raw_prediction);
  const auto variable_of = [](const Node& node) {
    const std::vector<std::string_view> symbols = free_symbols(node);
    return symbols.size() == 1 ? symbols[0] : std::string_view();
  };
  const std::string_view left_variable = gold_states ? variable_of(gold) : "";
  const std::string_view right_variable = prediction_states ? variable_of(prediction) : "";
  if ((gold_states && left_variable.empty()) || (prediction_states && right_variable.empty())) return {};
  if (gold_states && prediction_states && left_variable != right_variable) return {};

  RealSets sets(arena, budget);
  const auto left = sets.read(gold, left_variable, RealSets::Form::any);
  if (!left || (gold_states && left->empty())) return {};
  // For a set the solved inequality, not the one of the problem.
  const bool is_gold_set = !gold_states || containing_set(gold);
  if (is_gold_set && prediction_states && !containing_set(prediction) && !policy.inequality_for_interval) return {};
  // Of two set-builders neither is more solved than the other.
  const bool are_builders = gold.kind == Kind::set_builder && prediction.kind == Kind::set_builder;
  const bool must_be_solved = is_gold_set && !are_builders;
  const auto right =
      sets.read(prediction, right_variable, must_be_solved ? RealSets::Form::solved : RealSets::Form::any);
  if (!right || (prediction_states && right->empty())) return {};
  if (left->size() != right->size()) return different("intervals");
  Comparison result = equal("intervals");
  const auto compare_ends = [&](const Node* a, const Node* b) {
    if (!a || !b) return a == b ? equal("infinity") : different("infinity");
    return answers(*a, *b);
  };
  for (size_t i = 0; i < left->size() && !is_different(result); ++i) {
    const Range& a = (*left)[i];
    const Range& b = (*right)[i];
    if (a.is_low_open != b.is_low_open || a.is_high_open != b.is_high_open) return different("open or closed end");
    result = both(result, both(compare_ends(a.low, b.low), compare_ends(a.high, b.high)));
  }
  return result;
}

/// The elements of {x ∈ Z | −2 ≤ x < 3}; nothing where it is another set, or has more than max_integers.
std::optional<Nodes> Comparer::integer_elements(const Node& set) {
  if (set.kind != Kind::set_builder) return {};
  const auto is_domain = [](const Node& node) {
    return node.kind == Kind::relation && node.relations.size() == 1 && node.relations[0] == "in" &&
           node[0].kind == Kind::symbol && node[1].kind == Kind::constant &&
           (node[1].text == "Z" || node[1].text == "N");
  };
  const Node* domain = is_domain(set[0]) ? &set[0] : nullptr;
  Nodes conditions;
  const bool is_conjunction = set[1].kind == Kind::conjunction || set[1].kind == Kind::list;
  for (const Node* part : is_conjunction ? set[1].children : std::span<const Node* const>(&set.children[1], 1)) {
    if (!domain && is_domain(*part)) {
      domain = part;
    } else {
      conditions.push_back(part);
    }
  }
  if (!domain || conditions.empty()) return {};
  const std::string_view variable = (*domain)[0].text;
  if (&set[0] != domain && !(set[0].kind == Kind::symbol && set[0].text == variable)) return {};
  const Node& condition = conditions.size() == 1 ? *conditions[0] : make_node(arena, Kind::conjunction, conditions);
  const auto range = RealSets(arena, budget).read(condition, variable, RealSets::Form::any);
  if (!range) return {};
  Nodes elements;
  for (const Range& part : *range) {
    const Node& zero = make_integer(arena, 0);
    const bool is_from_one =
        (*domain)[1].text == "N" && (!part.low || order(*part.low, zero, arena, budget) == Order::less);
    const auto value = [&](const Node* end) { return end ? approximate(*end, budget).value_or(NAN) : NAN; };
    const double low = value(part.low), high = value(part.high);
    // Whether 0 is a natural number nobody can tell.
    if (is_from_one || !(high - low < max_integers) || !(std::abs(low) < 1e12)) return {};
    for (int64_t i = std::llround(low) - 1; i <= std::llround(high) + 1; ++i) {
      const Node& integer = make_integer(arena, i);
      const Order after = order(*part.low, integer, arena, budget), before = order(integer, *part.high, arena, budget);
      if (after == Order::unknown || before == Order::unknown) return {};
      const bool is_inside = (after == Order::less || (after == Order::equal && !part.is_low_open)) &&
                             (before == Order::less || (before == Order::equal && !part.is_high_open));
      if (is_inside) elements.push_back(&integer);
    }
  }
  return elements;
}

/// Whether a numerator is ksd + c for the denominator d, a symbol s that d lacks, and constants k and c that are not 0:
/// then it is nowhere 0 where d is.
bool Comparer::is_apart_from(const Node& numerator, const Node& denominator) {
  for (const std::string_view symbol : free_symbols(numerator)) {
    if (has_free_symbol(denominator, symbol)) continue;
    const Node& rest = substitute(arena, numerator, symbol, make_integer(arena, 0));
    const Node* constant = &rest;
    for (const std::string_view other : free_symbols(rest))
      constant = &substitute(arena, *constant, other, make_integer(arena, 7));
    if (!is_equal(exactly(rest, *constant)) || is_zero(*constant)) continue;
    const Node& slope = subtract(arena, substitute(arena, numerator, symbol, make_integer(arena, 1)), rest);
    const Node& product = make_node(arena, Kind::multiply, {&make_node(arena, Kind::symbol, {}, symbol), &slope});
    const bool is_linear = is_equal(exactly(numerator, make_node(arena, Kind::add, {&rest, &product})));
    if (is_linear && is_equal(proportional(slope, denominator, false))) return true;
  }
  return false;
}

/// `node` times its denominator, to compare equations; null where there is none with symbols, or where the product
/// could be 0 at a zero of the denominator, which is no solution.
const Node* Comparer::cleared_of_symbols(const Node& node) {
  const Fraction fraction = as_fraction(node, arena);
  const std::vector<std::string_view> symbols = free_symbols(*fraction.denominator);
  if (symbols.empty()) return nullptr;
  if (is_apart_from(*fraction.numerator, *fraction.denominator)) return fraction.numerator;
  // A product of symbols and constants.
  Nodes factors = {fraction.denominator};
  while (!factors.empty()) {
    const Node& factor = *factors.back();
    factors.pop_back();
    if (factor.kind == Kind::multiply) {
      factors.insert(factors.end(), factor.children.begin(), factor.children.end());
    } else if (factor.kind == Kind::power) {
      factors.push_back(&factor[0]);
    } else if (factor.kind != Kind::symbol && has_free_symbols(factor)) {
      return nullptr;
    }
  }
  for (const std::string_view symbol : symbols) {
    const Node& at_zero = substitute(arena, *fraction.numerator, symbol, make_integer(arena, 0));
    const Node* at_one_point = &at_zero;
    for (const std::string_view other : free_symbols(at_zero))
      at_one_point = &substitute(arena, *at_one_point, other, make_integer(arena, 7));
    if (!is_equal(exactly(at_zero, *at_one_point)) || is_zero(*at_one_point)) return nullptr;
  }
  return fraction.numerator;
}

}  // namespace cohort::rewards::math
