#include <algorithm>

#include "rewards/math/characters.hpp"
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

// 5 feet, and 1 h 20 min, which no sign joins.
bool is_compound(const Node& node) {
  if (node.kind == Kind::quantity) return true;
  return node.kind == Kind::add &&
         std::all_of(node.children.begin(), node.children.end(), [](const Node* part) { return is_compound(*part); });
}

}  // namespace

// 3:4, 1:2:3, and 3 to 4 where nothing else is said.
const Node* Parser::ratio() {
  Gather parts(*this);
  const auto accept_to = [&] {
    const bool is_to = is(Sign::word) && at().text == "to" && tokens_[0].sign == Sign::number && starts_operand(1);
    if (is_to) ++position_;
    return is_to;
  };
  do {
    if (!parts.push(set_union())) return nullptr;
  } while (scope_.has_ratio && (accept(Sign::colon) || accept_to()));
  const Node* node = parts.size() == 1 ? parts[0] : make(Kind::ratio, parts.nodes());
  if (const size_t size = node ? out_of() : 0) {  // 3 out of 5
    position_ += size;
    return make(Kind::divide, {node, set_union()});
  }
  if (node && is_word(Word::clock)) {
    const char half = to_lower(at().text[0]);  // am, pm, noon, midnight
    const bool is_morning = half == 'a' || half == 'm';
    ++position_;
    if (node->kind == Kind::integer && node->text.size() <= 2) node = make(Kind::ratio, {node, integer("00")});  // 7 pm
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
      left = make(Kind::set_minus, {as_number_set(as_set(left)), as_set(set_intersection())});
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
    const bool is_letter_r = terms.size() == 1 && terms[0]->kind == Kind::symbol && terms[0]->text == "R" &&
                             is_open('{', 1) && partner(position_ + 1) + 2 == tokens_.size();
    if (is(Sign::minus) && terms.size() == 1 && (is_set(*terms[0]) || is_letter_r)) {  // ℝ − {0}
      if (is_letter_r) terms.replace_all(as_number_set(terms[0]));
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

// a × b, of which `has_accent` says that b wears an arrow or is bold; ⟨1, 2⟩ × ⟨3, 4⟩ and (1, 2, 3) × (4, 5, 6).
bool Parser::are_vectors(const Node& left, const Node& right, bool has_accent) const {
  const Node& beside = left.kind == Kind::multiply ? *left.children.back() : left;
  if (has_accent && right.kind == Kind::symbol)
    return beside.kind == Kind::symbol || (beside.kind == Kind::function && beside.text == "cross");
  const auto is_tuple = [](const Node& node) {
    const size_t fewest = node.open == '<' ? 2 : 3;
    return node.kind == Kind::bracketed && node.children.size() >= fewest && (node.open == '<' || node.open == '(');
  };
  return is_tuple(beside) && is_tuple(right);
}

// The product that turns its sign where its factors change places; a number before it stays a factor.
const Node* Parser::cross(const Node& left, const Node* right) {
  if (left.kind != Kind::multiply) return make(Kind::function, {&left, right}, "cross");
  Gather factors(*this);
  for (const Node* factor : left.children.first(left.children.size() - 1)) factors.push(factor);
  return factors.push(make(Kind::function, {left.children.back(), right}, "cross"))
             ? make(Kind::multiply, factors.nodes())
             : nullptr;
}

const Node* Parser::term() {
  const Node* first = power();
  if (!first) return nullptr;
  Gather factors(*this);
  if (!factors.push(implicit_product(first, false))) return nullptr;
  for (;;) {
    if (integral_ && integral_->variable && integral_->level == level_) break;
    if (is(Sign::times)) {
      const bool is_cross = at().source.starts_with("\\times");
      const bool is_tensor = at().source.starts_with("\\otimes");
      const bool has_accent = is(Sign::accent, 1);
      ++position_;
      const Node* right = factor_behind_sign();
      if (!right) return nullptr;
      if (is_tensor) {
        factors.back() = make(Kind::function, {factors.back(), right}, "tensor");
        if (!factors.back()) return fail("too deep");
      } else if (is_cross && are_vectors(*factors.back(), *right, has_accent)) {
        const Node* node = cross(*factors.back(), right);
        if (!node) return nullptr;
        factors.back() = node;
      } else if (const Node* folded = scientific(factors.back(), right)) {
        factors.back() = folded;
      } else {
        factors.push(right);
      }
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
      const bool is_described = factors.size() == 1 && factors.back()->kind == Kind::quantity && is(Sign::word) &&
                                unit_symbol(at().text).empty();
      if (is_described) return fail("words behind a unit");  // 66 km south: words, which say what they say
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
    } else if (factors.size() == 1 && is_compound(*factors.back()) && is(Sign::number)) {
      const Node* next = power();  // 5 feet 10 inches, 1 h 20 min 30 s
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

}  // namespace cohort::rewards::math
