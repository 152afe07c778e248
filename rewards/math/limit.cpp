#include <optional>
#include <vector>

#include "rewards/math/algebra.hpp"
#include "rewards/math/calculus.hpp"
#include "rewards/math/evaluate.hpp"
#include "rewards/math/functions.hpp"
#include "rewards/math/separation.hpp"
#include "rewards/math/terms.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int max_rounds = 6;  // of de l'Hôpital's rule

bool is_infinite(const Node& node) {
  if (node.kind == Kind::negate) return is_infinite(node[0]);
  return node.kind == Kind::constant && node.text == "infinity";
}

class Limit {
 public:
  Limit(Arena& arena, std::string_view variable, const Node& point, Budget& budget)
      : t_(arena), variable_(variable), point_(point), budget_(budget) {}

  const Node* of(const Node& node, int rounds = max_rounds) {
    if (rounds == 0 || node.size > 1'000 || !budget_.spend(4 * node.size)) return nullptr;
    if (!has_free_symbol(node, variable_)) return &node;
    if (node.kind == Kind::bracketed && node.children.size() == 1) return of(node[0], rounds);
    if (const Node* value = by_value(node)) return value;
    if (node.kind == Kind::power && !negative_power(node)) return of_power(node[0], node[1], rounds);
    if (const Node* value = of_root_difference(node)) return value;
    const auto [above, below] = fraction(node);
    return of_fraction(*above, *below, rounds);
  }

 private:
  enum class State { number, zero, infinite, unknown };

  /// What `node` tends to, as far as values tell.
  State state(const Node& node) {
    if (!has_free_symbol(node, variable_)) return number_state(node);
    if (!is_infinite(point_)) return number_state(at(node, point_));
    // A polynomial: its derivatives at 0 are its coefficients, up to factors.
    std::vector<const Node*> derivatives = {&node};
    while (has_free_symbol(*derivatives.back(), variable_)) {
      const Node* next = differentiated(t_.arena(), *derivatives.back(), variable_, budget_);
      if (!next || derivatives.size() > 8) return State::unknown;
      derivatives.push_back(next);
    }
    for (size_t degree = derivatives.size(); degree-- > 0;) {
      const State coefficient = number_state(at(*derivatives[degree], t_.number(0)));
      if (coefficient == State::number) return degree == 0 ? State::number : State::infinite;
      if (coefficient != State::zero) return State::unknown;
    }
    return State::zero;
  }

  State number_state(const Node& node) {
    if (has_free_symbols(node)) return State::unknown;
    IntervalArithmetic intervals(budget_);
    Evaluator evaluator(intervals, EvaluateOptions{});
    const auto value = evaluator.evaluate(node);
    if (value.is_exactly_zero()) return State::zero;
    if (!value.is_finite()) return State::unknown;
    const auto size = evaluator.inexact(value);
    if (size.x.low > 0 || size.x.high < 0) return State::number;
    // sin π and the like: as near to zero as a double can tell.
    return size.x.low > -1e-12 && size.x.high < 1e-12 ? State::zero : State::unknown;
  }

  const Node& at(const Node& node, const Node& value) const { return substitute(t_.arena(), node, variable_, value); }

  /// Where the body has a value at the point, it is continuous there: floors and the like are left alone.
  const Node* by_value(const Node& node) {
    if (is_infinite(point_) || has_step(node)) return nullptr;
    const Node& value = at(node, point_);
    if (has_free_symbols(value)) return nullptr;
    const State result = number_state(value);
    return result == State::number || result == State::zero ? &value : nullptr;
  }

  static bool has_step(const Node& node) {
    if (node.kind == Kind::piecewise || node.kind == Kind::factorial || node.kind == Kind::sum) return true;
    if (is_unknown_function(node)) return true;  // f need not be continuous
    if (node.kind == Kind::function) {
      const Function name = function_of(node.text);
      if (name == Function::floor || name == Function::ceil || name == Function::sign || name == Function::mod)
        return true;
    }
    for (const Node* child : node.children)
      if (has_step(*child)) return true;
    return false;
  }

  struct Fraction {
    const Node* above;
    const Node* below;
  };

  /// k of x^{−k} for a whole number k of at most two digits; nothing of other powers.
  std::optional<int64_t> negative_power(const Node& node) const {
    if (node.kind != Kind::power || has_free_symbols(node[1])) return {};
    const auto exponent = rational_value(node[1], budget_);
    if (!exponent || !exponent->is_integer() || !exponent->is_small() || exponent->sign() >= 0) return {};
    const int64_t k = -exponent->numerator().small();
    return k < 100 ? std::optional(k) : std::nullopt;
  }

  Fraction fraction(const Node& node) const {
    const Node& one = t_.number(1);
    switch (node.kind) {
      case Kind::power: {
        const auto k = negative_power(node);
        return k ? Fraction{&one, &t_.power(node[0], t_.number(*k))} : Fraction{&node, &one};
      }
      case Kind::bracketed:
        return node.children.size() == 1 ? fraction(node[0]) : Fraction{&node, &one};
      case Kind::negate: {
        const Fraction inner = fraction(node[0]);
        return {&t_.minus(*inner.above), inner.below};
      }
      case Kind::divide: {
        const Fraction left = fraction(node[0]), right = fraction(node[1]);
        return {&t_.times(*left.above, *right.below), &t_.times(*left.below, *right.above)};
      }
      case Kind::multiply: {
        Fraction result{&one, &one};
        for (const Node* child : node.children) {
          const Fraction next = fraction(*child);
          result = {&t_.times(*result.above, *next.above), &t_.times(*result.below, *next.below)};
        }
        return result;
      }
      case Kind::add: {
        Fraction result{&t_.number(0), &one};
        for (const Node* child : node.children) {
          const Fraction next = fraction(*child);
          result = {&t_.plus(t_.times(*result.above, *next.below), t_.times(*next.above, *result.below)),
                    &t_.times(*result.below, *next.below)};
        }
        return result;
      }
      default:
        return {&node, &one};
    }
  }

  /// de l'Hôpital's rule for 0/0 and for polynomials that both grow.
  const Node* of_fraction(const Node& above, const Node& below, int rounds) {
    const State up = state(above), down = state(below);
    if (down == State::infinite && (up == State::number || up == State::zero)) return &t_.number(0);
    if (down == State::number && up == State::zero) return &t_.number(0);
    if (up == State::number && down == State::number && is_infinite(point_))  // polynomials of degree 0
      return &t_.over(at(above, t_.number(0)), at(below, t_.number(0)));
    if (up == State::infinite && down == State::number) return infinity(t_.over(above, below));
    if (up != down || (up != State::zero && up != State::infinite)) return nullptr;
    const Node* upper = differentiated(t_.arena(), above, variable_, budget_);
    const Node* lower = differentiated(t_.arena(), below, variable_, budget_);
    return upper && lower && !t_.is_zero(*lower) ? of(t_.over(*upper, *lower), rounds - 1) : nullptr;
  }

  /// Infinity with the sign that `node` has far out.
  const Node* infinity(const Node& node) {
    const bool is_left = point_.kind == Kind::negate;
    const Binding far{variable_, Rational(is_left ? -10'000'019 : 10'000'019)};
    IntervalArithmetic intervals(budget_);
    Evaluator evaluator(intervals, EvaluateOptions{.point = std::span(&far, 1)});
    const auto value = evaluator.inexact(evaluator.evaluate(node));
    if (!value.is_finite() || !evaluator.is_real(value) || (value.x.low <= 0 && value.x.high >= 0)) return nullptr;
    const Node& result = make_node(t_.arena(), Kind::constant, {}, "infinity");
    return value.x.low > 0 ? &result : &t_.minus(result);
  }

  /// √(ax² + bx + c) − (dx + f) with a = d², d > 0, where x grows without end: b/2d − f.
  const Node* of_root_difference(const Node& node) {
    const bool is_difference = node.kind == Kind::add && node.children.size() == 2;
    if (!is_difference || !is_infinite(point_) || point_.kind == Kind::negate) return nullptr;
    for (const size_t i : {size_t{0}, size_t{1}}) {
      const Node &root = node[i], &rest = t_.minus(node[1 - i]);
      if (root.kind != Kind::root || root[1].text != "2") continue;
      const auto square = as_polynomial(root[0], variable_, t_.arena(), budget_);
      const auto line = as_polynomial(rest, variable_, t_.arena(), budget_);
      if (!square || !line || !(*square)[2] || !(*line)[1] || (*line)[2]) return nullptr;
      const auto a = rational_value(*(*square)[2], budget_), d = rational_value(*(*line)[1], budget_);
      if (!a || !d || d->sign() <= 0 || !(*a == *d * *d)) return nullptr;
      const Node& zero = t_.number(0);
      const Node& b = (*square)[1] ? *(*square)[1] : zero;
      return &t_.minus(t_.over(b, t_.times(t_.number(2), *(*line)[1])), (*line)[0] ? *(*line)[0] : zero);
    }
    return nullptr;
  }

  /// f^g with f → 1 and g without end is e to the limit of (f − 1)·g.
  const Node* of_power(const Node& base, const Node& exponent, int rounds) {
    const Node* ground = of(base, rounds - 1);
    const auto value = ground ? rational_value(*ground, budget_) : std::nullopt;
    if (!value || !value->is_one() || !has_free_symbol(base, variable_)) return nullptr;
    const Node* growth = of(t_.times(t_.minus(base, t_.number(1)), exponent), rounds - 1);
    return growth ? &t_.power(make_node(t_.arena(), Kind::constant, {}, "e"), *growth) : nullptr;
  }

  const Terms t_;
  std::string_view variable_;
  const Node& point_;
  Budget& budget_;
};

}  // namespace

const Node* limit_of(Arena& arena, const Node& body, std::string_view variable, const Node& point, Budget& budget) {
  return Limit(arena, variable, point, budget).of(body);
}

}  // namespace cohort::rewards::math
