// Vectors as sums of unit vectors: 3i + 2j − k beside ⟨3, 2, −1⟩.
#include <algorithm>
#include <array>
#include <string_view>

#include "rewards/math/calculus.hpp"
#include "rewards/math/comparer.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t dimensions = 3;
constexpr std::array hats = std::to_array<std::string_view>({"i_hat", "j_hat", "k_hat"});
constexpr std::array letters = std::to_array<std::string_view>({"i", "j", "k"});
using Names = std::array<std::string_view, dimensions>;

bool has_any(const Node& node, const Names& names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return has_free_symbol(node, name); });
}

bool is_sum(const Node& node) {
  return node.kind == Kind::symbol || (node.kind >= Kind::negate && node.kind <= Kind::divide);
}

bool is_written_out(const Node& node) {
  if (node.kind == Kind::matrix) return node.rows == 1 || node.columns == 1;
  return node.kind == Kind::bracketed && (node.open == '(' || node.open == '<') &&
         (node.close == ')' || node.close == '>');
}

}  // namespace

/// The entries of a vector, 0 for those that are not written; nothing where `node` is none in these names.
std::optional<Nodes> Comparer::components(const Node& node, bool has_hats) {
  const Node& zero = make_integer(arena, 0);
  if (is_written_out(node)) {
    Nodes entries(node.children.begin(), node.children.end());
    if (entries.size() < 2 || entries.size() > dimensions) return {};
    entries.resize(dimensions, &zero);
    return entries;
  }
  const Names& names = has_hats ? hats : letters;
  if (!is_sum(node) || !has_any(node, names)) return {};
  // What is linear in the names: its derivatives hold none of them, and nothing is left without them.
  Nodes entries;
  const Node* rest = &node;
  for (const std::string_view name : names) {
    const Node* entry = differentiated(arena, node, name, budget);
    if (!entry || has_any(*entry, names)) return {};
    entries.push_back(entry);
    rest = &substitute(arena, *rest, name, zero);
  }
  return is_zero(*rest) ? std::optional(entries) : std::nullopt;
}

Answer Comparer::unit_vectors(const Node& gold, const Node& prediction) {
  const bool gold_has_hats = has_any(gold, hats), prediction_has_hats = has_any(prediction, hats);
  const bool is_beside_vector = is_written_out(gold) != is_written_out(prediction);
  if (!gold_has_hats && !prediction_has_hats && !is_beside_vector) return {};
  if (!is_sum(gold) && !is_sum(prediction)) return {};
  const auto left = components(gold, gold_has_hats);
  const auto right = left ? components(prediction, prediction_has_hats) : std::nullopt;
  return right ? Answer(in_order(*left, *right)) : std::nullopt;
}

}  // namespace cohort::rewards::math
