#include "rewards/math/factored.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "rewards/math/rational.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int64_t largest_factorial = 20'000;
constexpr int64_t bits_limit = 20'000;  // of what is multiplied out
constexpr int64_t pace = 32;            // exponents that one unit of the budget pays for

/// What a product or sum of fractions of so many bits costs.
int64_t units_of(int64_t bits) { return 1 + bits * bits / 16'384; }

std::vector<int64_t> primes_up_to(int64_t limit) {
  std::vector<bool> is_composite(static_cast<size_t>(limit) + 1);
  std::vector<int64_t> primes;
  for (int64_t i = 2; i <= limit; ++i) {
    if (is_composite[static_cast<size_t>(i)]) continue;
    primes.push_back(i);
    for (int64_t j = i * i; j <= limit; j += i) is_composite[static_cast<size_t>(j)] = true;
  }
  return primes;
}

const std::vector<int64_t>& primes() {
  static const std::vector<int64_t> all = primes_up_to(largest_factorial);
  return all;
}

/// cofactor · Π primes()[i]^exponents[i]; exponents that are not there are 0.
struct Factored {
  Rational cofactor;
  std::vector<int64_t> exponents;

  void take(const std::vector<int64_t>& others, int64_t times) {
    if (exponents.size() < others.size()) exponents.resize(others.size());
    for (size_t i = 0; i < others.size(); ++i) exponents[i] += times * others[i];
  }
  /// The integer that it is without exponents.
  std::optional<int64_t> integer() const {
    const bool is_plain = std::ranges::all_of(exponents, [](int64_t exponent) { return exponent == 0; });
    if (!is_plain || !cofactor.is_integer() || !cofactor.numerator().is_small()) return {};
    return cofactor.numerator().small();
  }
};

struct Bits {
  double sum = 0, error = 0;
};

/// The logarithm of Π p^exponent to base 2, and how far rounding can be off.
Bits bits_of(const std::vector<int64_t>& exponents) {
  constexpr double relative_error = 1e-12;
  Bits bits;
  for (size_t i = 0; i < exponents.size(); ++i) {
    const double part = static_cast<double>(exponents[i]) * std::log2(static_cast<double>(primes()[i]));
    bits.sum += part;
    bits.error += std::abs(part) * relative_error;
  }
  return bits;
}

class Reader {
 public:
  explicit Reader(Budget& budget) : budget_(budget) {}

  std::optional<Factored> read(const Node& node) {
    if (!budget_.spend(64)) return {};
    switch (node.kind) {
      case Kind::integer: {
        constexpr size_t longest = 1'000;
        if (node.text.size() > longest) return {};
        return Factored{Rational(Integer::from_digits(node.text)), {}};
      }
      case Kind::negate: {
        auto value = read(node[0]);
        if (value) value->cofactor = -value->cofactor;
        return value;
      }
      case Kind::multiply:
        return product(node);
      case Kind::divide: {
        auto left = read(node[0]);
        const auto right = left ? read(node[1]) : std::nullopt;
        if (!right || right->cofactor.is_zero()) return {};
        return multiplied(std::move(*left), *right, -1);
      }
      case Kind::power: {
        const auto base = read(node[0]), exponent = base ? read(node[1]) : std::nullopt;
        const auto count = exponent ? exponent->integer() : std::nullopt;
        if (!count || (base->cofactor.is_zero() && *count <= 0)) return {};
        return multiplied({Rational(1), {}}, *base, *count);
      }
      case Kind::factorial: {
        const auto n = integer(node[0]);
        return n ? factorials({{*n, 1}}) : std::nullopt;
      }
      case Kind::function:
        return function(node);
      case Kind::add:
        return sum(node);
      default:
        return {};
    }
  }

  /// Π p^exponent for the exponents above 0, times a cofactor; nothing where that is too large.
  std::optional<Rational> multiplied_out(Rational cofactor, const std::vector<int64_t>& exponents) {
    double bits = static_cast<double>(cofactor.bits());
    if (bits > bits_limit) return {};
    Integer result(1);
    for (size_t i = 0; i < exponents.size(); ++i) {
      if (exponents[i] <= 0) continue;
      bits += static_cast<double>(exponents[i]) * std::log2(static_cast<double>(primes()[i]));
      if (bits > bits_limit || !budget_.spend(1 + static_cast<int64_t>(bits) / 64)) return {};
      result = result * power(Integer(primes()[i]), static_cast<uint64_t>(exponents[i]));
    }
    return cofactor * Rational(std::move(result));
  }

 private:
  std::optional<int64_t> integer(const Node& node) {
    const auto value = read(node);
    return value ? value->integer() : std::nullopt;
  }

  /// `left` · `right`^`times`.
  std::optional<Factored> multiplied(Factored left, const Factored& right, int64_t times) {
    constexpr int64_t most_times = 1'000'000;
    if (times > most_times || times < -most_times) return {};
    const bool is_one = right.cofactor.is_one() || times == 0;
    if (!is_one) {
      const int64_t bits = right.cofactor.bits() * std::abs(times) + left.cofactor.bits();
      if (bits > bits_limit || !budget_.spend(units_of(bits))) return {};
      left.cofactor = left.cofactor * power(right.cofactor, times);
    }
    if (!budget_.spend(static_cast<int64_t>(right.exponents.size()) / pace)) return {};
    left.take(right.exponents, times);
    constexpr int64_t largest_exponent = 1'000'000'000'000;
    const bool is_fine = std::ranges::all_of(
        left.exponents, [](int64_t exponent) { return exponent <= largest_exponent && exponent >= -largest_exponent; });
    return is_fine ? std::optional(std::move(left)) : std::nullopt;
  }

  std::optional<Factored> product(const Node& node) {
    std::optional<Factored> result = Factored{Rational(1), {}};
    for (const Node* factor : node.children) {
      const auto value = read(*factor);
      result = value && result ? multiplied(std::move(*result), *value, 1) : std::nullopt;
      if (!result) break;
    }
    return result;
  }

  /// The least exponents of all terms, times what is left of their sum.
  std::optional<Factored> sum(const Node& node) {
    std::vector<Factored> terms;
    size_t length = 0;
    for (const Node* child : node.children) {
      auto term = read(*child);
      if (!term) return {};
      if (term->cofactor.is_zero()) continue;
      length = std::max(length, term->exponents.size());
      terms.push_back(std::move(*term));
    }
    Factored result{Rational(0), {}};
    if (terms.empty()) return result;
    constexpr size_t passes = 4;
    if (!budget_.spend(static_cast<int64_t>(terms.size() * length * passes) / pace)) return {};
    for (Factored& term : terms) term.exponents.resize(length);
    result.exponents = terms[0].exponents;
    for (const Factored& term : terms)
      std::ranges::transform(result.exponents, term.exponents, result.exponents.begin(),
                             [](int64_t a, int64_t b) { return std::min(a, b); });
    for (Factored& term : terms) {
      term.take(result.exponents, -1);
      const auto value = multiplied_out(term.cofactor, term.exponents);
      if (!value) return {};
      const int64_t bits = result.cofactor.bits() + value->bits();
      if (bits > bits_limit || !budget_.spend(units_of(bits))) return {};
      result.cofactor = result.cofactor + *value;
    }
    return result;
  }

  struct Power {
    int64_t n, times;
  };
  /// Π n!^times.
  std::optional<Factored> factorials(std::initializer_list<Power> powers) {
    Factored result{Rational(1), {}};
    for (const auto [n, times] : powers) {
      if (n < 0 || n > largest_factorial || !budget_.spend(1 + n / 64)) return {};
      std::vector<int64_t> exponents;
      for (const int64_t prime : primes()) {  // Legendre
        if (prime > n) break;
        int64_t exponent = 0;
        for (int64_t rest = n / prime; rest > 0; rest /= prime) exponent += rest;
        exponents.push_back(exponent);
      }
      result.take(exponents, times);
    }
    return result;
  }

  std::optional<Factored> function(const Node& node) {
    const bool is_binomial = node.text == "binomial", is_pair = is_binomial || node.text == "permutations";
    if (!is_pair || node.children.size() != 2) return {};
    const auto n = integer(node[0]), k = n ? integer(node[1]) : std::nullopt;
    if (!k || *k < 0 || *k > *n) return {};
    return is_binomial ? factorials({{*n, 1}, {*k, -1}, {*n - *k, -1}}) : factorials({{*n, 1}, {*n - *k, -1}});
  }

  Budget& budget_;
};

}  // namespace

std::optional<bool> are_equal_factored(const Node& left, const Node& right, Budget& budget) {
  constexpr uint64_t readable = bit(Kind::integer) | bit(Kind::negate) | bit(Kind::multiply) | bit(Kind::divide) |
                                bit(Kind::power) | bit(Kind::factorial) | bit(Kind::function) | bit(Kind::add);
  if (((kinds_in(left) | kinds_in(right)) & ~readable) != 0) return {};
  Reader reader(budget);
  auto a = reader.read(left);
  auto b = a ? reader.read(right) : std::nullopt;
  if (!b) return {};
  if (a->cofactor.is_zero() || b->cofactor.is_zero()) return a->cofactor.is_zero() && b->cofactor.is_zero();
  if (a->cofactor.sign() != b->cofactor.sign()) return false;
  // a / b
  a->take(b->exponents, -1);
  const auto size = [](const Rational& value) {  // in bits, within one
    return static_cast<double>(value.numerator().bits() - value.denominator().bits());
  };
  const Bits bits = bits_of(a->exponents);
  constexpr double slack = 8;
  if (std::abs(bits.sum + size(a->cofactor) - size(b->cofactor)) > slack + bits.error) return false;
  std::vector<int64_t> opposite(a->exponents.size());
  std::ranges::transform(a->exponents, opposite.begin(), [](int64_t exponent) { return -exponent; });
  const auto x = reader.multiplied_out(a->cofactor, a->exponents), y = reader.multiplied_out(b->cofactor, opposite);
  if (!x || !y || !budget.spend(units_of(x->bits() + y->bits()))) return {};
  return *x == *y;
}

}  // namespace cohort::rewards::math
