#include <algorithm>

#include "rewards/math/parser.hpp"
#include "rewards/math/unit.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {

namespace {

bool has_quantity(std::span<const Node* const> items) {
  return std::any_of(items.begin(), items.end(), [](const Node* item) {
    const Node& inner = item->kind == Kind::negate ? (*item)[0] : *item;
    return inner.kind == Kind::quantity || inner.kind == Kind::degrees;
  });
}

bool is_plain_number(const Node& node) {
  return (node.kind == Kind::integer || node.kind == Kind::decimal) && node.exponent == 0;
}

}  // namespace

const Node* Parser::ratio() {
  Gather parts(*this);
  do {
    if (!parts.push(set_union())) return nullptr;
  } while (scope_.has_ratio && accept(Sign::colon));
  const Node* node = parts.size() == 1 ? parts[0] : make(Kind::ratio, parts.nodes());
  if (node && is_word(Word::clock)) {
    const bool is_morning = at().text[0] == 'a' || at().text[0] == 'A';
    ++position_;
    return make(Kind::quantity, {node}, is_morning ? "am" : "pm");
  }
  return node;
}

const Node* Parser::set_union() {
  const Node* left = set_intersection();
  while (left) {
    const bool is_letter_u = is_letter("U") && previous().sign == Sign::close && starts_operand(1) && is_set(*left);
    if (is_letter_u || is(Sign::cup)) {
      Gather parts(*this);
      if (!parts.push(as_set(left))) return nullptr;
      while (is(Sign::cup) || (is_letter("U") && is_letter_u)) {
        ++position_;
        if (!parts.push(as_set(set_intersection()))) return nullptr;
      }
      left = make(Kind::set_union, parts.nodes());
    } else if (is(Sign::choose) || is(Sign::over)) {
      const bool is_choice = is(Sign::choose);
      ++position_;
      const Node* below = set_intersection();
      left = is_choice ? make(Kind::function, {left, below}, "binomial") : make(Kind::divide, {left, below});
    } else if (accept(Sign::set_minus)) {
      left = make(Kind::set_minus, {as_set(left), as_set(set_intersection())});
    } else {
      break;
    }
  }
  return left;
}

const Node* Parser::set_intersection() {
  const Node* first = sum();
  if (!first || !is(Sign::cap)) return first;
  Gather parts(*this);
  if (!parts.push(as_set(first))) return nullptr;
  while (accept(Sign::cap))
    if (!parts.push(as_set(sum()))) return nullptr;
  return make(Kind::intersection, parts.nodes());
}

const Node* Parser::sum() {
  const Level level(*this);
  if (!level.is_fine()) return nullptr;
  Gather terms(*this);
  if (!terms.push(signed_term())) return nullptr;
  for (;;) {
    if (integral_ && integral_->variable && integral_->level == level_) break;
    if (is(Sign::minus) && is_set(*terms[0]) && terms.size() == 1) {  // ℝ − {0}
      ++position_;
      const Node* right = term();
      if (!right) return nullptr;
      if ((is_set(*right) || is_group(right)) &&
          (right->kind != Kind::bracketed || terms[0]->kind != Kind::bracketed)) {
        const Node* difference = make(Kind::set_minus, {terms[0], as_set(right)});
        if (!difference) return nullptr;
        terms.replace_all(difference);
      } else if (!terms.push(make(Kind::negate, {right}))) {
        return nullptr;
      }
      continue;
    }
    const bool is_sign = is(Sign::plus) || is(Sign::minus) || is(Sign::plus_minus) || is(Sign::minus_plus);
    if (!is_sign) break;
    const Sign sign = at().sign;
    ++position_;
    const Node* right = signed_term();
    if (!right) return nullptr;
    if (sign == Sign::minus) right = make(Kind::negate, {right});
    if (sign == Sign::plus_minus) right = make(Kind::plus_minus, {right});
    if (sign == Sign::minus_plus) right = make(Kind::minus_plus, {right});
    if (!terms.push(right)) return nullptr;
  }
  if (terms.size() == 1) return terms[0];
  // 3 + √2 cm is a length as a whole.
  const Node* last = terms.back();
  const Node* inner = last->kind == Kind::quantity ? last : !last->children.empty() ? &(*last)[0] : last;
  const bool is_signed = last->kind == Kind::negate || last->kind == Kind::plus_minus || last->kind == Kind::minus_plus;
  if (inner->kind == Kind::quantity && (last == inner || is_signed) && inner->text != "$" &&
      !has_quantity(terms.nodes().first(terms.size() - 1))) {
    const Node* bare = &(*inner)[0];
    terms.back() = last == inner ? bare : make(last->kind, {bare});
    if (!terms.back()) return fail("too deep");
    return make(Kind::quantity, {make(Kind::add, terms.nodes())}, inner->text);
  }
  return make(Kind::add, terms.nodes());
}

const Node* Parser::signed_term() {
  bool is_negative = false;
  Sign sign = Sign::end;
  for (; is(Sign::plus) || is(Sign::minus); ++position_) is_negative ^= is(Sign::minus);
  if (is(Sign::plus_minus) || is(Sign::minus_plus)) sign = at().sign, ++position_;
  const Node* node = term();
  if (sign == Sign::plus_minus) node = make(Kind::plus_minus, {node});
  if (sign == Sign::minus_plus) node = make(Kind::minus_plus, {node});
  // −1 mod 2 is the remainder of −1.
  const bool is_remainder = node && node->kind == Kind::function && node->text == "mod";
  if (is_negative && is_remainder) return make(Kind::function, {make(Kind::negate, {&(*node)[0]}), &(*node)[1]}, "mod");
  return is_negative ? make(Kind::negate, {node}) : node;
}

const Node* Parser::term() {
  const Node* first = power();
  if (!first) return nullptr;
  Gather factors(*this);
  if (!factors.push(implicit_product(first, false))) return nullptr;
  for (;;) {
    if (integral_ && integral_->variable && integral_->level == level_) break;
    if (is(Sign::times)) {
      ++position_;
      const Node* right = factor_behind_sign();
      if (!right) return nullptr;
      if (const Node* folded = scientific(factors.back(), right))
        factors.back() = folded;
      else
        factors.push(right);
    } else if (is(Sign::slash)) {
      ++position_;
      const Node* left = product(factors.nodes());
      const Node* right = left ? divisor() : nullptr;
      if (!right) return nullptr;
      if (has_quantity({&left, 1}) && starts_unit()) {
        const UnitMatch unit = unit_at(position_);
        position_ = unit.end;
        right = make(Kind::quantity, {right}, arena_.copy(unit.text));
      }
      const bool is_percent = right && right->kind == Kind::percent && left->kind != Kind::percent;
      const Node* quotient = make(Kind::divide, {left, is_percent ? &(*right)[0] : right});
      if (is_percent) quotient = make(Kind::percent, {quotient});
      if (!quotient) return nullptr;
      factors.replace_all(quotient);
    } else if ((is(Sign::modulo) || is_word(Word::modulo)) && !scope_.in_congruence) {
      ++position_;
      const Node* left = product(factors.nodes());
      const Node* remainder = make(Kind::function, {left, left ? factor_behind_sign() : nullptr}, "mod");
      if (!remainder) return nullptr;
      factors.replace_all(remainder);
    } else if (is_word(Word::scale)) {
      const auto zeros = static_cast<size_t>(number_of_word(at().text));
      ++position_;
      factors.push(integer(arena_.copy("1" + std::string(zeros, '0'))));
    } else if (is_word(Word::percent)) {
      ++position_;
      factors.back() = make(Kind::percent, {factors.back()});
      if (!factors.back()) return fail("too deep");
    } else if (is_word(Word::degree) && !starts_unit()) {
      factors.back() = degrees(factors.back());
      if (!factors.back()) return fail("too deep");
    } else if (is_word(Word::ordinal)) {
      ++position_;
    } else if (starts_unit()) {
      const UnitMatch unit = unit_at(position_);
      position_ = unit.end;
      const bool is_first = !has_quantity(factors.nodes());
      const Node* amount = is_first ? product(factors.nodes()) : factors.back();
      const Node* quantity = make(Kind::quantity, {amount}, arena_.copy(unit.text));
      if (!quantity) return nullptr;
      if (is_first)
        factors.replace_all(quantity);
      else
        factors.back() = quantity;
    } else if (is(Sign::ellipsis) && starts_operand(1) && (factors.size() > 1 || previous().sign == Sign::times)) {
      ++position_;
      factors.push(leaf(Kind::ellipsis, {}));
    } else if (factors.size() == 1 && factors.back()->kind == Kind::quantity && is(Sign::number)) {
      const Node* next = power();  // 5 feet 10 inches
      if (!next) return nullptr;
      if (starts_unit()) {
        const UnitMatch unit = unit_at(position_);
        position_ = unit.end;
        next = make(Kind::quantity, {next}, arena_.copy(unit.text));
        factors.back() = make(Kind::add, {factors.back(), next});
        if (!factors.back()) return fail("too deep");
      } else if (!factors.push(next)) {
        return nullptr;
      }
    } else if (starts_factor(false)) {
      const Node* next = power();
      if (!next || !factors.push(implicit_product(next, false))) return nullptr;
    } else {
      break;
    }
  }
  return product(factors.nodes());
}

// 2 * −3, 2 × ±3
const Node* Parser::factor_behind_sign() {
  bool is_negative = false;
  for (; is(Sign::plus) || is(Sign::minus); ++position_) is_negative ^= is(Sign::minus);
  const Node* first = power();
  const Node* node = first ? implicit_product(first, false) : nullptr;
  return is_negative ? make(Kind::negate, {node}) : node;
}

// What a slash divides by: 2x of 1/2x, or 2 alone where the reading says so.
const Node* Parser::divisor() {
  bool is_negative = false;
  for (; is(Sign::plus) || is(Sign::minus); ++position_) is_negative ^= is(Sign::minus);
  const bool is_number = is(Sign::number);
  const Node* node = power();
  if (node && starts_factor(false)) {
    if (is_number) doubt_.loose_slash = true;
    if (!is_number || !reading_.loose_slash) node = implicit_product(node, false);
  }
  return is_negative ? make(Kind::negate, {node}) : node;
}

const Node* Parser::implicit_product(const Node* first, bool in_argument) {
  Gather factors(*this);
  factors.push(first);
  while (starts_factor(in_argument)) {
    if (integral_ && differential()) {
      if (integral_->level == level_) break;
      continue;
    }
    if (!factors.push(power())) return nullptr;
  }
  const bool is_sum = factors.size() == 2 && factors[0]->kind == Kind::quantity && factors[1]->kind == Kind::quantity &&
                      is_part_of(factors[0]->text, factors[1]->text);
  if (is_sum) return make(Kind::add, factors.nodes());  // 5'10"
  return product(factors.nodes());
}

bool Parser::opens_bar() const {
  if (at().side) return at().side == 'l';
  const Token& stop = tokens_[scope_.stop];
  const size_t behind_stop = stop.sign == Sign::close ? 0 : stop.bars_behind + (stop.sign == Sign::bar);
  const size_t num_bars = 1 + at().bars_behind - std::min<size_t>(at().bars_behind, behind_stop);
  // "a | b": a bar without partner divides.
  if (scope_.bars == 0) return num_bars > 1;
  // ||x||y|| and |2|x| - 1|: a bar behind a value mostly closes.
  const bool is_behind_factor = previous().sign == Sign::bar || (previous().sign == Sign::number && position_ > 1 &&
                                                                 tokens_[position_ - 2].sign == Sign::bar);
  return num_bars > scope_.bars && is_behind_factor && starts_operand(1) && !is(Sign::bar, 1);
}

// Whether an operand follows without a sign between: 2x, 2(x + 1), x sin x.
bool Parser::starts_factor(bool in_argument) const {
  const Token& token = at();
  if (token.is_wide) return false;
  switch (token.sign) {
    case Sign::number:
    case Sign::repeating:
    case Sign::numeral:
      return previous().sign != Sign::number && previous().sign != Sign::numeral && !(in_argument && token.is_spaced);
    case Sign::vulgar:
      return true;
    case Sign::letter:
      if (token.text == "U" && previous().sign == Sign::close && position_ + 1 < scope_.stop && token.is_spaced)
        return false;
      return !starts_unit();
    case Sign::constant:
      return !starts_unit();
    case Sign::function:
      return !in_argument && !starts_unit();
    case Sign::open:
      if (token.shape == '(' && (is_word(Word::modulo, 1) || is(Sign::modulo, 1) || is_word(Word::base, 1)))
        return false;
      if (token.shape == '(' && (is(Sign::word, 1) || at(1).run.size() > 1) && starts_unit()) return false;
      // sin 2(x + 1), but ln x (x + 1) is a product.
      return !in_argument || (token.shape != '(' && token.shape != '[') || previous().sign == Sign::number;
    case Sign::bar:
      return !in_argument && opens_bar();
    case Sign::double_bar:
      return !in_argument && scope_.double_bars == 0;
    case Sign::fraction:
      return !starts_unit();
    case Sign::root:
    case Sign::accent:
    case Sign::binomial:
      return true;
    case Sign::sum:
    case Sign::integral:
    case Sign::limit:
    case Sign::begin:
    case Sign::partial:
      return !in_argument;
    default:
      return false;
  }
}

bool Parser::starts_operand(size_t ahead) const {
  switch (at(ahead).sign) {
    case Sign::number:
    case Sign::repeating:
    case Sign::numeral:
    case Sign::vulgar:
    case Sign::letter:
    case Sign::constant:
    case Sign::function:
    case Sign::open:
    case Sign::fraction:
    case Sign::root:
    case Sign::accent:
    case Sign::binomial:
    case Sign::sum:
    case Sign::integral:
    case Sign::limit:
    case Sign::begin:
    case Sign::bar:
    case Sign::currency:
      return true;
    default:
      return false;
  }
}

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
        base = make(Kind::function, {base}, "conjugate");
      } else if (is_word(Word::ordinal, inner)) {
        position_ += inner + 1;
        if (inner == 2 && !accept(Sign::close)) return fail("stray text in an exponent");
      } else {
        ++position_;
        const Node* raised = exponent();
        const bool is_transposed = raised && base->kind == Kind::matrix && raised->text == "T";
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
  if (is(Sign::degree)) return degrees(base);
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
