// Families over the integers: {2k | k ∈ Z}, x = π/4 + kπ. Arithmetic progressions are compared as sets of numbers.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include "rewards/math/algebra.hpp"
#include "rewards/math/comparer.hpp"
#include "rewards/math/constants.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int64_t max_residues = 64;  // of one progression modulo the common period
constexpr size_t max_total = 256;     // of one side
constexpr int max_denominator = 24;

struct Family {
  Nodes patterns;             // their union
  std::string_view index;     // the symbol that runs
  std::string_view domain;    // "Z", "N", or empty where nothing is said
  std::string_view name;      // x of x = …, or empty
  bool is_excluded = false;   // x ≠ …
  bool is_bracketed = false;  // intervals or points
  bool is_assumed = false;    // n = 3k, which only the other side calls a family
};

/// k ∈ Z.
bool is_domain(const Node& node) {
  return node.kind == Kind::relation && node.relations.size() == 1 && node.relations[0] == "in" &&
         node[0].kind == Kind::symbol && node[1].kind == Kind::constant && (node[1].text == "Z" || node[1].text == "N");
}

/// … with k ∈ Z beside it.
bool names_domain(const Node& node) {
  return node.kind == Kind::conjunction && std::ranges::any_of(node.children, [](const Node* part) {
           return is_domain(*part) && (*part)[1].text == "Z";
         });
}

bool has_pi(const Node& node) {
  return (node.kind == Kind::constant && node.text == "pi") ||
         std::ranges::any_of(node.children, [](const Node* child) { return has_pi(*child); });
}

/// Adds what `node` says to `family`. False where it says anything else.
bool read_part(const Node& node, Family& family) {
  if (is_domain(node)) {
    if (!family.index.empty() && family.index != node[0].text) return false;
    family.index = node[0].text;
    family.domain = node[1].text;
    return true;
  }
  switch (node.kind) {
    case Kind::list:
    case Kind::conjunction:
    case Kind::disjunction:
    case Kind::set_union:
      return std::ranges::all_of(node.children, [&](const Node* part) { return read_part(*part, family); });
    case Kind::set:
      // {2k} with k ∈ Z beside it.
      return node.children.size() == 1 && read_part(node[0], family);
    case Kind::set_builder: {
      if (!read_part(node[1], family)) return false;
      // {x | x = 2k, k ∈ Z} and {x ∈ R | x ≠ 2k, k ∈ Z} are {2k | k ∈ Z} and the rest, whatever x is called.
      const bool is_of_reals = node[0].kind == Kind::relation && node[0].relations[0] == "in" &&
                               node[0][1].kind == Kind::constant && node[0][1].text == "R";
      const Node& element = is_of_reals ? node[0][0] : node[0];
      if (family.name.empty()) return !is_of_reals && read_part(node[0], family);
      if (element.kind != Kind::symbol || element.text != family.name) return false;
      family.name = {};
      return true;
    }
    case Kind::piecewise:
      // 2kπ for k ∈ Z
      return node.children.size() == 2 && is_domain(node[1]) && read_part(node[1], family) &&
             read_part(node[0], family);
    case Kind::relation: {
      if (const Node* set = containing_set(node); set && (is_set_like(*set) || set->kind == Kind::bracketed))
        return read_part(*set, family);
      const bool is_excluded = node.relations.size() == 1 && node.relations[0] == "!=";
      if (is_excluded != family.is_excluded && !family.patterns.empty()) return false;
      family.is_excluded = is_excluded;
      const Node* value = is_excluded ? &node[1] : assigned_value(node);
      if (!value || node[0].kind != Kind::symbol || (!family.name.empty() && family.name != node[0].text)) return false;
      family.name = node[0].text;
      return read_part(*value, family);
    }
    case Kind::bracketed:
      // Intervals and points
      if (node.children.empty() || !family.name.empty()) return false;
      family.patterns.push_back(&node);
      return true;
    default:
      if (is_collection(node) || is_assertion(node) || node.kind == Kind::text) return false;
      family.patterns.push_back(&node);
      return true;
  }
}

/// The family that `node` is. Without a domain it takes π and a letter for a whole number, or, `beside_integers`, the
/// letter of an equation: n = 3k beside n = 3k with k ∈ Z.
std::optional<Family> read_family(const Node& node, bool beside_integers) {
  Family family;
  if (node.kind == Kind::either || !read_part(node, family) || family.patterns.empty()) return {};
  const auto is_bracketed = [](const Node* pattern) { return pattern->kind == Kind::bracketed; };
  family.is_bracketed = is_bracketed(family.patterns[0]);
  for (const Node* pattern : family.patterns)
    if (is_bracketed(pattern) != family.is_bracketed) return {};
  if (!family.index.empty()) return family;
  if (family.is_bracketed) return {};
  const std::vector<std::string_view> symbols = free_symbols(*family.patterns[0]);
  static constexpr std::array letters = std::to_array<std::string_view>({"k", "n", "m", "l"});
  if (symbols.size() != 1 || std::ranges::find(letters, symbols[0]) == letters.end()) return {};
  const bool is_of_angles = std::ranges::all_of(family.patterns, [](const Node* pattern) { return has_pi(*pattern); });
  family.is_assumed = !is_of_angles;
  if (family.is_assumed && (!beside_integers || family.name.empty() || family.is_excluded)) return {};
  family.index = symbols[0];
  return family;
}

/// base + step · k.
struct Progression {
  const Node* base;
  const Node* step;
  int64_t numerator = 0, denominator = 1;  // step over the first step, positive
};

int64_t lcm_of(int64_t a, int64_t b) { return a / std::gcd(a, b) * b; }

class Progressions {
 public:
  Progressions(Arena& arena, Budget& budget) : arena_(arena), budget_(budget) {}

  /// False where a pattern is no progression with constants.
  bool add(const Family& family, bool is_gold) {
    for (const Node* pattern : family.patterns) {
      const auto polynomial = as_polynomial(*pattern, family.index, arena_, budget_);
      if (!polynomial || (*polynomial)[2] || !(*polynomial)[1]) return false;
      const Node* base = (*polynomial)[0] ? (*polynomial)[0] : &make_integer(arena_, 0);
      const Node* step = (*polynomial)[1];
      if (has_free_symbols(*base) || has_free_symbols(*step)) return false;
      Progression progression{base, step};
      if (unit_ && !set_ratio(progression)) return false;
      if (!unit_) unit_ = step, progression.numerator = 1;
      (is_gold ? golds_ : predictions_).push_back(progression);
    }
    return true;
  }

  /// The residues of both modulo a common period, each covered by the other side's.
  Comparison compare() {
    // The least number that is a whole multiple of every step.
    int64_t numerator = 1, denominator = 0;
    for (const std::vector<Progression>* side : {&golds_, &predictions_})
      for (const Progression& progression : *side) {
        numerator = lcm_of(numerator, progression.numerator);
        denominator = std::gcd(denominator, progression.denominator);
      }
    if (numerator > max_residues * max_denominator) return unknown("period");
    period_ = &make_node(arena_, Kind::divide,
                         {&make_node(arena_, Kind::multiply, {&make_integer(arena_, numerator), unit_}),
                          &make_integer(arena_, denominator)});
    const auto residues = [&](const std::vector<Progression>& side) -> std::optional<Nodes> {
      Nodes result;
      for (const Progression& progression : side) {
        const int64_t count = numerator * progression.denominator / (denominator * progression.numerator);
        if (count > max_residues || result.size() > max_total) return {};
        for (int64_t i = 0; i < count; ++i)
          result.push_back(&make_node(
              arena_, Kind::add,
              {progression.base, &make_node(arena_, Kind::multiply, {&make_integer(arena_, i), progression.step})}));
      }
      return result;
    };
    const auto left = residues(golds_), right = residues(predictions_);
    if (!left || !right || left->size() > max_total || right->size() > max_total) return unknown("period");
    const bool is_equal = covers(*left, *right) && covers(*right, *left);
    return is_equal ? equal("progressions") : different("progressions");
  }

 private:
  bool set_ratio(Progression& progression) {
    const Node& ratio = make_node(arena_, Kind::divide, {progression.step, unit_});
    for (int64_t denominator = 1; denominator <= max_denominator; ++denominator) {
      const auto multiple = nearest_integer(
          make_node(arena_, Kind::multiply, {&ratio, &make_integer(arena_, denominator)}), arena_, budget_);
      if (!multiple || *multiple == 0 || std::abs(*multiple) > max_residues * denominator) continue;
      progression.numerator = std::abs(*multiple);
      progression.denominator = denominator;
      return true;
    }
    return false;
  }

  bool covers(const Nodes& residues, const Nodes& others) {
    return std::ranges::all_of(others, [&](const Node* other) {
      return std::ranges::any_of(residues, [&](const Node* residue) {
        const Node& difference = subtract(arena_, *other, *residue);
        return nearest_integer(make_node(arena_, Kind::divide, {&difference, period_}), arena_, budget_).has_value();
      });
    });
  }

  Arena& arena_;
  Budget& budget_;
  const Node* unit_ = nullptr;  // the first step
  const Node* period_ = nullptr;
  std::vector<Progression> golds_, predictions_;
};

/// x ≡ r (mod m) for numbers r and m.
bool is_residue_class(const Node& node) {
  return node.kind == Kind::relation && node.relations.size() == 2 && node.relations[0] == "equiv" &&
         node.relations[1] == "mod" && node[0].kind == Kind::symbol && node[0].text != "k" &&
         !has_free_symbols(node[1]) && !has_free_symbols(node[2]);
}

/// x = r + mk and k ∈ Z.
const Node& as_progression(Arena& arena, const Node& residues) {
  const Node& k = make_node(arena, Kind::symbol, {}, "k");
  const Node& step = make_node(arena, Kind::multiply, {&residues[2], &k});
  const Node& value = make_node(arena, Kind::add, {&residues[1], &step});
  const Node& integers = make_node(arena, Kind::constant, {}, "Z");
  return make_node(arena, Kind::conjunction,
                   {&make_relation(arena, residues[0], "=", value), &make_relation(arena, k, "in", integers)});
}

}  // namespace

Answer Comparer::families(const Node& raw_gold, const Node& raw_prediction) {
  const bool is_gold_class = is_residue_class(raw_gold), is_prediction_class = is_residue_class(raw_prediction);
  const Node& gold = is_gold_class && !is_prediction_class ? as_progression(arena, raw_gold) : raw_gold;
  const Node& prediction =
      is_prediction_class && !is_gold_class ? as_progression(arena, raw_prediction) : raw_prediction;
  const auto expanded = [&](Family family) {
    Nodes patterns;
    for (const Node* pattern : family.patterns) {
      const auto [plus, minus] = both_signs(*pattern);
      patterns.push_back(plus ? plus : pattern);
      if (minus) patterns.push_back(minus);
    }
    family.patterns = std::move(patterns);
    return family;
  };
  constexpr uint64_t leaves = bit(Kind::integer) | bit(Kind::decimal) | bit(Kind::symbol) | bit(Kind::text);
  if (((bit(gold.kind) | bit(prediction.kind)) & leaves) != 0) return {};
  const auto left = read_family(gold, names_domain(prediction));
  if (!left) return {};
  const auto right = read_family(prediction, names_domain(gold));
  if (!right) return {};
  // Where nobody speaks of whole numbers, S = (n − 2)π and S = nπ are formulas in n.
  const bool is_declared = !left->domain.empty() || !right->domain.empty();
  if (!is_declared && (left->index == right->index || left->name.empty() || right->name.empty())) return {};
  if (!left->name.empty() && !right->name.empty() && left->name != right->name) return different("name");
  if (!left->domain.empty() && !right->domain.empty() && left->domain != right->domain) return different("domain");
  if (left->is_excluded != right->is_excluded) return different("excluded");
  if (left->is_bracketed != right->is_bracketed) return {};
  const Family golds = expanded(*left), predictions = expanded(*right);
  // a_n = 2n is no a_n = 2n + 2, nor a_n = 2k.
  const bool is_assumed = left->is_assumed || right->is_assumed;
  if (is_assumed && left->index != right->index) return {};
  const bool is_over_integers = left->domain != "N" && right->domain != "N" && !is_assumed;
  if (is_over_integers && golds.is_bracketed)
    if (const Answer answer = strips(golds.patterns, golds.index, predictions.patterns, predictions.index))
      return answer;
  if (is_over_integers && !golds.is_bracketed) {
    Progressions progressions(arena, budget);
    if (progressions.add(golds, true) && progressions.add(predictions, false)) return progressions.compare();
  }
  // Any other family: the same expression in another letter, which must not be in use.
  Nodes renamed;
  for (const Node* pattern : predictions.patterns) {
    if (predictions.index != golds.index && has_free_symbol(*pattern, golds.index)) return unknown("index");
    renamed.push_back(&substitute(arena, *pattern, predictions.index, make_node(arena, Kind::symbol, {}, golds.index)));
  }
  return as_sets(golds.patterns, renamed);
}

}  // namespace cohort::rewards::math
