// Systems of linear equations with rational coefficients: the same solutions if they reduce to the same rows.
#include <algorithm>

#include "rewards/math/comparer.hpp"
#include "rewards/math/separation.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_unknowns = 8, max_equations = 8;

using Row = std::vector<Rational>;  // a coefficient for each unknown, then the constant term
using Rows = std::vector<Row>;

/// left − right as a row; nothing where it is not linear. A linear function is known by its values at 0 and at the unit
/// points, and those say so if the function minus that row is 0.
std::optional<Row> read_row(Comparer& comparer, const Node& equation, std::span<const std::string_view> unknowns) {
  Arena& arena = comparer.arena;
  if (equation.kind != Kind::relation || equation.relations.size() != 1 || equation.relations[0] != "=") return {};
  const Node& difference = subtract(arena, equation[0], equation[1]);
  const auto value_at = [&](size_t unit) {
    const Node* value = &difference;
    for (size_t i = 0; i < unknowns.size(); ++i)
      value = &substitute(arena, *value, unknowns[i], make_integer(arena, i == unit ? 1 : 0));
    return rational_value(*value, comparer.budget);
  };
  const std::optional<Rational> constant = value_at(unknowns.size());
  if (!constant) return {};
  Row row;
  Nodes terms = {&difference};
  const auto add_term = [&](const Rational& coefficient, const Node* unknown) {
    const std::optional<Nodes> parts = [&]() -> std::optional<Nodes> {
      if (!coefficient.is_small()) return {};
      return Nodes{&make_node(arena, Kind::integer, {}, arena.copy(abs(coefficient.numerator()).to_string())),
                   &make_node(arena, Kind::integer, {}, arena.copy(coefficient.denominator().to_string()))};
    }();
    if (!parts) return false;
    const Node* term = &make_node(arena, Kind::divide, *parts);
    if (unknown) term = &make_node(arena, Kind::multiply, {term, unknown});
    // Subtracted: a positive coefficient comes with a minus.
    terms.push_back(coefficient.sign() > 0 ? &make_node(arena, Kind::negate, {term}) : term);
    return true;
  };
  for (size_t i = 0; i < unknowns.size(); ++i) {
    const std::optional<Rational> value = value_at(i);
    if (!value) return {};
    row.push_back(*value - *constant);
    if (!add_term(row.back(), &make_node(arena, Kind::symbol, {}, unknowns[i]))) return {};
  }
  row.push_back(*constant);
  if (!add_term(*constant, nullptr) || !comparer.is_zero(make_node(arena, Kind::add, terms))) return {};
  return row;
}

/// Reduced row echelon form without rows of zeros: one for each space of solutions.
void reduce(Rows& rows) {
  size_t rank = 0;
  for (size_t column = 0; rank < rows.size() && column < rows[0].size(); ++column) {
    const auto pivot = std::find_if(rows.begin() + static_cast<std::ptrdiff_t>(rank), rows.end(),
                                    [&](const Row& row) { return !row[column].is_zero(); });
    if (pivot == rows.end()) continue;
    std::swap(rows[rank], *pivot);
    const Rational scale = rows[rank][column].inverse();
    for (Rational& entry : rows[rank]) entry = entry * scale;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (i == rank || rows[i][column].is_zero()) continue;
      const Rational factor = rows[i][column];
      for (size_t j = 0; j < rows[i].size(); ++j) rows[i][j] = rows[i][j] - factor * rows[rank][j];
    }
    ++rank;
  }
  rows.resize(rank);
}

}  // namespace

Answer Comparer::linear_systems(const Node& gold, const Node& prediction) {
  if (gold.children.size() > max_equations || prediction.children.size() > max_equations) return {};
  std::vector<std::string_view> unknowns = free_symbols(gold);
  for (const std::string_view name : free_symbols(prediction))
    if (std::ranges::find(unknowns, name) == unknowns.end()) unknowns.push_back(name);
  if (unknowns.size() > max_unknowns) return {};
  const auto read = [&](const Node& system) {
    Rows rows;
    for (const Node* equation : system.children) {
      const std::optional<Row> row = read_row(*this, *equation, unknowns);
      if (!row) return Rows();
      rows.push_back(*row);
    }
    reduce(rows);
    return rows;
  };
  const Rows left = read(gold), right = read(prediction);
  if (left.empty() || right.empty()) return {};
  const auto is_contradiction = [](const Row& row) {
    return std::all_of(row.begin(), row.end() - 1, [](const Rational& entry) { return entry.is_zero(); });
  };
  // Without solutions all systems are the same, and none is an answer.
  if (is_contradiction(left.back()) || is_contradiction(right.back())) return {};
  return left == right ? equal("linear system") : different("linear system");
}

}  // namespace cohort::rewards::math
