#include <algorithm>
#include <array>

#include "rewards/math/parser.hpp"
#include "rewards/math/tree.hpp"
#include "rewards/math/unit.hpp"

namespace cohort::rewards::math {

namespace {

bool is_name(const Node& node) { return node.kind == Kind::symbol || node.kind == Kind::function; }

bool assigns_name(const Node& node) {
  return node.kind == Kind::relation && node.children.size() == 2 && node.relations[0] == "=" && is_name(node[0]);
}

bool is_equation(const Node& node) {
  return node.kind == Kind::relation && node.relations.size() == 1 && node.relations[0] == "=";
}

/// The c ∈ ℝ of f(x) = cx, c ∈ ℝ: beside equations in it, a letter is a real number as it is.
bool is_real_anyway(const Node& item, std::span<const Node* const> items) {
  const bool is_domain = item.kind == Kind::relation && item.relations.size() == 1 && item.relations[0] == "in" &&
                         item[0].kind == Kind::symbol && item[1].kind == Kind::constant && item[1].text == "R";
  return is_domain && std::ranges::any_of(items, [&](const Node* other) {
           return is_equation(*other) && has_free_symbol(*other, item[0].text);
         });
}

bool is_value(const Node* node) { return !is_statement(*node) && node->kind != Kind::piecewise; }

}  // namespace

const Node* Parser::statement() {
  const Level level(*this);
  if (!level.is_fine()) return nullptr;
  if (at_end()) return fail("missing operand");
  Gather alternatives(*this);
  do {
    if (!alternatives.push(rows())) return nullptr;
  } while (accept_or());
  return combine_alternatives(alternatives.nodes());
}

bool Parser::accept_or() {
  const size_t comma = is(Sign::comma) || is(Sign::semicolon) ? 1 : 0;
  if (!is_word(Word::disjunction, comma)) return false;
  position_ += comma + 1;
  return true;
}

const Node* Parser::rows() {
  Gather parts(*this);
  for (;;) {
    if (!parts.push(sequence())) return nullptr;
    const bool is_row = is(Sign::newline) && !scope_.in_environment;
    if (!is_row && !(is(Sign::semicolon) && !is_word(Word::disjunction, 1))) break;
    ++position_;
    if (at_end() && is_row) break;
  }
  return combine(parts.nodes());
}

// A wide blank separates items: x = 1 \quad y = 2.
bool Parser::starts_gap() const { return at().is_wide && (starts_operand(0) || is(Sign::minus)); }

const Node* Parser::sequence() {
  Gather items(*this);
  for (;;) {
    if (!items.push(item())) return nullptr;
    if (is(Sign::ellipsis)) {
      items.push(leaf(Kind::ellipsis, {}));
      ++position_;
    }
    if (starts_gap()) continue;
    const bool has_comma = is(Sign::comma) && !is_word(Word::disjunction, 1);
    const bool has_and = is_word(Word::conjunction, has_comma ? 1 : 0);
    if (!has_comma && !has_and) break;
    position_ += has_comma + has_and;
    // 2 hours and 30 minutes; 6 feet, 10 inches
    if ((has_and || is(Sign::number)) && items.size() == 1 && items[0]->kind == Kind::quantity) {
      if (!items.push(item())) return nullptr;
      const bool is_sum = items[1]->kind == Kind::quantity && is_part_of(items[0]->text, items[1]->text);
      const Node* sum_of_both = is_sum ? make(Kind::add, {items[0], items[1]}) : items[0];
      if (!sum_of_both) return nullptr;
      if (is_sum) items.replace_all(sum_of_both);
      if (is(Sign::comma) ? is_word(Word::disjunction, 1) : !is_word(Word::conjunction)) break;
      position_ += is(Sign::comma);
      position_ += is_word(Word::conjunction);
      continue;
    }
    if (scope_.in_environment && (at_end() || is(Sign::ampersand) || is(Sign::newline))) break;
  }
  return combine(items.nodes());
}

const Node* Parser::item() {
  const Node* value = equivalence();
  if (value && starts_reason()) position_ = scope_.stop;
  const size_t comma = is(Sign::comma) && !scope_.in_environment ? 1 : 0;  // x + kπ, where k ∈ Z
  if (!value || skip_quantifier(*value) || !is_word(Word::condition, comma)) return value;
  position_ += comma + 1;
  const Node* condition = equivalence();
  // n = 6k + 1 for k ∈ ℤ: k runs through the integers.
  const bool is_family = value->kind == Kind::relation && condition && condition->kind == Kind::relation &&
                         condition->relations[0] == "in" && (*condition)[1].kind == Kind::constant &&
                         ((*condition)[1].text == "Z" || (*condition)[1].text == "N") &&
                         (*value)[0].kind == Kind::symbol;
  if (is_family) return make(Kind::conjunction, {value, condition});
  // f(x) = x for x > 0 says what f is there.
  const bool is_definition = value->kind == Kind::relation && value->children.size() == 2 && value->relations[0] == "=";
  if (!is_definition) return make(Kind::piecewise, {value, condition});
  const std::array<const Node*, 2> sides = {&(*value)[0], make(Kind::piecewise, {&(*value)[1], condition})};
  return sides[1] ? relation_of(sides, value->relations) : nullptr;
}

const Node* Parser::equivalence() {
  const Node* left = implication();
  while (left && accept(Sign::equivalent)) left = make(Kind::equivalence, {left, implication()});
  return left;
}

const Node* Parser::implication() {
  const Level level(*this);
  if (!level.is_fine()) return nullptr;
  const Node* left = logic_or();
  const bool is_arrow = has_logic_ && is(Sign::relation) && at().text == "maps";
  if (!left || !(is_arrow || is(Sign::implies))) return left;
  ++position_;
  return make(Kind::implication, {left, implication()});
}

const Node* Parser::logic_or() {
  Gather parts(*this);
  do {
    if (!parts.push(logic_and())) return nullptr;
  } while (accept(Sign::logic_or));
  return parts.size() == 1 ? parts[0] : make(Kind::disjunction, parts.nodes());
}

const Node* Parser::logic_and() {
  Gather parts(*this);
  do {
    if (!parts.push(logic_not())) return nullptr;
  } while (accept(Sign::logic_and));
  return parts.size() == 1 ? parts[0] : make(Kind::conjunction, parts.nodes());
}

const Node* Parser::logic_not() {
  const Level level(*this);
  if (!level.is_fine()) return nullptr;
  return accept(Sign::logic_not) ? make(Kind::negation, {logic_not()}) : relation();
}

// The relation that stands here, empty where there is none.
std::string_view Parser::relation_word() {
  if (is(Sign::ampersand) && is(Sign::relation, 1)) ++position_;  // aligned at the sign
  if (is(Sign::relation)) return has_logic_ && at().text == "maps" ? std::string_view() : at().text;
  return is(Sign::middle) || is(Sign::bar) ? std::string_view("divides") : std::string_view();
}

// max 3, max: 3 and max = 3, where the word says which value it is; null where it is a function.
const Node* Parser::extreme() {
  static constexpr std::array names = std::to_array<std::string_view>({"max", "min", "sup", "gcd", "lcm"});
  const bool is_infimum = is(Sign::constant) && at().text == "infinity" && at().source.ends_with("inf");
  if (!is_infimum && (!is(Sign::function) || std::ranges::find(names, at().text) == names.end())) return nullptr;
  const bool has_sign = is(Sign::colon, 1) || (is(Sign::relation, 1) && at(1).text == "=");
  const size_t value = has_sign ? 2 : 1;
  const size_t first = is(Sign::minus, value) ? value + 1 : value;
  if (!has_sign && !is(Sign::number, first) && !is(Sign::fraction, first)) return nullptr;
  const Node* name = leaf(Kind::symbol, is_infimum ? "inf" : at().text);
  position_ += value;
  const std::array<const Node*, 2> sides = {name, ratio()};
  constexpr std::string_view words[] = {"="};
  return sides[0] && sides[1] ? relation_of(sides, words) : nullptr;
}

const Node* Parser::relation() {
  if (is(Sign::word) || (is(Sign::letter) && (is(Sign::word, 1) || at(1).is_text)))
    if (const Node* domain = domain_in_words()) return domain;
  if (const Node* labelled = extreme()) return labelled;
  Gather operands(*this);
  std::vector<std::string_view> words;
  const bool is_start =
      position_ == 0 && is(Sign::relation) && (at().text == "=" || at().text == "approx" || at().text == "sim");
  if (is_start) ++position_;
  const bool was_congruence = scope_.in_congruence;
  if (!operands.push(ratio())) return nullptr;
  for (;;) {
    const std::string_view word = relation_word();
    if (word.empty() || (is(Sign::bar) && scope_.bars > 0)) break;
    ++position_;
    scope_.in_congruence = scope_.in_congruence || word == "equiv";
    accept(Sign::ampersand);
    if (!operands.push(ratio())) return nullptr;
    words.push_back(word);
  }
  scope_.in_congruence = was_congruence;
  const bool in_brackets = is_open('(') && (is_word(Word::modulo, 1) || is(Sign::modulo, 1));
  const bool is_open_modulus = !words.empty() && words.back() == "equiv" && (is_word(Word::modulo) || is(Sign::modulo));
  if (in_brackets || is_open_modulus || is(Sign::parenthesised_modulo)) {
    if (!operands.push(modulus())) return nullptr;
    words.push_back("mod");
  }
  return relation_of(operands.nodes(), words);
}

// (mod 7), \pmod{7} or mod 7
const Node* Parser::modulus() {
  if (is_open('(')) {
    const size_t close = partner(position_);
    position_ += 2;
    const Node* inside;
    {
      const Enter enter(*this, close);
      inside = sum();
      if (inside && !at_end()) return fail("stray text in a modulus");
    }
    position_ = close + 1;
    return inside;
  }
  if (!accept(Sign::parenthesised_modulo)) return ++position_, sum();
  if (is(Sign::number) && is_integer(at())) return ++position_, integer(previous().text);  // \pmod 22
  return argument();
}

const Node* Parser::relation_of(Nodes operands, std::span<const std::string_view> words) {
  if (operands.size() == 1) return operands[0];
  Gather turned(*this);
  std::string_view single = words[0];
  const bool is_of_sets =
      single == "in" || single == "notin" || single == "ni" || single.starts_with("sub") || single.starts_with("sup");
  for (const Node* operand : operands) {
    const Node* node = is_of_sets ? as_set(operand) : operand;
    if (!turned.push(single == "in" && operand != operands[0] ? as_number_set(node) : node)) return nullptr;
  }
  // One direction is enough: A ⊃ B is B ⊂ A.
  const bool is_turned = words.size() == 1 && (single == "supset" || single == "supseteq" || single == "ni");
  if (is_turned) {
    single = single == "supset" ? "subset" : single == "ni" ? "in" : "subseteq";
    const Node* left = turned[0];
    const Node* right = turned[1];
    turned.pop(), turned.pop();
    turned.push(right), turned.push(left);
  }
  Node* node = make(Kind::relation, turned.nodes());
  if (!node) return nullptr;
  const auto room = arena_.make<std::string_view>(words.size());
  std::copy(words.begin(), words.end(), room.begin());
  room[0] = is_turned ? single : words[0];
  node->relations = room;
  return node;
}

// x = 1, 2 and a, b = 1, 2 and a, b > 0: one relation with a list at either side; null where it is none.
const Node* Parser::assignment_of_many(Nodes items, std::string_view joint) {
  const auto found = std::find_if(items.begin(), items.end(), [](const Node* item) { return !is_value(item); });
  if (found == items.end() || std::count_if(items.begin(), items.end(), is_value) + 1 != std::ssize(items))
    return nullptr;
  const Node& middle = **found;
  if (middle.kind != Kind::relation || middle.children.size() != 2) return nullptr;
  const size_t index = static_cast<size_t>(found - items.begin());
  const auto is_point = [](const Node& node) {
    return node.kind == Kind::bracketed &&
           std::all_of(node.children.begin(), node.children.end(), [](const Node* child) { return is_name(*child); });
  };
  const bool names_first = (is_name(middle[0]) || is_point(middle[0])) &&
                           std::all_of(items.begin(), found, [](const Node* item) { return is_name(*item); });
  if (!names_first) return nullptr;
  const bool has_both = index > 0 && index + 1 < items.size();
  if (has_both && items.size() != 2 * index + 1) return nullptr;
  std::array<const Node*, 2> sides = {middle.children[0], middle.children[1]};
  if (index > 0) {
    Gather left(*this);
    for (const Node* item : items.first(index + 1)) left.push(item == *found ? sides[0] : item);
    sides[0] = make(Kind::list, left.nodes());
  }
  if (index + 1 < items.size()) {
    Gather right(*this);
    if (sides[1]->kind == Kind::list)
      for (const Node* child : sides[1]->children) right.push(child);
    else
      right.push(sides[1]);
    for (const Node* item : items.subspan(index + 1)) {
      if (item->kind == Kind::list)
        for (const Node* child : item->children) right.push(child);
      else
        right.push(item);
    }
    sides[1] = make(Kind::list, right.nodes(), joint);
  }
  if (!sides[0] || !sides[1]) return nullptr;
  return relation_of(sides, middle.relations);
}

// x ≡ 1, 4 (mod 5) and x ≡ 1 or 4 (mod 5): the modulus is that of all; null where it is none.
const Node* Parser::congruences(Nodes items) {
  const Node& first = *items.front();
  const Node& last = *items.back();
  const bool is_congruence =
      first.kind == Kind::relation && first.children.size() == 2 && first.relations[0] == "equiv";
  const bool has_modulus = (last.kind == Kind::relation && last.children.size() == 2 && last.relations[0] == "mod") ||
                           (last.kind == Kind::function && last.text == "mod");
  if (!is_congruence || !has_modulus || !std::all_of(items.begin() + 1, items.end() - 1, is_value)) return nullptr;
  constexpr std::string_view words[] = {"equiv", "mod"};
  Gather parts(*this);
  const auto add = [&](const Node* residue) {
    const std::array<const Node*, 3> operands = {&first[0], residue, &last[1]};
    return parts.push(relation_of(operands, words));
  };
  const auto add_all = [&](const Node* residues) {
    if (residues->kind != Kind::list) return add(residues);
    return std::all_of(residues->children.begin(), residues->children.end(), add);
  };
  if (!add_all(&first[1])) return nullptr;
  for (const Node* item : items.subspan(1, items.size() - 2))
    if (!add_all(item)) return nullptr;
  return add(&last[0]) ? make(Kind::disjunction, parts.nodes()) : nullptr;
}

const Node* Parser::combine(Nodes items) {
  if (items.size() == 1) return items[0];
  if (const Node* node = congruences(items)) return node;
  const auto all = [&](auto predicate) {
    return std::all_of(items.begin(), items.end(), [&](const Node* item) { return predicate(*item); });
  };
  // Two values of one variable are alternatives.
  if (all(assigns_name) &&
      all([&](const Node& node) { return node[0].text == (*items[0])[0].text && node[0].kind == Kind::symbol; }))
    return make(Kind::disjunction, items);
  if (all([](const Node& node) { return node.kind == Kind::conjunction; })) return make(Kind::disjunction, items);
  if (all(is_statement)) {
    Gather parts(*this);
    for (const Node* item : items)
      if (!is_real_anyway(*item, items)) parts.push(item);
    return parts.size() == 1 ? parts[0] : make(Kind::conjunction, parts.nodes());
  }
  if (const Node* node = assignment_of_many(items, {})) return node;
  return problem_.empty() ? make(Kind::list, items) : nullptr;
}

const Node* Parser::combine_alternatives(Nodes items) {
  if (items.size() == 1) return items[0];
  if (const Node* node = congruences(items)) return node;
  if (const Node* node = assignment_of_many(items, "or")) return node;
  if (!problem_.empty()) return nullptr;
  const bool has_statement =
      std::any_of(items.begin(), items.end(), [](const Node* item) { return is_statement(*item); });
  const Kind kind = has_statement ? Kind::disjunction : Kind::list;
  Gather flat(*this);
  for (const Node* item : items) {
    if (item->kind == kind)
      for (const Node* child : item->children) flat.push(child);
    else
      flat.push(item);
  }
  return make(kind, flat.nodes(), kind == Kind::list ? "or" : "");
}

}  // namespace cohort::rewards::math
