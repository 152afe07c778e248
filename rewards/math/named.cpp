// Values with names: x = 1, y = 2 beside (1, 2) or y = 2, x = 1.
#include <algorithm>
#include <string_view>

#include "rewards/math/comparer.hpp"
#include "rewards/math/parse.hpp"

namespace cohort::rewards::math {
namespace {

struct NamedValue {
  std::string_view name;
  const Node* value;
};
using NamedValues = std::vector<NamedValue>;

/// x of x_1 and x_{12}: roots of one equation are numbered.
std::string_view without_index(std::string_view name) {
  const size_t underscore = name.rfind('_');
  if (underscore == std::string_view::npos || underscore == 0) return name;
  const std::string_view index = name.substr(underscore + 1);
  const bool is_number = !index.empty() && std::ranges::all_of(index, [](char c) {
    return (c >= '0' && c <= '9') || c == '{' || c == '}';
  });
  return is_number ? name.substr(0, underscore) : name;
}

bool is_one_name(const NamedValues& values) {
  return std::ranges::all_of(
      values, [&](const NamedValue& value) { return without_index(value.name) == without_index(values[0].name); });
}

/// a_1, a_2 of a sequence, whose order is known; x_1, x_2 and λ_1, λ_2 are solutions.
bool are_terms(const NamedValues& values) {
  const std::string_view name = without_index(values[0].name);
  return name != values[0].name && name.size() == 1 && std::string_view("abcduvpqSTFP").find(name[0]) != name.npos;
}

bool are_all_different(const NamedValues& values) {
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (values[i].name == values[j].name) return false;
  return true;
}

/// x, y or x, y, z, in any order.
bool are_coordinates(const NamedValues& values) {
  return values.size() > 1 && values.size() < 4 && are_all_different(values) &&
         std::ranges::all_of(values, [&](const NamedValue& value) {
           return value.name == "x" || value.name == "y" || (value.name == "z" && values.size() == 3);
         });
}

/// How many names there are before the first comes again, if they repeat in that order: 2 of p, q, p, q. Else 0.
size_t period(const NamedValues& values) {
  size_t count = 1;
  while (count < values.size() && values[count].name != values[0].name) ++count;
  if (count < 2 || count == values.size() || values.size() % count != 0) return 0;
  for (size_t i = count; i < values.size(); ++i)
    if (values[i].name != values[i - count].name) return 0;
  return count;
}

Nodes values_of(const NamedValues& named) {
  Nodes values;
  for (const NamedValue& value : named) values.push_back(value.value);
  return values;
}

/// In the order of their names: x before y, x_2 before x_10.
NamedValues sorted(NamedValues values) {
  std::ranges::stable_sort(values, [](const NamedValue& left, const NamedValue& right) {
    const std::string_view a = without_index(left.name), b = without_index(right.name);
    if (a != b) return a < b;
    return left.name.size() != right.name.size() ? left.name.size() < right.name.size() : left.name < right.name;
  });
  return values;
}

/// W of W(n), where n is any number; all of W(2), and of P(A), where A is an event.
std::string_view name_of(const Node& node, Arena& arena) {
  const bool is_of_symbols =
      is_unknown_function(node) && std::ranges::all_of(node.children, [](const Node* argument) {
        return argument->kind == Kind::symbol && !(argument->text[0] >= 'A' && argument->text[0] <= 'Z');
      });
  return is_of_symbols ? node.text : arena.copy(to_string(node));
}

bool has_entries(const Node& node) {
  return node.kind == Kind::list || node.kind == Kind::set || node.kind == Kind::bracketed ||
         node.kind == Kind::conjunction || node.kind == Kind::disjunction;
}

}  // namespace

Answer Comparer::named_values(const Node& gold, const Node& prediction) {
  const auto named = [&](const Node& node, const Nodes& values) -> NamedValues {
    NamedValues result;
    if (node.kind == Kind::bracketed) return result;
    for (const Node* entry : values) {
      const Node* value = assigned_value(*entry);
      if (!value) return {};
      result.push_back({name_of((*entry)[0], arena), value});
    }
    return result;
  };
  // p = 5, q = 2; p = 7, q = 2 is (5, 2), (7, 2).
  const auto grouped = [&](const NamedValues& values, size_t size) {
    Nodes tuples;
    for (size_t i = 0; i < values.size(); i += size) {
      const Nodes entries = values_of(NamedValues(values.begin() + static_cast<std::ptrdiff_t>(i),
                                                  values.begin() + static_cast<std::ptrdiff_t>(i + size)));
      Node& tuple = arena.make<Node>(1)[0];
      tuple = make_node(arena, Kind::bracketed, entries);
      tuple.open = '(';
      tuple.close = ')';
      tuples.push_back(&tuple);
    }
    return tuples;
  };
  if (!has_entries(gold) || !has_entries(prediction)) return {};
  const Nodes golds = entries(gold), predictions = entries(prediction);
  const NamedValues left = named(gold, golds), right = named(prediction, predictions);
  if (left.empty() && right.empty()) return {};
  const auto has_equation = [](const Nodes& parts) {  // 3x + y = 0, which names no value
    return std::ranges::any_of(
        parts, [](const Node* part) { return part->kind == Kind::relation && assigned_value(*part) == nullptr; });
  };
  if ((left.empty() && has_equation(golds)) || (right.empty() && has_equation(predictions))) return {};

  if (!left.empty() && !right.empty()) {
    if (left.size() != right.size() && !(is_one_name(left) && is_one_name(right))) return different("count");
    const size_t left_period = period(left);
    if (left_period != 0 && left_period == period(right)) {
      for (size_t i = 0; i < left_period; ++i)
        if (left[i].name != right[i].name) return in_any_order(golds, predictions);
      return in_any_order(grouped(left, left_period), grouped(right, left_period));
    }
    const bool is_numbered = left[0].name != without_index(left[0].name);
    const bool are_both_numbered = is_numbered && right[0].name != without_index(right[0].name);
    if (is_one_name(left) && is_one_name(right) && !are_both_numbered)
      return without_index(left[0].name) != without_index(right[0].name) ? different("name")
                                                                         : as_sets(values_of(left), values_of(right));
    return in_any_order(golds, predictions);
  }

  if (right.empty()) {
    if (const size_t size = period(left)) return in_any_order(grouped(left, size), predictions);
    if (is_one_name(left))
      return prediction.kind == Kind::bracketed || are_terms(left) ? in_order(values_of(left), predictions)
                                                                   : in_any_order(values_of(left), predictions);
    // x = 1 and y = 2 are not one or the other.
    if (gold.kind == Kind::conjunction && prediction.text == "or") return different("or");
    // The order of coordinates is known, that of other names is the gold answer's or the alphabet's.
    if (prediction.kind == Kind::bracketed && are_coordinates(left))
      return in_order(values_of(sorted(left)), predictions);
    const Comparison as_written = in_order(values_of(left), predictions);
    return prediction.kind != Kind::bracketed ? as_written
                                              : one_of(as_written, in_order(values_of(sorted(left)), predictions));
  }

  if (const size_t size = period(right); size != 0 && gold.kind != Kind::bracketed)
    return in_any_order(golds, grouped(right, size));
  if (gold.kind == Kind::bracketed)
    return right.size() == golds.size() && are_all_different(right) ? in_order(golds, values_of(sorted(right)))
                                                                    : different("names");
  if (gold.kind == Kind::set) return is_one_name(right) ? as_sets(golds, values_of(right)) : different("names");
  return are_terms(right) ? in_order(golds, values_of(right)) : in_any_order(golds, values_of(right));
}

}  // namespace cohort::rewards::math
