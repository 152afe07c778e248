#include "rewards/math/separation.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "rewards/math/evaluate.hpp"
#include "rewards/math/functions.hpp"
#include "rewards/math/same.hpp"

namespace cohort::rewards::math {

std::optional<Rational> rational_value(const Node& node, Budget& budget, int64_t bits) {
  IntervalArithmetic arithmetic(budget);
  Evaluator evaluator(arithmetic, {.exact_bits = bits});
  auto value = evaluator.evaluate(node);
  if (!value.is_exactly_real()) return std::nullopt;
  return std::move(value.real);
}

std::optional<Rational> multiple_of_pi(const Node& node, Budget& budget) {
  if (!budget.spend(1)) return std::nullopt;
  switch (node.kind) {
    case Kind::constant:
      if (node.text == "pi") return Rational(1);
      break;
    case Kind::degrees:
      if (const auto degrees = rational_value(node[0], budget)) return *degrees / Rational(180);
      return std::nullopt;
    case Kind::negate:
      if (const auto part = multiple_of_pi(node[0], budget)) return -*part;
      return std::nullopt;
    case Kind::divide: {
      const auto part = multiple_of_pi(node[0], budget);
      if (!part) return std::nullopt;
      const auto divisor = rational_value(node[1], budget);
      if (!divisor || divisor->is_zero()) return std::nullopt;
      return *part / *divisor;
    }
    case Kind::add: {
      Rational sum;
      for (const Node* child : node.children) {
        const auto part = multiple_of_pi(*child, budget);
        if (!part) return std::nullopt;
        sum = sum + *part;
      }
      return sum;
    }
    case Kind::multiply: {
      Rational product(1);
      int found = 0;
      for (const Node* child : node.children) {
        if (const auto factor = rational_value(*child, budget)) {
          product = product * *factor;
        } else if (const auto part = multiple_of_pi(*child, budget)) {
          product = product * *part;
          ++found;
        } else {
          return std::nullopt;
        }
      }
      if (found == 1) return product;
      return std::nullopt;
    }
    default:
      break;
  }
  const auto value = rational_value(node, budget);
  return value && value->is_zero() ? value : std::nullopt;
}

namespace {

// A number as U/L, both algebraic integers whose conjugates stay below 2^upper and 2^lower.
struct Fraction {
  double upper = 0, lower = 0;
};

class Separation {
 public:
  explicit Separation(Budget& budget) : budget_(budget) {}

  std::optional<Fraction> bound(const Node& node) {
    if (!budget_.spend(2)) return std::nullopt;
    switch (node.kind) {
      case Kind::integer:
      case Kind::decimal:
      case Kind::repeating:
      case Kind::numeral:
      case Kind::mixed:
        return rational(node);
      case Kind::constant:
        if (node.text != "i") return std::nullopt;
        if (!has_i_) degree_ *= 2;
        has_i_ = true;
        return Fraction{0, 0};
      case Kind::negate:
        return bound(node[0]);
      case Kind::percent: {
        auto part = bound(node[0]);
        if (part) part->lower += 7;
        return part;
      }
      case Kind::add:
        return fold(node, add);
      case Kind::multiply:
        return fold(node, [](Fraction a, Fraction b) { return Fraction{a.upper + b.upper, a.lower + b.lower}; });
      case Kind::divide:
        return fold(node, [](Fraction a, Fraction b) { return Fraction{a.upper + b.lower, a.lower + b.upper}; });
      case Kind::power:
        return power(node[0], node[1]);
      case Kind::root:
        return root(node[0], node[1]);
      case Kind::function:
        return function(node);
      default:
        return rational(node);
    }
  }

  static Fraction add(Fraction a, Fraction b) {
    return {std::max(a.upper + b.lower, a.lower + b.upper) + 1, a.lower + b.lower};
  }

  // 1 / |E| ≤ upper^(degree − 1) · lower for E ≠ 0.
  double bits(const Fraction& difference) const { return (degree_ - 1) * difference.upper + difference.lower + 1; }

 private:
  std::optional<Fraction> rational(const Node& node) {
    const auto value = rational_value(node, budget_);
    if (!value) return std::nullopt;
    return of(*value);
  }

  static Fraction of(const Rational& value) {
    return {static_cast<double>(value.numerator().bits()), static_cast<double>(value.denominator().bits())};
  }

  template <typename Combine>
  std::optional<Fraction> fold(const Node& node, Combine combine) {
    auto result = bound(node[0]);
    for (size_t i = 1; result && i < node.children.size(); ++i) {
      const auto part = bound(node[i]);
      if (!part) return std::nullopt;
      result = combine(*result, *part);
    }
    return result;
  }

  std::optional<Fraction> power(const Node& base, const Node& exponent) {
    const auto value = rational_value(exponent, budget_);
    if (!value || !value->is_small()) return std::nullopt;
    const auto count = static_cast<double>(value->numerator().small());
    auto part = extract_root(base, value->denominator().small());
    if (!part) return std::nullopt;
    if (count < 0) std::swap(part->upper, part->lower);
    return Fraction{part->upper * std::abs(count), part->lower * std::abs(count)};
  }

  std::optional<Fraction> root(const Node& radicand, const Node& index) {
    const auto value = rational_value(index, budget_);
    if (!value || !value->is_integer() || !value->is_small() || value->sign() <= 0) return std::nullopt;
    return extract_root(radicand, value->numerator().small());
  }

  std::optional<Fraction> extract_root(const Node& radicand, int64_t index) {
    const auto inside = bound(radicand);
    if (!inside || index == 1) return inside;
    const auto k = static_cast<double>(index);
    // One root that occurs twice adds its degree once.
    const auto is_same = [&](const Root& root) { return root.index == index && same_tree(*root.radicand, radicand); };
    if (std::none_of(roots_.begin(), roots_.end(), is_same)) {
      roots_.push_back({&radicand, index});
      degree_ *= k;
    }
    if (inside->upper >= inside->lower) return Fraction{(inside->upper + (k - 1) * inside->lower) / k, inside->lower};
    return Fraction{inside->upper, ((k - 1) * inside->upper + inside->lower) / k};
  }

  std::optional<Fraction> function(const Node& node) {
    if (node.children.size() != 1) return rational(node);
    const Function function = function_of(node.text);
    if (function == Function::sqrt) return extract_root(node[0], 2);
    if (function == Function::cbrt) return extract_root(node[0], 3);
    if (function > Function::csc || function == Function::unknown) return rational(node);
    const auto multiple = multiple_of_pi(node[0], budget_);
    if (!multiple || !multiple->denominator().is_small()) return std::nullopt;
    // 2·sin and 2·cos are integers of the cyclotomic field of order 4·denominator, with conjugates up to 2.
    const int64_t order = 4 * multiple->denominator().small();
    if (std::find(orders_.begin(), orders_.end(), order) == orders_.end()) {
      orders_.push_back(order);
      degree_ *= static_cast<double>(order);
    }
    return Fraction{1, 1};
  }

  struct Root {
    const Node* radicand;
    int64_t index;
  };
  Budget& budget_;
  std::vector<Root> roots_;
  std::vector<int64_t> orders_;
  bool has_i_ = false;
  double degree_ = 1;
};

}  // namespace

std::optional<double> separation_bits(const Node& left, const Node& right, Budget& budget) {
  Separation separation(budget);
  const auto a = separation.bound(left);
  if (!a) return std::nullopt;
  const auto b = separation.bound(right);
  if (!b) return std::nullopt;
  return separation.bits(Separation::add(*a, *b));
}

namespace {

/// Of a sum or product: its term at either end of the range, where what grows is largest.
double hidden_bits_of_series(const Node& node, const EvaluateOptions& options, Budget& budget) {
  IntervalArithmetic arithmetic(budget);
  Evaluator evaluator(arithmetic, options);
  const auto first = evaluator.evaluate(node[2]), last = evaluator.evaluate(node[3]);
  if (!first.is_exactly_real() || !last.is_exactly_real()) return INFINITY;
  double most = 0;
  for (const Rational& end : {first.real, last.real}) {
    std::vector<Binding> point = {{node[1].text, end}};
    point.insert(point.end(), options.point.begin(), options.point.end());
    EvaluateOptions inner = options;
    inner.point = point;
    most = std::fmax(most, hidden_bits(node[0], inner, budget));
  }
  const auto count = last.real - first.real + Rational(1);
  if (!count.is_small() || count.sign() <= 0) return most + 2;
  const auto terms = static_cast<double>(count.numerator().small());
  return node.kind == Kind::sum ? most + std::log2(terms) + 2 : most * terms + 2;
}

}  // namespace

double hidden_bits(const Node& node, const EvaluateOptions& options, Budget& budget) {
  if (!budget.spend(1)) return INFINITY;
  const auto digits = static_cast<double>(node.text.size()) * 3.33;
  switch (node.kind) {
    case Kind::integer:
    case Kind::repeating:
    case Kind::numeral:
      return digits;
    case Kind::decimal:
      return digits + 3.33 * std::abs(static_cast<double>(node.exponent));
    case Kind::symbol:
      return 10;  // most points have ten bits behind the point
    default:
      break;
  }
  const bool is_series = node.kind == Kind::sum || node.kind == Kind::product;
  if (is_series && node.children.size() == 4 && node[1].kind == Kind::symbol)
    return hidden_bits_of_series(node, options, budget);
  double sum = 2, most = 0;
  for (const Node* child : node.children) {
    const double part = hidden_bits(*child, options, budget);
    sum += part;
    most = std::fmax(most, part);
  }
  if (node.kind == Kind::add) return most + 2;
  // What grows: powers, factorials, and exponential functions.
  const Function function = node.kind == Kind::function ? function_of(node.text) : Function::unknown;
  const bool is_exponential = (function >= Function::sinh && function <= Function::exp) || function == Function::pow;
  const bool is_factorial = node.kind == Kind::factorial || function == Function::factorial ||
                            function == Function::binomial || function == Function::permutations;
  if (node.kind == Kind::power || is_exponential || is_factorial) {
    IntervalArithmetic arithmetic(budget);
    Evaluator evaluator(arithmetic, options);
    const Node& argument = is_factorial ? node[0] : *node.children.back();
    const auto value = evaluator.inexact(evaluator.evaluate(argument));
    if (!value.is_finite()) return INFINITY;
    const double size = std::fmax(std::abs(value.x.low), std::abs(value.x.high));
    if (is_factorial) return sum + size * std::log2(size + 2);
    if (is_exponential) return sum + 1.5 * size;
    return sum + std::fmax(2, hidden_bits(node[0], options, budget)) * size;
  }
  return sum;
}

}  // namespace cohort::rewards::math
