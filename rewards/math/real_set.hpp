// Sets of real numbers as disjoint intervals: what intervals, unions, inequalities and set-builders have in common.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rewards/math/constants.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

/// From `low` to `high`; null is an infinity, whose end is open. A point has both, equal and closed.
struct Range {
  const Node* low = nullptr;
  const Node* high = nullptr;
  bool is_low_open = true, is_high_open = true;
};

/// Ascending, disjoint, and nowhere two that could be one.
using RealSet = std::vector<Range>;

/// Reads and combines sets of real numbers. Everything is nothing where an order could not be decided.
class RealSets {
 public:
  RealSets(Arena& arena, Budget& budget) : arena_(arena), budget_(budget) {}

  enum class Form : uint8_t {
    any,     // inequalities are solved
    solved,  // only x < 3, not 2x < 6 or x² < 9: who repeats the problem has not solved it
  };

  /// The set that `node` is, or for a statement the values of its symbol `variable` that fulfil it.
  std::optional<RealSet> read(const Node& node, std::string_view variable, Form form);

  std::optional<RealSet> united(RealSet left, const RealSet& right);
  std::optional<RealSet> intersected(const RealSet& left, const RealSet& right);
  std::optional<RealSet> complement(const RealSet& set);

 private:
  std::optional<RealSet> interval(const Node& bracketed);
  std::optional<RealSet> finite(const Node& set);
  std::optional<RealSet> relation(const Node& chain, std::string_view variable, Form form);
  std::optional<RealSet> inequality(const Node& left, std::string_view word, const Node& right,
                                    std::string_view variable, Form form);
  std::optional<RealSet> solved(const Node& difference, std::string_view word, std::string_view variable);
  std::optional<RealSet> by_sign(const Node& inside, const Node& left, std::string_view word, const Node& right,
                                 std::string_view variable);
  std::optional<Nodes> zeros_of(const Node& factor, std::string_view variable);
  std::optional<RealSet> ray(const Node& end, std::string_view word);
  Order compare(const Node* left, const Node* right) { return order(*left, *right, arena_, budget_); }

  Arena& arena_;
  Budget& budget_;
  int depth_ = 0;
};

}  // namespace cohort::rewards::math
