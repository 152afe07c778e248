// Statements beside statements and beside the values they state.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include "rewards/math/algebra.hpp"
#include "rewards/math/comparer.hpp"
#include "rewards/math/constants.hpp"
#include "rewards/math/same.hpp"

namespace cohort::rewards::math {
namespace {

bool is_capital(const Node& node) {
  return node.kind == Kind::symbol && !node.text.empty() && node.text[0] >= 'A' && node.text[0] <= 'Z';
}

bool is_coordinate(const Node& node) {
  return node.kind == Kind::symbol && (node.text == "x" || node.text == "y" || node.text == "z");
}

/// AB, the length of a segment or the product of two digits; xy = 6 is an equation.
bool is_segment(const Node& node) {
  return node.kind == Kind::multiply && node.children.size() <= 4 &&
         std::ranges::all_of(
             node.children, [](const Node* factor) { return factor->kind == Kind::symbol && !is_coordinate(*factor); });
}

/// 2x, x/2, α + β: an angle that is built from others.
bool is_angle(const Node& node) {
  constexpr uint64_t kinds = bit(Kind::integer) | bit(Kind::symbol) | bit(Kind::constant) | bit(Kind::negate) |
                             bit(Kind::add) | bit(Kind::multiply) | bit(Kind::divide);
  return (kinds_in(node) & ~kinds) == 0 && has_free_symbols(node);
}

/// sin θ, cos 2x, log x, P(A): the value of a function for something that has a name, too.
bool is_application(const Node& node) {
  static constexpr std::array ratios = std::to_array<std::string_view>({"sin", "cos", "tan", "cot", "sec", "csc"});
  if (node.kind == Kind::function && node.children.size() == 1 && is_angle(node[0]) &&
      std::ranges::find(ratios, node.text) != ratios.end())
    return true;
  return node.kind == Kind::function && std::ranges::all_of(node.children, [](const Node* argument) {
           return is_unknown_function(*argument) || argument->children.empty() || is_segment(*argument);
         });
}

/// A^{-1} = (…), whose value is a matrix.
bool names_an_inverse(const Node& node) {
  const Node& name = node[0];
  return name.kind == Kind::power && is_capital(name[0]) && name[1].kind == Kind::negate &&
         name[1][0].kind == Kind::integer && name[1][0].text == "1" && (kinds_in(node[1]) & bit(Kind::matrix)) != 0;
}

/// The value of (y, x) = (2, 1) in the order of the axes, (1, 2); of other names in the order written.
const Node& in_coordinate_order(Arena& arena, const Node& chain) {
  const Node& names = chain[0];
  const Node& value = *chain.children.back();
  if (value.kind != Kind::bracketed || value.children.size() != names.children.size()) return value;
  if (!std::ranges::all_of(names.children, [](const Node* name) { return is_coordinate(*name); })) return value;
  std::vector<size_t> order(names.children.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return names[i].text; });
  Nodes entries;
  for (const size_t i : order) entries.push_back(value.children[i]);
  Node& result = arena.make<Node>(1)[0];
  result = make_node(arena, Kind::bracketed, entries);
  result.open = value.open, result.close = value.close;
  return result;
}

bool is_tuple_equation(const Node& node) {
  return node.relations.size() == 1 && node.relations[0] == "=" && node[0].kind == Kind::bracketed &&
         node[1].kind == Kind::bracketed && node[0].children.size() == node[1].children.size() &&
         std::ranges::all_of(node[0].children, [](const Node* name) { return names_a_value(*name); });
}

/// (x, y) = (1, 2) beside (y, x) = (2, 1).
bool are_reordered(const Node& left, const Node& right) {
  if (left.kind != Kind::relation || right.kind != Kind::relation) return false;
  if (!is_tuple_equation(left) || !is_tuple_equation(right)) return false;
  const auto is_same = [](const Node* a, const Node* b) { return same_tree(*a, *b); };
  return !std::ranges::equal(left[0].children, right[0].children, is_same) &&
         std::ranges::is_permutation(left[0].children, right[0].children, is_same);
}

constexpr uint64_t connectives = bit(Kind::negation) | bit(Kind::implication) | bit(Kind::equivalence);

}  // namespace

bool contradicts_itself(const Node& chain, Budget& budget) {
  constexpr double near_for_integers = 0.01, near_for_others = 0.1;
  const auto is_literal = [](const Node* node) {
    const Node& bare = node->kind == Kind::negate ? (*node)[0] : *node;
    return bare.kind == Kind::integer || bare.kind == Kind::decimal;
  };
  if (chain.kind != Kind::relation || !std::ranges::all_of(chain.children, is_literal)) return false;
  const auto is_equation = [](std::string_view word) { return word == "=" || word == "approx"; };
  if (!std::ranges::all_of(chain.relations, is_equation)) return false;
  for (size_t i = 0; i + 1 < chain.children.size(); ++i) {
    const std::optional<double> left = approximate(chain[i], budget), right = approximate(chain[i + 1], budget);
    const bool are_integers = chain[i].kind == Kind::integer && chain[i + 1].kind == Kind::integer;
    // 352 ≈ 353 are two values; 352 ≈ 350 is one and where it was rounded to.
    const bool is_rounded = are_integers && chain[i + 1].text.ends_with('0');
    const double near = !are_integers ? near_for_others : is_rounded ? near_for_integers : 0;
    if (left && right && std::abs(*left - *right) > near * std::abs(*left)) return true;
  }
  return false;
}

bool is_assertion(const Node& node) {
  if (node.kind == Kind::relation || (bit(node.kind) & connectives) != 0) return true;
  if (node.kind != Kind::conjunction && node.kind != Kind::disjunction) return false;
  // p ∧ q is a formula, 1 and 2 are two values.
  return std::ranges::any_of(node.children,
                             [](const Node* part) { return part->kind == Kind::symbol || is_assertion(*part); });
}

bool names_a_value(const Node& node) {
  if (node.kind == Kind::symbol || node.kind == Kind::derivative || is_unknown_function(node) || is_application(node) ||
      is_segment(node))
    return true;
  const auto is_named = [](const Node* part) { return is_segment(*part) || is_capital(*part); };
  if (node.kind == Kind::absolute) return node[0].kind == Kind::symbol || is_segment(node[0]);
  if (node.kind == Kind::ratio)
    return std::ranges::all_of(node.children,
                               [](const Node* part) { return part->kind == Kind::symbol || is_segment(*part); });
  return node.kind == Kind::divide && std::ranges::all_of(node.children, is_named);
}

const Node* assigned_value(const Node& node) {
  if (node.kind != Kind::relation || !(names_a_value(node[0]) || names_an_inverse(node))) return nullptr;
  const Node* value = nullptr;
  for (size_t i = 0; i < node.relations.size(); ++i) {
    const bool is_approximate = node.relations[i] == "approx";
    if (node.relations[i] != "=" && !is_approximate) return nullptr;
    if (is_approximate && value) return value;
    value = &node[i + 1];
  }
  return value;
}

const Node* containing_set(const Node& node) {
  const bool is_membership = node.kind == Kind::relation && node.relations.size() == 1 && node.relations[0] == "in";
  return is_membership && (names_a_value(node[0]) || node[0].kind == Kind::bracketed) ? &node[1] : nullptr;
}

Comparison Comparer::statement_as_value(const Node& gold, const Node& prediction, bool gold_states) {
  const Node& statement = gold_states ? gold : prediction;
  const Node& value = gold_states ? prediction : gold;
  // 21 (mod 26) beside 21 mod 26
  if (statement.kind == Kind::relation && statement.relations.size() == 1 && statement.relations[0] == "mod" &&
      value.kind == Kind::function && value.text == "mod" && value.children.size() == 2)
    return both(exactly(statement[0], value[0]), exactly(statement[1], value[1]));
  const auto compare_value = [&](const Node& value) {
    return gold_states ? answers(value, prediction) : answers(gold, value);
  };
  if (statement.kind == Kind::relation) {
    if (const Node* set = containing_set(statement)) {
      // x ∈ (1, 2) is the interval, not the two values.
      const bool is_interval = set->kind == Kind::bracketed && names_a_value(statement[0]);
      const Node& other = gold_states ? prediction : gold;
      if (is_interval && (other.kind == Kind::list || other.kind == Kind::set)) return different("interval");
      return compare_value(*set);
    }
    const bool are_equations = std::ranges::all_of(statement.relations, [](std::string_view word) {
      return word == "=" || word == "approx" || word == "equiv" || word == "mod";
    });
    if (are_equations) return chain_as_value(statement, gold, prediction, gold_states);
  } else if (const Answer answer = named_values(gold, prediction)) {
    return *answer;
  } else if (statement.kind == Kind::disjunction && (is_collection(gold) || is_collection(prediction))) {
    // Alternatives beside the list of them.
    const Node& other = gold_states ? prediction : gold;
    const bool is_several = other.kind == Kind::list || other.kind == Kind::set;
    if (is_several) {
      const Comparison result = as_sets(entries(gold), entries(prediction));
      if (is_equal(result)) return result;
    }
  }
  if (policy.inequality_for_interval)
    if (const Answer answer = real_sets(gold, prediction)) return *answer;
  return different("type");
}

/// x = 5 as 5; of a chain a = b = 5, and of 2 + 3 = 5, the last side.
Comparison Comparer::chain_as_value(const Node& chain, const Node& gold, const Node& prediction, bool gold_states) {
  const auto compare_value = [&](const Node& value) {
    return gold_states ? answers(value, prediction) : answers(gold, value);
  };
  const std::span<const std::string_view> words = chain.relations;
  // (x, y) = (1, 2)
  const bool is_tuple_of_names =
      chain[0].kind == Kind::bracketed &&
      std::ranges::all_of(chain[0].children, [](const Node* name) { return names_a_value(*name); });
  // A ≡ 3 (mod 7), where the value is 3.
  if (words[0] == "equiv" || words[0] == "mod")
    return names_a_value(chain[0]) && words[0] == "equiv" ? compare_value(chain[1]) : different("type");
  const Node* value = assigned_value(chain);
  // 5 = x, but not 5 = 2x
  const bool is_turned = !value && words.size() == 1 && words[0] == "=" && chain[1].kind == Kind::symbol &&
                         !has_free_symbols(applications_as_symbols(arena, chain[0]));
  if (is_turned) return compare_value(chain[0]);
  if (value) {
    const Comparison exact = compare_value(*value);
    // x = 1/3 ≈ 0.333 is also 0.333, if it is.
    if (is_equal(exact) || words.back() != "approx" || words.size() == 1) return exact;
    const Node& rounded = *chain.children.back();
    const std::optional<double> left = approximate(*value, budget), right = approximate(rounded, budget);
    const bool is_near = left && right && std::abs(*left - *right) <= 0.01 * std::abs(*left);
    return is_near ? one_of(exact, compare_value(rounded)) : exact;
  }
  if (is_tuple_of_names) return compare_value(in_coordinate_order(arena, chain));
  if (chain.children.size() > 2 && std::ranges::count(words, "=") == static_cast<std::ptrdiff_t>(words.size()))
    return compare_value(*chain.children.back());
  if (has_free_symbols(applications_as_symbols(arena, chain))) return different("equation");  // 2 f(2) = 8 is not f(2)
  // 1 + 1 = 2 is a calculation, 22/7 ≈ 3.14 a value and what it is about.
  const auto first_approximation = std::ranges::find(words, "approx");
  return compare_value(chain[static_cast<size_t>(first_approximation - words.begin())]);
}

/// x² = 9 beside x = 3 or x = −3: each value is a root, and there are as many as the degree says.
Answer Comparer::roots(const Node& gold, const Node& prediction) {
  const bool is_equation = gold.kind == Kind::relation && gold.relations.size() == 1 && gold.relations[0] == "=";
  if (!is_equation || prediction.kind != Kind::disjunction || prediction.children.size() != 2) return {};
  const auto symbols = free_symbols(gold);
  if (symbols.size() != 1) return {};
  const Node& difference = subtract(arena, gold[0], gold[1]);
  const auto polynomial = as_polynomial(difference, symbols[0], arena, budget);
  if (!polynomial || !(*polynomial)[2]) return {};
  Nodes values;
  for (const Node* part : prediction.children) {
    const Node* value = assigned_value(*part);
    if (!value || (*part)[0].kind != Kind::symbol || (*part)[0].text != symbols[0] || has_free_symbols(*value))
      return {};
    values.push_back(value);
  }
  if (!is_different(exactly(*values[0], *values[1]))) return {};
  Comparison result = equal("roots");
  for (const Node* value : values)
    result = both(result, exactly(substitute(arena, difference, symbols[0], *value), make_integer(arena, 0)));
  return result;
}

Comparison Comparer::statements(const Node& raw_gold, const Node& raw_prediction) {
  const auto spelled_out = [&](const Node& node) -> const Node& {
    if (node.kind != Kind::relation) return node;
    // (x, y) = (1, 2) is x = 1 and y = 2, but beside another such.
    const bool is_beside_other = raw_gold.kind != raw_prediction.kind || are_reordered(raw_gold, raw_prediction);
    if (is_beside_other && is_tuple_equation(node)) {
      Nodes parts;
      for (size_t i = 0; i < node[0].children.size(); ++i)
        parts.push_back(&make_relation(arena, node[0][i], "=", node[1][i]));
      return make_node(arena, Kind::conjunction, parts);
    }
    // x = 1, 2 beside x = 1 or x = 2, or x ∈ {1, 2}.
    const bool is_beside_set = (containing_set(raw_gold) == nullptr) != (containing_set(raw_prediction) == nullptr);
    // … or x = ±1
    const bool is_beside_signs =
        (both_signs(raw_gold).first == nullptr) != (both_signs(raw_prediction).first == nullptr);
    const bool is_list_beside_other = raw_gold.kind != raw_prediction.kind || is_beside_set || is_beside_signs;
    const Node* value = assigned_value(node);
    if (value && (value->kind == Kind::list || value->kind == Kind::set) && is_list_beside_other) {
      Nodes parts;
      for (const Node* entry : entries(*value)) parts.push_back(&make_relation(arena, node[0], "=", *entry));
      return make_node(arena, Kind::disjunction, parts);
    }
    // x ∈ {1, 2}, too.
    const Node* set = containing_set(node);
    if (set && set->kind == Kind::set && is_list_beside_other && names_a_value(node[0])) {
      Nodes parts;
      for (const Node* entry : entries(*set)) parts.push_back(&make_relation(arena, node[0], "=", *entry));
      if (parts.size() > 1) return make_node(arena, Kind::disjunction, parts);
    }
    // a < b < c beside a < b and b < c.
    const bool is_order = node.relations.size() > 1 && std::ranges::all_of(node.relations, [](std::string_view word) {
                            return word == "<" || word == "<=" || word == ">" || word == ">=";
                          });
    if (is_order && raw_gold.kind != raw_prediction.kind) {
      Nodes parts;
      for (size_t i = 0; i < node.relations.size(); ++i)
        parts.push_back(&make_relation(arena, node[i], node.relations[i], node[i + 1]));
      return make_node(arena, Kind::conjunction, parts);
    }
    const auto [plus, minus] = both_signs(node);
    // x = ±1 is either, x ≠ ±1 neither.
    const Kind kind = node.relations[0] == "!=" ? Kind::conjunction : Kind::disjunction;
    return plus ? make_node(arena, kind, {plus, minus}) : node;
  };
  const Node& gold = spelled_out(raw_gold);
  const Node& prediction = spelled_out(raw_prediction);
  if (gold.kind == Kind::relation && prediction.kind == Kind::relation) {
    const Comparison result = relations(gold, prediction);
    if (is_equal(result)) return result;
    if (const Answer answer = real_sets(gold, prediction)) return one_of(*answer, result);
    return result;
  }
  if (const Answer answer = real_sets(gold, prediction)) return *answer;
  if (const Answer answer = roots(gold, prediction)) return *answer;
  if (const Answer answer = named_values(gold, prediction)) return *answer;
  // Two formulas are not two lists of their parts, but systems are.
  const bool are_systems =
      gold.kind == prediction.kind && (gold.kind == Kind::conjunction || gold.kind == Kind::disjunction);
  if (are_systems) {
    const Comparison result = as_sets(gold.children, prediction.children);
    if (is_equal(result)) return result;
    if (gold.kind == Kind::conjunction)
      if (const Answer answer = linear_systems(gold, prediction)) return *answer;
  }
  if (const Answer answer = propositions(gold, prediction)) return *answer;
  return different("statement");
}

}  // namespace cohort::rewards::math
