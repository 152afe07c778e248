#include "rewards/math/compare.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "rewards/math/beside.hpp"
#include "rewards/math/calculus.hpp"
#include "rewards/math/comparer.hpp"
#include "rewards/math/complex_variables.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int max_nesting = 200;  // as deep as a parsed tree
constexpr size_t max_readings = 4;
constexpr uint64_t signs = bit(Kind::plus_minus) | bit(Kind::minus_plus);

/// `node` with + for ± and − for ∓, or the other way round.
const Node& with_sign(Arena& arena, const Node& node, bool is_plus) {
  if (node.kind == Kind::plus_minus || node.kind == Kind::minus_plus) {
    const Node& inner = with_sign(arena, node[0], is_plus);
    return is_plus == (node.kind == Kind::plus_minus) ? inner : make_node(arena, Kind::negate, {&inner});
  }
  if ((kinds_in(node) & signs) == 0) return node;
  Nodes children(node.children.begin(), node.children.end());
  for (const Node*& child : children) child = &with_sign(arena, *child, is_plus);
  return with_children(arena, node, children);
}

/// `node` with the reading number `choice` of each `either` in it; `choice` counts in the mixed base of their numbers.
const Node& with_readings(Arena& arena, const Node& node, size_t& choice) {
  if (node.kind == Kind::either) {
    const size_t index = choice % node.children.size();
    choice /= node.children.size();
    return with_readings(arena, node[index], choice);
  }
  if ((kinds_in(node) & bit(Kind::either)) == 0) return node;
  Nodes children(node.children.begin(), node.children.end());
  for (const Node*& child : children) child = &with_readings(arena, *child, choice);
  return with_children(arena, node, children);
}

bool is_capital(std::string_view name) { return name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z'; }

/// (1, 2) of the point P(1, 2).
const Node& without_point_name(Arena& arena, const Node& node) {
  if (is_unknown_function(node) && is_capital(node.text) && node.children.size() > 1) {
    Node& point = arena.make<Node>(1)[0];
    point = make_node(arena, Kind::bracketed, node.children);
    point.open = '(';
    point.close = ')';
    return point;
  }
  const bool is_product = node.kind == Kind::multiply && node.children.size() == 2 && node[0].kind == Kind::symbol;
  return is_product && is_capital(node[0].text) && node[1].kind == Kind::bracketed && node[1].open == '(' ? node[1]
                                                                                                          : node;
}

/// P(x, y) or C(x, y) somewhere.
bool has_function_of_pairs(const Node& node) {
  if (node.kind == Kind::function && node.children.size() == 2 && (node.text == "P" || node.text == "C")) return true;
  return std::ranges::any_of(node.children, [](const Node* child) { return has_function_of_pairs(*child); });
}

/// P(9, 2) and P_9^2, also with A, the number of arrangements, beside a number.
const Node& with_arrangements(Arena& arena, const Node& node) {
  if (node.kind == Kind::function && node.children.size() == 2 && (node.text == "P" || node.text == "C"))
    return make_node(arena, Kind::function, node.children, node.text == "P" ? "permutations" : "binomial");
  if (node.kind == Kind::power && node[0].kind == Kind::symbol && node[1].kind == Kind::integer) {
    const std::string_view name = node[0].text;
    const bool is_numbered = (name.starts_with("P_") || name.starts_with("A_")) && name.size() > 2 &&
                             name.find_first_not_of("0123456789", 2) == std::string_view::npos;
    const std::string_view k = node[1].text;
    const bool has_room = k.size() < name.size() - 2 || (k.size() == name.size() - 2 && k <= name.substr(2));
    if (!is_numbered || !has_room) return node;
    const Node& n = make_node(arena, Kind::integer, {}, name.substr(2));
    return make_node(arena, Kind::function, {&n, &node[1]}, "permutations");
  }
  if (node.kind != Kind::multiply && node.kind != Kind::divide && node.kind != Kind::add) return node;
  if ((kinds_in(node) & (bit(Kind::power) | bit(Kind::function))) == 0) return node;
  Nodes children(node.children.begin(), node.children.end());
  for (const Node*& child : children) child = &with_arrangements(arena, *child);
  return with_children(arena, node, children);
}

/// Whether P, C and A of `node` count arrangements: nothing of the other side has these names.
bool may_count(const Node& node, const Node& other) {
  if ((kinds_in(node) & (bit(Kind::function) | bit(Kind::power))) == 0) return false;
  const auto names = free_symbols(other);
  return std::ranges::none_of(
             names, [](std::string_view name) { return name[0] == 'P' || name[0] == 'A' || name[0] == 'C'; }) &&
         !has_function_of_pairs(other);
}

/// The points of (x, y) ∈ {(1, 2), (3, 4)} and (x, y) = (1, 2), (3, 4); null of other statements.
const Node* named_points(const Node& node) {
  if (node.kind != Kind::relation || node.relations.size() != 1 || node[0].kind != Kind::bracketed) return nullptr;
  const bool is_set = node.relations[0] == "in" && node[1].kind == Kind::set;
  return is_set || (node.relations[0] == "=" && node[1].kind == Kind::list) ? &node[1] : nullptr;
}

const Node* inside_percent(Arena& arena, const Node& node) {
  if (node.kind == Kind::percent) return &node[0];
  if (node.kind == Kind::negate && node[0].kind == Kind::percent) return &make_node(arena, Kind::negate, {&node[0][0]});
  return nullptr;
}

bool is_number_as_written(const Node& node) {
  if (node.kind == Kind::negate) return is_number_as_written(node[0]);
  return node.kind == Kind::integer || node.kind == Kind::decimal || node.kind == Kind::repeating ||
         node.kind == Kind::mixed;
}

/// A hundredth. Of a decimal, a decimal again, whose digits still say how precise it is.
const Node& hundredth(Arena& arena, const Node& node) {
  if (node.kind == Kind::negate) return make_node(arena, Kind::negate, {&hundredth(arena, node[0])});
  if (node.kind != Kind::decimal)
    return make_node(arena, Kind::divide, {&node, &make_node(arena, Kind::integer, {}, "100")});
  Node& result = arena.make<Node>(1)[0];
  result = node;
  result.exponent -= 2;
  return result;
}

/// `node` with the symbols of `pattern` for its own, in the order of their first appearance; null where one has more.
const Node* with_symbols_of(Arena& arena, const Node& pattern, const Node& node) {
  const auto names = free_symbols(pattern), own = free_symbols(node);
  if (names.size() != own.size() || names == own) return nullptr;
  // By way of names that nobody uses, so that x, y can become y, x.
  const Node* result = &node;
  for (const bool is_last : {false, true}) {
    for (size_t i = 0; i < own.size(); ++i) {
      const std::string_view between = arena.copy("\x01" + std::to_string(i));
      result = is_last ? &substitute(arena, *result, between, make_node(arena, Kind::symbol, {}, names[i]))
                       : &substitute(arena, *result, own[i], make_node(arena, Kind::symbol, {}, between));
    }
  }
  return result;
}

bool is_arithmetic(const Node& node) {
  return node.kind == Kind::integer || node.kind == Kind::decimal || node.kind == Kind::repeating ||
         node.kind == Kind::symbol || node.kind == Kind::constant ||
         (node.kind >= Kind::negate && node.kind <= Kind::derivative);
}

}  // namespace

Comparison both(const Comparison& first, const Comparison& second) {
  if (is_different(first)) return first;
  if (is_different(second)) return second;
  if (!is_equal(first)) return first;
  Comparison result = second;
  result.is_probable |= first.is_probable;
  return result;
}

Comparison one_of(const Comparison& first, const Comparison& second) {
  if (is_equal(first)) return first;
  if (is_equal(second)) return second;
  return is_different(first) ? second : first;
}

Comparison Comparer::answers(const Node& gold, const Node& prediction) {
  if (!budget.spend(1)) return unknown("budget");
  if (nesting >= max_nesting) return unknown("too deep");
  ++nesting;
  const Comparison result = gold.kind == Kind::either || prediction.kind == Kind::either ? readings(gold, prediction)
                            : same_tree(gold, prediction)                                ? equal("identical")
                                                                                         : by_type(gold, prediction);
  --nesting;
  return result;
}

Comparison Comparer::readings(const Node& gold, const Node& prediction) {
  const auto readings_of = [](const Node& node) {
    return node.kind == Kind::either ? node.children : std::span<const Node* const>();
  };
  const std::span<const Node*const> golds = readings_of(gold), predictions = readings_of(prediction);
  // (C) 5 is not (D) 5, whatever stands behind the letter.
  const bool are_choices =
      !golds.empty() && !predictions.empty() && gold.text == choice_text && prediction.text == choice_text;
  if (are_choices && golds[0]->text != predictions[0]->text) return different("choice");
  const bool kept_order = keeps_order;
  Comparison result = different("type");
  for (size_t i = 0; i < std::clamp<size_t>(golds.size(), 1, max_readings) && !is_equal(result); ++i) {
    keeps_order = kept_order || i > 0;
    for (size_t j = 0; j < std::clamp<size_t>(predictions.size(), 1, max_readings) && !is_equal(result); ++j) {
      const Node& left = golds.empty() ? gold : *golds[i];
      const Node& right = predictions.empty() ? prediction : *predictions[j];
      // AB and ab are two products, though as words they would be one: a product that could be a word is one only
      // beside a word.
      const bool is_word_by_chance = (i > 0 && left.kind == Kind::text && !(j == 0 && right.kind == Kind::text)) ||
                                     (j > 0 && right.kind == Kind::text && !(i == 0 && left.kind == Kind::text));
      if (is_word_by_chance) continue;
      result = one_of(result, answers(left, right));
    }
  }
  keeps_order = kept_order;
  return result;
}

Comparison Comparer::by_type(const Node& raw_gold, const Node& raw_prediction) {
  const auto bare = [](const Node& node) -> const Node& {  // {x = 1, y = 2} is a system in braces
    return node.kind == Kind::set && node.children.size() == 1 && node[0].kind == Kind::conjunction ? node[0] : node;
  };
  const auto computed = [&](const Node& node) -> const Node& {
    return without_tuple_arithmetic(without_matrix_arithmetic(node));
  };
  const Node& bare_gold = with_points_alone(arena, bare(raw_gold));
  const Node& bare_prediction = with_points_alone(arena, bare(raw_prediction));
  const Node& plain_gold =
      computed(with_union(arena, meaning(point_of_set(bare_gold, bare_prediction)), bare_prediction));
  const Node& plain_prediction =
      computed(with_union(arena, meaning(point_of_set(bare_prediction, bare_gold)), bare_gold));
  const bool has_tuple = plain_gold.kind == Kind::bracketed || plain_prediction.kind == Kind::bracketed;
  const Node& gold = has_tuple ? without_point_name(arena, plain_gold) : plain_gold;
  const Node& prediction = has_tuple ? without_point_name(arena, plain_prediction) : plain_prediction;
  if (const Answer answer = words(gold, prediction)) return *answer;
  if (const Answer answer = letter_series(gold, prediction)) return *answer;
  if (const Answer answer = unit_vectors(gold, prediction)) return *answer;
  const bool gold_states = is_assertion(gold), prediction_states = is_assertion(prediction);
  if (const Answer answer = families(gold, prediction)) return *answer;
  if (gold_states && prediction_states) {
    const Node* left = named_points(gold);
    const Node* right = named_points(prediction);
    return left && right && same_tree(gold[0], prediction[0]) ? collections(*left, *right)
                                                              : statements(gold, prediction);
  }
  const auto signed_value = [&](const Node& node) -> const Node& {
    const bool is_several = is_collection(node) && node.kind != Kind::bracketed;
    const auto [plus, minus] = is_several ? std::pair<const Node*, const Node*>() : both_signs(node);
    return plus ? make_node(arena, Kind::set, {plus, minus}) : node;
  };
  if (gold_states || prediction_states) {
    const bool has_alternatives = (gold_states ? gold : prediction).kind == Kind::disjunction;  // x = 1 or x = −1
    if (!has_alternatives) return statement_as_value(gold, prediction, gold_states);
    return gold_states ? statement_as_value(gold, signed_value(prediction), true)
                       : statement_as_value(signed_value(gold), prediction, false);
  }
  const Node& left = signed_value(gold);
  const Node& right = signed_value(prediction);
  if (is_collection(left) || is_collection(right)) return collections(left, right);
  const bool left_may = may_count(left, right), right_may = may_count(right, left);
  return scalars(left_may ? with_arrangements(arena, left) : left, right_may ? with_arrangements(arena, right) : right);
}

/// ABDC, an order or a figure, is no product: its letters stay where they are. Beside A, B, D it is what was chosen.
Answer Comparer::letter_series(const Node& gold, const Node& prediction) {
  const auto is_letter = [](const Node* node) {
    return node->kind == Kind::symbol && node->text.size() == 1 && is_capital(node->text);
  };
  const auto is_series = [&](const Node& node) {
    return (node.kind == Kind::multiply || node.kind == Kind::list) && std::ranges::all_of(node.children, is_letter);
  };
  if (!is_series(gold) || !is_series(prediction)) return {};
  const auto by_name = [](const Node* left, const Node* right) { return left->text < right->text; };
  const auto is_repeated = [](const Node* left, const Node* right) { return left->text == right->text; };
  const auto letters = [&](const Node& node) { return Nodes(node.children.begin(), node.children.end()); };
  Nodes left = letters(gold), right = letters(prediction);
  if (gold.kind == Kind::list && prediction.kind == Kind::list) return {};
  if (gold.kind != prediction.kind) {
    // Letters of choices in their own order were ticked, in another they were put in order.
    const Nodes& word = gold.kind == Kind::multiply ? left : right;
    if (word.back()->text > "H") return {};
    return std::ranges::is_sorted(word, by_name) ? in_any_order(left, right) : in_order(left, right);
  }
  const Nodes written = left;
  std::ranges::sort(left, by_name);
  const bool is_order = left.size() > 2 && std::ranges::adjacent_find(left, is_repeated) == left.end();
  return is_order && !policy.rename_symbols ? Answer(in_order(written, right)) : std::nullopt;
}

std::pair<const Node*, const Node*> Comparer::both_signs(const Node& node) {
  if ((kinds_in(node) & signs) == 0) return {};
  return {&with_sign(arena, node, true), &with_sign(arena, node, false)};
}

Comparison Comparer::scalars(const Node& gold, const Node& prediction) {
  if (!budget.spend(1)) return unknown("budget");
  const uint64_t kinds = kinds_in(gold) | kinds_in(prediction);
  if ((kinds & bit(Kind::either)) != 0) {
    Comparison result = different("type");
    constexpr size_t combinations = 4;
    for (size_t i = 0; i < combinations * combinations && !is_equal(result); ++i) {
      size_t left = i % combinations, right = i / combinations;
      const Node& gold_reading = with_readings(arena, gold, left);
      const Node& prediction_reading = with_readings(arena, prediction, right);
      // What is left of the numbers would repeat a choice that was tried.
      if (left == 0 && right == 0) result = one_of(result, scalars(gold_reading, prediction_reading));
    }
    return result;
  }
  // −(30°) as (−30)°, for the sign of degrees may be missing.
  const auto signed_degrees = [&](const Node& node) -> const Node& {
    const bool is_negative = node.kind == Kind::negate && node[0].kind == Kind::degrees;
    return is_negative ? make_node(arena, Kind::degrees, {&make_node(arena, Kind::negate, {&node[0][0]})}) : node;
  };
  const Node &gold_degrees = signed_degrees(gold), &prediction_degrees = signed_degrees(prediction);
  if (&gold_degrees != &gold || &prediction_degrees != &prediction) return scalars(gold_degrees, prediction_degrees);
  // 47° is not 47%, though either may stand for 47.
  const auto has_unit = [](const Node& node) { return node.kind == Kind::quantity || node.kind == Kind::degrees; };
  if ((has_unit(gold) && inside_percent(arena, prediction)) || (has_unit(prediction) && inside_percent(arena, gold)))
    return different("unit");
  if ((kinds & bit(Kind::quantity)) != 0 || gold.kind == Kind::degrees || prediction.kind == Kind::degrees)
    return quantities(gold, prediction);
  if ((kinds & bit(Kind::percent)) != 0) return percentages(gold, prediction);
  // An answer in another base is asked for in that base.
  if (gold.kind == Kind::numeral)
    return prediction.kind != Kind::numeral ? different("base")
                                            : both(exactly(gold[0], prediction[0]), exactly(gold, prediction));
  return exactly(gold, prediction);
}

Comparison Comparer::percentages(const Node& gold, const Node& prediction) {
  const Node* gold_inside = inside_percent(arena, gold);
  const Node* prediction_inside = inside_percent(arena, prediction);
  if (gold_inside && prediction_inside) return exactly(*gold_inside, *prediction_inside);
  if (!gold_inside && !prediction_inside) return exactly(gold, prediction);
  const Node& inside = gold_inside ? *gold_inside : *prediction_inside;
  const auto compare_with = [&](const Node& value) {
    return gold_inside ? exactly(value, prediction) : exactly(gold, value);
  };
  const Comparison result = compare_with(hundredth(arena, inside));
  if (is_equal(result) || policy.percent == PercentPolicy::strict) return result;
  // 0.9 may lack the sign of 0.9%; who writes 9/10 has left nothing out.
  const Node& other = gold_inside ? prediction : gold;
  if (other.kind != inside.kind && !is_number_as_written(other)) return result;
  return one_of(result, compare_with(inside));
}

Comparison Comparer::exactly(const Node& raw_gold, const Node& raw_prediction) {
  if (!budget.spend(1)) return unknown("budget");
  if (same_tree(raw_gold, raw_prediction)) return equal("identical");
  const auto [complex_gold, complex_prediction] = with_complex_variables(arena, raw_gold, raw_prediction);
  const Node &gold = *complex_gold, &prediction = *complex_prediction;
  if (nesting >= max_nesting) return unknown("too deep");
  if (!is_arithmetic(gold) || !is_arithmetic(prediction)) {
    return gold.kind == prediction.kind ? structures(gold, prediction) : different("type");
  }
  // Sums that are the same but for the letters of their indices need not be added up.
  const bool are_series = gold.kind == prediction.kind && (gold.kind == Kind::sum || gold.kind == Kind::product);
  if (are_series)
    if (const Comparison written = structures(gold, prediction); is_equal(written)) return written;
  const bool is_elided = ((kinds_in(gold) | kinds_in(prediction)) & bit(Kind::ellipsis)) != 0;
  const Comparison result = is_elided ? unknown("ellipsis") : compare_scalars(gold, prediction, policy, arena, budget);
  if (result.decision != Decision::unknown) return result;
  const Comparison structural = structures(gold, prediction);
  return is_equal(structural) ? structural : result;
}

/// Functions of equal parts are equal. The converse is false: whoever asks takes "different" for unknown.
Comparison Comparer::structures(const Node& gold, const Node& prediction) {
  const size_t count = gold.children.size();
  if (gold.kind != prediction.kind || gold.text != prediction.text || count != prediction.children.size() || count == 0)
    return different("structure");
  if (gold.open != prediction.open || gold.close != prediction.close || gold.rows != prediction.rows ||
      gold.columns != prediction.columns || !std::ranges::equal(gold.relations, prediction.relations))
    return different("structure");
  // The variable of a sum has any name that nothing else in it has.
  const bool is_bound = (gold.kind == Kind::sum || gold.kind == Kind::product || gold.kind == Kind::integral ||
                         gold.kind == Kind::limit) &&
                        gold[1].kind == Kind::symbol && prediction[1].kind == Kind::symbol;
  if (is_bound && gold[1].text != prediction[1].text && !has_free_symbol(prediction[0], gold[1].text)) {
    Nodes renamed(prediction.children.begin(), prediction.children.end());
    renamed[0] = &substitute(arena, prediction[0], prediction[1].text, gold[1]);
    renamed[1] = &gold[1];
    return structures(gold, with_children(arena, prediction, renamed));
  }
  ++nesting;
  Comparison result = equal("structure");
  // [0, 1] × [2, 3] is another rectangle than [2, 3] × [0, 1].
  const bool is_of_sets = std::ranges::all_of(gold.children, [](const Node* factor) { return is_collection(*factor); });
  const bool commutes = gold.kind == Kind::add || gold.kind == Kind::set_union || gold.kind == Kind::intersection ||
                        (gold.kind == Kind::multiply && !is_of_sets);
  std::array<bool, 64> is_taken{};
  for (size_t i = 0; i < count && is_equal(result); ++i) {
    if (!commutes || count > is_taken.size()) {
      result = both(result, exactly(gold[i], prediction[i]));
      continue;
    }
    Comparison found = different("structure");
    for (size_t j = 0; j < count && !is_equal(found); ++j) {
      if (is_taken[j]) continue;
      found = exactly(gold[i], prediction[j]);
      is_taken[j] = is_equal(found);
    }
    result = both(result, found);
  }
  --nesting;
  return result;
}

bool Comparer::is_zero(const Node& node) { return is_equal(exactly(node, make_integer(arena, 0))); }

namespace {

/// n \pmod m, of which a number that is asked for is the n.
const Node& without_modulus(const Node& node, const Node& other) {
  const bool is_residue = node.kind == Kind::relation && node.relations.size() == 1 && node.relations[0] == "mod";
  return is_residue && other.kind == Kind::integer ? node[0] : node;
}

}  // namespace

Comparison compare(const Node& gold, const Node& stated, const Policy& policy, Arena& arena, Budget& budget) {
  const Node& prediction = without_modulus(stated, gold);
  if (gold.depth > deepest_tree || prediction.depth > deepest_tree) return unknown("too deep");
  const Node& done_gold = worked_out(arena, gold, budget);
  const Node& done_prediction = worked_out(arena, prediction, budget);
  Comparison result = Comparer(policy, arena, budget).answers(done_gold, done_prediction);
  const bool is_worked_out = &done_gold != &gold || &done_prediction != &prediction;
  if (is_worked_out && result.decision == Decision::unknown)
    result = one_of(result, Comparer(policy, arena, budget).answers(gold, prediction));
  if (policy.rename_symbols && !is_equal(result))
    if (const Node* renamed = with_symbols_of(arena, gold, prediction))
      result = one_of(result, Comparer(policy, arena, budget).answers(gold, *renamed));
  if (result.decision == Decision::different) {
    if (const Node* known = with_known_names(arena, prediction, gold))
      result = one_of(result, Comparer(policy, arena, budget).answers(gold, *known));
    else if (const Node* known_gold = with_known_names(arena, gold, prediction))
      result = one_of(result, Comparer(policy, arena, budget).answers(*known_gold, prediction));
  }
  return budget.is_spent() ? unknown("budget") : result;
}

}  // namespace cohort::rewards::math
