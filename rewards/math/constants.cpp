#include "rewards/math/constants.hpp"

#include <algorithm>
#include <cmath>

#include "rewards/math/compare.hpp"
#include "rewards/math/evaluate.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

namespace {

// The order as far as one arithmetic can tell.
template <typename A>
Order order_in(A& arithmetic, int64_t exact_bits, const Node& left, const Node& right, bool is_complex) {
  Evaluator<A> evaluator(arithmetic, {.exact_bits = exact_bits, .is_complex = is_complex});
  using State = typename Evaluator<A>::State;
  const auto a = evaluator.evaluate(left), b = evaluator.evaluate(right);
  const auto rank = [](State state) {
    return state == State::positive_infinity ? 1 : state == State::negative_infinity ? -1 : 0;
  };
  if (a.state >= State::undefined || b.state >= State::undefined) return Order::unknown;
  if (!a.is_finite() || !b.is_finite()) {
    const int difference = rank(a.state) - rank(b.state);
    return difference < 0 ? Order::less : difference > 0 ? Order::greater : Order::equal;
  }
  if (!evaluator.is_real(a) || !evaluator.is_real(b)) return Order::unknown;
  if (a.is_exact() && b.is_exact())
    return a.real == b.real ? Order::equal : a.real < b.real ? Order::less : Order::greater;
  const auto difference = evaluator.inexact(evaluator.add(a, evaluator.negate(b)));
  if (!difference.is_finite()) return Order::unknown;
  const NumberSign sign = arithmetic.sign(difference.x);
  return sign == NumberSign::negative ? Order::less : sign == NumberSign::positive ? Order::greater : Order::unknown;
}

}  // namespace

Order order(const Node& left, const Node& right, Arena& arena, Budget& budget) {
  const bool is_complex = contains_constant(left, "i") || contains_constant(right, "i");
  IntervalArithmetic intervals(budget);
  Order result = order_in(intervals, 4096, left, right, is_complex);
  if (result != Order::unknown) return result;
  std::vector<std::string_view> symbols;
  free_symbols(left, symbols);
  free_symbols(right, symbols);
  if (!symbols.empty()) return result;
  if (compare_scalars(left, right, {}, arena, budget).decision == Decision::equal) return Order::equal;
  for (const int64_t precision : {128, 512, 2048}) {
    BallArithmetic balls(precision, budget);
    result = order_in(balls, 60'000, left, right, is_complex);
    if (result != Order::unknown || budget.is_spent()) break;
  }
  return result;
}

std::optional<double> approximate(const Node& node, Budget& budget) {
  IntervalArithmetic intervals(budget);
  Evaluator evaluator(intervals, {.exact_bits = 4096, .is_complex = contains_constant(node, "i")});
  const auto value = evaluator.inexact(evaluator.evaluate(node));
  if (value.is_finite() && evaluator.is_real(value)) {
    const double middle = value.x.low + (value.x.high - value.x.low) / 2;
    if (value.x.high - value.x.low <= std::abs(middle) * 1e-9) return middle;
  }
  BallArithmetic balls(256, budget);
  Evaluator precise(balls, {.exact_bits = 4096, .is_complex = contains_constant(node, "i")});
  const auto ball = precise.inexact(precise.evaluate(node));
  if (!ball.is_finite() || !precise.is_real(ball)) return std::nullopt;
  int64_t exponent;
  const auto top = static_cast<double>(ball.x.middle.leading(exponent));
  const int64_t scale = exponent + ball.x.exponent;
  if (balls.sign(ball.x) == NumberSign::unknown || scale > 900 || scale < -1100) return std::nullopt;
  return std::ldexp(top, static_cast<int>(scale));
}

std::optional<int64_t> nearest_integer(const Node& node, Arena& arena, Budget& budget) {
  const Node& zero = make_integer(arena, 0);
  if (order(node, zero, arena, budget) == Order::equal) return 0;
  const std::optional<double> value = approximate(node, budget);
  if (!value || !(std::abs(*value) < 1e15)) return {};
  const int64_t nearest = std::llround(*value);
  if (std::abs(*value - static_cast<double>(nearest)) > 1e-6 * std::max(1.0, std::abs(*value))) return {};
  if (order(node, make_integer(arena, nearest), arena, budget) != Order::equal) return {};
  return nearest;
}

}  // namespace cohort::rewards::math
