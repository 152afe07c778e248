// Trees as fractions of polynomials in generators: what compare_canonical is made of.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "rewards/math/canonical.hpp"
#include "rewards/math/polynomial.hpp"

namespace cohort::rewards::math::canonical {

inline constexpr int64_t folded_bits = 8192;  // powers of primes up to here become coefficients
inline constexpr int64_t power_limit = 64;    // of a sum that is multiplied out

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

/// One comparison's generators, and the forms over them.
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
  Form common_divisor(const std::vector<Quotient>& arguments, bool is_multiple);
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

}  // namespace cohort::rewards::math::canonical
