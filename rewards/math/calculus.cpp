#include "rewards/math/calculus.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "rewards/math/evaluate.hpp"
#include "rewards/math/functions.hpp"
#include "rewards/math/separation.hpp"
#include "rewards/math/terms.hpp"

namespace cohort::rewards::math {
namespace {

constexpr uint64_t work =
    bit(Kind::derivative) | bit(Kind::integral) | bit(Kind::limit) | bit(Kind::ellipsis) | bit(Kind::sum);

class Worker {
 public:
  Worker(Arena& arena, Budget& budget, bool has_zeta) : t_(arena), budget_(budget), has_zeta_(has_zeta) {}

  const Node& of(const Node& node) {
    if ((kinds_in(node) & (has_zeta_ ? work | bit(Kind::function) : work)) == 0 || !budget_.spend(node.size))
      return node;
    Nodes children(node.children.begin(), node.children.end());
    bool is_changed = false;
    for (const Node*& child : children) {
      const Node& other = of(*child);
      is_changed |= &other != child;
      child = &other;
    }
    const Node& ready = is_changed ? with_children(t_.arena(), node, children) : node;
    const Node* result = value(ready);
    return result ? *result : ready;
  }

 private:
  const Node* value(const Node& node) {
    const bool has_variable = node.children.size() > 1 && node[1].kind == Kind::symbol;
    switch (node.kind) {
      case Kind::derivative:
        // dy/dx is y', a name.
        if (node[0].kind == Kind::symbol && has_variable && node[0].text != node[1].text)
          return &t_.symbol(t_.arena().copy(std::string(node[0].text) + "'"));
        return has_variable && has_free_symbol(node[0], node[1].text)
                   ? differentiated(t_.arena(), node[0], node[1].text, budget_)
                   : nullptr;
      case Kind::integral:
        return has_variable && node.children.size() == 4 ? integral(node) : nullptr;
      case Kind::sum:
        return has_variable && node.children.size() == 4 ? known_series(t_.arena(), node, budget_) : nullptr;
      case Kind::function:
        return node.text == "zeta" && node.children.size() == 1 ? zeta_value(t_.arena(), node[0]) : nullptr;
      case Kind::limit:
        if (has_variable && is_power_of_itself(node)) return &t_.number(1);
        return has_variable && node.children.size() == 3 ? limit_of(t_.arena(), node[0], node[1].text, node[2], budget_)
                                                         : nullptr;
      case Kind::add:
      case Kind::multiply:
        return with_index(t_.arena(), node, budget_);
      default:
        return nullptr;
    }
  }

  /// x^x where x goes to 0 from above.
  static bool is_power_of_itself(const Node& limit) {
    const Node& body = limit[0];
    const auto is_variable = [&](const Node& node) { return node.kind == Kind::symbol && node.text == limit[1].text; };
    return limit.text == "+" && limit.children.size() == 3 && limit[2].kind == Kind::integer && limit[2].text == "0" &&
           body.kind == Kind::power && is_variable(body[0]) && is_variable(body[1]);
  }

  const Node* integral(const Node& node) {
    if (const Node* value = known_integral(t_.arena(), node, budget_)) return value;
    const Node &body = node[0], &lower = node[2], &upper = node[3];
    const std::string_view name = node[1].text;
    if (!is_continuous(body, name, lower, upper)) return nullptr;
    const Node* whole = antiderivative(t_.arena(), body, name, budget_);
    const Node* end = whole ? value_at(*whole, name, upper) : nullptr;
    const Node* start = end ? value_at(*whole, name, lower) : nullptr;
    return start ? &t_.minus(*end, *start) : nullptr;
  }

  const Node* value_at(const Node& whole, std::string_view name, const Node& bound) {
    if ((kinds_in(bound) & bit(Kind::constant)) == 0 || number(bound))
      return &substitute(t_.arena(), whole, name, bound);
    if (has_free_symbols(bound)) return &substitute(t_.arena(), whole, name, bound);
    return at_infinity(whole, name, bound);
  }

  /// arctan u as ±π/2 where u has no end.
  const Node& with_right_angles(const Node& node, std::string_view name, const Node& bound) {
    if (!has_free_symbol(node, name)) return node;
    if (node.kind == Kind::function && node.text == "arctan") {
      const Node* end = limit_of(t_.arena(), node[0], name, bound, budget_);
      const bool is_negative = end && end->kind == Kind::negate;
      const Node* size = is_negative ? &(*end)[0] : end;
      if (!size || size->kind != Kind::constant || size->text != "infinity") return node;
      const Node& right_angle = t_.over(make_node(t_.arena(), Kind::constant, {}, "pi"), t_.number(2));
      return is_negative ? t_.minus(right_angle) : right_angle;
    }
    Nodes children(node.children.begin(), node.children.end());
    for (const Node*& child : children) child = &with_right_angles(*child, name, bound);
    return with_children(t_.arena(), node, children);
  }

  /// Of a sum whose terms vanish or stay: e^{−x} and 1/x do at infinity.
  const Node* at_infinity(const Node& whole, std::string_view name, const Node& bound) {
    const bool is_negative = bound.kind == Kind::negate;
    const Node& settled = with_right_angles(whole, name, bound);
    if (const Node* value = limit_of(t_.arena(), settled, name, bound, budget_)) return value;
    // The values far out, which a limit by values has reached.
    const auto first = far_value(whole, name, is_negative ? -400 : 400);
    const auto second = far_value(whole, name, is_negative ? -800 : 800);
    if (!first || !second || std::fabs(*first) > 1e-60 || std::fabs(*second) > 1e-60) return nullptr;
    return &t_.number(0);
  }

  std::optional<double> far_value(const Node& whole, std::string_view name, int64_t place) {
    const Binding binding{name, Rational(place)};
    BallArithmetic balls(64, budget_);
    Evaluator evaluator(balls, EvaluateOptions{.point = std::span(&binding, 1)});
    const auto value = evaluator.inexact(evaluator.evaluate(whole));
    if (!value.is_finite() || !evaluator.is_real(value)) return std::nullopt;
    return std::exp2(static_cast<double>(std::max<int64_t>(balls.upper_log2(value.x), -1000)));
  }

  std::optional<double> number(const Node& node) {
    IntervalArithmetic intervals(budget_);
    Evaluator evaluator(intervals, EvaluateOptions{});
    const auto value = evaluator.inexact(evaluator.evaluate(node));
    if (!value.is_finite() || !evaluator.is_real(value)) return std::nullopt;
    return (value.x.low + value.x.high) / 2;
  }

  /// Whether what `body` divides by, and takes logarithms and roots of, keeps its sign between the bounds, as far as
  /// many places tell. Where the bounds have symbols, whoever writes them has seen to that.
  bool is_continuous(const Node& body, std::string_view name, const Node& lower, const Node& upper) {
    if (has_free_symbols(lower) || has_free_symbols(upper)) return true;
    const auto bound = [&](const Node& node) -> std::optional<double> {
      const bool is_negative = node.kind == Kind::negate;
      const Node& size = is_negative ? node[0] : node;
      if (size.kind == Kind::constant && size.text == "infinity") return is_negative ? -1e3 : 1e3;
      return number(node);
    };
    const auto from = bound(lower), to = bound(upper);
    if (!from || !to || std::fabs(*from) > 1e6 || std::fabs(*to) > 1e6) return false;
    return keeps_signs(body, name, *from, *to);
  }

  bool keeps_signs(const Node& node, std::string_view name, double from, double to) {
    if (!has_free_symbol(node, name)) return true;
    for (const Node* child : node.children)
      if (!keeps_signs(*child, name, from, to)) return false;
    const Function function = node.kind == Kind::function ? function_of(node.text) : Function::unknown;
    switch (node.kind) {
      case Kind::divide:
        return keeps_sign(node[1], name, from, to);
      case Kind::power: {
        const auto exponent = has_free_symbol(node[1], name) ? std::nullopt : rational_value(node[1], budget_);
        const bool is_fine = node[0].kind == Kind::constant || (exponent && exponent->sign() > 0);
        return is_fine || keeps_sign(node[0], name, from, to);
      }
      case Kind::function:
        if (function == Function::tan || function == Function::sec)
          return keeps_sign(t_.call("cos", node[0]), name, from, to);
        if (function == Function::cot || function == Function::csc)
          return keeps_sign(t_.call("sin", node[0]), name, from, to);
        if (function == Function::ln || function == Function::log || function == Function::lg)
          return keeps_sign(node[0], name, from, to);
        return true;
      case Kind::piecewise:
        return false;
      default:
        return true;
    }
  }

  bool keeps_sign(const Node& node, std::string_view name, double from, double to) {
    constexpr int places = 64;
    int sign = 0;
    // Not the ends: what is endless there and still has an integral has an antiderivative with a value there.
    for (int i = 1; i < places; ++i) {
      const double place = from + (to - from) * i / places;
      const Binding binding{name, Rational(Integer(std::llround(place * (1 << 20))), Integer(1 << 20))};
      IntervalArithmetic intervals(budget_);
      Evaluator evaluator(intervals, EvaluateOptions{.point = std::span(&binding, 1)});
      const auto value = evaluator.inexact(evaluator.evaluate(node));
      if (!value.is_finite() || !evaluator.is_real(value)) return false;
      const int here = value.x.low > 0 ? 1 : value.x.high < 0 ? -1 : 0;
      if (here == 0 || (sign != 0 && here != sign)) return false;
      sign = here;
    }
    return true;
  }

  const Terms t_;
  Budget& budget_;
  const bool has_zeta_;
};

bool has_zeta(const Node& node) {
  return (node.kind == Kind::function && node.text == "zeta") ||
         std::ranges::any_of(node.children, [](const Node* child) { return has_zeta(*child); });
}

}  // namespace

const Node& worked_out(Arena& arena, const Node& node, Budget& budget) {
  const uint64_t kinds = kinds_in(node);
  const bool names_zeta = (kinds & bit(Kind::function)) != 0 && has_zeta(node);
  if ((kinds & work) == 0 && !names_zeta) return node;
  // What cannot be worked out may still be compared by its parts.
  const int64_t share = std::clamp<int64_t>(budget.left() / 3, 0, 60'000);
  Budget own(share);
  const Node& result = Worker(arena, own, names_zeta).of(node);
  return budget.spend(share - std::max<int64_t>(own.left(), 0)) ? result : node;
}

}  // namespace cohort::rewards::math
