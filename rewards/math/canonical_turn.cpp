#include <cmath>

#include "rewards/math/canonical_form.hpp"

namespace cohort::rewards::math::canonical {

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

}  // namespace cohort::rewards::math::canonical
