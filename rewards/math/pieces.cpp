// Piecewise definitions, beside each other and beside one expression: |x|.
#include <algorithm>
#include <cmath>

#include "rewards/math/comparer.hpp"
#include "rewards/math/constants.hpp"
#include "rewards/math/evaluate.hpp"
#include "rewards/math/real_set.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_cases = 16;

bool is_otherwise(const Node& condition) { return condition.kind == Kind::constant && condition.text == "true"; }

/// The condition of a piece; of "otherwise", what the other conditions leave.
const Node& condition_of(Arena& arena, const Node& piecewise, size_t index) {
  const Node& own = piecewise[2 * index + 1];
  if (!is_otherwise(own)) return own;
  Nodes others;
  for (size_t i = 0; i < piecewise.children.size() / 2; ++i)
    if (i != index) others.push_back(&piecewise[2 * i + 1]);
  if (others.empty()) return own;
  const Node& any = others.size() == 1 ? *others[0] : make_node(arena, Kind::disjunction, others);
  return make_node(arena, Kind::negation, {&any});
}

/// Places within a range, away from its ends.
std::vector<double> places_in(const Range& range, Budget& budget) {
  const auto low = range.low ? approximate(*range.low, budget) : std::nullopt;
  const auto high = range.high ? approximate(*range.high, budget) : std::nullopt;
  std::vector<double> places;
  for (const double part : {0.03, 0.31, 0.62, 0.97}) {
    if (low && high)
      places.push_back(*low + part * (*high - *low));
    else if (low)
      places.push_back(*low + part / (1 - part));
    else
      places.push_back(high.value_or(0) - part / (1 - part) + (high ? 0 : 1));
  }
  return places;
}

/// `node` with u or −u for each |u| in it, as its sign is all over the range; null where that changes.
const Node* without_bars(Arena& arena, Budget& budget, const Node& node, std::string_view variable,
                         std::span<const double> places) {
  if ((kinds_in(node) & bit(Kind::absolute)) == 0) return &node;
  Nodes children;
  for (const Node* child : node.children) {
    children.push_back(without_bars(arena, budget, *child, variable, places));
    if (!children.back()) return nullptr;
  }
  if (node.kind != Kind::absolute) return &with_children(arena, node, children);
  int sign = 0;
  for (const double place : places) {
    if (!(std::abs(place) < 1e9)) return nullptr;
    const Binding binding{variable, Rational(Integer(std::llround(place * (1 << 20))), Integer(1 << 20))};
    IntervalArithmetic intervals(budget);
    Evaluator evaluator(intervals, EvaluateOptions{.point = std::span(&binding, 1)});
    const auto value = evaluator.inexact(evaluator.evaluate(*children[0]));
    if (!value.is_finite() || !evaluator.is_real(value)) return nullptr;
    const int here = value.x.low > 0 ? 1 : value.x.high < 0 ? -1 : 0;
    if (here == 0 || (sign != 0 && sign != here)) return nullptr;
    sign = here;
  }
  return sign > 0 ? children[0] : &make_node(arena, Kind::negate, {children[0]});
}

}  // namespace

/// Cases matched by their conditions.
Comparison Comparer::pieces(const Node& gold, const Node& prediction) {
  const size_t count = gold.children.size();
  if (gold.kind != prediction.kind) return cases_of_one(gold, prediction);
  if (count != prediction.children.size() || count % 2 != 0) return different("cases");
  if (count / 2 > max_cases) return unknown("cases");
  Comparison result = equal("cases");
  std::vector<bool> is_taken(count / 2);
  for (size_t i = 0; i < count / 2 && !is_different(result); ++i) {
    Comparison found = different("condition");
    for (size_t j = 0; j < count / 2 && !is_equal(found); ++j) {
      if (is_taken[j]) continue;
      const Comparison conditions = answers(condition_of(arena, gold, i), condition_of(arena, prediction, j));
      if (is_different(conditions)) continue;
      found = one_of(found, both(conditions, answers(gold[2 * i], prediction[2 * j])));
      is_taken[j] = is_equal(found);
    }
    result = both(result, found);
  }
  return result;
}

/// One expression that is each case where its condition holds, and the conditions leave no number out.
Comparison Comparer::cases_of_one(const Node& gold, const Node& prediction) {
  const bool is_gold_cases = gold.kind == Kind::piecewise;
  const Node& cases = is_gold_cases ? gold : prediction;
  const Node& whole = is_gold_cases ? prediction : gold;
  const size_t count = cases.children.size() / 2;
  const auto symbols = free_symbols(cases);
  if (is_collection(whole) || is_assertion(whole) || symbols.size() != 1 || count > max_cases ||
      cases.children.size() % 2 != 0)
    return different("type");
  RealSets sets(arena, budget);
  std::optional<RealSet> all = RealSet();
  Comparison result = equal("cases");
  for (size_t i = 0; i < count && !is_different(result); ++i) {
    const auto set = sets.read(condition_of(arena, cases, i), symbols[0], RealSets::Form::any);
    if (!set) return unknown("condition");
    for (const Range& range : *set) {
      const bool is_point = range.low && range.high && !range.is_low_open && !range.is_high_open &&
                            order(*range.low, *range.high, arena, budget) == Order::equal;
      const Node* here = is_point ? &substitute(arena, whole, symbols[0], *range.low)
                                  : without_bars(arena, budget, whole, symbols[0], places_in(range, budget));
      if (!here) return unknown("sign");
      const Node& value = is_point ? substitute(arena, cases[2 * i], symbols[0], *range.low) : cases[2 * i];
      result = both(result, is_gold_cases ? exactly(value, *here) : exactly(*here, value));
    }
    all = sets.united(std::move(*all), *set);
    if (!all) return unknown("condition");
  }
  const bool is_everywhere = all->size() == 1 && !all->front().low && !all->front().high;
  return is_everywhere ? result : both(result, different("condition"));
}

}  // namespace cohort::rewards::math
