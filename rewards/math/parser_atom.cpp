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
      return make(Kind::numeral, {integer(arena_.copy(std::to_string(token.value)))}, token.text);
    case Sign::vulgar: {
      ++position_;
      return make(Kind::divide, {integer(token.text.substr(0, 1)), integer(token.text.substr(2, 1))});
    }
    case Sign::letter:
      if (token.is_text && is(Sign::word, 1) && at(1).is_text && at(1).word != Word::conjunction &&
          at(1).word != Word::disjunction)
        return phrase();
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

// The text of an index or an accent: one token or a group, without blanks. Empty after fail().
std::string Parser::script_text() {
  std::string text;
  if (!is_open('{')) {
    if (at_end() || !(starts_operand(0) || is(Sign::word)) || is(Sign::open)) return fail("misplaced index"), text;
    text = is(Sign::letter) || is(Sign::constant) || is(Sign::number) ? at().text : at().source;
    ++position_;
    return text;
  }
  const size_t close = partner(position_);
  for (size_t i = position_ + 1; i < close; ++i) {
    const bool is_named =
        tokens_[i].sign == Sign::letter || tokens_[i].sign == Sign::constant || tokens_[i].sign == Sign::number;
    text += is_named ? tokens_[i].text : tokens_[i].source;
  }
  leave(close);
  if (text.empty()) fail("empty index");
  return text;
}

// A variable, its indices and primes, and what it is applied to.
const Node* Parser::symbol(std::string name, size_t start) {
  for (;;) {
    // x^2_1 is (x_1)^2.
    size_t index = 0;
    if (is(Sign::caret) && !is_open('{', 1) && is(Sign::underscore, 2)) index = 2;
    if (is(Sign::caret) && is_open('{', 1) && tokens_[partner(position_ + 1)].sign == Sign::close) {
      const size_t behind = partner(position_ + 1) + 1 - position_;
      if (is(Sign::underscore, behind)) index = behind;
    }
    if (is(Sign::prime)) {
      name += '\'';
      ++position_;
    } else if (is(Sign::underscore, index)) {
      const size_t power = position_;
      position_ += index + 1;
      const std::string text = script_text();
      if (text.empty()) return nullptr;
      const bool is_plain = std::all_of(text.begin(), text.end(),
                                        [](char c) { return cohort::rewards::math::is_letter(c) || is_digit(c); });
      name += is_plain ? "_" + text : "_{" + text + "}";
      if (index == 0) continue;
      const size_t behind_index = position_;
      position_ = power + 1;
      const Token& above = at(is_open('{') ? 1 : 0);
      const bool is_digits = std::all_of(text.begin(), text.end(), is_digit);
      if (name == "C_" + text && is_digits && is_integer(above) && !is_less(text, above.text)) {  // C^2_5
        const Node* chosen = exponent();
        position_ = behind_index;
        return make(Kind::function, {integer(arena_.copy(text)), chosen}, "binomial");
      }
      const Node* base = leaf(Kind::symbol, arena_.copy(name));
      const Node* node = make(Kind::power, {base, exponent()});
      position_ = behind_index;
      return node;
    } else {
      break;
    }
  }
  const std::string_view kept = arena_.copy(name);
  // f^{-1}(x)
  const bool is_inverse = is(Sign::caret) && is_open('{', 1) && is(Sign::minus, 2) && is(Sign::number, 3) &&
                          at(3).text == "1" && is(Sign::close, 4) && is_open('(', 5) &&
                          (name == "f" || name == "g" || name == "h");
  if (is_inverse) {
    position_ += 5;
    return call(arena_.copy(name + "^-1"), nullptr);
  }
  const bool is_choice = kept == "C" && is_open('(') && is_integer(at(1)) && is(Sign::comma, 2) && is_integer(at(3)) &&
                         is(Sign::close, 4) && !is_less(at(1).text, at(3).text);
  if (is_choice) return call("binomial", nullptr);
  return is_open('(') && is_application(kept, start) ? call(kept, nullptr) : leaf(Kind::symbol, kept);
}

// f(x) is a value of f, x(y + 1) a product. Of the other letters the text decides: P(x) = … defines a function.
bool Parser::is_application(std::string_view name, size_t start) const {
  if (name.back() == '\'' || name == "Gamma" || name == "zeta" || name == "f" || name == "F") return true;
  const size_t close = partner(position_);
  const Token& first = at(1);
  const bool is_simple = close == position_ + 2 && (first.sign == Sign::letter || first.sign == Sign::number);
  const bool is_nested = first.sign == Sign::letter && is_open('(', 2);
  if (name == "g" || name == "h" || name == "G" || name == "H" || name == "phi") return is_simple || is_nested;
  if (name.size() == 1 && is_upper(name[0]) && has_comma(close)) return true;  // the point P(1, 2)
  if ((name == "P" || name == "E") && first.sign == Sign::letter && is_upper(first.text[0])) return true;
  const Token& before = tokens_[start > 0 ? start - 1 : 0];
  const bool is_command = before.sign == Sign::open && before.word != Word::none;  // \boxed{P(x) = …}
  const bool is_start = start == 0 || is_command || before.sign == Sign::comma || before.sign == Sign::semicolon ||
                        before.sign == Sign::word;
  if (!is_start || close + 1 >= tokens_.size() || tokens_[close + 1].sign != Sign::relation) return false;
  if (close > position_ + 8) return false;
  return std::all_of(tokens_.begin() + static_cast<ptrdiff_t>(position_) + 1,
                     tokens_.begin() + static_cast<ptrdiff_t>(close), [](const Token& token) {
                       return token.sign == Sign::letter || token.sign == Sign::number || token.sign == Sign::comma;
                     });
}

bool Parser::has_comma(size_t close) const {
  for (size_t i = position_ + 1; i < close; ++i) {
    if (tokens_[i].sign == Sign::open)
      i = partner(i);
    else if (tokens_[i].sign == Sign::comma)
      return true;
  }
  return false;
}

// C_n^k, the number of choices; C_2 and C_1^2 are a constant.
const Node* Parser::combinations() {
  const size_t begin = position_;
  const Token& n = at(is_open('{', 1) ? 2 : 1);
  ++position_;
  const std::string text = script_text();
  if (text.empty()) return nullptr;
  const size_t shift = is(Sign::caret) ? (is_open('{', 1) ? 2 : 1) : 0;
  const Token& k = at(shift);
  const bool is_choice =
      shift > 0 && (is_integer(n) ? is_integer(k) && !is_less(n.text, k.text)
                                  : n.sign == Sign::letter && (k.sign == Sign::letter || is_integer(k)));
  position_ = begin;
  if (!is_choice) return symbol("C", begin - 1);
  ++position_;
  const Node* above = argument();
  if (!above || !accept(Sign::caret)) return fail("misplaced index");
  return make(Kind::function, {above, argument()}, "binomial");
}

const Node* Parser::constant() {
  const Token& token = at();
  const size_t start = position_++;
  const bool is_name = token.text == "e" || token.text == "i";
  const bool is_index = token.text == "i" && (bound_i_ > 0 || i_is_symbol_);
  if (is_index || (is_name && (is(Sign::underscore) || is(Sign::prime)))) return symbol(std::string(token.text), start);
  const bool is_number_set = token.text.size() == 1 && is_upper(token.text[0]);
  if (is_number_set && is(Sign::caret)) {  // ℝ^+
    const size_t inner = is_open('{', 1) ? 2 : 1;
    if ((is(Sign::plus, inner) || is(Sign::minus, inner)) && !starts_operand(inner + 1)) {
      const char sign = is(Sign::plus, inner) ? '+' : '-';
      position_ += inner + 1;
      if (inner == 2 && !accept(Sign::close)) return fail("misplaced sign");
      return leaf(Kind::constant, arena_.copy(std::string(token.text) + sign));
    }
  }
  return token.text == "T" ? symbol("T", start) : leaf(Kind::constant, token.text);
}

// \bar{x}, \vec{v}, \overline{AB}, \mathbf{i}
const Node* Parser::accented() {
  const std::string_view accent = at().text;
  const size_t start = position_++;
  const bool is_group = is_open('{');
  const size_t first = position_ + (is_group ? 1 : 0);
  const size_t stop = is_group ? partner(position_) : std::min(position_ + 1, scope_.stop);
  const auto is_name = [](const Token& token) {
    return token.sign == Sign::letter || (token.sign == Sign::constant && (token.text == "e" || token.text == "i"));
  };
  std::string name;
  for (size_t i = first; i < stop && is_name(tokens_[i]); ++i) name += tokens_[i].text;
  const bool is_letters = first < stop && std::all_of(tokens_.begin() + static_cast<ptrdiff_t>(first),
                                                      tokens_.begin() + static_cast<ptrdiff_t>(stop), is_name);
  if (is_letters) {
    const bool is_single = stop == first + 1;
    if (is_group)
      leave(stop);
    else
      ++position_;
    const bool is_unit_vector = name == "i" || name == "j" || name == "k";
    if (is_unit_vector && (accent == "hat" || accent == "vec" || accent == "bold")) return symbol(name + "_hat", start);
    if (accent == "conjugate" || (accent == "bar" && (name == "z" || name == "w")))
      return make(Kind::function, {symbol(name, start)}, "conjugate");
    if (is_single) return symbol(accent == "vec" || accent == "bold" ? name : name + "_" + std::string(accent), start);
    if (accent != "bold") return symbol(std::string(accent) + " " + name, start);
    position_ = is_group ? first - 1 : first;
  }
  const Node* inside = accent == "bold" ? power() : argument();
  if (!inside || accent == "bold") return inside;
  if (accent == "bar" && inside->kind == Kind::integer)
    return leaf(Kind::symbol, arena_.copy("bar " + std::string(inside->text)));
  if (accent == "bar" && is_set(*inside)) return make(Kind::complement, {inside});
  if (accent == "bar" || accent == "conjugate") return make(Kind::function, {inside}, "conjugate");
  return fail("an accent over an expression");
}

// Words where an operand could stand: alone, or as the name of a value. Not beside mathematics.
const Node* Parser::phrase() {
  if (is_word(Word::label) && position_ == 0) {
    const size_t length = is(Sign::colon, 1) ? 2 : 1;
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
