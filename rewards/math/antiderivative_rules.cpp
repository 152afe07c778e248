#include <algorithm>
#include <cmath>
#include <vector>

#include "rewards/math/calculus.hpp"
#include "rewards/math/evaluate.hpp"
#include "rewards/math/functions.hpp"
#include "rewards/math/separation.hpp"
#include "rewards/math/terms.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int max_depth = 24;               // of rules within rules
constexpr uint32_t max_size = 4'000;        // nodes of an antiderivative
constexpr int64_t max_exponent = 12;        // of what is multiplied out or integrated by parts
constexpr std::string_view inner = "\x02";  // stands for what is substituted; no parsed symbol is called so

/// base^exponent; the exponent does not hold the variable.
struct Power {
  const Node* base;
  const Node* exponent;
};

class Integrator {
 public:
  Integrator(Arena& arena, std::string_view variable, Budget& budget)
      : t_(arena), x_(t_.symbol(variable)), budget_(budget) {}

  const Node* of(const Node& node) {
    if (node.size > max_size || depth_ >= max_depth || !budget_.spend(4 * node.size)) return nullptr;
    ++depth_;
    const Node* result = by_rule(node);
    --depth_;
    return result && result->size <= max_size ? result : nullptr;
  }

 private:
  const Node& one() const { return t_.number(1); }
  const Node& half(const Node& a) const { return t_.over(a, t_.number(2)); }
  bool is_constant(const Node& node) const { return !has_free_symbol(node, x_.text); }
  const Node* rate(const Node& node) { return differentiated(t_.arena(), node, x_.text, budget_); }
  const Node& at(const Node& node, const Node& value) { return substitute(t_.arena(), node, x_.text, value); }
  std::optional<Rational> rational(const Node& node) { return rational_value(node, budget_); }
  bool is_number(const Node& node, const Rational& value) {
    const auto number = rational(node);
    return number && *number == value;
  }

  /// a of ax + b; null where `node` is not linear.
  const Node* slope(const Node& node) {
    const Node* result = is_constant(node) ? nullptr : rate(node);
    return result && is_constant(*result) ? result : nullptr;
  }

  const Node* by_rule(const Node& node) {
    if (node.kind == Kind::bracketed && node.children.size() == 1) return of(node[0]);
    if (node.kind == Kind::add) {
      const Node* total = &t_.number(0);
      for (const Node* child : node.children) {
        const Node* term = of(*child);
        if (!term) return nullptr;
        total = &t_.plus(*total, *term);
      }
      return total;
    }
    const Node* coefficient = &one();
    std::vector<Power> powers;
    if (!take_apart(node, one(), coefficient, powers)) return nullptr;
    const Node* rest = product(powers);
    return rest ? &t_.times(*coefficient, *rest) : nullptr;
  }

  /// node^exponent as constants times powers; powers of one base become one.
  bool take_apart(const Node& node, const Node& exponent, const Node*& coefficient, std::vector<Power>& powers) {
    if (powers.size() > 16) return false;
    if (is_constant(node)) {
      coefficient = &t_.times(*coefficient, t_.power(node, exponent));
      return true;
    }
    const bool is_whole = [&] {
      const auto value = rational(exponent);
      return value && value->is_integer();
    }();
    switch (node.kind) {
      case Kind::negate:
        if (!is_whole) break;
        coefficient = &t_.times(*coefficient, t_.power(t_.number(-1), exponent));
        return take_apart(node[0], exponent, coefficient, powers);
      case Kind::bracketed:
        return node.children.size() == 1 && take_apart(node[0], exponent, coefficient, powers);
      case Kind::multiply:
        if (!is_whole) break;
        return std::ranges::all_of(
            node.children, [&](const Node* child) { return take_apart(*child, exponent, coefficient, powers); });
      case Kind::divide:
        if (!is_whole) break;
        return take_apart(node[0], exponent, coefficient, powers) &&
               take_apart(node[1], t_.minus(exponent), coefficient, powers);
      case Kind::power:
        if (!is_constant(node[1])) break;
        return take_apart(node[0], t_.times(node[1], exponent), coefficient, powers);
      case Kind::root:
        if (!is_constant(node[1])) break;
        return take_apart(node[0], t_.over(exponent, node[1]), coefficient, powers);
      default:
        break;
    }
    const auto same = std::ranges::find_if(powers, [&](const Power& p) { return same_base(*p.base, node); });
    if (same == powers.end()) {
      powers.push_back({&node, &exponent});
      return true;
    }
    same->exponent = &t_.plus(*same->exponent, exponent);
    if (is_number(*same->exponent, 0)) powers.erase(same);
    return true;
  }

  static bool same_base(const Node& a, const Node& b) {
    return a.kind == b.kind && a.text == b.text && a.children.size() == b.children.size() &&
           std::ranges::equal(a.children, b.children, [](const Node* p, const Node* q) { return same_base(*p, *q); });
  }

  const Node* product(const std::vector<Power>& powers) {
    if (powers.empty()) return &x_;
    if (powers.size() == 1)
      if (const Node* result = single(*powers[0].base, *powers[0].exponent)) return result;
    if (const Node* result = by_substitution(powers)) return result;
    if (powers.size() == 2) {
      for (const bool is_swapped : {false, true})
        if (const Node* result = of_two(powers[is_swapped], powers[!is_swapped])) return result;
    }
    return multiplied_out(powers);
  }

  const Node& tree(const std::vector<Power>& powers, size_t but) const {
    const Node* result = &one();
    for (size_t i = 0; i < powers.size(); ++i)
      if (i != but) result = &t_.times(*result, t_.power(*powers[i].base, *powers[i].exponent));
    return *result;
  }

  /// (a + b)·c as a·c + b·c.
  const Node* multiplied_out(const std::vector<Power>& powers) {
    for (size_t i = 0; i < powers.size(); ++i) {
      const auto exponent = rational(*powers[i].exponent);
      const bool is_sum = powers[i].base->kind == Kind::add && exponent && exponent->is_integer() &&
                          exponent->sign() > 0 && *exponent <= Rational(max_exponent);
      if (!is_sum) continue;
      std::vector<Power> fewer = powers;
      fewer[i].exponent = &t_.minus(*powers[i].exponent, one());
      const Node& rest = *exponent == Rational(1) ? tree(powers, i) : tree(fewer, powers.size());
      const Node* total = &t_.number(0);
      for (const Node* child : powers[i].base->children) {
        const Node* term = of(t_.times(*child, rest));
        if (!term) return nullptr;
        total = &t_.plus(*total, *term);
      }
      return total;
    }
    return nullptr;
  }

  /// One power: of a line, of a quadratic, of an elementary function of a line, or an exponential.
  const Node* single(const Node& base, const Node& exponent) {
    if (const Node* a = slope(base)) {
      if (is_number(exponent, -1)) return &t_.over(t_.logarithm_of_size(base), *a);
      const Node& next = t_.plus(exponent, one());
      return &t_.over(t_.power(base, next), t_.times(next, *a));
    }
    if (base.kind == Kind::power && is_constant(base[0])) {
      const Node* a = slope(t_.times(base[1], exponent));
      if (!a) return nullptr;
      const bool is_e = base[0].kind == Kind::constant && base[0].text == "e";
      return &t_.over(t_.power(base, exponent), is_e ? *a : t_.times(*a, t_.call("ln", base[0])));
    }
    if (base.kind == Kind::function && base.children.size() == 1) {
      const Node* a = slope(base[0]);
      const Node* result = a ? of_function(base, base[0], exponent) : nullptr;
      return result ? &t_.over(*result, *a) : nullptr;
    }
    if (base.kind == Kind::absolute) {
      const Node* a = slope(base[0]);
      return a && is_number(exponent, 1) ? &t_.over(half(t_.times(base[0], base)), *a) : nullptr;
    }
    return quadratic(base, exponent);
  }

  const Node* of_function(const Node& f, const Node& u, const Node& exponent) {
    const Function name = function_of(f.text);
    const auto call = [&](std::string_view text) -> const Node& { return t_.call(text, u); };
    if (is_number(exponent, 1)) {
      switch (name) {
        case Function::sin:
          return &t_.minus(call("cos"));
        case Function::cos:
          return &call("sin");
        case Function::tan:
          return &t_.minus(t_.logarithm_of_size(call("cos")));
        case Function::cot:
          return &t_.logarithm_of_size(call("sin"));
        case Function::sec:
          return &t_.logarithm_of_size(t_.plus(f, call("tan")));
        case Function::csc:
          return &t_.minus(t_.logarithm_of_size(t_.plus(f, call("cot"))));
        case Function::sinh:
          return &call("cosh");
        case Function::cosh:
          return &call("sinh");
        case Function::tanh:
          return &t_.call("ln", call("cosh"));
        case Function::exp:
          return &f;
        case Function::ln:
        case Function::log:
          return &t_.minus(t_.times(u, f), u);
        case Function::arctan:
          return &t_.minus(t_.times(u, f), half(t_.call("ln", t_.plus(one(), t_.square(u)))));
        case Function::arcsin:
          return &t_.plus(t_.times(u, f), t_.square_root(t_.minus(one(), t_.square(u))));
        case Function::arccos:
          return &t_.minus(t_.times(u, f), t_.square_root(t_.minus(one(), t_.square(u))));
        default:
          return nullptr;
      }
    }
    const Node& wave = t_.over(t_.call("sin", t_.times(t_.number(2), u)), t_.number(4));
    if (is_number(exponent, 2)) {
      if (name == Function::sin) return &t_.minus(half(u), wave);
      if (name == Function::cos) return &t_.plus(half(u), wave);
      if (name == Function::tan) return &t_.minus(f, u);
      if (name == Function::sec) return &call("tan");
      if (name == Function::csc) return &t_.minus(call("cot"));
      if (name == Function::ln || name == Function::log)
        return &t_.plus(t_.minus(t_.times(u, t_.square(f)), t_.times(t_.number(2), t_.times(u, f))),
                        t_.times(t_.number(2), u));
    }
    if (is_number(exponent, -2)) {
      if (name == Function::cos) return &call("tan");
      if (name == Function::sin) return &t_.minus(call("cot"));
      if (name == Function::cosh) return &call("tanh");
    }
    if (is_number(exponent, 3)) {  // sin³ = sin − sin·cos²
      const Node& cube = t_.over(t_.power(call(name == Function::sin ? "cos" : "sin"), t_.number(3)), t_.number(3));
      if (name == Function::sin) return &t_.minus(cube, call("cos"));
      if (name == Function::cos) return &t_.minus(call("sin"), cube);
    }
    return nullptr;
  }

  /// (ax² + bx + c)^e for e = −1, −1/2, 1/2.
  const Node* quadratic(const Node& q, const Node& exponent) {
    const Node* line = rate(q);  // 2ax + b
    const Node* twice = line ? slope(*line) : nullptr;
    if (!twice) return nullptr;
    const Node& zero = t_.number(0);
    const auto a2 = rational(*twice), b = rational(at(*line, zero)), c = rational(at(q, zero));
    if (!a2 || !b || !c || a2->is_zero()) return nullptr;
    const Rational discriminant = Rational(2) * *a2 * *c - *b * *b;  // 4ac − b²
    const Node& apart = t_.minus(t_.times(t_.times(t_.number(2), *twice), at(q, zero)), t_.square(at(*line, zero)));
    if (is_number(exponent, -1)) {
      if (discriminant.is_zero()) return &t_.over(t_.number(-2), *line);
      if (discriminant.sign() > 0) {
        const Node& root = t_.square_root(apart);
        return &t_.times(t_.over(t_.number(2), root), t_.call("arctan", t_.over(*line, root)));
      }
      const Node& root = t_.square_root(t_.minus(apart));
      return &t_.over(t_.logarithm_of_size(t_.over(t_.minus(*line, root), t_.plus(*line, root))), root);
    }
    const bool is_half = is_number(exponent, Rational(1, 2));
    if (!is_half && !is_number(exponent, Rational(-1, 2))) return nullptr;
    const Node* inverse = nullptr;
    const Node& size = t_.square_root(t_.over(a2->sign() < 0 ? t_.minus(*twice) : *twice, t_.number(2)));
    if (a2->sign() < 0 && discriminant.sign() < 0)
      inverse = &t_.over(t_.call("arcsin", t_.over(t_.minus(*line), t_.square_root(t_.minus(apart)))), size);
    else if (a2->sign() > 0)
      inverse = &t_.over(
          t_.logarithm_of_size(t_.plus(*line, t_.times(t_.times(t_.number(2), size), t_.square_root(q)))), size);
    if (!inverse || !is_half) return inverse;
    const Node& first = t_.over(t_.times(*line, t_.square_root(q)), t_.times(t_.number(2), *twice));
    return &t_.plus(first, t_.times(t_.over(apart, t_.times(t_.number(4), *twice)), *inverse));
  }

  const Node* of_two(const Power& first, const Power& second) {
    const auto n = rational(*first.exponent), m = rational(*second.exponent);
    if (!n || !m) return nullptr;
    // Partial fractions.
    const Node *a = slope(*first.base), *b = slope(*second.base);
    if (a && b && *n == Rational(-1) && *m == Rational(-1)) {
      const Node& zero = t_.number(0);
      const Node& apart = t_.minus(t_.times(*a, at(*second.base, zero)), t_.times(*b, at(*first.base, zero)));
      const auto value = rational(apart);
      if (!value || value->is_zero()) return nullptr;
      return &t_.over(t_.minus(t_.logarithm_of_size(*first.base), t_.logarithm_of_size(*second.base)), apart);
    }
    const bool is_monomial = first.base->kind == Kind::symbol && n->is_integer() && n->sign() > 0;
    if (!is_monomial || !(*n <= Rational(max_exponent))) return nullptr;
    const Node& lower = t_.power(*first.base, t_.minus(*first.exponent, one()));
    const Node& other = t_.power(*second.base, *second.exponent);
    if (b && *m == Rational(-1)) {  // x/(bx + c) = (1 − c/(bx + c))/b
      const Node& c = at(*second.base, t_.number(0));
      const Node& less = *n == Rational(1) ? one() : lower;
      const Node *whole = of(less), *rest = of(t_.over(less, *second.base));
      return whole && rest ? &t_.over(t_.minus(*whole, t_.times(c, *rest)), *b) : nullptr;
    }
    const Function name = second.base->kind == Kind::function ? function_of(second.base->text) : Function::unknown;
    const bool is_logarithm = (name == Function::ln || name == Function::log) && m->is_integer() && m->sign() > 0;
    if (is_logarithm || (name == Function::arctan && m->is_one())) {
      const Node* change = rate(other);
      const Node& next = t_.plus(*first.exponent, one());
      const Node& raised = t_.over(t_.power(*first.base, next), next);
      const Node* rest = change ? of(t_.times(raised, *change)) : nullptr;
      return rest ? &t_.minus(t_.times(raised, other), *rest) : nullptr;
    }
    const Node* integral = single(*second.base, *second.exponent);
    if (!integral) return nullptr;
    const Node& less = *n == Rational(1) ? one() : lower;
    const Node* rest = of(t_.times(t_.times(*first.exponent, less), *integral));
    return rest ? &t_.minus(t_.times(t_.power(*first.base, *first.exponent), *integral), *rest) : nullptr;
  }

  /// f(u)·u′·k
  const Node* by_substitution(const std::vector<Power>& powers) {
    for (size_t i = 0; i < powers.size(); ++i) {
      const Node& base = *powers[i].base;
      const Node& rest = tree(powers, i);
      Nodes candidates = {&base};
      if (base.kind == Kind::function && base.children.size() == 1) candidates.push_back(&base[0]);
      if (base.kind == Kind::power && is_constant(base[0])) candidates.push_back(&base[1]);
      for (const Node* u : candidates) {
        if (u->kind == Kind::symbol || slope(*u)) continue;
        const Node* change = rate(*u);
        const Node* factor = change ? constant_ratio(rest, *change) : nullptr;
        if (!factor) continue;
        const Node& symbol = t_.symbol(inner);
        const Node* outer = &symbol;
        if (u != &base) {
          Nodes children(base.children.begin(), base.children.end());
          children.back() = &symbol;
          outer = &with_children(t_.arena(), base, children);
        }
        const Node* result = antiderivative(t_.arena(), t_.power(*outer, *powers[i].exponent), inner, budget_);
        if (result) return &t_.times(*factor, substitute(t_.arena(), *result, inner, *u));
      }
    }
    return nullptr;
  }

  /// above/below where that is the same at several points.
  const Node* constant_ratio(const Node& above, const Node& below) {
    if (has_other_symbols(above) || has_other_symbols(below)) return nullptr;
    std::optional<double> ratio;
    int valid = 0;
    for (const Rational& value :
         {Rational(2, 7), Rational(5, 13), Rational(11, 17), Rational(13, 9), Rational(29, 11)}) {
      const Binding binding{x_.text, value};
      IntervalArithmetic intervals(budget_);
      Evaluator evaluator(intervals, EvaluateOptions{.point = std::span(&binding, 1)});
      const auto quotient = evaluator.inexact(evaluator.divide(evaluator.evaluate(above), evaluator.evaluate(below)));
      if (!quotient.is_finite() || !evaluator.is_real(quotient)) continue;
      const double middle = (quotient.x.low + quotient.x.high) / 2;
      if (ratio && !(std::fabs(*ratio - middle) <= 1e-10 * std::fabs(middle))) return nullptr;
      ratio = middle;
      ++valid;
    }
    if (valid < 3) return nullptr;
    const Node& place = t_.over(t_.number(2), t_.number(7));
    const Node& exact = t_.over(at(above, place), at(below, place));
    // Most are small fractions.
    for (int64_t denominator = 1; denominator <= 60; ++denominator) {
      const double numerator = *ratio * static_cast<double>(denominator);
      if (std::fabs(numerator) < 1e6 && std::fabs(numerator - std::round(numerator)) < 1e-9 * denominator)
        return &t_.over(t_.number(std::llround(numerator)), t_.number(denominator));
    }
    return &exact;
  }

  bool has_other_symbols(const Node& node) const {
    return std::ranges::any_of(free_symbols(node), [&](std::string_view name) { return name != x_.text; });
  }

  const Terms t_;
  const Node& x_;
  Budget& budget_;
  int depth_ = 0;
};

}  // namespace

const Node* antiderivative(Arena& arena, const Node& body, std::string_view variable, Budget& budget) {
  return Integrator(arena, variable, budget).of(body);
}

}  // namespace cohort::rewards::math
