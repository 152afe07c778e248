#include <algorithm>
#include <cmath>

#include "rewards/math/algebra.hpp"
#include "rewards/math/expand.hpp"
#include "rewards/math/separation.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_rational_degree = 8;
constexpr int64_t max_end_coefficient = 100'000;  // of the highest and the lowest power, with common denominators

using Coefficients = std::vector<Rational>;  // of symbol^0, symbol^1, …; the last is not 0

void trim(Coefficients& polynomial) {
  while (!polynomial.empty() && polynomial.back().is_zero()) polynomial.pop_back();
}

/// Coefficients that are rational numbers.
class Rationals {
 public:
  using Polynomial = Coefficients;

  explicit Rationals(Budget& budget) : budget_(budget) {}

  Coefficients symbol() { return {0, 1}; }
  Coefficients integer(int value) { return {Rational(value)}; }
  std::optional<Coefficients> constant(const Node& node) {
    const auto value = rational_value(node, budget_);
    return value ? std::optional(Coefficients{*value}) : std::nullopt;
  }
  std::optional<Coefficients> inverse(const Node& node) {
    const auto value = rational_value(node, budget_);
    return value && !value->is_zero() ? std::optional(Coefficients{value->inverse()}) : std::nullopt;
  }

  std::optional<Coefficients> add(Coefficients left, const Coefficients& right) {
    left.resize(std::max(left.size(), right.size()));
    for (size_t i = 0; i < right.size(); ++i) left[i] = left[i] + right[i];
    return left;
  }

  std::optional<Coefficients> multiply(const Coefficients& left, const Coefficients& right) {
    if (left.size() + right.size() > max_rational_degree + 2 ||
        !budget_.spend(static_cast<int64_t>(left.size() * right.size())))
      return {};
    Coefficients result(left.size() + right.size() - 1);
    for (size_t i = 0; i < left.size(); ++i)
      for (size_t j = 0; j < right.size(); ++j) result[i + j] = result[i + j] + left[i] * right[j];
    return result;
  }

 private:
  Budget& budget_;
};

const Node& as_node(const Rational& value, Arena& arena) {
  const Node& numerator = make_node(arena, Kind::integer, {}, arena.copy(abs(value.numerator()).to_string()));
  const Node& denominator = make_node(arena, Kind::integer, {}, arena.copy(value.denominator().to_string()));
  const Node& quotient = value.is_integer() ? numerator : make_node(arena, Kind::divide, {&numerator, &denominator});
  return value.sign() < 0 ? make_node(arena, Kind::negate, {&quotient}) : quotient;
}

std::vector<int64_t> divisors(int64_t value) {
  std::vector<int64_t> result;
  for (int64_t i = 1; i * i <= value; ++i) {
    if (value % i != 0) continue;
    result.push_back(i);
    if (i != value / i) result.push_back(value / i);
  }
  return result;
}

Rational value_at(const Coefficients& polynomial, const Rational& point) {
  Rational result = 0;
  for (size_t i = polynomial.size(); i-- > 0;) result = result * point + polynomial[i];
  return result;
}

/// Without the factor symbol − zero.
Coefficients quotient(const Coefficients& polynomial, const Rational& zero) {
  Coefficients result(polynomial.size() - 1);
  Rational carried = 0;
  for (size_t i = result.size(); i-- > 0;) result[i] = carried = carried * zero + polynomial[i + 1];
  return result;
}

/// |value| times a common denominator, if that is a small integer.
std::optional<int64_t> end_coefficient(const Rational& value, const Integer& denominator) {
  const Rational scaled = value * Rational(denominator);
  if (!scaled.is_integer()) return {};
  const Integer magnitude = abs(scaled.numerator());
  if (magnitude.bits() > 60) return {};
  int64_t result = 0;
  for (const char digit : magnitude.to_string()) result = 10 * result + (digit - '0');
  return result <= max_end_coefficient ? std::optional(result) : std::nullopt;
}

}  // namespace

std::optional<RationalFactors> rational_factors(const Node& node, std::string_view symbol, Arena& arena,
                                                Budget& budget) {
  Rationals rationals(budget);
  std::optional<Coefficients> expanded = expand(node, symbol, rationals, budget);
  if (!expanded) return {};
  Coefficients polynomial = std::move(*expanded);
  trim(polynomial);
  if (polynomial.empty()) return {};
  RationalFactors result;
  while (polynomial.size() > 1 && polynomial[0].is_zero()) {
    result.zeros.push_back(&make_integer(arena, 0));
    polynomial.erase(polynomial.begin());
  }
  // A product of denominators is a common one.
  Integer denominator = 1;
  for (const Rational& coefficient : polynomial)
    if (!(Rational(denominator) * coefficient).is_integer()) denominator = denominator * coefficient.denominator();
  while (polynomial.size() > max_degree + 1) {
    const auto lowest = end_coefficient(polynomial.front(), denominator);
    const auto highest = end_coefficient(polynomial.back(), denominator);
    if (!lowest || !highest) return result;
    std::optional<Rational> zero;
    for (const int64_t numerator : divisors(*lowest)) {
      for (const int64_t below : divisors(*highest)) {
        for (const int64_t signed_numerator : {numerator, -numerator}) {
          if (zero || !budget.spend(static_cast<int64_t>(polynomial.size()))) continue;
          const Rational candidate = Rational(signed_numerator) / Rational(below);
          if (value_at(polynomial, candidate).is_zero()) zero = candidate;
        }
      }
    }
    if (!zero) return result;
    result.zeros.push_back(&as_node(*zero, arena));
    polynomial = quotient(polynomial, *zero);
  }
  Polynomial rest{};
  for (size_t i = 0; i < polynomial.size(); ++i) rest[i] = &as_node(polynomial[i], arena);
  result.rest = rest;
  return result;
}

}  // namespace cohort::rewards::math
