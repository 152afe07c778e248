#include "rewards/math/constants.hpp"

#include <cmath>

#include "rewards/math/compare.hpp"
#include "rewards/math/evaluate.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int64_t precisions[] = {64, 192, 576, 1'728};

/// The sign of a difference, as far as one arithmetic tells; zero is exact.
template <typename Arithmetic>
Order sign_of(const Node& difference, Arithmetic& arithmetic) {
  Evaluator<Arithmetic> evaluator(arithmetic, {});
  const auto value = evaluator.evaluate(difference);
  if (!value.is_finite() || !evaluator.is_real(value)) return Order::unknown;
  if (value.is_exact())
    return value.real.sign() < 0 ? Order::less : value.is_exactly_zero() ? Order::equal : Order::greater;
  switch (arithmetic.sign(value.x)) {
    case Sign::negative:
      return Order::less;
    case Sign::positive:
      return Order::greater;
    case Sign::zero:
      return Order::equal;
    case Sign::unknown:
      return Order::unknown;
  }
  return Order::unknown;
}

}  // namespace

Order order(const Node& left, const Node& right, Arena& arena, Budget& budget) {
  if (has_free_symbols(left) || has_free_symbols(right)) return Order::unknown;
  const Node& difference = subtract(arena, left, right);
  IntervalArithmetic intervals(budget);
  if (const Order quick = sign_of(difference, intervals); quick != Order::unknown) return quick;
  // Only real numbers have an order with themselves, so equality alone does not say enough.
  bool is_tried_for_equality = false;
  for (const int64_t precision : precisions) {
    BallArithmetic balls(precision, budget);
    if (const Order found = sign_of(difference, balls); found != Order::unknown) return found;
    if (is_tried_for_equality) continue;
    is_tried_for_equality = true;
    Evaluator<BallArithmetic> evaluator(balls, {});
    const auto value = evaluator.evaluate(left);
    if (!value.is_finite() || !evaluator.is_real(value)) return Order::unknown;
    if (compare_scalars(left, right, Policy{}, arena, budget).decision == Decision::equal) return Order::equal;
  }
  return Order::unknown;
}

std::optional<double> approximate(const Node& node, Budget& budget) {
  IntervalArithmetic intervals(budget);
  Evaluator<IntervalArithmetic> evaluator(intervals, {});
  auto value = evaluator.evaluate(node);
  if (!value.is_finite() || !evaluator.is_real(value)) return {};
  if (value.is_exact()) value = evaluator.inexact(value);
  const double middle = 0.5 * value.x.low + 0.5 * value.x.high;
  const bool is_narrow = value.x.high - value.x.low <= 1e-9 * std::max(1.0, std::abs(middle));
  return std::isfinite(middle) && is_narrow ? std::optional(middle) : std::nullopt;
}

std::optional<Rational> rational_value(const Node& node, Budget& budget) {
  IntervalArithmetic intervals(budget);
  const auto value = Evaluator<IntervalArithmetic>(intervals, {}).evaluate(node);
  return value.is_exactly_real() ? std::optional(value.real) : std::nullopt;
}

}  // namespace cohort::rewards::math
