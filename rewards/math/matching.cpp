// Entries of two collections beside each other: in order, in any order, as sets.
#include <algorithm>
#include <string>
#include <unordered_map>

#include "rewards/math/characters.hpp"
#include "rewards/math/comparer.hpp"
#include "rewards/math/parse.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_matched = 64;  // entries without an identical partner: 4,096 comparisons at most

/// A perfect matching along the edges where `allows[i][j]`, by augmenting paths.
class Matching {
 public:
  explicit Matching(const std::vector<std::vector<bool>>& allows) : allows_(allows), partner_(allows.size(), none) {}

  bool is_perfect() {
    for (size_t i = 0; i < allows_.size(); ++i) {
      visited_.assign(allows_.size(), false);
      if (!augment(i)) return false;
    }
    return true;
  }

 private:
  static constexpr size_t none = ~size_t{0};

  // As deep as there are entries, 64.
  bool augment(size_t left) {
    for (size_t right = 0; right < allows_.size(); ++right) {
      if (!allows_[left][right] || visited_[right]) continue;
      visited_[right] = true;
      if (partner_[right] == none || augment(partner_[right])) {
        partner_[right] = left;
        return true;
      }
    }
    return false;
  }

  const std::vector<std::vector<bool>>& allows_;
  std::vector<size_t> partner_;
  std::vector<bool> visited_;
};

/// Takes pairs of identical trees out of both: long answers agree in most entries.
void drop_identical(Nodes& left, Nodes& right) {
  std::unordered_map<std::string, std::vector<size_t>> places;
  for (size_t j = 0; j < right.size(); ++j) places[to_string(*right[j])].push_back(j);
  Nodes rest;
  for (const Node* node : left) {
    const auto found = places.find(to_string(*node));
    if (found == places.end() || found->second.empty()) {
      rest.push_back(node);
      continue;
    }
    right[found->second.back()] = nullptr;
    found->second.pop_back();
  }
  left = std::move(rest);
  std::erase(right, nullptr);
}

/// Whether every entry says whether something is so, which it says of the statement at its place: True, False, True.
bool are_verdicts(std::span<const Node* const> entries) {
  const auto is_verdict = [](const Node& node) {
    const bool is_name = node.kind == Kind::text || node.kind == Kind::constant || node.kind == Kind::symbol;
    if (!is_name) return false;
    std::string name(node.text);
    std::transform(name.begin(), name.end(), name.begin(), to_lower);
    if (name == "t" || name == "f") return node.text[0] != name[0];
    return name == "true" || name == "false" || name == "yes" || name == "no";
  };
  return std::ranges::all_of(entries, [&](const Node* entry) {
    return entry->kind == Kind::either && !entry->children.empty()
               ? std::ranges::any_of(entry->children, [&](const Node* reading) { return is_verdict(*reading); })
               : is_verdict(*entry);
  });
}

}  // namespace

Comparison Comparer::in_order(std::span<const Node* const> gold, std::span<const Node* const> prediction) {
  if (gold.size() != prediction.size()) return different("count");
  Comparison result = equal("in order");
  for (size_t i = 0; i < gold.size() && !is_different(result); ++i)
    result = both(result, entry(*gold[i], *prediction[i]));
  return result;
}

/// One entry of each: {1} among others is a set, and no longer the 1 it holds.
Comparison Comparer::entry(const Node& gold, const Node& prediction) {
  const bool is_set = gold.kind == Kind::set;
  return is_set == (prediction.kind == Kind::set) || gold.kind == Kind::either || prediction.kind == Kind::either ||
                 is_set_like(is_set ? prediction : gold)
             ? answers(gold, prediction)
             : different("set");
}

Comparison Comparer::in_any_order(std::span<const Node* const> gold, std::span<const Node* const> prediction) {
  if (gold.size() != prediction.size()) return different("count");
  if (policy.ordered_lists || keeps_order || are_verdicts(gold)) return in_order(gold, prediction);
  Nodes left(gold.begin(), gold.end()), right(prediction.begin(), prediction.end());
  if (gold.size() > 8) drop_identical(left, right);
  if (left.size() > max_matched) return unknown("entries");
  const size_t count = left.size();
  std::vector<std::vector<bool>> equals(count, std::vector<bool>(count)), possible = equals;
  bool is_probable = false;
  std::vector<bool> is_taken(count);
  size_t num_taken = 0;
  for (size_t i = 0; i < count; ++i) {
    bool has_partner = false, is_alone = true;
    // The entry at the same place first: most answers keep the order.
    for (size_t k = 0; k < count && !has_partner; ++k) {
      const size_t j = (i + k) % count;
      const Comparison comparison = entry(*left[i], *right[j]);
      equals[i][j] = is_equal(comparison);
      possible[i][j] = !is_different(comparison);
      is_alone &= is_different(comparison);
      if (!equals[i][j]) continue;
      is_probable |= comparison.is_probable;
      has_partner = !is_taken[j];
      if (has_partner) is_taken[j] = true, ++num_taken;
    }
    if (is_alone) return different("entries");
  }
  if (num_taken == count) return {Decision::equal, is_probable, "entries"};
  // Equality of decimals is not transitive, so a first partner can be in the way. Rows that stopped early are
  // completed.
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count; ++j) {
      if (possible[i][j]) continue;
      const Comparison comparison = entry(*left[i], *right[j]);
      equals[i][j] = is_equal(comparison);
      possible[i][j] = !is_different(comparison);
    }
  }
  if (Matching(equals).is_perfect()) return {Decision::equal, is_probable, "entries"};
  return Matching(possible).is_perfect() ? unknown("entries") : different("entries");
}

/// Each has an equal one on the other side; how often does not matter.
Comparison Comparer::as_sets(std::span<const Node* const> gold, std::span<const Node* const> prediction) {
  if (gold.empty() != prediction.empty()) return different("count");
  if (gold.size() == prediction.size()) {
    const Comparison result = in_any_order(gold, prediction);
    if (is_equal(result)) return result;
  }
  if (gold.size() > max_matched || prediction.size() > max_matched) return unknown("entries");
  Comparison result = equal("set");
  std::vector<bool> is_covered(prediction.size());
  for (const Node* element : gold) {
    Comparison found = different("set");
    for (size_t j = 0; j < prediction.size(); ++j) {
      const Comparison comparison = entry(*element, *prediction[j]);
      if (is_equal(comparison)) is_covered[j] = true;
      found = one_of(found, comparison);
    }
    result = both(result, found);
    if (is_different(result)) return result;
  }
  for (size_t j = 0; j < prediction.size(); ++j) {
    if (is_covered[j]) continue;
    Comparison found = different("set");
    for (const Node* element : gold) found = one_of(found, entry(*element, *prediction[j]));
    result = both(result, found);
  }
  return result;
}

}  // namespace cohort::rewards::math
