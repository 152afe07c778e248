// One relation beside another: the same up to a factor, sides moved or swapped.
#include <algorithm>
#include <array>
#include <string_view>

#include "rewards/math/comparer.hpp"
#include "rewards/math/complex_variables.hpp"
#include "rewards/math/constants.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int num_points = 6;
constexpr uint64_t collections_mask = ((bit(Kind::relation) - 1) & ~(bit(Kind::list) - 1)) | bit(Kind::text);

bool is_equation(std::string_view word) { return word == "=" || word == "approx"; }
bool is_inequality(std::string_view word) { return word == "<" || word == "<=" || word == ">" || word == ">="; }
bool is_symmetric(std::string_view word) {
  return word == "parallel" || word == "perp" || word == "sim" || word == "congruent" || word == "propto";
}

/// The relations between neighbours: a < b and b < c of a < b < c.
Nodes links(Arena& arena, const Node& chain) {
  if (chain.relations.size() == 1) return {&chain};
  Nodes result;
  for (size_t i = 0; i < chain.relations.size(); ++i)
    result.push_back(&make_relation(arena, chain[i], chain.relations[i], chain[i + 1]));
  return result;
}

/// f(x), f(x, y): a function of variables, which P(A) is not.
bool is_function_of_symbols(const Node& node) {
  return is_unknown_function(node) && !node.children.empty() &&
         std::ranges::all_of(node.children, [](const Node* argument) {
           return argument->kind == Kind::symbol && !(argument->text[0] >= 'A' && argument->text[0] <= 'Z');
         });
}

/// `right` of a definition f(t) = …, with the variables called as in `gold`. Null if they are not two of one function.
const Node* renamed_definition(Arena& arena, const Node& gold, const Node& prediction, const Node& right) {
  if (!is_function_of_symbols(gold) || !is_function_of_symbols(prediction) || gold.text != prediction.text ||
      gold.children.size() != prediction.children.size())
    return nullptr;
  if (gold.children.size() > 1) return nullptr;
  // A symbol of the gold's name would be captured.
  if (has_free_symbol(right, gold[0].text) && gold[0].text != prediction[0].text) return nullptr;
  return &substitute(arena, right, prediction[0].text, gold[0]);
}

/// The right side of t ↦ t² with the variable of `gold`, x ↦ x². Null where they have one name, or a side does not
/// depend on its variable: x → 3 is no t → 3.
const Node* renamed_map(Arena& arena, const Node& gold, const Node& prediction) {
  const Node &name = gold[0], &other = prediction[0];
  if (name.kind != Kind::symbol || other.kind != Kind::symbol || name.text == other.text) return nullptr;
  const bool are_bound = has_free_symbol(gold[1], name.text) && has_free_symbol(prediction[1], other.text);
  // What is free on one side keeps its meaning.
  const bool is_taken = has_free_symbol(prediction[1], name.text) || has_free_symbol(gold[1], other.text);
  return are_bound && !is_taken ? &substitute(arena, prediction[1], other.text, name) : nullptr;
}

bool is_y(const Node& node) { return node.kind == Kind::symbol && node.text == "y"; }

/// f by x for f'(x) and d/dx f(x), y by x for dy/dx, y by anything for y'.
struct Derivative {
  std::string_view function, variable;
};

Derivative first_derivative(const Node& node) {
  const std::string_view name = node.text;
  const bool has_prime = name.size() > 1 && name.ends_with("'") && !name.ends_with("''");
  const std::string_view bare = name.substr(0, name.size() - has_prime);
  if (node.kind == Kind::symbol && has_prime) return {bare, {}};
  const bool is_quotient = node.kind == Kind::symbol && name.size() == 5 && name[0] == 'd' && name.substr(2, 2) == "/d";
  if (is_quotient) return {name.substr(1, 1), name.substr(4)};
  const bool is_of_one = is_function_of_symbols(node) && node.children.size() == 1;
  if (is_of_one && has_prime) return {bare, node[0].text};
  if (node.kind != Kind::derivative || !is_function_of_symbols(node[0]) || node[0].children.size() != 1) return {};
  return {node[0].text, node[1].text};
}

/// y = 2x and f(x) = 2x say the same of a function.
bool define_a_function(const Node& left, const Node& right) {
  const Derivative first = first_derivative(left), second = first_derivative(right);
  if (!first.function.empty() && !second.function.empty())
    return (first.function == second.function || first.function == "y" || second.function == "y") &&
           (first.variable == second.variable || first.variable.empty() || second.variable.empty());
  // y = 2x, and P = 2t beside P(t) = 2t
  const auto is_name_of = [](const Node& name, const Node& function) {
    return name.kind == Kind::symbol && (is_y(name) || name.text == function.text);
  };
  return (is_function_of_symbols(left) && is_name_of(right, left)) ||
         (is_function_of_symbols(right) && is_name_of(left, right));
}

/// Whether a derivative is of a function that its equation names again: y' = 2y is no z' = 2y.
bool names_its_function(const Node& gold, const Node& prediction) {
  const Derivative first = first_derivative(gold[0]), second = first_derivative(prediction[0]);
  if (first.function.empty() || second.function.empty() || first.function == second.function) return false;
  return has_free_symbol(gold[1], first.function) || has_free_symbol(prediction[1], second.function);
}

}  // namespace

Comparison Comparer::relations(const Node& gold, const Node& prediction) {
  const auto shortened = [&](const Node& chain) -> const Node& {
    const Node* value = assigned_value(chain);
    return value && chain.relations.size() > 1 ? make_relation(arena, chain[0], "=", *value) : chain;
  };
  const Node& left = shortened(gold);
  const Node& right = shortened(prediction);
  if (left.relations.back() == "mod" && right.relations.back() == "mod") return congruences(left, right);
  if (left.relations.size() == 1 && right.relations.size() == 1) return link(left, right);
  const Nodes left_links = links(arena, left), right_links = links(arena, right);
  if (left_links.size() != right_links.size()) return different("chain");
  // a < b < c written c > b > a.
  return as_sets(left_links, right_links);
}

/// Two relations of two sides each.
Comparison Comparer::link(const Node& gold, const Node& prediction) {
  const std::string_view word = gold.relations[0], other = prediction.relations[0];
  if (is_equation(word) && is_equation(other)) return equations(gold, prediction);
  const auto difference = [&](const Node& relation) -> const Node& {
    const bool is_greater = relation.relations[0][0] == '>';
    return is_greater ? subtract(arena, relation[1], relation[0]) : subtract(arena, relation[0], relation[1]);
  };
  if (is_inequality(word) && is_inequality(other)) {
    if (word.size() != other.size()) return different("strictness");
    return proportional(difference(gold), difference(prediction), true);
  }
  if (word != other) return different("relation");
  if (word == "!=") return proportional(difference(gold), difference(prediction), false);
  if (const Node* right = word == "maps" ? renamed_map(arena, gold, prediction) : nullptr)
    return answers(gold[1], *right);
  if (is_symmetric(word)) return as_sets(gold.children, prediction.children);
  return in_order(gold.children, prediction.children);
}

Comparison Comparer::equations(const Node& gold, const Node& prediction) {
  // x = 1 is not y = 1, but y = 2x is x = y/2.
  if (names_a_value(gold[0]) && names_a_value(prediction[0])) {
    if (same_tree(gold[0], prediction[0])) {
      const Comparison result = answers(gold[1], prediction[1]);
      if (is_equal(result)) return result;
    } else if (define_a_function(gold[0], prediction[0]) && !names_its_function(gold, prediction)) {
      return answers(gold[1], prediction[1]);
    } else if (const Node* right = renamed_definition(arena, gold[0], prediction[0], prediction[1])) {
      return answers(gold[1], *right);
    }
  }
  if (((kinds_in(gold) | kinds_in(prediction)) & collections_mask) != 0) {
    const Comparison straight = in_order(gold.children, prediction.children);
    if (is_equal(straight)) return straight;
    return one_of(straight, both(answers(gold[0], prediction[1]), answers(gold[1], prediction[0])));
  }
  const Node& left = subtract(arena, gold[0], gold[1]);
  const Node& right = subtract(arena, prediction[0], prediction[1]);
  const Comparison result = proportional(left, right, false);
  const auto has_symbols = [&](const Node& side) { return has_free_symbols(applications_as_symbols(arena, side)); };
  // 2 + 2 = 4 says what 2 + 2 is, not that 1 = 1.
  if (!is_different(result) && !has_symbols(left) && !has_symbols(right))
    return both(result, one_of(exactly(gold[1], prediction[1]), exactly(gold[0], prediction[0])));
  if (is_equal(result)) return result;
  const Node* left_numerator = cleared_of_symbols(left);
  const Node* right_numerator = cleared_of_symbols(right);
  if (!left_numerator && !right_numerator) return result;
  return one_of(
      result, proportional(left_numerator ? *left_numerator : left, right_numerator ? *right_numerator : right, false));
}

/// a ≡ b (mod n): the same modulus, and residues that differ by a multiple of it. "b (mod n)" leaves a out.
Comparison Comparer::congruences(const Node& gold, const Node& prediction) {
  const size_t n = gold.children.size(), m = prediction.children.size();
  if (n > 3 || m > 3) return different("chain");
  if ((gold.relations[0] == "notequiv") != (prediction.relations[0] == "notequiv")) return different("relation");
  Comparison frame = exactly(gold[n - 1], prediction[m - 1]);
  if (n == 3 && m == 3) frame = both(frame, exactly(gold[0], prediction[0]));
  if (is_different(frame)) return frame;
  const Node& apart = subtract(arena, gold[n - 2], prediction[m - 2]);
  const Node& quotient = make_node(arena, Kind::divide, {&apart, &gold[n - 1]});
  return nearest_integer(quotient, arena, budget) ? frame : different("residue");
}

/// Whether left = c · right for a constant c that is not zero, and positive if asked: c is their ratio at one point,
/// and then left · right(point) must be right · left(point).
Comparison Comparer::proportional(const Node& raw_left, const Node& raw_right, bool is_positive) {
  const auto [complex_left, complex_right] = with_complex_variables(arena, raw_left, raw_right);
  const Node& left = applications_as_symbols(arena, *complex_left);
  const Node& right = applications_as_symbols(arena, *complex_right);
  std::vector<std::string_view> symbols = free_symbols(left);
  for (const std::string_view name : free_symbols(right))
    if (std::ranges::find(symbols, name) == symbols.end()) symbols.push_back(name);
  if (symbols.empty()) return exactly(left, right);
  static constexpr std::array<int64_t, 8> values = {2, 3, 5, 7, 11, 13, 17, 19};
  bool was_decided = false;
  for (int point = 0; point < num_points; ++point) {
    const Node* left_value = &left;
    const Node* right_value = &right;
    for (size_t i = 0; i < symbols.size(); ++i) {
      const int64_t value = values[(i + 3 * static_cast<size_t>(point)) % values.size()] + 20 * point;
      const Node& number = make_integer(arena, point % 2 == 1 && i % 2 == 1 ? -value : value);
      left_value = &substitute(arena, *left_value, symbols[i], number);
      right_value = &substitute(arena, *right_value, symbols[i], number);
    }
    const Node& zero = make_integer(arena, 0);
    const Comparison left_zero = exactly(*left_value, zero), right_zero = exactly(*right_value, zero);
    if (left_zero.decision == Decision::unknown || right_zero.decision == Decision::unknown) continue;
    was_decided = true;
    if (is_equal(left_zero) != is_equal(right_zero)) return different("factor");
    if (is_equal(left_zero)) continue;
    if (is_positive) {
      const Order sign = order(make_node(arena, Kind::multiply, {left_value, right_value}), zero, arena, budget);
      if (sign == Order::less) return different("sign");
      if (sign != Order::greater) continue;
    }
    return exactly(make_node(arena, Kind::multiply, {&left, right_value}),
                   make_node(arena, Kind::multiply, {&right, left_value}));
  }
  return was_decided ? unknown("factor") : different("factor");
}

}  // namespace cohort::rewards::math
