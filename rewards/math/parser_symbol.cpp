#include <algorithm>
#include <array>

#include "rewards/math/characters.hpp"
#include "rewards/math/parser.hpp"

namespace cohort::rewards::math {

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
    const bool is_named = tokens_[i].sign == Sign::letter || tokens_[i].sign == Sign::constant ||
                          tokens_[i].sign == Sign::number || tokens_[i].sign == Sign::function;  // x_{\max}
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
    } else if (takes_order(name)) {
      name += order_text();
    } else if (is(Sign::underscore, index)) {
      const size_t power = position_;
      position_ += index + 1;
      const std::string text = script_text();
      if (text.empty()) return nullptr;
      const bool is_plain = std::all_of(text.begin(), text.end(),
                                        [](char c) { return cohort::rewards::math::is_letter(c) || is_digit(c); });
      name += is_plain ? "_" + text : "_{" + text + "}";
      if (index == 0) continue;
      const Token& above = tokens_[power + (tokens_[power + 1].sign == Sign::open ? 2 : 1)];
      const bool is_digits = std::all_of(text.begin(), text.end(), is_digit);
      const bool is_choice = name == "C_" + text && is_digits && is_integer(above) && !is_less(text, above.text);
      const Node* raised = exponent_between(power + 1, power + index);
      if (is_choice) return make(Kind::function, {integer(arena_.copy(text)), raised}, "binomial");  // C^2_5
      return make(Kind::power, {leaf(Kind::symbol, arena_.copy(name)), raised});
    } else if (is(Sign::number) && at().text == "0" && !at().is_spaced && name.size() == 1) {
      name += "_0";  // v0: nobody multiplies by nothing
      ++position_;
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
  // f^2(x) is the square of f(x).
  const size_t power = is(Sign::caret) && is(Sign::number, is_open('{', 1) ? 2 : 1) ? (is_open('{', 1) ? 4 : 2) : 0;
  if (power > 0 && is_open('(', power) && kept.size() == 1 && std::string_view("fgF").find(kept[0]) != kept.npos) {
    const size_t caret = position_;
    position_ += power;
    if (tokens_[position_ - 1].sign == (power == 4 ? Sign::close : Sign::number) && is_application(kept, start)) {
      const Node* raised = number_node(tokens_[caret + power / 2]);
      return make(Kind::power, {call(kept, nullptr), raised});
    }
    position_ = caret;
  }
  const bool is_choice = kept == "C" && is_open('(') && is_integer(at(1)) && is(Sign::comma, 2) && is_integer(at(3)) &&
                         is(Sign::close, 4) && !is_less(at(1).text, at(3).text);
  if (is_choice) return call("binomial", nullptr);
  // f{\left(x\right)}, as computer algebra prints it
  if (is_open('{') && is_open('(', 1) && partner(position_ + 1) + 1 == partner(position_)) {
    const size_t stop = partner(position_++);
    if (!is_application(kept, start)) return --position_, leaf(Kind::symbol, kept);
    const Node* value = call(kept, nullptr);
    if (value && position_ != stop) return fail("stray text behind arguments");
    return leave(stop), value;
  }
  const bool is_expectation = is_open('[') && (kept == "E" || kept == "P") && !at().is_spaced &&
                              at(1).sign == Sign::letter && is_upper(at(1).text[0]);
  if (is_expectation) return call(kept, nullptr);
  return is_open('(') && is_application(kept, start) ? call(kept, nullptr) : leaf(Kind::symbol, kept);
}

// f(x) is a value of f, x(y + 1) a product. Of the other letters the text decides: P(x) = … defines a function.
bool Parser::is_application(std::string_view name, size_t start) const {
  if (name.back() == '\'' || name.back() == ')' || name == "Gamma" || name == "zeta" || name == "f" || name == "F")
    return true;
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

// ∇f, ∇·F, ∇×F and ∇²f, which are no products: gradient, divergence, curl, Laplacian.
const Node* Parser::nabla() {
  const size_t start = position_++;
  std::string_view name = "gradient";
  const size_t raised = is(Sign::caret) ? (is_open('{', 1) ? 2 : 1) : 0;
  if (raised > 0 && is(Sign::number, raised) && at(raised).text == "2") {
    name = "laplacian";
    position_ += raised == 2 ? 4 : 2;
  } else if (is(Sign::times)) {
    name = at().source.starts_with("\\times") ? "curl" : "divergence";
    ++position_;
  }
  if (starts_operand(0)) return make(Kind::function, {power()}, name);
  position_ = start + 1;
  return symbol("nabla", start);
}

// Whether a number in brackets above the name says how often it was differentiated: f^{(2)}, y^{(4)}.
bool Parser::takes_order(std::string_view name) const {
  constexpr std::string_view functions = "fghFGHyu";
  if (!is(Sign::caret) || !is_open('{', 1) || !is_open('(', 2)) return false;
  const bool is_function = (name.size() == 1 && functions.find(name[0]) != functions.npos) || name.starts_with("f_") ||
                           name == "phi" || name == "psi";
  return is_function && partner(position_ + 2) + 1 == partner(position_ + 1) && partner(position_ + 2) > position_ + 3;
}

// The order that stands here, in primes where it is a digit.
std::string Parser::order_text() {
  ++position_;
  const size_t close = partner(position_);
  const Token& first = at(2);
  const bool is_digit_alone =
      partner(position_ + 1) == position_ + 3 && first.sign == Sign::number && first.text.size() == 1;
  std::string text = is_digit_alone ? std::string(static_cast<size_t>(first.text[0] - '0'), '\'') : "^";
  for (size_t i = position_ + 1; i < close && !is_digit_alone; ++i) text += tokens_[i].source;
  leave(close);
  return text;
}

// ℝ_{≥0} as [0, ∞), ℝ_{≠0}, ℤ_{>0} as {n ∈ ℤ | n > 0}; null where no bound stands below or above the letter.
const Node* Parser::part_of_numbers(std::string_view name) {
  const bool is_bounded = (is(Sign::underscore) || is(Sign::caret)) && is_open('{', 1) && is(Sign::relation, 2) &&
                          is(Sign::number, 3) && is_integer(at(3)) && is(Sign::close, 4);
  if (!is_bounded || !(name == "R" || name == "Z" || name == "N" || name == "Q")) return nullptr;
  const std::string_view word = at(2).text;
  const bool is_above = word == ">" || word == ">=", is_below = word == "<" || word == "<=";
  if (!is_above && !is_below && word != "!=") return nullptr;
  const Node* bound = integer(at(3).text);
  position_ += 5;
  if (word == "!=") return make(Kind::set_minus, {leaf(Kind::constant, name), make(Kind::set, {bound})});
  if (name != "R") {
    constexpr std::array<std::string_view, 1> in = {"in"};
    const Node* variable = leaf(Kind::symbol, "n");
    const std::array<const Node*, 2> domain = {variable, leaf(Kind::constant, name)}, sides = {variable, bound};
    const std::array<std::string_view, 1> words = {word};
    return make(Kind::set_builder, {relation_of(domain, in), relation_of(sides, words)});
  }
  const Node* endless = leaf(Kind::constant, "infinity");
  Node* interval = is_above ? make(Kind::bracketed, {bound, endless})
                            : make(Kind::bracketed, {make(Kind::negate, {endless}), bound});
  if (!interval) return nullptr;
  interval->open = word == ">=" ? '[' : '(';
  interval->close = word == "<=" ? ']' : ')';
  return interval;
}

const Node* Parser::constant() {
  const Token& token = at();
  const size_t start = position_++;
  const bool is_name = token.text == "e" || token.text == "i";
  const bool is_index = token.text == "i" && (bound_i_ > 0 || i_is_symbol_);
  if (is_index || (is_name && (is(Sign::underscore) || is(Sign::prime)))) return symbol(std::string(token.text), start);
  const bool is_number_set = token.text.size() == 1 && is_upper(token.text[0]);
  if (is_number_set)
    if (const Node* part = part_of_numbers(token.text)) return part;
  const bool is_signed = is(Sign::underscore) && (is(Sign::plus, 1) || is(Sign::minus, 1) || is(Sign::plus, 2));
  if (is_number_set && is(Sign::underscore) && !is_signed) return symbol(std::string(token.text), start);  // Z_6
  if (is_number_set && is(Sign::caret)) {                                                                  // ℝ^+
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
  const Level level(*this);
  if (!level.is_fine()) return nullptr;
  const std::string_view accent = at().text;
  const size_t start = position_++;
  const bool is_group = is_open('{');
  const size_t first = position_ + (is_group ? 1 : 0);
  const size_t stop = is_group ? partner(position_) : std::min(position_ + 1, scope_.stop);
  const auto is_name = [](const Token& token) {
    return token.sign == Sign::letter || (token.sign == Sign::constant && (token.text == "e" || token.text == "i"));
  };
  const bool is_nested = is_group && tokens_[first].sign == Sign::accent && accent != "bold";
  if (is_nested) {  // \hat{\mathbf{i}}
    position_ = first;
    const Node* unit = accented();
    if (unit && position_ == stop && unit->kind == Kind::symbol && unit->text.ends_with("_hat"))
      return leave(stop), unit;
    return fail("an accent over an accent");
  }
  std::string name;
  for (size_t i = first; i < stop && is_name(tokens_[i]); ++i) name += tokens_[i].text;
  if (name == "imath" || name == "jmath") name.resize(1);
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

}  // namespace cohort::rewards::math
