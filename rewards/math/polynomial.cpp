#include "rewards/math/polynomial.hpp"

#include <algorithm>
#include <numeric>

namespace cohort::rewards::math {

namespace {

__extension__ using int128 = __int128;

constexpr size_t terms_limit = 1000;
constexpr int64_t coefficient_bits = 200'000;

std::optional<Exponent> reduced(int128 numerator, int128 denominator) {
  int128 a = numerator < 0 ? -numerator : numerator, b = denominator;
  while (b != 0) {
    a %= b;
    std::swap(a, b);
  }
  if (a > 1) {
    numerator /= a;
    denominator /= a;
  }
  constexpr int128 limit = int128{1} << 60;
  if (numerator >= limit || numerator <= -limit || denominator >= limit) return std::nullopt;
  return Exponent{static_cast<int64_t>(numerator), static_cast<int64_t>(denominator)};
}

bool before(const Monomial& a, const Monomial& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](const Factor& x, const Factor& y) {
    if (x.generator != y.generator) return x.generator < y.generator;
    return less(x.exponent, y.exponent);
  });
}

}  // namespace

std::optional<Exponent> add(const Exponent& a, const Exponent& b) {
  return reduced(int128{a.numerator} * b.denominator + int128{b.numerator} * a.denominator,
                 int128{a.denominator} * b.denominator);
}

std::optional<Exponent> multiply(const Exponent& a, const Exponent& b) {
  return reduced(int128{a.numerator} * b.numerator, int128{a.denominator} * b.denominator);
}

std::optional<Exponent> exponent_of(const Rational& value) {
  if (!value.is_small()) return std::nullopt;
  return reduced(value.numerator().small(), value.denominator().small());
}

bool less(const Exponent& a, const Exponent& b) {
  return int128{a.numerator} * b.denominator < int128{b.numerator} * a.denominator;
}

Polynomial constant(Rational value) {
  Polynomial result;
  if (!value.is_zero()) result.terms.push_back({{}, std::move(value)});
  return result;
}

Polynomial generator(uint32_t index, Exponent exponent) { return {{{{{index, exponent}}, Rational(1)}}}; }

bool operator==(const Polynomial& a, const Polynomial& b) {
  return std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(), [](const Term& x, const Term& y) {
    return x.monomial == y.monomial && x.coefficient == y.coefficient;
  });
}

Polynomial collect(std::vector<Term> terms) {
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return before(a.monomial, b.monomial); });
  Polynomial result;
  for (Term& term : terms) {
    if (!result.terms.empty() && result.terms.back().monomial == term.monomial) {
      result.terms.back().coefficient = result.terms.back().coefficient + term.coefficient;
      if (result.terms.back().coefficient.is_zero()) result.terms.pop_back();
    } else if (!term.coefficient.is_zero()) {
      result.terms.push_back(std::move(term));
    }
  }
  return result;
}

std::optional<Polynomial> add(const Polynomial& a, const Polynomial& b, Budget& budget) {
  if (a.terms.size() + b.terms.size() > 2 * terms_limit) return std::nullopt;
  int64_t words = 0;
  for (const auto* part : {&a, &b})
    for (const Term& term : part->terms) words += 1 + term.coefficient.bits() / 64;
  if (!budget.spend(words)) return std::nullopt;
  std::vector<Term> terms = a.terms;
  terms.insert(terms.end(), b.terms.begin(), b.terms.end());
  Polynomial sum = collect(std::move(terms));
  return sum.terms.size() > terms_limit ? std::nullopt : std::optional(std::move(sum));
}

std::optional<Monomial> multiply(const Monomial& a, const Monomial& b) {
  Monomial result;
  result.reserve(a.size() + b.size());
  auto x = a.begin(), y = b.begin();
  while (x != a.end() || y != b.end()) {
    if (y == b.end() || (x != a.end() && x->generator < y->generator)) {
      result.push_back(*x++);
    } else if (x == a.end() || y->generator < x->generator) {
      result.push_back(*y++);
    } else {
      const auto sum = add(x->exponent, y->exponent);
      if (!sum) return std::nullopt;
      if (sum->numerator != 0) result.push_back({x->generator, *sum});
      ++x;
      ++y;
    }
  }
  return result;
}

std::optional<Polynomial> multiply(const Polynomial& a, const Polynomial& b, Budget& budget) {
  if (a.is_one()) return b;
  if (b.is_one()) return a;
  if (a.terms.size() * b.terms.size() > 4 * terms_limit) return std::nullopt;
  std::vector<Term> terms;
  terms.reserve(a.terms.size() * b.terms.size());
  for (const Term& x : a.terms) {
    for (const Term& y : b.terms) {
      const int64_t left = x.coefficient.bits() / 64, right = y.coefficient.bits() / 64;
      if (left + right > coefficient_bits / 64 || !budget.spend(4 + (left + 1) * (right + 1) / 24 + left + right))
        return std::nullopt;
      auto monomial = multiply(x.monomial, y.monomial);
      if (!monomial) return std::nullopt;
      terms.push_back({std::move(*monomial), x.coefficient * y.coefficient});
    }
  }
  Polynomial product = collect(std::move(terms));
  return product.terms.size() > terms_limit ? std::nullopt : std::optional(std::move(product));
}

Polynomial scale(Polynomial a, const Rational& factor) {
  if (factor.is_zero()) return {};
  for (Term& term : a.terms) term.coefficient = term.coefficient * factor;
  return a;
}

}  // namespace cohort::rewards::math
