#include "rewards/math/values.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "rewards/math/antiderivative.hpp"
#include "rewards/math/canonical.hpp"
#include "rewards/math/decimal.hpp"
#include "rewards/math/evaluate.hpp"
#include "rewards/math/exact_algebra.hpp"
#include "rewards/math/factored.hpp"
#include "rewards/math/points.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/separation.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

namespace {

using Intervals = Evaluator<IntervalArithmetic>;
using Balls = Evaluator<BallArithmetic>;
using State = Value<Interval>::State;
using BallState = Value<Ball>::State;

constexpr int64_t exact_bits = 60'000;      // of a fraction that is worked out; beyond it goes on as a ball
constexpr int64_t look_bits = 4'096;        // the same for a first look
constexpr int64_t agreement_bits = 1'024;   // 308 digits
constexpr int64_t precision_limit = 6'000;  // of any ball
constexpr int64_t forms_units = 60'000;     // of the budget, for canonical forms
constexpr int64_t factored_units = 20'000;  // and for exponents of primes
constexpr int valid_points = 8;

Comparison equal(std::string_view reason) { return {Decision::equal, false, reason}; }
Comparison probable(std::string_view reason) { return {Decision::equal, true, reason}; }
Comparison different(std::string_view reason) { return {Decision::different, false, reason}; }
Comparison unknown(std::string_view reason) { return {Decision::unknown, false, reason}; }

bool has_finite_decimal(const Rational& value) {
  Rational reduced = value;
  reduced.reduce();
  Integer rest = reduced.denominator() >> reduced.denominator().trailing_zeros();
  while (!rest.is_one()) {
    Division parts = divide(rest, Integer(5));
    if (!parts.remainder.is_zero()) return false;
    rest = std::move(parts.quotient);
  }
  return true;
}

// What asks for whole numbers: elsewhere it has no value, and what stands beside it may cost much, as n! does.
bool has_integer_function(const Node& node) {
  if (!has_kind(node, Kind::function)) return false;
  const bool is_one = node.text == "double_factorial" || node.text == "gcd" || node.text == "lcm";
  return (node.kind == Kind::function && is_one) ||
         std::any_of(node.children.begin(), node.children.end(),
                     [](const Node* child) { return has_integer_function(*child); });
}

bool counts_arrangements(const Node& node) {
  if (has_kind(node, Kind::factorial)) return true;
  if (!has_kind(node, Kind::function)) return false;
  return (node.kind == Kind::function && (node.text == "binomial" || node.text == "permutations")) ||
         std::any_of(node.children.begin(), node.children.end(),
                     [](const Node* child) { return counts_arrangements(*child); });
}

bool has_divisor(const Node& node) {
  if (!has_kind(node, Kind::function)) return false;
  return (node.kind == Kind::function && (node.text == "gcd" || node.text == "lcm")) ||
         std::any_of(node.children.begin(), node.children.end(), [](const Node* child) { return has_divisor(*child); });
}

/// One pair under one reading of it: what a bare log means, and whether roots are real or principal.
class Scalars {
 public:
  Scalars(const Node& gold, const Node& prediction, const Policy& policy, Arena& arena, Budget& budget)
      : gold_(gold), prediction_(prediction), policy_(policy), arena_(arena), budget_(budget) {
    options_.is_complex = contains_constant(gold, "i") || contains_constant(prediction, "i");
  }

  Comparison compare(bool log_is_decimal, int chosen_sign = 1) {
    options_.log_is_decimal = log_is_decimal;
    options_.chosen_sign = chosen_sign;
    symbols_.clear();
    free_symbols(gold_, symbols_);
    free_symbols(prediction_, symbols_);
    // √a·√b is √(ab) where both have values, though √−2·√−3 is not √6.
    // Beside |x| the negative x are what matters: there (√x)² is x.
    const bool has_absolute = has_kind(gold_, Kind::absolute) || has_kind(prediction_, Kind::absolute);
    options_.has_real_roots = !symbols_.empty() && !options_.is_complex && !has_absolute;
    // A divisor of polynomials has another value than one of the numbers that they are at a point.
    if (policy_.polynomial_gcd && (has_divisor(gold_) || has_divisor(prediction_))) {
      const Canonical forms = compare_forms();
      if (forms != Canonical::open) return forms == Canonical::equal ? equal("canonical") : different("canonical");
    }
    Comparison result = symbols_.empty() ? compare_constants() : compare_functions();
    if (result.decision == Decision::unknown && budget_.is_spent()) result.reason = "budget";
    return result;
  }

 private:
  // What two values prove by themselves.
  template <typename E>
  std::optional<Comparison> verdict(E& evaluator, const typename E::Result& a, const typename E::Result& b,
                                    std::string_view reason) {
    using S = typename E::State;
    if (a.state == S::unknown || b.state == S::unknown) return std::nullopt;
    if (a.is_exact() && b.is_exact()) {
      if (!evaluator.differ(a, b)) return equal("rational");
      return a.is_exactly_real() && b.is_exactly_real() && rounds(a.real, b.real) ? equal("decimal")
                                                                                  : different("rational");
    }
    if (!a.is_finite() || !b.is_finite()) return a.state == b.state ? equal("limit") : different("limit");
    if (evaluator.differ(a, b)) return different(reason);
    return std::nullopt;
  }

  Comparison compare_constants() {
    IntervalArithmetic intervals(budget_);
    options_.point = {};
    options_.exact_bits = look_bits;
    Intervals quick(intervals, options_);
    const auto a = quick.evaluate(gold_), b = quick.evaluate(prediction_);
    if (auto result = verdict(quick, a, b, "interval")) return with_rounding(*result);
    if (counts_arrangements(gold_) || counts_arrangements(prediction_))
      if (const auto is_same = compare_factored())
        return *is_same ? equal("primes") : with_rounding(different("primes"));
    const Canonical canonical = compare_forms();
    if (canonical == Canonical::equal && is_defined(a, b)) return equal("canonical");
    if (canonical == Canonical::different && is_defined(a, b)) return with_rounding(different("canonical"));
    return with_rounding(compare_in_balls());
  }

  std::optional<bool> compare_factored() {
    const int64_t share = std::min(budget_.left() / 4, factored_units);
    Budget budget(share);
    const auto is_same = are_equal_factored(gold_, prediction_, budget);
    return budget_.spend(share - std::max<int64_t>(budget.left(), 0)) ? is_same : std::nullopt;
  }

  // Forms get a part of the budget: what they cannot settle needs the rest.
  Canonical compare_forms() {
    const int64_t share = std::min(budget_.left() / 2, forms_units);
    Budget budget(share);
    const Canonical result = compare_canonical(
        gold_, prediction_, {options_.is_complex, options_.log_is_decimal, policy_.polynomial_gcd}, budget);
    if (!budget_.spend(share - std::max<int64_t>(budget.left(), 0))) return Canonical::open;
    return result;
  }

  // Whether both sides are known to have values: a proof about the forms is one about the numbers only then. Values too
  // large for doubles are unknown to intervals; a short look with balls tells.
  bool is_defined(const Intervals::Result& a, const Intervals::Result& b) {
    const auto has_value = [&](const Intervals::Result& value, const Node& node) {
      if (value.is_finite()) return true;
      if (value.state != State::unknown) return false;
      BallArithmetic balls(128, budget_);
      options_.exact_bits = 256;
      Balls evaluator(balls, options_);
      return evaluator.evaluate(node).is_finite() || is_tower(node);
    };
    return has_value(a, gold_) && has_value(b, prediction_);
  }

  // Positive, hence defined, whatever the size: what +, ·, ÷, powers, roots and factorials make of positive integers.
  static bool is_positive(const Node& node) {
    switch (node.kind) {
      case Kind::integer:
        return node.text.find_first_not_of('0') != std::string_view::npos;
      case Kind::constant:
        return node.text == "pi" || node.text == "e";
      case Kind::add:
      case Kind::multiply:
      case Kind::divide:
      case Kind::power:
      case Kind::root:
      case Kind::factorial:
        return std::all_of(node.children.begin(), node.children.end(),
                           [](const Node* child) { return is_positive(*child); });
      default:
        return false;
    }
  }

  static bool is_tower(const Node& node) {
    if (node.kind == Kind::negate) return is_tower(node[0]);
    if (node.kind == Kind::add)
      return std::all_of(node.children.begin(), node.children.end(),
                         [](const Node* child) { return is_tower(*child); });
    return is_positive(node);
  }

  Comparison compare_in_balls() {
    // Two algebraic numbers agree to the separation bound only if they are equal.
    const std::optional<double> separation = separation_bits(gold_, prediction_, budget_);
    const double hidden = hidden_at_point();
    const bool is_proof = separation && *separation + 192 <= precision_limit;
    const double enough = is_proof ? *separation : agreement_bits + hidden;
    const bool are_towers = (gold_.kind == Kind::power || prediction_.kind == Kind::power) && is_positive(gold_) &&
                            is_positive(prediction_);
    int64_t scale = 0;
    // First a look, then what decides, then once more for the digits that cancelled.
    for (const double factor : {0.0, 1.0, 2.0}) {
      double wanted = std::fmax(128, factor * (enough + 64) + static_cast<double>(scale));
      if (!(wanted <= precision_limit)) {
        // Not enough to say equal, but perhaps to tell them apart.
        if (factor != 1) break;
        wanted = precision_limit;
      }
      BallArithmetic balls(static_cast<int64_t>(wanted), budget_);
      // A look need not multiply out what leading digits tell apart: 10^{10^{10}} and 10^{10^{11}}.
      options_.exact_bits = factor == 0 ? look_bits : exact_bits;
      Balls evaluator(balls, options_);
      const auto a = evaluator.evaluate(gold_), b = evaluator.evaluate(prediction_);
      if (budget_.is_spent()) return unknown("budget");
      if (const auto result = verdict(evaluator, a, b, "ball")) return *result;
      if (!a.is_finite() || !b.is_finite()) {
        if (are_towers) break;  // more digits make them no smaller
        continue;
      }
      const auto difference = evaluator.inexact(evaluator.add(a, evaluator.negate(b)));
      const auto size = evaluator.inexact(a);
      if (!difference.is_finite() || !size.is_finite()) continue;
      scale = std::max({balls.upper_log2(size.x), balls.upper_log2(size.y), int64_t{0}});
      const auto apart = static_cast<double>(std::max(balls.upper_log2(difference.x), balls.upper_log2(difference.y)));
      if (is_proof && apart < -enough) return equal("separation");
      if (!is_proof && apart <= static_cast<double>(scale) - enough) return agreed();
    }
    if (are_towers) return compare_logarithms();
    return unknown(budget_.is_spent() ? "budget" : "precision");
  }

  // More digits agree than could by chance.
  Comparison agreed() {
    if (const auto is_same = are_same_number(gold_, prediction_, options_, budget_))
      return *is_same ? equal("exact algebra") : different("exact algebra");
    return budget_.is_spent() ? unknown("budget") : probable("digits");
  }

  // Powers of positive numbers too large for anything: log(b^x) = x·log b.
  Comparison compare_logarithms() {
    const auto ln = [&](const Node& tree) -> const Node& { return make_node(arena_, Kind::function, {&tree}, "ln"); };
    const auto logarithm = [&](const Node& tree) -> const Node& {
      return tree.kind == Kind::power ? make_node(arena_, Kind::multiply, {&tree[1], &ln(tree[0])}) : ln(tree);
    };
    if (!budget_.spend(1000)) return unknown("budget");
    return Scalars(logarithm(gold_), logarithm(prediction_), policy_, arena_, budget_).compare(options_.log_is_decimal);
  }

  static Balls::Result zero() {
    Balls::Result result;
    result.state = BallState::exact;
    return result;
  }

  Comparison compare_functions() {
    needs_integers_ = has_integer_function(gold_) || has_integer_function(prediction_);
    // Most wrong answers show at the first point; most right ones have one canonical form.
    int undecided = 0;
    for (int index = 0; index < 4; ++index)
      if (auto result = probe_quickly(index, undecided)) return *result;
    const Canonical canonical = compare_forms();
    if (canonical == Canonical::equal) return equal("canonical");
    if (canonical == Canonical::different) return different("canonical");
    for (int index = 4; index < num_points; ++index)
      if (auto result = probe_quickly(index, undecided)) return *result;
    return probe_in_balls();
  }

  // A point counts where both sides have a real value (or any value, if the answer is about complex numbers).
  template <typename E>
  bool is_valid(E& evaluator, const typename E::Result& value) {
    return value.is_finite() && (options_.is_complex || evaluator.is_real(value));
  }

  bool suits(const std::vector<Binding>& values) const {
    return !needs_integers_ ||
           std::all_of(values.begin(), values.end(), [](const Binding& binding) { return binding.value.is_integer(); });
  }

  std::optional<Comparison> probe_quickly(int index, int& undecided) {
    const std::vector<Binding> values = point(index, symbols_);
    if (!suits(values)) return std::nullopt;
    IntervalArithmetic intervals(budget_);
    options_.point = values;
    options_.exact_bits = 200;
    Intervals evaluator(intervals, options_);
    const auto a = evaluator.evaluate(gold_);
    if (a.state == State::undefined) return std::nullopt;
    const auto b = evaluator.evaluate(prediction_);
    options_.point = {};
    if (!is_valid(evaluator, a) || !is_valid(evaluator, b)) return std::nullopt;
    ++undecided;
    if (evaluator.differ(a, b)) return different("point");
    return budget_.is_spent() ? std::optional(unknown("budget")) : std::nullopt;
  }

  double hidden_at_point() {
    return hidden_bits(gold_, options_, budget_) + hidden_bits(prediction_, options_, budget_);
  }

  Comparison probe_in_balls() {
    int valid = 0;
    for (int index = 0; index < num_points && valid < valid_points; ++index) {
      const std::vector<Binding> values = point(index, symbols_);
      if (!suits(values)) continue;
      options_.point = values;
      options_.exact_bits = 200;
      const double enough = 128 + hidden_at_point();
      if (!(enough < 2048)) continue;
      options_.exact_bits = 2000;
      BallArithmetic balls(static_cast<int64_t>(enough) + 64, budget_);
      Balls evaluator(balls, options_);
      const auto a = evaluator.evaluate(gold_);
      const auto b = is_valid(evaluator, a) ? evaluator.evaluate(prediction_) : Balls::Result();
      options_.point = {};
      if (budget_.is_spent()) return unknown("budget");
      if (!is_valid(evaluator, a) || !is_valid(evaluator, b)) continue;
      if (evaluator.differ(a, b)) return different("point");
      const auto difference = evaluator.inexact(evaluator.add(a, evaluator.negate(b)));
      const auto size = evaluator.inexact(a);
      const int64_t apart = std::max(balls.upper_log2(difference.x), balls.upper_log2(difference.y));
      const int64_t scale = std::max({balls.upper_log2(size.x), balls.upper_log2(size.y), int64_t{0}});
      valid += static_cast<double>(apart) <= static_cast<double>(scale) - enough / 2;
    }
    return valid >= 3 ? probable("points") : unknown("points");
  }

  // Whether a decimal on one side is the other side, rounded. Integers are never rounded.
  bool rounds(const Rational& gold, const Rational& prediction) {
    if (gold.is_integer() || prediction.is_integer()) return false;
    return rounds_to(gold_, prediction, prediction_) || rounds_to(prediction_, gold, gold_);
  }

  bool rounds_to(const Node& literal_side, const Rational& value, const Node& other_side) {
    const auto literal = decimal_literal(literal_side, budget_);
    if (!literal || !is_precise(*literal, &literal_side == &gold_, policy_.rounded_places)) return false;
    if (const auto other = decimal_literal(other_side, budget_)) {
      // Of two decimals the shorter one may be the other rounded, if it goes beyond what people mean exactly.
      if (other->unit > literal->unit || !is_precise_beside_decimals(*literal, policy_.rounded_places)) return false;
    } else if (has_finite_decimal(value) && !is_precise(*literal, false, policy_.rounded_places)) {
      return false;  // 12.5 is not 501/40: whoever means 12.525 can write it
    } else if (is_in_minutes(other_side) && literal->unit * Rational(60) > Rational(1)) {
      return false;  // nor is 44.5° 44°31′: whoever counts minutes means them
    }
    const Rational apart = value - literal->value;
    return (apart.sign() < 0 ? -apart : apart) * Rational(2) <= literal->unit;
  }

  // The same for a side that is no fraction: √2 and 1.41421356.
  Comparison with_rounding(const Comparison& result) {
    if (result.decision != Decision::different || result.reason == "limit") return result;
    if (policy_.relative_tolerance > 0 && is_within_tolerance()) return equal("tolerance");
    if (result.reason == "rational") return result;
    for (const auto& [literal_side, other_side] : {std::pair(&gold_, &prediction_), std::pair(&prediction_, &gold_)}) {
      const auto literal = decimal_literal(*literal_side, budget_);
      if (!literal || !is_precise(*literal, literal_side == &gold_, policy_.rounded_places)) continue;
      BallArithmetic balls(256, budget_);
      options_.exact_bits = 4096;
      Balls evaluator(balls, options_);
      const auto value = evaluator.inexact(evaluator.evaluate(*other_side));
      if (!value.is_finite() || !evaluator.is_real(value)) continue;
      Balls::Result centre = zero();
      centre.real = literal->value;
      const auto apart = evaluator.inexact(evaluator.add(value, evaluator.negate(centre)));
      if (!apart.is_finite()) continue;
      const Ball half = balls.rational(literal->unit / Rational(2));
      const auto fits = [&](const Ball& distance) {
        return balls.sign(balls.subtract(half, distance)) == NumberSign::positive;
      };
      if (fits(apart.x) && fits(balls.negate(apart.x))) return equal("decimal");
    }
    return result;
  }

  // By the policy's tolerance, which two integers do not get.
  bool is_within_tolerance() {
    IntervalArithmetic intervals(budget_);
    options_.exact_bits = 4096;
    Intervals evaluator(intervals, options_);
    const auto a = evaluator.evaluate(gold_), b = evaluator.evaluate(prediction_);
    const auto is_integer = [](const Intervals::Result& value) { return value.is_exact() && value.real.is_integer(); };
    if (is_integer(a) && is_integer(b)) return false;
    const auto x = evaluator.inexact(a), apart = evaluator.inexact(evaluator.add(a, evaluator.negate(b)));
    if (!x.is_finite() || !apart.is_finite() || !evaluator.is_real(x) || !evaluator.is_real(apart)) return false;
    const double distance = std::fmax(-apart.x.low, apart.x.high);
    return distance <= policy_.relative_tolerance * std::fmax(-x.x.high, x.x.low);
  }

  const Node& gold_;
  const Node& prediction_;
  const Policy& policy_;
  Arena& arena_;
  Budget& budget_;
  EvaluateOptions options_;
  std::vector<std::string_view> symbols_;
  bool needs_integers_ = false;
};

bool has_bare_log(const Node& node) {
  if (!has_kind(node, Kind::function)) return false;
  if (node.kind == Kind::function && node.text == "log" && node.children.size() == 1) return true;
  return std::any_of(node.children.begin(), node.children.end(),
                     [](const Node* child) { return has_bare_log(*child); });
}

bool has_sign_choice(const Node& node) { return has_kind(node, Kind::plus_minus) || has_kind(node, Kind::minus_plus); }

}  // namespace

Comparison compare_values(const Node& gold, const Node& prediction, const Policy& policy, Arena& arena,
                          Budget& budget) {
  if (same_tree(gold, prediction)) return equal("same");
  if (const auto constant = compare_antiderivatives(gold, prediction, policy, arena, budget)) return *constant;
  Scalars scalars(gold, prediction, policy, arena, budget);
  Comparison result = scalars.compare(false);
  if (has_sign_choice(gold) || has_sign_choice(prediction)) {
    // ± is two values; both sides choose alike.
    return result.decision == Decision::equal ? scalars.compare(false, -1) : result;
  }
  if (result.decision == Decision::equal || !(has_bare_log(gold) || has_bare_log(prediction))) return result;
  // A bare log is natural to some and decimal to others.
  const Comparison decimal = scalars.compare(true);
  return decimal.decision == Decision::equal ? decimal : result;
}

}  // namespace cohort::rewards::math
