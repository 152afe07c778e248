// Formulas of propositional logic, by their truth tables.
#include <algorithm>

#include "rewards/math/comparer.hpp"
#include "rewards/math/same.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_atoms = 10;  // 1,024 rows

bool is_connective(Kind kind) {
  return kind == Kind::conjunction || kind == Kind::disjunction || kind == Kind::negation ||
         kind == Kind::implication || kind == Kind::equivalence;
}

void collect_atoms(const Node& node, Nodes& atoms) {
  if (is_connective(node.kind)) {
    for (const Node* child : node.children) collect_atoms(*child, atoms);
  } else if (std::ranges::none_of(atoms, [&](const Node* atom) { return same_tree(*atom, node); }) &&
             atoms.size() <= max_atoms) {
    atoms.push_back(&node);
  }
}

/// `row` has a bit for each atom; atom i of the formula is atom names[i] of the table.
bool is_true(const Node& node, const Nodes& atoms, std::span<const size_t> names, size_t row) {
  const auto of = [&](const Node& part) { return is_true(part, atoms, names, row); };
  const auto holds = [&](const Node* part) { return of(*part); };
  switch (node.kind) {
    case Kind::conjunction:
      return std::ranges::all_of(node.children, holds);
    case Kind::disjunction:
      return std::ranges::any_of(node.children, holds);
    case Kind::negation:
      return !of(node[0]);
    case Kind::implication:
      return !of(node[0]) || of(node[1]);
    case Kind::equivalence:
      return of(node[0]) == of(node[1]);
    default:
      break;
  }
  if (node.kind == Kind::constant && node.text == "true") return true;
  if (node.kind == Kind::constant && node.text == "false") return false;
  const auto found = std::ranges::find_if(atoms, [&](const Node* atom) { return same_tree(*atom, node); });
  return (row >> names[static_cast<size_t>(found - atoms.begin())] & 1) != 0;
}

}  // namespace

/// Nothing where a side is no formula, or has too many atoms. The atoms are the gold's and those that are equal to
/// none.
Answer Comparer::propositions(const Node& gold, const Node& prediction) {
  if (!is_connective(gold.kind) && !is_connective(prediction.kind)) return {};
  Nodes left, right;
  collect_atoms(gold, left);
  collect_atoms(prediction, right);
  std::vector<size_t> left_names, right_names;
  for (size_t i = 0; i < left.size(); ++i) left_names.push_back(i);
  size_t num_atoms = left.size();
  for (const Node* atom : right) {
    const auto same = std::ranges::find_if(left, [&](const Node* other) {
      if (same_tree(*other, *atom)) return true;
      return other->kind == Kind::relation && atom->kind == Kind::relation && is_equal(relations(*other, *atom));
    });
    right_names.push_back(same != left.end() ? static_cast<size_t>(same - left.begin()) : num_atoms++);
  }
  if (num_atoms > max_atoms) return unknown("atoms");
  const int64_t size = gold.size + prediction.size;
  for (size_t row = 0; row < size_t{1} << num_atoms; ++row) {
    if (!budget.spend(size)) return unknown("budget");
    if (is_true(gold, left, left_names, row) != is_true(prediction, right, right_names, row))
      return different("truth table");
  }
  return equal("truth table");
}

}  // namespace cohort::rewards::math
