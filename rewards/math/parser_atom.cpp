#include <algorithm>

#include "rewards/math/characters.hpp"
#include "rewards/math/parser.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {

namespace {

struct Phrase {
  std::string_view text;
  Kind kind;
  std::string_view meaning;
};

constexpr Phrase phrases[] = {
    {"all real numbers", Kind::constant, "R"},
    {"all reals", Kind::constant, "R"},
    {"real numbers", Kind::constant, "R"},
    {"the real numbers", Kind::constant, "R"},
    {"set of all real numbers", Kind::constant, "R"},
    {"reals", Kind::constant, "R"},
    {"all integers", Kind::constant, "Z"},
    {"integers", Kind::constant, "Z"},
    {"the integers", Kind::constant, "Z"},
    {"all rational numbers", Kind::constant, "Q"},
    {"rational numbers", Kind::constant, "Q"},
    {"the rational numbers", Kind::constant, "Q"},
    {"natural numbers", Kind::constant, "N"},
    {"the natural numbers", Kind::constant, "N"},
    {"does not exist", Kind::constant, "undefined"},
    {"not defined", Kind::constant, "undefined"},
    {"empty set", Kind::constant, "emptyset"},
    {"the empty set", Kind::constant, "emptyset"},
    {"null set", Kind::constant, "emptyset"},
    {"no solutions", Kind::text, "no solution"},
    {"no real solutions", Kind::text, "no real solution"},
};

}  // namespace

const Node* Parser::atom() {
  const Token& token = at();
  const size_t start = position_;
  switch (token.sign) {
    case Sign::number:
      return number();
    case Sign::repeating:
      return ++position_, leaf(Kind::repeating, token.text);
    case Sign::numeral:
      ++position_;
      if (token.value == 10)  // 25_{10}
        return leaf(token.text.find('.') == token.text.npos ? Kind::integer : Kind::decimal, token.text);
      return make(Kind::numeral, {integer(arena_.copy(std::to_string(token.value)))}, token.text);
    case Sign::vulgar: {
      ++position_;
      return make(Kind::divide, {integer(token.text.substr(0, 1)), integer(token.text.substr(2, 1))});
    }
    case Sign::letter:
      if (token.is_text && is(Sign::word, 1) && at(1).is_text && at(1).word != Word::conjunction &&
          at(1).word != Word::disjunction)
        return phrase();
      if (token.text == "nabla") return nabla();
      ++position_;
      return token.text == "C" && is(Sign::underscore) ? combinations() : symbol(std::string(token.text), start);
    case Sign::constant:
      return constant();
    case Sign::function:
      return function();
    case Sign::word:
      return phrase();
    case Sign::open:
      return token.shape == '{' || token.shape == 's' ? braces() : bracket();
    case Sign::bar:
      return absolute();
    case Sign::double_bar:
      return norm();
    case Sign::fraction:
      return fraction();
    case Sign::binomial: {
      ++position_;
      const Node* n = argument();
      if (n && is_open('{') && has_comma(partner(position_))) return multinomial(n);
      return make(Kind::function, {n, n ? argument() : nullptr}, "binomial");
    }
    case Sign::root:
      return root();
    case Sign::accent:
      return accented();
    case Sign::sum:
      return big_operator();
    case Sign::integral:
      return integral();
    case Sign::limit:
      return limit();
    case Sign::begin:
      return environment();
    case Sign::currency:
      return money();
    case Sign::underscore:
    case Sign::caret:
      return prescript();
    case Sign::ellipsis:
      return ++position_, leaf(Kind::ellipsis, {});
    case Sign::partial:
      return ++position_, symbol("partial", start);
    case Sign::degree: {
      if (!starts_operand(1)) return fail("misplaced sign");
      ++position_;
      return call("deg", nullptr);
    }
    case Sign::end:
      return fail("missing operand");
    case Sign::garbage:
      return fail("unknown sign");
    case Sign::close:
      return fail("unbalanced brackets");
    default:
      return fail("misplaced sign");
  }
}

// Words where an operand could stand: alone, or as the name of a value. Not beside mathematics.
const Node* Parser::phrase() {
  const size_t label = position_ == 0 && is_word(Word::plain) ? 1 : 0;  // "The answer is 5"
  if (is_word(Word::label, label) && position_ == 0) {
    const bool has_sign = is(Sign::colon, label + 1) || is_word(Word::plain, label + 1);
    const size_t length = label + (has_sign ? 2 : 1);
    if (starts_operand(length) || is(Sign::minus, length)) return position_ += length, signed_term();
  }
  if (is_word(Word::otherwise)) return ++position_, leaf(Kind::constant, "true");
  const bool is_first = is_word(Word::conjunction) || is_word(Word::disjunction) || is_word(Word::condition);
  if (is_first) return fail("misplaced word");
  std::string text;
  size_t num_words = 0;
  const int number = number_of_word(at().text);
  while ((is(Sign::word) || (is(Sign::letter) && at().is_text)) && !is_word(Word::conjunction) &&
         !is_word(Word::disjunction) && !is_word(Word::condition)) {
    if (num_words++ > 0 && at().is_spaced) text += ' ';
    for (const char c : at().text) text += to_lower(c);
    ++position_;
    if (num_words == 1 && number >= 0 && starts_unit()) {  // five apples
      const UnitMatch unit = unit_at(position_);
      position_ = unit.end;
      return make(Kind::quantity, {integer(arena_.copy(std::to_string(number)))}, arena_.copy(unit.text));
    }
  }
  const bool ends = at_end() || is(Sign::comma) || is(Sign::semicolon) || is(Sign::relation) || is(Sign::word) ||
                    is(Sign::close) || is(Sign::newline) || is(Sign::ampersand) || at().is_wide;
  if (!ends) return fail("words within mathematics");
  if (num_words == 1 && number >= 0 && number <= 20) return integer(arena_.copy(std::to_string(number)));
  const bool is_added = position_ > num_words && tokens_[position_ - num_words - 1].sign == Sign::plus;
  if (is_added && (text == "constant" || text == "const")) return leaf(Kind::symbol, "C");  // x^2 + constant
  for (const Phrase& known : phrases)
    if (text == known.text) return leaf(known.kind, known.meaning);
  return leaf(Kind::text, arena_.copy(text));
}

// $5, €1.5 million, $5 per hour
const Node* Parser::money() {
  const std::string_view sign = at().text;
  ++position_;
  const bool is_negative = accept(Sign::minus);
  const Node* first = power();
  const Node* amount = first ? implicit_product(first, false) : nullptr;
  if (amount && is_word(Word::scale)) {
    const auto zeros = static_cast<size_t>(number_of_word(at().text));
    ++position_;
    amount = make(Kind::multiply, {amount, integer(arena_.copy("1" + std::string(zeros, '0')))});
  }
  if (!amount) return nullptr;
  std::string unit(sign);
  if (is_word(Word::per) || is(Sign::slash)) {
    const UnitMatch per = unit_at(position_ + 1);
    if (per.end != 0) {
      unit += "/" + per.text;
      position_ = per.end;
    }
  } else if (const UnitMatch again = unit_at(position_); again.end != 0 && again.text == unit) {
    position_ = again.end;  // $5 dollars
  }
  const Node* node = make(Kind::quantity, {amount}, arena_.copy(unit));
  return is_negative ? make(Kind::negate, {node}) : node;
}

// _nC_k, {}_5P_2, ^nC_k
const Node* Parser::prescript() {
  if (!is(Sign::underscore) && !is(Sign::caret)) return fail("misplaced sign");
  ++position_;
  const Node* n = argument();
  if (!n) return nullptr;
  if (is(Sign::root) && at().text == "2" && !is_open('[', 1)) {  // ⁴√11
    ++position_;
    return make(Kind::root, {is(Sign::number) ? number_node(tokens_[position_++]) : argument(), n});
  }
  const bool is_choice = is_letter("C");
  if (!is_choice && !is_letter("P")) return fail("an index without a base");
  ++position_;
  if (!accept(Sign::underscore)) return fail("an index without a base");
  return make(Kind::function, {n, argument()}, is_choice ? "binomial" : "permutations");
}

// What a command takes: a group, or one digit, letter or other atom.
const Node* Parser::argument() {
  if (is_open('{')) {
    const size_t close = partner(position_);
    const Node* inside = inside_of(position_, close);
    leave(close);
    return inside;
  }
  if (is(Sign::number) && at().text.size() > 1 && at().value == 0) {
    Token& token = tokens_[position_];
    const std::string_view digit = token.text.substr(0, 1);
    token.text.remove_prefix(1);
    token.is_spaced = false;
    return token.text[0] == '.' ? fail("a fraction of a decimal") : integer(digit);
  }
  if (is(Sign::number)) return number_node(tokens_[position_++]);
  if (is(Sign::word)) return phrase();
  if (is(Sign::letter)) return leaf(Kind::symbol, tokens_[position_++].text);
  return starts_operand(0) ? atom() : fail("missing argument");
}

const Node* Parser::fraction() {
  const size_t start = position_;
  if (const Node* node = derivative()) return node;
  if (!problem_.empty()) return nullptr;
  position_ = start + 1;
  const Node* numerator = argument();
  accept(Sign::slash);  // \nicefrac{a}/{b}
  return numerator ? make(Kind::divide, {numerator, argument()}) : nullptr;
}

const Node* Parser::root() {
  const Node* index = integer(at().text);
  const bool may_have_index = at().text == "2";
  ++position_;
  if (may_have_index && is_open('[')) {
    const size_t close = partner(position_);
    index = inside_of(position_, close);
    leave(close);
    if (!index) return nullptr;
  }
  const bool is_number = is(Sign::number);
  const Node* radicand = is_number ? number_node(tokens_[position_++]) : argument();
  if (radicand && radicand->kind == Kind::set && radicand->children.size() == 1) radicand = radicand->children[0];
  return make(Kind::root, {radicand, index});
}

}  // namespace cohort::rewards::math
