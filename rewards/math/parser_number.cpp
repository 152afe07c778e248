#include <algorithm>
#include <string>

#include "rewards/math/parser.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {

bool is_integer(const Token& token) {
  return token.sign == Sign::number && token.value == 0 && token.text.find('.') == token.text.npos;
}

// Leading zeros count for nothing.
bool is_less(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

const Node* Parser::number_node(const Token& token) {
  const bool is_decimal = token.text.find('.') != token.text.npos;
  Node* node = leaf(is_decimal ? Kind::decimal : Kind::integer, token.text);
  node->exponent = token.value;
  return node;
}

// A fraction of two integer literals `ahead`: \frac{1}{2}, \frac12, or 1/2.
std::optional<Parser::Fraction> Parser::fraction_literal(size_t ahead) const {
  if (is_integer(at(ahead)) && is(Sign::slash, ahead + 1) && is_integer(at(ahead + 2))) {
    if (is(Sign::caret, ahead + 3) || is(Sign::slash, ahead + 3)) return {};
    return Fraction{at(ahead).text, at(ahead + 2).text, ahead + 3};
  }
  if (!is(Sign::fraction, ahead)) return {};
  std::string_view parts[2];
  size_t next = ahead + 1;
  for (size_t i = 0; i < 2; ++i) {
    if (is_open('{', next) && is_integer(at(next + 1)) && is(Sign::close, next + 2)) {
      parts[i] = at(next + 1).text;
      next += 3;
    } else if (i == 0 && is_integer(at(next)) && at(next).text.size() == 2) {
      return Fraction{at(next).text.substr(0, 1), at(next).text.substr(1), next + 1};
    } else if (is_integer(at(next)) && at(next).text.size() == 1) {
      parts[i] = at(next++).text;
    } else {
      return {};
    }
  }
  return Fraction{parts[0], parts[1], next};
}

const Node* Parser::number() {
  const Token& token = at();
  if (is_integer(token)) {
    // 2 1/2, 1\frac12, 1½
    const bool may_be_mixed = at(1).sign != Sign::number || at(1).is_spaced;
    const auto part = may_be_mixed ? fraction_literal(1) : std::nullopt;
    if (part && is_less(part->numerator, part->denominator) && is_less("0", part->numerator)) {
      position_ += part->end;
      return make(Kind::mixed, {integer(token.text), integer(part->numerator), integer(part->denominator)});
    }
    if (is(Sign::vulgar, 1)) {
      const std::string_view text = at(1).text;
      position_ += 2;
      return make(Kind::mixed, {integer(token.text), integer(text.substr(0, 1)), integer(text.substr(2))});
    }
    // 5C2, 5P2
    const bool is_choice =
        (is_letter("C", 1) || is_letter("P", 1)) && is_integer(at(2)) && !at(1).is_spaced && !at(2).is_spaced;
    if (is_choice) {
      const std::string_view name = is_letter("C", 1) ? "binomial" : "permutations";
      position_ += 3;
      return make(Kind::function, {integer(token.text), integer(previous().text)}, name);
    }
    // 204 base 5, 204 (base 5)
    const size_t bracket = is_open('(', 1) ? 1 : 0;
    if (is_word(Word::base, 1 + bracket) && (is_integer(at(2 + bracket)) || is(Sign::word, 2 + bracket))) {
      const Token& base = at(2 + bracket);
      const int named = base.sign == Sign::word ? number_of_word(base.text) : 0;
      position_ += 3 + bracket;
      if ((bracket && !accept(Sign::close)) || named < 0) return fail("a base without a number");
      return make(Kind::numeral, {integer(named ? arena_.copy(std::to_string(named)) : base.text)}, token.text);
    }
  }
  if (is(Sign::ellipsis, 1) && token.text.find('.') != token.text.npos && token.value == 0) return approximate(token);
  ++position_;
  if (is(Sign::prime)) {  // 5' and 5''
    const bool is_inch = is(Sign::prime, 1);
    position_ += is_inch ? 2 : 1;
    return make(Kind::quantity, {number_node(token)}, is_inch ? "in" : "ft");
  }
  return number_node(token);
}

// 0.333… repeats where the end of the digits does, at least twice for a period of several digits; 3.14159… is rounded.
const Node* Parser::approximate(const Token& token) {
  position_ += 2;
  const std::string_view text = token.text;
  const size_t point = text.find('.');
  const size_t num_decimals = text.size() - point - 1;
  for (size_t period = 1; period <= num_decimals / 2; ++period) {
    const std::string_view last = text.substr(text.size() - period);
    size_t repeats = 0;
    while ((repeats + 1) * period <= num_decimals && text.substr(text.size() - (repeats + 1) * period, period) == last)
      ++repeats;
    if (repeats < (period == 1 ? 3u : 2u)) continue;
    const size_t begin = text.size() - repeats * period;
    return leaf(Kind::repeating, arena_.copy(std::string(text.substr(0, begin)) + '|' + std::string(last)));
  }
  return number_node(token);
}

}  // namespace cohort::rewards::math
