// Families of intervals and points: [kπ, kπ + π/2] and (kπ, 0) for whole k, as sets of their members.
#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "rewards/math/algebra.hpp"
#include "rewards/math/comparer.hpp"
#include "rewards/math/constants.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int64_t max_members = 24;  // of one family within the common period
constexpr int max_denominator = 12;

/// bases + steps · k, entry by entry; a step is null where the entry does not depend on k.
struct Strip {
  const Node* pattern;
  Nodes bases, steps;
  int64_t numerator = 1, denominator = 1;  // the leading step over the first one, positive
};

class Strips {
 public:
  explicit Strips(Comparer& comparer) : comparer_(comparer), arena_(comparer.arena), budget_(comparer.budget) {}

  /// False where a pattern is not of that form.
  bool add(const Nodes& patterns, std::string_view index, std::vector<Strip>& strips) {
    return std::ranges::all_of(patterns, [&](const Node* pattern) {
      auto strip = read(*pattern, index);
      if (strip) strips.push_back(std::move(*strip));
      return strip.has_value();
    });
  }

  Comparison compare(const std::vector<Strip>& golds, const std::vector<Strip>& predictions) {
    int64_t numerator = 1, denominator = 0;
    for (const auto* side : {&golds, &predictions})
      for (const Strip& strip : *side) {
        numerator = std::lcm(numerator, strip.numerator);
        denominator = std::gcd(denominator, strip.denominator);
      }
    const auto members = [&](const std::vector<Strip>& side) -> std::optional<std::vector<Strip>> {
      std::vector<Strip> result;
      for (const Strip& strip : side) {
        const int64_t count = numerator / strip.numerator * (strip.denominator / denominator);
        if (count > max_members || result.size() > max_members) return {};
        for (int64_t i = 0; i < count; ++i) result.push_back(member(strip, i, count));
      }
      return result;
    };
    const auto left = members(golds), right = members(predictions);
    if (!left || !right) return unknown("period");
    const auto covers = [&](const std::vector<Strip>& some, const std::vector<Strip>& others) {
      return std::ranges::all_of(others, [&](const Strip& other) {
        return std::ranges::any_of(some, [&](const Strip& strip) { return are_same(strip, other); });
      });
    };
    return covers(*left, *right) && covers(*right, *left) ? equal("strips") : different("strips");
  }

 private:
  std::optional<Strip> read(const Node& pattern, std::string_view index) {
    Strip strip{&pattern, {}, {}};
    if (pattern.kind != Kind::bracketed || pattern.children.empty()) return {};
    const Node* leading = nullptr;
    for (const Node* entry : pattern.children) {
      const auto polynomial = as_polynomial(*entry, index, arena_, budget_);
      if (!polynomial || (*polynomial)[2]) return {};
      const Node* base = (*polynomial)[0] ? (*polynomial)[0] : &make_integer(arena_, 0);
      const Node* step = (*polynomial)[1];
      if (has_free_symbols(*base) || (step && has_free_symbols(*step))) return {};
      strip.bases.push_back(base);
      strip.steps.push_back(step);
      if (!leading) leading = step;
    }
    if (!leading) return {};
    if (!unit_) unit_ = leading;
    const Node& ratio = make_node(arena_, Kind::divide, {leading, unit_});
    for (int64_t denominator = 1; denominator <= max_denominator; ++denominator) {
      const auto multiple = nearest_integer(
          make_node(arena_, Kind::multiply, {&ratio, &make_integer(arena_, denominator)}), arena_, budget_);
      if (!multiple || *multiple == 0 || std::abs(*multiple) > max_members * denominator) continue;
      strip.numerator = std::abs(*multiple);
      strip.denominator = denominator;
      if (*multiple < 0)  // k and −k run alike
        for (const Node*& step : strip.steps)
          if (step) step = &make_node(arena_, Kind::negate, {step});
      return strip;
    }
    return {};
  }

  /// Every `count`-th member, from number `i` on.
  Strip member(const Strip& strip, int64_t i, int64_t count) {
    Strip result{strip.pattern, {}, {}};
    for (size_t j = 0; j < strip.bases.size(); ++j) {
      const Node* step = strip.steps[j];
      const auto times = [&](int64_t n) {
        return &make_node(arena_, Kind::multiply, {&make_integer(arena_, n), step});
      };
      result.bases.push_back(step && i ? &make_node(arena_, Kind::add, {strip.bases[j], times(i)}) : strip.bases[j]);
      result.steps.push_back(step ? times(count) : nullptr);
    }
    return result;
  }

  bool are_same(const Strip& left, const Strip& right) {
    const Node &a = *left.pattern, &b = *right.pattern;
    const bool is_interval = a.children.size() == 2;
    if (a.children.size() != b.children.size() || (is_interval && (a.open != b.open || a.close != b.close)))
      return false;
    std::optional<int64_t> shift;
    for (size_t i = 0; i < left.bases.size(); ++i) {
      if (!left.steps[i] != !right.steps[i]) return false;
      if (!left.steps[i]) {
        if (!is_equal(comparer_.exactly(*left.bases[i], *right.bases[i]))) return false;
        continue;
      }
      if (!is_equal(comparer_.exactly(*left.steps[i], *right.steps[i]))) return false;
      const Node& apart = subtract(arena_, *right.bases[i], *left.bases[i]);
      const auto steps = nearest_integer(make_node(arena_, Kind::divide, {&apart, left.steps[i]}), arena_, budget_);
      if (!steps || (shift && *shift != *steps)) return false;
      shift = steps;
    }
    return true;
  }

  Comparer& comparer_;
  Arena& arena_;
  Budget& budget_;
  const Node* unit_ = nullptr;  // the first leading step
};

}  // namespace

Answer Comparer::strips(const Nodes& golds, std::string_view gold_index, const Nodes& predictions,
                        std::string_view index) {
  Strips strips(*this);
  std::vector<Strip> left, right;
  if (!strips.add(golds, gold_index, left) || !strips.add(predictions, index, right)) return {};
  return strips.compare(left, right);
}

}  // namespace cohort::rewards::math
