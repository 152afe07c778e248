#include "rewards/math/parser.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

namespace {

bool is_plain_number(const Node& node) {
  return (node.kind == Kind::integer || node.kind == Kind::decimal) && node.exponent == 0;
}

}  // namespace

// 6.02 × 10^{23} is one decimal; null where it is none. An integer stays exact as a product.
const Node* Parser::scientific(const Node* mantissa, const Node* factor) {
  if (mantissa->kind != Kind::decimal || !is_plain_number(*mantissa) || factor->kind != Kind::power) return nullptr;
  const Node& ten = (*factor)[0];
  const bool is_negative = (*factor)[1].kind == Kind::negate;
  const Node& digits = is_negative ? (*factor)[1][0] : (*factor)[1];
  if (ten.kind != Kind::integer || ten.text != "10" || digits.kind != Kind::integer || digits.text.size() > 9)
    return nullptr;
  Node* node = make(Kind::decimal, Nodes(), mantissa->text);
  int32_t value = 0;
  for (const char digit : digits.text) value = value * 10 + (digit - '0');
  node->exponent = is_negative ? -value : value;
  return node;
}

const Node* Parser::power() {
  const Level level(*this);
  if (!level.is_fine()) return nullptr;
  if (integral_ && differential()) return integer("1");
  const Node* node = atom();
  return node ? scripted(node) : nullptr;
}

// Powers, factorials, percent, degrees behind an atom.
const Node* Parser::scripted(const Node* base) {
  for (;;) {
    if (is(Sign::caret)) {
      const size_t inner = is_open('{', 1) ? 2 : 1;
      if (is(Sign::degree, inner)) {
        position_ += inner;
        // The brace behind the sign takes its place.
        if (inner == 2 && !(is(Sign::close, 1) || is_letter("C", 1) || is_letter("F", 1)))
          return fail("stray text in an exponent");
        if (inner == 2 && is(Sign::close, 1)) ++position_;
        base = degrees(base, inner == 2 && !is(Sign::close));
      } else if (is_letter("o", inner) && base->kind == Kind::integer && (inner == 1 || is(Sign::close, 2 + 1))) {
        position_ += inner;  // 60^o
        base = degrees(base, false);
        if (inner == 2) accept(Sign::close);
      } else if (is(Sign::times, 1) && !starts_operand(2)) {
        position_ += 2;
        // x^* is some other x; of a number in z it is the conjugate.
        const bool is_name = base->kind == Kind::symbol && base->text[0] != 'z' && base->text[0] != 'w';
        base = is_name ? leaf(Kind::symbol, arena_.copy(std::string(base->text) + "^*"))
                       : make(Kind::function, {base}, "conjugate");
      } else if (is_word(Word::ordinal, inner)) {
        position_ += inner + 1;
        if (inner == 2 && !accept(Sign::close)) return fail("stray text in an exponent");
      } else {
        ++position_;
        const Node* raised = exponent();
        const bool is_complement =
            raised && raised->kind == Kind::symbol && (raised->text == "c" || raised->text == "C");
        if (is_complement && is_set(*base)) {
          base = make(Kind::complement, {base});
          if (!base) return nullptr;
          continue;
        }
        const bool is_transpose = raised && raised->text == "T";
        if (is_transpose && base->kind == Kind::bracketed && base->open == '(' && base->close == ')') continue;
        const bool is_transposed = is_transpose && base->kind == Kind::matrix;
        base = is_transposed ? make(Kind::function, {base}, "transpose") : make(Kind::power, {base, raised});
      }
    } else if (const Node* next = postfix(base); next != base) {
      base = next;
    } else {
      return base;
    }
    if (!base) return nullptr;
  }
}

// One sign behind a value; `base` itself where there is none.
const Node* Parser::postfix(const Node* base) {
  if (is(Sign::bang)) {
    size_t count = 1;
    while (is(Sign::bang, count) && !at(count).is_spaced) ++count;
    position_ += count;
    if (count == 2) return make(Kind::function, {base}, "double_factorial");
    for (; base && count > 0; --count) base = make(Kind::factorial, {base});
    return base;
  }
  if (is(Sign::percent)) return ++position_, make(Kind::percent, {base});
  const bool is_composed =
      is(Sign::degree) && at().source.starts_with("\\circ") && is(Sign::letter, 1) && base->kind == Kind::symbol;
  if (is_composed) {  // f ∘ g
    ++position_;
    return make(Kind::function, {base, power()}, "compose");
  }
  if (is(Sign::degree)) return degrees(base);
  if (is(Sign::prime) && previous().sign == Sign::close &&
      (previous().shape == '(' || previous().shape == ')')) {  // (x^2)'
    const auto names = free_symbols(*base);
    if (names.size() != 1) return fail("a derivative by what?");
    ++position_;
    return make(Kind::derivative, {base, leaf(Kind::symbol, names[0])});
  }
  return base;
}

const Node* Parser::exponent() {
  const Level level(*this);
  if (!level.is_fine()) return nullptr;
  if (is(Sign::minus) || is(Sign::plus)) {
    const bool is_negative = is(Sign::minus);
    ++position_;
    return is_negative ? make(Kind::negate, {exponent()}) : exponent();
  }
  const bool is_group = is_open('{');
  const Node* node = is_group ? argument() : atom();
  if (node && node->kind == Kind::set && node->children.size() == 1) node = node->children[0];
  while (node && !is_group && accept(Sign::bang)) node = make(Kind::factorial, {node});
  if (node && is(Sign::caret) && !is(Sign::degree, 1)) {
    ++position_;
    return make(Kind::power, {node, exponent()});
  }
  return node;
}

// The exponent in the tokens from `begin` to `end`, which stand before this place. It must see no more of them: what
// stands behind is read once more by the caller, and so each level of x^a_1^a_1 would double the work.
const Node* Parser::exponent_between(size_t begin, size_t end) {
  const size_t place = position_, stop = scope_.stop;
  position_ = begin;
  scope_.stop = end;
  const Node* node = exponent();
  position_ = place;
  scope_.stop = stop;
  return node;
}

// 30°, 30°15′20″, 20 °C; the word degrees too.
const Node* Parser::degrees(const Node* base, bool in_group) {
  ++position_;
  for (const std::string_view letter : {"C", "F"}) {
    if (!is_letter(letter) || starts_operand(1)) continue;
    position_ += is(Sign::close, 1) && at(1).shape == '{' && in_group ? 2 : 1;
    return make(Kind::quantity, {base}, letter == "C" ? "°C" : "°F");
  }
  if (is(Sign::word) && (at().text == "Celsius" || at().text == "celsius"))
    return ++position_, make(Kind::quantity, {base}, "°C");
  if (is(Sign::word) && (at().text == "Fahrenheit" || at().text == "fahrenheit"))
    return ++position_, make(Kind::quantity, {base}, "°F");
  Gather parts(*this);
  parts.push(base);
  const auto is_minute = [&] { return is(Sign::number) && is(Sign::prime, 1); };
  for (const std::string_view fraction : {"60", "3600"}) {
    if (!is_minute() || (fraction == "60" && is(Sign::prime, 2))) continue;
    const Node* value = number_node(at());
    position_ += fraction == "60" ? 2 : is(Sign::prime, 2) ? 3 : 2;
    parts.push(make(Kind::divide, {value, integer(fraction)}));
  }
  const Node* whole = parts.size() == 1 ? base : make(Kind::add, parts.nodes());
  return make(Kind::degrees, {whole});
}

}  // namespace cohort::rewards::math
