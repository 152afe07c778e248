#include "rewards/math/canonical.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "rewards/math/functions.hpp"
#include "rewards/math/polynomial.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/separation.hpp"

namespace cohort::rewards::math {

namespace {

struct Quotient {
  Polynomial top, bottom = constant(1);
};
using Form = std::optional<Quotient>;

/// What a generator stands for. The last four have arguments.
enum class Basis : uint8_t { symbol, prime, imaginary, pi, logarithm, exponential, base, sine, cosine, function, tree };

struct Generator {
  Basis basis;
  std::string_view text;  // symbol, function
  Integer integer;        // prime; logarithm: of that prime
  std::vector<Quotient> arguments;
  const Node* tree = nullptr;
  bool is_positive = false;  // as a real number, whatever the symbols
  bool is_nonzero = false;   // not the zero function
};

constexpr int64_t folded_bits = 8192;  // powers of primes up to here become coefficients
constexpr int64_t power_limit = 64;    // of a sum that is multiplied out
constexpr int64_t trial_divisor = 1000;

class Builder {
 public:
  Builder(const CanonicalOptions& options, Budget& budget) : options_(options), budget_(budget) {}

  Form form(const Node& node);
  Canonical compare(const Node& left, const Node& right);

 private:
  static Form number(Rational value) { return Quotient{constant(std::move(value))}; }
  static Form power_of(uint32_t index, Exponent exponent = {1, 1}) { return Quotient{generator(index, exponent)}; }
  Form add(const Form& a, const Form& b);
  Form multiply(const Form& a, const Form& b);
  Form divide(const Form& a, const Form& b);
  static Form negate(Form a) {
    if (a) a->top = scale(std::move(a->top), Rational(-1));
    return a;
  }
  Form raise(const Form& base, const Form& exponent);
  Form raise_to_integer(const Form& base, int64_t exponent);
  Form raise_to_fraction(const Form& base, const Exponent& exponent);
  Form power_of_rational(const Rational& base, const Exponent& exponent);
  Form exponential(const Form& argument);
  Form logarithm(const Form& argument);
  Form log_of_rational(const Rational& value);
  struct Turn {
    Form cosine, sine;
  };
  Turn turn(const Form& argument);
  Turn turn_of_unit(const Form& angle);
  Turn add_turns(const Turn& a, const Turn& b);
  Form cosine_of_turn(Rational half_turns);
  Form factorial(const Form& argument);
  Form absolute(const Form& argument);
  Form function(const Node& node);
  Form call(std::string_view name, std::vector<Quotient> arguments, bool is_positive = false);
  Form opaque(const Node& node);
  Form literal(const Node& node);

  uint32_t find(Basis basis, std::string_view text, const Integer& integer, std::vector<Quotient> arguments);
  uint32_t prime(const Integer& p) { return find(Basis::prime, "", p, {}); }
  uint32_t imaginary() { return find(Basis::imaginary, "", {}, {}); }
  std::vector<std::pair<Integer, int64_t>> factorise(Integer n);
  std::optional<Polynomial> normal(Polynomial a);
  std::optional<Polynomial> product(const Polynomial& a, const Polynomial& b);
  std::optional<Polynomial> difference(const Quotient& a, const Quotient& b);
  bool are_equal(const Quotient& a, const Quotient& b);
  std::optional<Polynomial> without_negative_exponents(Polynomial a);
  bool is_positive(const Monomial& monomial) const;
  static std::optional<Rational> value(const Form& a);
  Rational content(const Polynomial& a);
  std::pair<Rational, Quotient> primitive(const Quotient& a);

  CanonicalOptions options_;
  Budget& budget_;
  std::deque<Generator> generators_;  // references outlast additions
  int depth_ = 0;
};

std::optional<Rational> Builder::value(const Form& a) {
  if (!a || !a->bottom.is_one() || !a->top.is_constant()) return std::nullopt;
  return a->top.constant();
}

uint32_t Builder::find(Basis basis, std::string_view text, const Integer& integer, std::vector<Quotient> arguments) {
  for (uint32_t i = 0; i < generators_.size(); ++i) {
    const Generator& known = generators_[i];
    if (known.basis != basis || known.text != text || !(known.integer == integer)) continue;
    if (known.arguments.size() != arguments.size()) continue;
    bool is_same = true;
    for (size_t k = 0; is_same && k < arguments.size(); ++k)
      is_same = are_equal(generators_[i].arguments[k], arguments[k]);
    if (is_same) return i;
  }
  Generator made{basis, text, integer, std::move(arguments)};
  made.is_positive = basis == Basis::prime || basis == Basis::pi || basis == Basis::logarithm;
  made.is_nonzero =
      made.is_positive || basis == Basis::symbol || basis == Basis::imaginary || basis == Basis::exponential;
  if (basis == Basis::exponential && !options_.is_complex) {
    // e to a real number is positive. i only appears through roots of negative numbers: look for it.
    made.is_positive = true;
    for (const Term& term : made.arguments[0].top.terms)
      for (const Factor& factor : term.monomial) {
        const Generator& inside = generators_[factor.generator];
        made.is_positive &= inside.is_positive || (inside.basis == Basis::symbol && factor.exponent.is_integer());
      }
  }
  generators_.push_back(std::move(made));
  return static_cast<uint32_t>(generators_.size() - 1);
}

bool Builder::is_positive(const Monomial& monomial) const {
  return std::all_of(monomial.begin(), monomial.end(),
                     [&](const Factor& factor) { return generators_[factor.generator].is_positive; });
}

// Uses what is known of powers: i² = −1, √2² = 2, sin² = 1 − cos², √(x+1)² = x + 1.
std::optional<Polynomial> Builder::normal(Polynomial a) {
  for (int round = 0; round < 64; ++round) {
    bool is_changed = false;
    std::vector<Term> terms;
    Polynomial rest;
    for (Term& term : a.terms) {
      bool is_split = false;
      for (size_t i = 0; i < term.monomial.size() && !is_split; ++i) {
        Factor& factor = term.monomial[i];
        const Generator& known = generators_[factor.generator];
        const int64_t whole = factor.exponent.floor();
        switch (known.basis) {
          case Basis::imaginary:
            if (!factor.exponent.is_integer() || (whole >= 0 && whole <= 1)) break;
            if ((whole & 3) >= 2) term.coefficient = -term.coefficient;
            factor.exponent = {whole & 1, 1};
            is_changed = true;
            break;
          case Basis::prime: {
            if (whole == 0) break;
            const int64_t bits = known.integer.bits();
            if (whole > folded_bits || whole < -folded_bits || std::abs(whole) * bits > folded_bits) break;
            if (!budget_.spend(4 + std::abs(whole) * bits / 128)) return std::nullopt;
            term.coefficient = term.coefficient * math::power(Rational(known.integer), whole);
            factor.exponent.numerator -= whole * factor.exponent.denominator;
            is_changed = true;
            break;
          }
          case Basis::base:
          case Basis::sine: {
            const bool is_sine = known.basis == Basis::sine;
            if (is_sine ? !factor.exponent.is_integer() || whole < 2 : whole < 1 || !known.arguments[0].bottom.is_one())
              break;
            if (whole > power_limit) break;
            std::optional<Polynomial> expanded;
            if (is_sine) {
              const uint32_t cosine = find(Basis::cosine, "", {}, generators_[factor.generator].arguments);
              expanded = math::add(constant(1), scale(generator(cosine, {2, 1}), Rational(-1)), budget_);
              factor.exponent.numerator -= 2;
            } else {
              expanded = known.arguments[0].top;
              factor.exponent.numerator -= factor.exponent.denominator;
            }
            std::erase_if(term.monomial, [](const Factor& f) { return f.exponent.numerator == 0; });
            if (expanded) expanded = math::multiply(Polynomial{{term}}, *expanded, budget_);
            if (!expanded) return std::nullopt;
            auto sum = math::add(rest, *expanded, budget_);
            if (!sum) return std::nullopt;
            rest = std::move(*sum);
            is_split = is_changed = true;
            break;
          }
          default:
            break;
        }
      }
      if (is_split) continue;
      std::erase_if(term.monomial, [](const Factor& f) { return f.exponent.numerator == 0; });
      terms.push_back(std::move(term));
    }
    if (!is_changed) return Polynomial{std::move(terms)};
    auto sum = math::add(collect(std::move(terms)), rest, budget_);
    if (!sum) return std::nullopt;
    a = std::move(*sum);
  }
  return std::nullopt;
}

std::optional<Polynomial> Builder::product(const Polynomial& a, const Polynomial& b) {
  auto result = math::multiply(a, b, budget_);
  return result ? normal(std::move(*result)) : std::nullopt;
}

Form Builder::add(const Form& a, const Form& b) {
  if (!a || !b) return std::nullopt;
  if (a->bottom == b->bottom) {
    auto sum = math::add(a->top, b->top, budget_);
    return sum ? Form(Quotient{std::move(*sum), a->bottom}) : std::nullopt;
  }
  const auto left = product(a->top, b->bottom), right = product(b->top, a->bottom);
  auto bottom = product(a->bottom, b->bottom);
  if (!left || !right || !bottom) return std::nullopt;
  auto sum = math::add(*left, *right, budget_);
  return sum ? Form(Quotient{std::move(*sum), std::move(*bottom)}) : std::nullopt;
}

Form Builder::multiply(const Form& a, const Form& b) {
  if (!a || !b) return std::nullopt;
  auto top = product(a->top, b->top), bottom = product(a->bottom, b->bottom);
  if (!top || !bottom) return std::nullopt;
  return Quotient{std::move(*top), std::move(*bottom)};
}

Form Builder::divide(const Form& a, const Form& b) {
  if (!a || !b || b->top.is_zero()) return std::nullopt;
  // A single term goes up with negative exponents.
  Polynomial top = b->bottom, bottom = b->top;
  if (bottom.terms.size() == 1) {
    Term inverse = bottom.terms[0];
    for (Factor& factor : inverse.monomial) factor.exponent.numerator = -factor.exponent.numerator;
    inverse.coefficient = inverse.coefficient.inverse();
    const auto moved = product(top, Polynomial{{inverse}});
    if (!moved) return std::nullopt;
    top = *moved;
    bottom = constant(1);
  }
  return multiply(a, Quotient{std::move(top), std::move(bottom)});
}

Form Builder::raise_to_integer(const Form& base, int64_t exponent) {
  if (!base) return std::nullopt;
  if (exponent < 0) return divide(number(1), raise_to_integer(base, -exponent));
  if (exponent == 0) return base->top.is_zero() ? std::nullopt : number(1);
  if (base->top.terms.size() <= 1 && base->bottom.is_one()) {
    if (base->top.is_zero()) return base;
    Term term = base->top.terms[0];
    if (!term.coefficient.is_one() && !(term.coefficient == Rational(-1)) &&
        term.coefficient.bits() > folded_bits / exponent) {
      // The coefficient's power is written in primes.
      Form rest = power_of_rational(term.coefficient, {exponent, 1});
      term.coefficient = Rational(1);
      return multiply(rest, raise_to_integer(Quotient{Polynomial{{term}}}, exponent));
    }
    for (Factor& factor : term.monomial) {
      const auto scaled = math::multiply(factor.exponent, Exponent{exponent, 1});
      if (!scaled) return std::nullopt;
      factor.exponent = *scaled;
    }
    term.coefficient = math::power(term.coefficient, exponent);
    auto top = normal(Polynomial{{std::move(term)}});
    return top ? Form(Quotient{std::move(*top)}) : std::nullopt;
  }
  if (exponent > power_limit) return call("^", {*base, *number(exponent)});
  Form result = number(1), square = base;
  for (int64_t rest = exponent; rest > 0 && result && square; rest >>= 1) {
    if (rest & 1) result = multiply(result, square);
    if (rest > 1) square = multiply(square, square);
  }
  return result;
}

std::vector<std::pair<Integer, int64_t>> Builder::factorise(Integer n) {
  std::vector<std::pair<Integer, int64_t>> factors;
  if (n.bits() > folded_bits || !budget_.spend(100 + n.bits() / 4)) return {{std::move(n), 1}};
  const auto take = [&](int64_t p) {
    int64_t count = 0;
    for (;;) {
      Division parts = math::divide(n, Integer(p));
      if (!parts.remainder.is_zero()) break;
      n = std::move(parts.quotient);
      ++count;
    }
    if (count > 0) factors.emplace_back(p, count);
  };
  take(2);
  for (int64_t p = 3; p < trial_divisor && !n.is_one(); p += 2) {
    if (n.is_small() && p * p > n.small()) break;
    take(p);
  }
  if (n.is_one()) return factors;
  for (const int64_t index : {2, 3, 5}) {
    Integer root;
    if (exact_root(n, static_cast<uint64_t>(index), root)) {
      factors.emplace_back(root, index);
      return factors;
    }
  }
  factors.emplace_back(n, 1);
  return factors;
}

// A fraction to a fraction, in powers of primes.
Form Builder::power_of_rational(const Rational& base, const Exponent& exponent) {
  if (base.is_zero()) return exponent.numerator > 0 ? number(0) : std::nullopt;
  if (base.is_one()) return number(1);
  Form result = number(1);
  Rational size = base;
  size.reduce();
  if (size.sign() < 0) {
    size = -size;
    if (exponent.denominator == 1) {
      result = number(exponent.numerator & 1 ? -1 : 1);
    } else if (exponent.denominator == 2) {
      result = raise_to_integer(power_of(imaginary()), exponent.numerator);
    } else if (!options_.is_complex && exponent.denominator % 2 == 1) {
      result = number(exponent.numerator & 1 ? -1 : 1);
    } else {
      const uint32_t minus = find(Basis::base, "", {}, {Quotient{constant(-1)}});
      result = power_of(minus, exponent);
    }
  }
  for (const bool is_below : {false, true}) {
    const Integer& part = is_below ? size.denominator() : size.numerator();
    if (part.is_one()) continue;
    for (const auto& [p, count] : factorise(part)) {
      const auto scaled = math::multiply(exponent, Exponent{is_below ? -count : count, 1});
      if (!scaled) return std::nullopt;
      result = multiply(result, power_of(prime(p), *scaled));
    }
  }
  return multiply(result, number(1));  // which makes it normal
}

// The positive rational that leaves integers without a common factor.
Rational Builder::content(const Polynomial& a) {
  Integer top, bottom(1);
  for (const Term& term : a.terms) {
    if (!budget_.spend(4) || term.coefficient.bits() > 2000) return Rational(1);
    top = gcd(top, term.coefficient.numerator());
    const Integer& below = term.coefficient.denominator();
    bottom = bottom * math::divide(below, gcd(bottom, below)).quotient;
    if (bottom.bits() > 2000) return Rational(1);
  }
  return top.is_zero() ? Rational(1) : Rational(top, bottom);
}

// a = factor · rest with a positive factor.
std::pair<Rational, Quotient> Builder::primitive(const Quotient& a) {
  const Rational top = content(a.top), bottom = content(a.bottom);
  return {top / bottom, {scale(a.top, top.inverse()), scale(a.bottom, bottom.inverse())}};
}

Form Builder::raise_to_fraction(const Form& base, const Exponent& exponent) {
  if (!base) return std::nullopt;
  if (exponent.is_integer()) return raise_to_integer(base, exponent.numerator);
  if (const auto fraction = value(base)) return power_of_rational(*fraction, exponent);
  if (base->top.is_zero()) return exponent.numerator > 0 ? base : std::nullopt;
  // A positive factor leaves a root: √(4x²) = 2·√(x²).
  auto [factor, rest] = primitive(*base);
  Form outside = power_of_rational(factor, exponent);
  if (rest.top.terms.size() == 1 && rest.bottom.is_one()) {
    Term& term = rest.top.terms[0];
    Monomial kept;
    for (const Factor& part : term.monomial) {
      const bool is_single = term.monomial.size() == 1 && term.coefficient.is_one() && part.exponent == Exponent{1, 1};
      const Generator& known = generators_[part.generator];
      if (known.is_positive || (is_single && known.basis == Basis::symbol)) {
        const auto scaled = math::multiply(part.exponent, exponent);
        if (!scaled) return std::nullopt;
        outside = multiply(outside, power_of(part.generator, *scaled));
      } else {
        kept.push_back(part);
      }
    }
    term.monomial = std::move(kept);
    if (term.monomial.empty()) return multiply(outside, power_of_rational(term.coefficient, exponent));
  }
  const uint32_t index = find(Basis::base, "", {}, {std::move(rest)});
  return multiply(outside, power_of(index, exponent));
}

Form Builder::raise(const Form& base, const Form& exponent) {
  if (!base || !exponent) return std::nullopt;
  if (const auto fraction = value(exponent)) {
    const auto small = exponent_of(*fraction);
    if (small) return raise_to_fraction(base, *small);
    return call("^", {*base, *exponent}, value(base) && value(base)->sign() > 0);
  }
  // b^x = e^(x·log b). Where roots of negative numbers are real, that is no identity, but powers of one base still
  // multiply by adding exponents, and nothing else is used.
  if (base->top.is_zero()) return std::nullopt;
  return exponential(multiply(exponent, logarithm(base)));
}

Form Builder::exponential(const Form& argument) {
  if (!argument) return std::nullopt;
  if (!argument->bottom.is_one()) return call("exp", {*argument}, false);
  Form result = number(1);
  for (const Term& term : argument->top.terms) {
    const auto exponent = exponent_of(term.coefficient);
    const Monomial& monomial = term.monomial;
    if (!exponent) return call("exp", {*argument});
    if (monomial.size() == 1 && monomial[0].exponent == Exponent{1, 1}) {
      const Generator known = generators_[monomial[0].generator];
      if (known.basis == Basis::logarithm) {
        result = multiply(result, power_of(prime(known.integer), *exponent));
        continue;
      }
      if (known.basis == Basis::function && known.text == "ln" && known.arguments.size() == 1 &&
          exponent->is_integer()) {
        result = multiply(result, raise_to_integer(known.arguments[0], exponent->numerator));
        continue;
      }
    }
    const auto is_basis = [&](const Factor& factor, Basis basis) {
      return generators_[factor.generator].basis == basis && factor.exponent == Exponent{1, 1};
    };
    const bool is_turn =
        monomial.size() == 2 && ((is_basis(monomial[0], Basis::imaginary) && is_basis(monomial[1], Basis::pi)) ||
                                 (is_basis(monomial[1], Basis::imaginary) && is_basis(monomial[0], Basis::pi)));
    if (is_turn) {
      const Form cosine = cosine_of_turn(term.coefficient), sine = cosine_of_turn(Rational(1, 2) - term.coefficient);
      result = multiply(result, add(cosine, multiply(power_of(imaginary()), sine)));
      continue;
    }
    const uint32_t index = find(Basis::exponential, "", {}, {Quotient{Polynomial{{{monomial, Rational(1)}}}}});
    result = multiply(result, power_of(index, *exponent));
  }
  return result;
}

Form Builder::log_of_rational(const Rational& value) {
  Form result = number(0);
  Rational reduced = value;
  reduced.reduce();
  for (const bool is_below : {false, true}) {
    const Integer& part = is_below ? reduced.denominator() : reduced.numerator();
    if (part.is_one()) continue;
    for (const auto& [p, count] : factorise(part)) {
      const uint32_t index = find(Basis::logarithm, "", p, {});
      result = add(result, multiply(number(is_below ? -count : count), power_of(index)));
    }
  }
  return result;
}

Form Builder::logarithm(const Form& argument) {
  if (!argument || argument->top.is_zero()) return std::nullopt;
  // log of a positive factor leaves: log(2x) = log 2 + log x.
  auto [factor, rest] = primitive(*argument);
  Form sum = log_of_rational(factor);
  if (rest.bottom.is_one() && rest.top.terms.size() == 1) {
    Monomial kept;
    for (const Factor& part : rest.top.terms[0].monomial) {
      const Generator known = generators_[part.generator];
      const Rational exponent(Integer(part.exponent.numerator), Integer(part.exponent.denominator));
      if (known.basis == Basis::prime) {
        sum = add(sum, multiply(number(exponent), log_of_rational(Rational(known.integer))));
      } else if (known.basis == Basis::exponential && known.is_positive) {
        sum = add(sum, multiply(number(exponent), known.arguments[0]));
      } else if (known.basis == Basis::pi) {
        sum = add(sum, multiply(number(exponent), call("ln", {Quotient{generator(part.generator)}})));
      } else {
        kept.push_back(part);
      }
    }
    rest.top.terms[0].monomial = std::move(kept);
    if (rest.top.is_one()) return sum;
  }
  return add(sum, call("ln", {std::move(rest)}));
}

// cos(t·π), in radicals for the angles that everybody knows.
Form Builder::cosine_of_turn(Rational half_turns) {
  // To [0, 1/2]: even, of period 2, and cos(π − x) = −cos x.
  half_turns = half_turns - Rational(2) * Rational((half_turns / Rational(2)).floor());
  if (half_turns > Rational(1)) half_turns = Rational(2) - half_turns;
  const bool is_negative = half_turns > Rational(1, 2);
  if (is_negative) half_turns = Rational(1) - half_turns;
  const auto root = [&](int64_t n) { return power_of_rational(Rational(n), {1, 2}); };
  const auto at = [&](int64_t p, int64_t q) { return half_turns == Rational(Integer(p), Integer(q)); };
  Form result;
  if (half_turns.is_zero())
    result = number(1);
  else if (at(1, 2))
    result = number(0);
  else if (at(1, 3))
    result = number(Rational(1, 2));
  else if (at(1, 4))
    result = divide(root(2), number(2));
  else if (at(1, 6))
    result = divide(root(3), number(2));
  else if (at(1, 5))
    result = divide(add(root(5), number(1)), number(4));
  else if (at(2, 5))
    result = divide(add(root(5), number(-1)), number(4));
  else if (at(1, 12))
    result = divide(add(root(6), root(2)), number(4));
  else if (at(5, 12))
    result = divide(add(root(6), negate(root(2))), number(4));
  else {
    const uint32_t index =
        find(Basis::cosine, "", {}, {*multiply(number(half_turns), power_of(find(Basis::pi, "", {}, {})))});
    generators_[index].is_positive = generators_[index].is_nonzero = true;  // between 0 and a quarter turn
    result = power_of(index);
  }
  return is_negative ? negate(result) : result;
}

// Cosine and sine of an angle. Sums and small multiples are taken apart, so that cos 2x meets 2·cos²x − 1.
Builder::Turn Builder::turn(const Form& argument) {
  constexpr size_t terms_limit = 3;
  constexpr int64_t multiple_limit = 8;
  Turn all{number(1), number(0)};
  if (!argument) return {};
  const bool is_sum = argument->bottom.is_one() && argument->top.terms.size() <= terms_limit;
  if (!is_sum) {
    // One of x and −x, by the sign of the leading coefficient.
    const bool is_flipped = argument->top.terms.back().coefficient.sign() < 0;
    const Turn one = turn_of_unit(is_flipped ? negate(argument) : argument);
    return is_flipped ? Turn{one.cosine, negate(one.sine)} : one;
  }
  const uint32_t pi = find(Basis::pi, "", {}, {});
  for (const Term& term : argument->top.terms) {
    Turn part;
    if (term.monomial == Monomial{{pi, {1, 1}}} && term.coefficient.bits() < 200) {
      part = {cosine_of_turn(term.coefficient), cosine_of_turn(Rational(1, 2) - term.coefficient)};
    } else {
      const Integer& multiple = term.coefficient.numerator();
      const bool is_multiple = multiple.is_small() && std::abs(multiple.small()) <= multiple_limit;
      const Integer count = is_multiple ? abs(multiple) : Integer(1);
      Rational unit = term.coefficient.sign() < 0 ? -term.coefficient : term.coefficient;
      unit = unit / Rational(count);
      const Turn one = turn_of_unit(Quotient{Polynomial{{{term.monomial, unit}}}});
      part = one;
      for (int64_t i = 1; i < count.small(); ++i) part = add_turns(part, one);
      if (term.coefficient.sign() < 0) part.sine = negate(part.sine);
    }
    all = add_turns(all, part);
  }
  return all;
}

Builder::Turn Builder::turn_of_unit(const Form& angle) {
  if (!angle) return {};
  const uint32_t cosine = find(Basis::cosine, "", {}, {*angle}), sine = find(Basis::sine, "", {}, {*angle});
  return {power_of(cosine), power_of(sine)};
}

Builder::Turn Builder::add_turns(const Turn& a, const Turn& b) {
  return {add(multiply(a.cosine, b.cosine), negate(multiply(a.sine, b.sine))),
          add(multiply(a.sine, b.cosine), multiply(a.cosine, b.sine))};
}

// (n + 2)! = (n + 2)·(n + 1)·n!; large numbers lean on a factorial nearby that is known already.
Form Builder::factorial(const Form& argument) {
  if (!argument) return std::nullopt;
  if (const auto exact = value(argument)) {
    if (!exact->is_integer() || !exact->numerator().is_small()) return call("factorial", {*argument});
    const int64_t n = exact->numerator().small();
    if (n < 0) return std::nullopt;
    if (n <= 170) {
      Integer product(1);
      for (int64_t i = 2; i <= n; ++i) product = product * Integer(i);
      return budget_.spend(n) ? number(Rational(std::move(product))) : std::nullopt;
    }
    for (uint32_t i = 0; i < generators_.size(); ++i) {
      const Generator& known = generators_[i];
      if (known.basis != Basis::function || known.text != "factorial") continue;
      const auto other = value(known.arguments[0]);
      if (!other || !other->is_integer() || !other->numerator().is_small()) continue;
      const int64_t m = other->numerator().small();
      if (std::abs(m - n) > power_limit) continue;
      Integer product(1);
      for (int64_t k = std::min(m, n) + 1; k <= std::max(m, n); ++k) product = product * Integer(k);
      if (!budget_.spend(200)) return std::nullopt;
      const Rational ratio(product);
      return multiply(number(m < n ? ratio : ratio.inverse()), power_of(i));
    }
    return call("factorial", {*argument}, true);
  }
  if (!argument->bottom.is_one()) return call("factorial", {*argument});
  Rational shift;
  for (const Term& term : argument->top.terms)
    if (term.monomial.empty()) shift = term.coefficient;
  const Integer whole = shift.floor();
  if (!whole.is_small() || std::abs(whole.small()) > 30) return call("factorial", {*argument});
  const int64_t steps = whole.small();
  const Form base = add(argument, number(-steps));
  if (!base) return std::nullopt;
  Form result = call("factorial", {*base});
  for (int64_t k = 1; k <= steps; ++k) result = multiply(result, add(base, number(k)));
  for (int64_t k = 0; k > steps; --k) result = divide(result, add(base, number(k)));
  return result;
}

Form Builder::absolute(const Form& argument) {
  if (!argument || options_.is_complex) return argument ? call("abs", {*argument}) : std::nullopt;
  if (const auto exact = value(argument)) return number(exact->sign() < 0 ? -*exact : *exact);
  auto [factor, rest] = primitive(*argument);
  if (rest.top.terms.back().coefficient.sign() < 0) rest.top = scale(std::move(rest.top), Rational(-1));
  if (rest.bottom.is_one() && rest.top.terms.size() == 1 && is_positive(rest.top.terms[0].monomial))
    return multiply(number(factor), rest);
  return multiply(number(factor), call("abs", {std::move(rest)}));
}

Form Builder::call(std::string_view name, std::vector<Quotient> arguments, bool is_positive) {
  const uint32_t index = find(Basis::function, name, {}, std::move(arguments));
  if (is_positive) generators_[index].is_positive = generators_[index].is_nonzero = true;
  return power_of(index);
}

// A tree that nothing is known of but that it equals itself.
Form Builder::opaque(const Node& node) {
  for (uint32_t i = 0; i < generators_.size(); ++i)
    if (generators_[i].tree && same_tree(*generators_[i].tree, node)) return power_of(i);
  Generator made{Basis::tree, "", {}, {}};
  made.tree = &node;
  generators_.push_back(std::move(made));
  return power_of(static_cast<uint32_t>(generators_.size() - 1));
}

Form Builder::function(const Node& node) {
  const Function function = function_of(node.text);
  const bool is_exact = function >= Function::sign && function != Function::cbrt && function != Function::log &&
                        function != Function::pow && function != Function::factorial && function != Function::sinc;
  if (is_exact) {
    if (auto exact = rational_value(node, budget_)) return number(std::move(*exact));
  }
  if (node.children.empty() || function == Function::det || function == Function::cis) return opaque(node);
  std::vector<Quotient> arguments;
  for (const Node* child : node.children) {
    auto argument = form(*child);
    if (!argument) return std::nullopt;
    arguments.push_back(std::move(*argument));
  }
  const Form first = arguments[0];
  const size_t most = function == Function::log || function == Function::pow ? 2 : 1;
  if ((function == Function::binomial || function == Function::permutations) && arguments.size() == 2) {
    const Form rest = factorial(add(first, negate(arguments[1])));
    const Form below = function == Function::permutations ? rest : multiply(factorial(arguments[1]), rest);
    return divide(factorial(first), below);
  }
  if (arguments.size() > most) return call(node.text, std::move(arguments));
  const auto half = [&](const Form& a, const Form& b) { return divide(add(a, b), number(2)); };
  const auto up = [&] { return exponential(first); };
  const auto down = [&] { return exponential(negate(first)); };
  switch (function) {
    case Function::sin:
      return turn(first).sine;
    case Function::cos:
      return turn(first).cosine;
    case Function::tan:
      return divide(turn(first).sine, turn(first).cosine);
    case Function::cot:
      return divide(turn(first).cosine, turn(first).sine);
    case Function::sec:
      return divide(number(1), turn(first).cosine);
    case Function::csc:
      return divide(number(1), turn(first).sine);
    case Function::sinh:
      return half(up(), negate(down()));
    case Function::cosh:
      return half(up(), down());
    case Function::tanh:
      return divide(add(up(), negate(down())), add(up(), down()));
    case Function::coth:
      return divide(add(up(), down()), add(up(), negate(down())));
    case Function::sech:
      return divide(number(2), add(up(), down()));
    case Function::csch:
      return divide(number(2), add(up(), negate(down())));
    case Function::exp:
      return up();
    case Function::ln:
      return logarithm(first);
    case Function::lg:
      return divide(logarithm(first), log_of_rational(Rational(10)));
    case Function::log:
      if (arguments.size() == 2) return divide(logarithm(first), logarithm(arguments[1]));
      return options_.log_is_decimal ? divide(logarithm(first), log_of_rational(Rational(10))) : logarithm(first);
    case Function::sqrt:
      return raise_to_fraction(first, {1, 2});
    case Function::cbrt:
      return raise_to_fraction(first, {1, 3});
    case Function::pow:
      return arguments.size() == 2 ? raise(first, arguments[1]) : opaque(node);
    case Function::abs:
      return absolute(first);
    case Function::factorial:
      return factorial(first);
    default:
      return call(node.text, std::move(arguments));
  }
}

Form Builder::literal(const Node& node) {
  constexpr int64_t bits = 60'000;
  if (std::abs(int64_t{node.exponent}) > 1000) {
    // 2.5·10^9999 in powers of primes
    Node mantissa = node;
    mantissa.exponent = 0;
    auto exact = rational_value(mantissa, budget_, bits);
    if (!exact) return opaque(node);
    return multiply(number(std::move(*exact)), power_of_rational(Rational(10), {node.exponent, 1}));
  }
  if (auto exact = rational_value(node, budget_, bits)) return number(std::move(*exact));
  return opaque(node);
}

Form Builder::form(const Node& node) {
  if (!budget_.spend(2)) return std::nullopt;
  const auto fold = [&](auto combine) {
    Form result = form(node[0]);
    for (size_t i = 1; result && i < node.children.size(); ++i) result = combine(result, form(node[i]));
    return result;
  };
  switch (node.kind) {
    case Kind::integer:
    case Kind::decimal:
    case Kind::repeating:
    case Kind::numeral:
    case Kind::mixed:
      return literal(node);
    case Kind::symbol:
      return power_of(find(Basis::symbol, node.text, {}, {}));
    case Kind::constant:
      if (node.text == "pi") return power_of(find(Basis::pi, "", {}, {}));
      if (node.text == "e") return exponential(number(1));
      if (node.text == "i") return power_of(imaginary());
      return std::nullopt;
    case Kind::negate:
      return negate(form(node[0]));
    case Kind::add:
      return fold([&](const Form& a, const Form& b) { return add(a, b); });
    case Kind::multiply:
      return fold([&](const Form& a, const Form& b) { return multiply(a, b); });
    case Kind::divide:
      return fold([&](const Form& a, const Form& b) { return divide(a, b); });
    case Kind::power:
      if (node[0].kind == Kind::constant && node[0].text == "e") return exponential(form(node[1]));
      return raise(form(node[0]), form(node[1]));
    case Kind::root: {
      const Form index = form(node[1]);
      return raise(form(node[0]), divide(number(1), index));
    }
    case Kind::factorial:
      return factorial(form(node[0]));
    case Kind::absolute:
      return node[0].kind == Kind::matrix ? opaque(node) : absolute(form(node[0]));
    case Kind::percent:
      return divide(form(node[0]), number(100));
    case Kind::degrees:
      return multiply(form(node[0]), multiply(number(Rational(1, 180)), power_of(find(Basis::pi, "", {}, {}))));
    case Kind::function:
      return function(node);
    case Kind::sum:
    case Kind::product:
      if (auto exact = rational_value(node, budget_)) return number(std::move(*exact));
      return opaque(node);
    case Kind::bracketed:
      return node.children.size() == 1 ? form(node[0]) : std::nullopt;
    case Kind::integral:
    case Kind::limit:
    case Kind::derivative:
      return opaque(node);
    default:
      return std::nullopt;
  }
}

// The same zeros, without negative exponents: multiplied by what the smallest exponent of each generator lacks.
std::optional<Polynomial> Builder::without_negative_exponents(Polynomial a) {
  std::vector<Factor> least;
  for (const Term& term : a.terms)
    for (const Factor& factor : term.monomial) {
      auto found =
          std::find_if(least.begin(), least.end(), [&](const Factor& f) { return f.generator == factor.generator; });
      if (found == least.end())
        least.push_back(factor);
      else if (less(factor.exponent, found->exponent))
        found->exponent = factor.exponent;
    }
  Monomial shift;
  for (Factor& factor : least) {
    const auto has = [&](const Term& term) {
      return std::any_of(term.monomial.begin(), term.monomial.end(),
                         [&](const Factor& f) { return f.generator == factor.generator; });
    };
    const bool is_everywhere = std::all_of(a.terms.begin(), a.terms.end(), has);
    // Exponent 0 counts too, where a term lacks the generator. What all terms share is left out, unless it may be 0.
    const bool may_leave = is_everywhere && generators_[factor.generator].is_nonzero;
    if (!may_leave && factor.exponent.numerator > 0) continue;
    factor.exponent.numerator = -factor.exponent.numerator;
    shift.push_back(factor);
  }
  std::sort(shift.begin(), shift.end(), [](const Factor& x, const Factor& y) { return x.generator < y.generator; });
  for (const Factor& factor : shift) {
    auto product = math::multiply(a, Polynomial{{{{factor}, Rational(1)}}}, budget_);
    if (!product) return std::nullopt;
    a = std::move(*product);
  }
  return normal(std::move(a));
}

std::optional<Polynomial> Builder::difference(const Quotient& a, const Quotient& b) {
  std::optional<Polynomial> left, right;
  if (a.bottom == b.bottom) {
    left = a.top;
    right = b.top;
  } else {
    left = product(a.top, b.bottom);
    right = product(b.top, a.bottom);
  }
  if (!left || !right) return std::nullopt;
  auto sum = math::add(*left, scale(std::move(*right), Rational(-1)), budget_);
  if (!sum || sum->is_zero()) return sum;
  return without_negative_exponents(std::move(*sum));
}

bool Builder::are_equal(const Quotient& a, const Quotient& b) {
  if (a.top == b.top && a.bottom == b.bottom) return true;
  const auto apart = difference(a, b);
  return apart && apart->is_zero();
}

Canonical Builder::compare(const Node& left, const Node& right) {
  const Form a = form(left);
  const Form b = a ? form(right) : std::nullopt;
  if (!b) return Canonical::open;
  const auto apart = difference(*a, *b);
  if (!apart) return Canonical::open;
  if (apart->is_zero()) return Canonical::equal;
  // Not zero: one term of factors that are not zero, or a polynomial in symbols alone.
  const auto is_nonzero = [&](const Factor& factor) { return generators_[factor.generator].is_nonzero; };
  const auto is_symbol = [&](const Factor& factor) {
    return generators_[factor.generator].basis == Basis::symbol && factor.exponent.is_integer();
  };
  const auto all = [&](auto predicate) {
    return std::all_of(apart->terms.begin(), apart->terms.end(), [&](const Term& term) {
      return std::all_of(term.monomial.begin(), term.monomial.end(), predicate);
    });
  };
  const bool is_different = all(is_symbol) || (apart->terms.size() == 1 && all(is_nonzero));
  return is_different ? Canonical::different : Canonical::open;
}

}  // namespace

Canonical compare_canonical(const Node& left, const Node& right, const CanonicalOptions& options, Budget& budget) {
  return Builder(options, budget).compare(left, right);
}

}  // namespace cohort::rewards::math
