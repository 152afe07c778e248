// One comparison under way: what the sources that compare each type share. compare.hpp is the door.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "rewards/math/compare.hpp"
#include "rewards/math/node.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

inline Comparison equal(std::string_view reason) { return {Decision::equal, false, reason}; }
inline Comparison different(std::string_view reason) { return {Decision::different, false, reason}; }
inline Comparison unknown(std::string_view reason) { return {Decision::unknown, false, reason}; }
inline bool is_equal(const Comparison& comparison) { return comparison.decision == Decision::equal; }
inline bool is_different(const Comparison& comparison) { return comparison.decision == Decision::different; }

/// Both must hold: different if one is, else unknown if one is.
Comparison both(const Comparison& first, const Comparison& second);
/// One must hold: equal if one is, else unknown if one is.
Comparison one_of(const Comparison& first, const Comparison& second);

using Answer = std::optional<Comparison>;  // nothing where a way of comparing does not apply

class Comparer {
 public:
  Comparer(const Policy& policy, Arena& arena, Budget& budget) : policy(policy), arena(arena), budget(budget) {}

  // compare.cpp
  Comparison answers(const Node& gold, const Node& prediction);  // of any type, whole or entries
  Comparison scalars(const Node& gold, const Node& prediction);  // with units and percent
  Comparison exactly(const Node& gold, const Node& prediction);  // parts of something: nothing is forgiven
  bool is_zero(const Node& node);

  // collections.cpp, matching.cpp, named.cpp, pieces.cpp
  Comparison collections(const Node& gold, const Node& prediction);
  Comparison in_order(std::span<const Node* const> gold, std::span<const Node* const> prediction);
  Comparison in_any_order(std::span<const Node* const> gold, std::span<const Node* const> prediction);
  Comparison entry(const Node& gold, const Node& prediction);
  Comparison as_sets(std::span<const Node* const> gold, std::span<const Node* const> prediction);
  Answer named_values(const Node& gold, const Node& prediction);  // x = 1, y = 2 on one side at least
  Comparison ratios(const Node& gold, const Node& prediction);
  Comparison pieces(const Node& gold, const Node& prediction);
  Nodes entries(const Node& node);                                   // of a list, set, alternative; both signs of ±
  std::pair<const Node*, const Node*> both_signs(const Node& node);  // nulls where there is no ±

  // number_sets.cpp
  Answer integer_rays(const Node& gold, const Node& prediction);  // ℤ⁺, {n ∈ ℤ | n > 0}, {1, 2, 3, …} on both sides

  // tuples.cpp
  const Node& without_tuple_arithmetic(const Node& node);

  // vectors.cpp
  Answer unit_vectors(const Node& gold, const Node& prediction);  // 3i + 2j on one side at least

  // matrices.cpp
  const Node& without_matrix_arithmetic(const Node& node);
  Comparison matrices(const Node& gold, const Node& prediction);

  // statements.cpp, relations.cpp, logic.cpp, families.cpp
  Comparison statements(const Node& gold, const Node& prediction);
  Comparison statement_as_value(const Node& gold, const Node& prediction, bool gold_states);
  Comparison relations(const Node& gold, const Node& prediction);
  Comparison proportional(const Node& left, const Node& right, bool is_positive);
  Comparison chain_as_value(const Node& chain, const Node& gold, const Node& prediction, bool gold_states);
  Answer linear_systems(const Node& gold, const Node& prediction);
  Answer propositions(const Node& gold, const Node& prediction);
  Answer real_sets(const Node& gold, const Node& prediction);
  std::optional<Nodes> integer_elements(const Node& set);
  Answer families(const Node& gold, const Node& prediction);  // {2k | k ∈ Z}, x = π/4 + kπ
  Answer strips(const Nodes& golds, std::string_view gold_index, const Nodes& predictions,  // [kπ, kπ + 1], k ∈ Z
                std::string_view index);

  // units.cpp, words.cpp
  Comparison quantities(const Node& gold, const Node& prediction);
  const Node& meaning(const Node& text);  // of words: "two", "no solution"
  Answer words(const Node& gold, const Node& prediction);

  const Policy& policy;
  Arena& arena;
  Budget& budget;
  int nesting = 0;
  bool keeps_order = false;  // a list that is not the likeliest reading of the gold is compared in order

 private:
  Comparison readings(const Node& gold, const Node& prediction);
  Comparison by_type(const Node& gold, const Node& prediction);
  Comparison percentages(const Node& gold, const Node& prediction);
  Comparison structures(const Node& gold, const Node& prediction);
  bool are_distinct(const Nodes& values);
  Comparison lists(const Node& gold, const Node& prediction);
  Comparison brackets(const Node& gold, const Node& prediction);
  Comparison finite_sets(const Node& gold, const Node& prediction);
  Comparison set_operations(const Node& gold, const Node& prediction);
  Comparison elided(const Node& gold, const Node& prediction);
  Nodes whole_range(const Node& elided);
  Nodes continuing(std::span<const Node* const> items, size_t count);
  Comparison link(const Node& gold, const Node& prediction);
  Comparison equations(const Node& gold, const Node& prediction);
  Comparison congruences(const Node& gold, const Node& prediction);
  const Node* cleared_of_symbols(const Node& node);
  bool is_apart_from(const Node& numerator, const Node& denominator);
  std::optional<Nodes> components(const Node& node, bool has_hats);
  Answer roots(const Node& gold, const Node& prediction);
  Answer letter_series(const Node& gold, const Node& prediction);
  Comparison cases_of_one(const Node& gold, const Node& prediction);
};

/// 310 = 327 and 310 ≈ 327, which offer two values; a calculation offers one, even a wrong one. Of numbers that are not
/// both whole, one may be rounded.
bool contradicts_itself(const Node& chain, Budget& budget);

bool is_assertion(const Node& node);   // a relation, or a conjunction or the like that contains one
bool is_set_like(const Node& node);    // also R, Z, ∅
bool is_collection(const Node& node);  // also what is set-like, conjunctions and disjunctions of values
bool names_a_value(const Node& node);  // the left side of an assignment: x, f(x), |AB|, AB, AB/CD

/// The value of an assignment x = 1 or chain x = 1 + 1 = 2: its last side before an approximation. Null if it is none.
const Node* assigned_value(const Node& node);
/// The same for x ∈ S.
const Node* containing_set(const Node& node);

}  // namespace cohort::rewards::math
