// Lists, sets, tuples, intervals and ratios. The gold says what a bracket of the prediction is.
#include <algorithm>
#include <numeric>
#include <string_view>

#include "rewards/math/comparer.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_entries = 4'096;  // as many as a text has tokens

/// The values of "1 and 2" and "1 or 2" stand in a list, too.
bool is_list(const Node& node) {
  return node.kind == Kind::list || node.kind == Kind::conjunction || node.kind == Kind::disjunction;
}

bool is_finite_set(const Node& node) {
  return node.kind == Kind::set || (node.kind == Kind::constant && node.text == "emptyset");
}

bool is_opening_closed(const Node& node) { return node.open == '['; }
bool is_closing_closed(const Node& node) { return node.close == ']'; }

/// [1, 2]: also how programs write a list.
bool is_square(const Node& node) { return is_opening_closed(node) && is_closing_closed(node); }

/// A ∪ B as A ∨ B: x is in a set or not. Null where a part is not a letter.
const Node* as_formula(const Node& node, Arena& arena) {
  if (node.kind == Kind::symbol) return &node;
  const bool is_complement = node.kind == Kind::power && node[0].kind == Kind::symbol && node[1].kind == Kind::symbol &&
                             (node[1].text == "c" || node[1].text == "C");
  if (is_complement) return &make_node(arena, Kind::negation, {&node[0]});
  Nodes parts;
  for (const Node* child : node.children) {
    const Node* part = as_formula(*child, arena);
    if (!part) return nullptr;
    parts.push_back(part);
  }
  switch (node.kind) {
    case Kind::set_union:
      return &make_node(arena, Kind::disjunction, parts);
    case Kind::intersection:
      return &make_node(arena, Kind::conjunction, parts);
    case Kind::complement:
      return &make_node(arena, Kind::negation, parts);
    case Kind::set_minus:
      return &make_node(arena, Kind::conjunction, {parts[0], &make_node(arena, Kind::negation, {parts[1]})});
    default:
      return nullptr;
  }
}

/// The value of at most two digits; −1 of anything else.
int small_value(const Node& node) {
  if (node.kind != Kind::integer || node.text.empty() || node.text.size() > 2) return -1;
  int value = 0;
  for (const char digit : node.text) value = 10 * value + (digit - '0');
  return value;
}

bool has_dots(const Node& node) {
  return std::ranges::any_of(node.children, [](const Node* child) { return child->kind == Kind::ellipsis; });
}

/// Whether units or nouns say which value is which.
bool has_different_units(const Nodes& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i]->kind != Kind::quantity) return false;
    for (size_t j = 0; j < i; ++j)
      if (values[i]->text == values[j]->text) return false;
  }
  return values.size() > 1;
}

bool has_quantity(const Nodes& values) {
  return std::ranges::any_of(values, [](const Node* value) { return value->kind == Kind::quantity; });
}

/// 9:05, 12:30, 1:02:03.
bool looks_like_time(const Node& ratio) {
  if (ratio.children.size() > 3 || small_value(ratio[0]) < 0 || small_value(ratio[0]) > 24) return false;
  return std::ranges::all_of(ratio.children.subspan(1), [](const Node* part) {
    return part->text.size() == 2 && small_value(*part) >= 0 && small_value(*part) < 60;
  });
}

/// No ratio is written 9:05.
bool is_time(const Node& ratio) { return looks_like_time(ratio) && ratio[1].text[0] == '0'; }

}  // namespace

bool is_set_like(const Node& node) {
  if (node.kind == Kind::constant)
    return node.text == "emptyset" || std::string_view("RQZNC").find(node.text[0]) != std::string_view::npos;
  return node.kind >= Kind::set && node.kind <= Kind::complement;
}

bool is_collection(const Node& node) {
  return is_set_like(node) || is_list(node) || (node.kind >= Kind::list && node.kind <= Kind::piecewise);
}

Nodes Comparer::entries(const Node& node) {
  Nodes result, waiting(node.children.rbegin(), node.children.rend());
  while (!waiting.empty() && result.size() < max_entries && budget.spend(1)) {
    const Node& entry = meaning(*waiting.back());
    waiting.pop_back();
    const bool is_nested = is_list(entry) && !is_set_like(entry);
    if (is_nested && entry.kind != Kind::list && !is_assertion(entry)) {
      waiting.insert(waiting.end(), entry.children.rbegin(), entry.children.rend());
    } else if (const auto [plus, minus] = both_signs(entry); plus) {
      result.push_back(plus);
      result.push_back(minus);
    } else {
      result.push_back(&entry);
    }
  }
  // n = 1, 2, 3 and (x, y) = (5, 8) and (8, 5): the name is said once.
  const auto is_assignment = [](const Node* entry) { return assigned_value(*entry) != nullptr; };
  if (!result.empty() && is_assignment(result[0]) && !std::ranges::all_of(result, is_assignment)) {
    for (const Node*& entry : result)
      if (const Node* value = assigned_value(*entry)) entry = value;
  }
  return result;
}

Comparison Comparer::collections(const Node& gold, const Node& prediction) {
  const uint64_t kinds = bit(gold.kind) | bit(prediction.kind);
  if ((kinds & bit(Kind::matrix)) != 0) return matrices(gold, prediction);
  if ((kinds & bit(Kind::piecewise)) != 0) return pieces(gold, prediction);
  if (const Answer answer = integer_rays(gold, prediction)) return *answer;
  if (((kinds_in(gold) | kinds_in(prediction)) & bit(Kind::ellipsis)) != 0) return elided(gold, prediction);
  if ((kinds & bit(Kind::ratio)) != 0) return ratios(gold, prediction);
  if ((kinds & bit(Kind::set_builder)) != 0) {
    const auto left = integer_elements(gold), right = integer_elements(prediction);
    if (left || right)
      return collections(left ? make_node(arena, Kind::set, *left) : gold,
                         right ? make_node(arena, Kind::set, *right) : prediction);
  }
  if (const Answer answer = named_values(gold, prediction)) return *answer;
  if (gold.kind == Kind::bracketed) return brackets(gold, prediction);
  if (is_list(gold)) return lists(gold, prediction);
  if (is_finite_set(gold)) return finite_sets(gold, prediction);
  if (is_set_like(gold)) {
    if (const Answer answer = real_sets(gold, prediction)) return *answer;
    return set_operations(gold, prediction);
  }
  // A value is not several; in braces, once or repeated, it is still that value.
  const bool is_either = prediction.kind == Kind::list && prediction.text == "or";  // 1/5 or 0.2
  if (prediction.kind != Kind::set && prediction.kind != Kind::disjunction && !is_either) return different("type");
  const Nodes values = entries(prediction);
  Comparison result = values.empty() ? different("type") : equal("one value");
  for (const Node* value : values) result = both(result, answers(gold, *value));
  return result;
}

/// Whether no entry is another one, as far as a short look tells.
bool Comparer::are_distinct(const Nodes& values) {
  constexpr size_t most = 12;
  if (values.size() > most) return false;
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (!is_different(answers(*values[i], *values[j]))) return false;
  return true;
}

Comparison Comparer::lists(const Node& gold, const Node& prediction) {
  // 1 or 2 are the solutions 1 and 2, but A or B is not A and B.
  const auto is_name = [](const Node* entry) {
    return entry->kind == Kind::text ||
           (entry->kind == Kind::symbol && entry->text.size() == 1 && entry->text[0] >= 'A' && entry->text[0] <= 'Z');
  };
  const bool are_lists = gold.kind == Kind::list && prediction.kind == Kind::list;
  if (are_lists && gold.text != prediction.text && std::ranges::all_of(gold.children, is_name)) return different("or");
  const Nodes golds = entries(gold);
  if (is_list(prediction) || prediction.kind == Kind::set) {
    // Points are solutions, which are not counted; numbers may be roots with their multiplicity.
    const bool are_points =
        std::ranges::all_of(golds, [](const Node* entry) { return entry->kind == Kind::bracketed; });
    const Nodes predictions = entries(prediction);
    if (are_points) return as_sets(golds, predictions);
    // 18 boys and 37 girls are no 37, 18.
    const bool is_labelled_once = (has_different_units(golds) && !has_quantity(predictions)) ||
                                  (has_different_units(predictions) && !has_quantity(golds));
    if (is_labelled_once) return in_order(golds, predictions);
    const Comparison counted = in_any_order(golds, predictions);
    // What one side lists once, the other may repeat; what both repeat, they count.
    const bool may_repeat = is_different(counted) && golds.size() != predictions.size() && golds.size() > 1 &&
                            predictions.size() > 1 && !policy.ordered_lists && !keeps_order &&
                            are_distinct(golds.size() < predictions.size() ? golds : predictions);
    return may_repeat ? as_sets(golds, predictions) : counted;
  }
  // In square brackets a list of a program, in round ones a tuple of the same order; [1, 2] and [1, 2) are intervals.
  if (prediction.kind == Kind::bracketed && golds.size() == 2 &&
      (is_opening_closed(prediction) || is_closing_closed(prediction)))
    return different("interval");
  if (prediction.kind == Kind::bracketed && is_square(prediction)) return in_any_order(golds, entries(prediction));
  if (prediction.kind == Kind::bracketed) return in_order(golds, prediction.children);
  return different("type");
}

Comparison Comparer::brackets(const Node& gold, const Node& prediction) {
  if (prediction.kind == Kind::bracketed) {
    const bool could_be_interval = gold.children.size() == 2;
    if (could_be_interval && (is_opening_closed(gold) != is_opening_closed(prediction) ||
                              is_closing_closed(gold) != is_closing_closed(prediction)))
      return different("open or closed end");
    return in_order(gold.children, prediction.children);
  }
  if (prediction.kind == Kind::list) {
    const bool is_interval = gold.children.size() == 2 && (is_opening_closed(gold) || is_closing_closed(gold));
    if (is_interval) return different("interval");
    if (is_square(gold)) return in_any_order(gold.children, entries(prediction));
    return in_order(gold.children, entries(prediction));
  }
  if (is_set_like(prediction) && prediction.kind != Kind::set)
    if (const Answer answer = real_sets(gold, prediction)) return *answer;
  return different("type");
}

Comparison Comparer::finite_sets(const Node& gold, const Node& prediction) {
  const Nodes golds = entries(gold);
  if (is_finite_set(prediction) || is_list(prediction)) return as_sets(golds, entries(prediction));
  if (!is_collection(prediction)) return as_sets(golds, Nodes{&prediction});
  if (is_set_like(prediction))
    if (const Answer answer = real_sets(gold, prediction)) return *answer;
  return different("type");
}

/// Sets that are no sets of real numbers: by their parts, or by logic where those are only letters.
Comparison Comparer::set_operations(const Node& gold, const Node& prediction) {
  if (!is_set_like(prediction)) return different("type");
  const Node* left = as_formula(gold, arena);
  const Node* right = left ? as_formula(prediction, arena) : nullptr;
  if (left && right)
    if (const Answer answer = propositions(*left, *right)) return *answer;
  if (gold.kind != prediction.kind || gold.children.size() != prediction.children.size()) return different("set");
  switch (gold.kind) {
    case Kind::set_union:
    case Kind::intersection:
      return as_sets(gold.children, prediction.children);
    case Kind::set_builder: {
      // {x | x is prime} with another letter, which must not be in use.
      const bool is_renamed = gold[0].kind == Kind::symbol && prediction[0].kind == Kind::symbol &&
                              gold[0].text != prediction[0].text && !has_free_symbol(prediction[1], gold[0].text);
      if (!is_renamed) return in_order(gold.children, prediction.children);
      return answers(gold[1], substitute(arena, prediction[1], prediction[0].text, gold[0]));
    }
    case Kind::set_minus:
    case Kind::complement:
      return in_order(gold.children, prediction.children);
    default:
      return exactly(gold, prediction);
  }
}

/// 1, 2, …, n: what the dots stand for is a guess, so the parts that are written must be the same.
Comparison Comparer::elided(const Node& gold, const Node& prediction) {
  const auto has_parts = [](const Node& node) {
    return is_list(node) || node.kind == Kind::set || node.kind == Kind::bracketed || node.kind == Kind::ratio;
  };
  if (!has_parts(gold) || !has_parts(prediction)) return exactly(gold, prediction);
  if ((gold.kind == Kind::ratio) != (prediction.kind == Kind::ratio)) return different("type");
  if (gold.kind == Kind::bracketed && gold.kind == prediction.kind &&
      (gold.open != prediction.open || gold.close != prediction.close))
    return different("brackets");
  const bool is_gold_elided = has_dots(gold), is_prediction_elided = has_dots(prediction);
  if (is_gold_elided != is_prediction_elided) {
    const Node& elided_side = is_gold_elided ? gold : prediction;
    const Nodes all = whole_range(elided_side);
    if (all.empty()) return unknown("ellipsis");
    const Node& range = with_children(arena, elided_side, all);
    return is_gold_elided ? collections(range, prediction) : collections(gold, range);
  }
  const Comparison written = in_order(gold.children, prediction.children);
  if (is_equal(written) || gold.children.size() == prediction.children.size()) return written;
  const bool is_gold_longer = gold.children.size() > prediction.children.size();
  const Node& longer = is_gold_longer ? gold : prediction;
  const Node& shorter = is_gold_longer ? prediction : gold;
  const Nodes continued = continuing(shorter.children, longer.children.size());
  return continued.empty() ? written : in_order(longer.children, continued);
}

/// 0, 1, 2, 3 of 0, 1, …, 3, where the first two say how it goes on; empty where they are no integers or too many.
Nodes Comparer::whole_range(const Node& elided) {
  constexpr int64_t most = 200;
  Nodes result;
  const size_t count = elided.children.size();
  if (count < 4 || elided[count - 2].kind != Kind::ellipsis) return result;
  const auto last = small_integer(elided[count - 1]), first = small_integer(elided[0]),
             second = small_integer(elided[1]);
  if (!first || !second || !last || *first == *second) return result;
  const int64_t step = *second - *first, length = (*last - *first) / step + 1;
  if ((*last - *first) % step != 0 || length < static_cast<int64_t>(count) - 1 || length > most) return result;
  for (size_t i = 2; i + 2 < count; ++i)
    if (small_integer(elided[i]) != *first + static_cast<int64_t>(i) * step) return result;
  for (int64_t i = 0; i < length; ++i) result.push_back(&make_integer(arena, *first + i * step));
  return result;
}

/// 1, 2, …, n with as many terms more before its dots as make `count`, where two terms say how it goes on: by steps.
Nodes Comparer::continuing(std::span<const Node* const> items, size_t count) {
  const auto dots = std::ranges::find_if(items, [](const Node* item) { return item->kind == Kind::ellipsis; });
  const auto num_before = static_cast<size_t>(dots - items.begin());
  if (num_before != 2 || count > items.size() + 4) return {};
  Nodes result(items.begin(), dots);
  const Node& step = subtract(arena, *items[1], *items[0]);
  while (result.size() + items.size() - num_before < count)
    result.push_back(&make_node(arena, Kind::add, {result.back(), &step}));
  result.insert(result.end(), dots, items.end());
  return result;
}

/// 3:4 is 6:8, but 9:05 is not 18:10. A ratio of two is also their quotient.
Comparison Comparer::ratios(const Node& gold, const Node& prediction) {
  const auto quotient = [&](const Node& ratio) -> const Node& {
    return make_node(arena, Kind::divide, {&ratio[0], &ratio[1]});
  };
  const auto is_quotient = [](const Node& ratio) { return ratio.children.size() == 2 && !is_time(ratio); };
  // 9:05 and 9:05 p.m.
  const auto is_clock = [](const Node& node) {
    return node.kind == Kind::quantity && (node.text == "am" || node.text == "pm") && node[0].kind == Kind::ratio;
  };
  // 9:05 p.m. and 21:05
  const auto by_day = [&](const Node& clock, const Node& other) {
    if (other.kind != Kind::ratio || other.children.size() != 2 || clock[0].children.size() != 2)
      return different("type");
    const bool is_afternoon = clock.text == "pm";
    if (!is_afternoon && !other[0].text.starts_with('0')) return different("half of the day");
    const Node& hour = make_integer(arena, small_value(clock[0][0]) % 12 + (is_afternoon ? 12 : 0));
    return both(exactly(hour, other[0]), exactly(clock[0][1], other[1]));
  };
  const auto as_digits = [&](const Node& time, const Node& other) {  // 2:23 p.m. is not 4:46
    return other.kind == Kind::ratio && time.children.size() == other.children.size()
               ? in_order(time.children, other.children)
               : different("type");
  };
  if (policy.units != UnitPolicy::require || !is_clock(gold)) {
    if (is_clock(gold)) return by_day(gold, prediction);  // 9:05 may be either
    if (is_clock(prediction)) return one_of(as_digits(prediction[0], gold), by_day(prediction, gold));
  }
  if (prediction.kind != Kind::ratio)
    return is_quotient(gold) && !is_collection(prediction) ? scalars(quotient(gold), prediction) : different("type");
  if (gold.kind != Kind::ratio)
    return is_quotient(prediction) && gold.kind == Kind::divide ? scalars(gold, quotient(prediction))
                                                                : different("type");
  const size_t count = gold.children.size();
  if (count != prediction.children.size()) return different("count");
  // 3:30 could be either; a gold ratio is in lowest terms.
  const bool could_be_times =
      looks_like_time(gold) && looks_like_time(prediction) && std::gcd(small_value(gold[0]), small_value(gold[1])) > 1;
  if (could_be_times || is_time(gold) || is_time(prediction)) return in_order(gold.children, prediction.children);
  Comparison result = equal("ratio");
  for (size_t i = 0; i < count && !is_different(result); ++i) {
    if (is_zero(gold[i]) != is_zero(prediction[i])) return different("ratio");
    for (size_t j = i + 1; j < count; ++j)
      result = both(result, exactly(make_node(arena, Kind::multiply, {&gold[i], &prediction[j]}),
                                    make_node(arena, Kind::multiply, {&gold[j], &prediction[i]})));
  }
  return result;
}

}  // namespace cohort::rewards::math
