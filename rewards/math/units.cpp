// Quantities: a unit that is missing on one side, the same unit, or another of the same dimension.
#include "rewards/math/units.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "rewards/math/comparer.hpp"
#include "rewards/math/same.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int max_exponent = 9;

struct Quantity {
  const Node* value;
  Unit unit;
};

const Node& times(const Node& value, const Node* factor, Arena& arena) {
  return factor ? make_node(arena, Kind::multiply, {&value, factor}) : value;
}

const Node& in_base_units(const Quantity& quantity, Arena& arena) {
  const Node& scaled = times(*quantity.value, quantity.unit.factor, arena);
  return quantity.unit.offset ? make_node(arena, Kind::add, {&scaled, quantity.unit.offset}) : scaled;
}

bool has_units(const Node& node) { return (kinds_in(node) & (bit(Kind::quantity) | bit(Kind::degrees))) != 0; }

std::optional<Quantity> measure(const Node& node, Arena& arena);

/// Of quantities of one dimension, in the unit of the first: 5 feet 6 inches.
std::optional<Quantity> measure_sum(const Node& sum, Arena& arena) {
  std::optional<Quantity> result = measure(sum[0], arena);
  for (size_t i = 1; i < sum.children.size() && result; ++i) {
    const std::optional<Quantity> next = measure(sum[i], arena);
    if (!next || next->unit.offset || result->unit.offset || next->unit.dimensions != result->unit.dimensions)
      return {};
    const Node* value = &times(*next->value, next->unit.factor, arena);
    if (result->unit.factor) value = &make_node(arena, Kind::divide, {value, result->unit.factor});
    result->value = &make_node(arena, Kind::add, {result->value, value});
  }
  return result;
}

/// Multiplies `left` with right^exponent, exponent 1 or −1.
Quantity combined(const Quantity& left, const Quantity& right, int exponent, Arena& arena) {
  const Kind kind = exponent > 0 ? Kind::multiply : Kind::divide;
  Quantity result = left;
  result.value = &make_node(arena, kind, {left.value, right.value});
  const Node& one = make_integer(arena, 1);
  if (right.unit.factor)
    result.unit.factor = &make_node(arena, kind, {left.unit.factor ? left.unit.factor : &one, right.unit.factor});
  result.unit.dimensions = product(left.unit.dimensions, right.unit.dimensions, exponent);
  result.unit.is_known = left.unit.is_known && right.unit.is_known;
  return result;
}

/// 5 ft 6 in, which no sign joins: quantities of one dimension in different units.
bool is_compound(const Node& product, Arena& arena) {
  if (!std::ranges::all_of(product.children, [](const Node* part) { return part->kind == Kind::quantity; }))
    return false;
  const Unit first = read_unit(product[0].text, arena);
  return std::ranges::all_of(product.children.subspan(1), [&](const Node* part) {
    return part->text != product[0].text && read_unit(part->text, arena).dimensions == first.dimensions;
  });
}

/// A number and one unit; nothing where that makes no sense.
std::optional<Quantity> measure(const Node& node, Arena& arena) {
  if (!has_units(node)) return Quantity{&node, {}};
  switch (node.kind) {
    case Kind::quantity: {
      Quantity result{&node[0], read_unit(node.text, arena)};
      if (has_units(node[0])) return {};
      result.value = &times(node[0], std::exchange(result.unit.number, nullptr), arena);
      return result;
    }
    case Kind::degrees:
      return Quantity{&node[0], read_unit("°", arena)};
    case Kind::negate: {
      std::optional<Quantity> result = measure(node[0], arena);
      if (result) result->value = &make_node(arena, Kind::negate, {result->value});
      return result;
    }
    case Kind::add:
      return measure_sum(node, arena);
    case Kind::multiply:
      if (is_compound(node, arena)) return measure_sum(node, arena);
      [[fallthrough]];
    case Kind::divide: {
      std::optional<Quantity> result = measure(node[0], arena);
      for (size_t i = 1; i < node.children.size() && result; ++i) {
        const std::optional<Quantity> next = measure(node[i], arena);
        if (!next || next->unit.offset || result->unit.offset) return {};
        result = combined(*result, *next, node.kind == Kind::multiply ? 1 : -1, arena);
      }
      return result;
    }
    case Kind::function:
      // sin 30° is a number.
      return (kinds_in(node) & bit(Kind::quantity)) == 0 ? std::optional(Quantity{&node, {}}) : std::nullopt;
    case Kind::power:
      if (node[1].kind == Kind::integer && node[1].text.size() == 1 && node[1].text[0] - '0' <= max_exponent) {
        std::optional<Quantity> result = measure(node[0], arena);
        if (!result || result->unit.offset) return {};
        const int exponent = node[1].text[0] - '0';
        result->value = &make_node(arena, Kind::power, {result->value, &node[1]});
        if (result->unit.factor) result->unit.factor = &make_node(arena, Kind::power, {result->unit.factor, &node[1]});
        result->unit.dimensions = product({}, result->unit.dimensions, exponent);
        return result;
      }
      return (kinds_in(node) & bit(Kind::quantity)) == 0 ? std::optional(Quantity{&node, {}}) : std::nullopt;
    default:
      return (kinds_in(node) & bit(Kind::quantity)) == 0 ? std::optional(Quantity{&node, {}}) : std::nullopt;
  }
}

bool is_same_factor(const Node* left, const Node* right) {
  return left && right ? same_tree(*left, *right) : left == right;
}

bool is_angle(const Unit& unit) { return unit.dimensions == Dimensions{{"rad", 1}}; }

/// n of a factor that is 10^n, written with powers of ten only.
std::optional<int> power_of_ten(const Node* factor) {
  if (!factor) return 0;
  switch (factor->kind) {
    case Kind::integer: {
      const std::string_view digits = factor->text;
      if (digits[0] != '1' || digits.find_first_not_of('0', 1) != std::string_view::npos) return {};
      return static_cast<int>(digits.size()) - 1;
    }
    case Kind::power: {
      const auto base = power_of_ten(&(*factor)[0]);
      const Node& exponent = (*factor)[1];
      const bool is_negative = exponent.kind == Kind::negate;
      const std::string_view digits = is_negative ? exponent[0].text : exponent.text;
      if (!base || digits.empty() || digits.size() > 2) return {};
      int value = 0;
      for (const char digit : digits) value = 10 * value + (digit - '0');
      return is_negative ? -value * *base : value * *base;
    }
    case Kind::multiply:
    case Kind::divide: {
      const auto left = power_of_ten(&(*factor)[0]), right = power_of_ten(&(*factor)[1]);
      if (!left || !right || factor->children.size() != 2) return {};
      return factor->kind == Kind::multiply ? *left + *right : *left - *right;
    }
    default:
      return {};
  }
}

/// The value in units of `to`. Of a decimal a decimal, where only the point moves.
const Node& converted(const Quantity& quantity, const Unit& to, Arena& arena) {
  const auto from_power = power_of_ten(quantity.unit.factor), to_power = power_of_ten(to.factor);
  if (quantity.value->kind == Kind::decimal && from_power && to_power && !quantity.unit.offset && !to.offset) {
    Node& result = arena.make<Node>(1)[0];
    result = *quantity.value;
    result.exponent += *from_power - *to_power;
    return result;
  }
  const Node* value = &in_base_units(quantity, arena);
  if (to.offset) value = &subtract(arena, *value, *to.offset);
  return to.factor ? make_node(arena, Kind::divide, {value, to.factor}) : *value;
}

/// Whether what is counted has rows and columns: a 2 × 3 matrix is no 3 × 2 matrix, and not six of anything.
bool has_sides(const Node& node) {
  static constexpr std::array shapes =
      std::to_array<std::string_view>({"matrix", "matrice", "grid", "board", "chessboard", "checkerboard", "array",
                                       "table", "rectangle", "rectangular", "block", "box", "boxe", "cuboid", "prism"});
  if (node.kind != Kind::quantity || node[0].kind != Kind::multiply) return false;
  const std::string_view noun = node.text.substr(node.text.rfind(' ') + 1);
  return std::ranges::find(shapes, noun) != shapes.end() &&
         std::ranges::all_of(node[0].children, [](const Node* side) { return side->children.empty(); });
}

}  // namespace

Comparison Comparer::quantities(const Node& gold, const Node& prediction) {
  if (has_sides(gold) || has_sides(prediction)) {
    const Node& left = gold.kind == Kind::quantity ? gold[0] : gold;
    const Node& right = prediction.kind == Kind::quantity ? prediction[0] : prediction;
    const bool are_products = left.kind == Kind::multiply && right.kind == Kind::multiply;
    return are_products ? in_order(left.children, right.children) : different("sides");
  }
  const bool are_pounds =
      (gold.text == "£" && prediction.text == "lb") || (gold.text == "lb" && prediction.text == "£");
  if (are_pounds && gold.kind == prediction.kind) return answers(gold[0], prediction[0]);  // of money
  const auto left = measure(gold, arena), right = measure(prediction, arena);
  if (!left || !right) return exactly(gold, prediction);
  const bool left_has = !left->unit.is_nothing(), right_has = !right->unit.is_nothing();
  const auto compare_values = [&] {
    const bool are_times = left->value->kind == Kind::ratio && right->value->kind == Kind::ratio;
    if (!are_times || (!left_has && !right_has)) return answers(*left->value, *right->value);
    if (left->value->children.size() != right->value->children.size()) return different("count");
    return in_order(left->value->children, right->value->children);  // 2:23 p.m. is not 4:46 p.m.
  };
  if (policy.units == UnitPolicy::ignore || (!left_has && !right_has)) return compare_values();
  if (left_has && right_has) {
    if (left->unit.dimensions != right->unit.dimensions) return different("unit");
    if (is_same_factor(left->unit.factor, right->unit.factor) && is_same_factor(left->unit.offset, right->unit.offset))
      return compare_values();
    return exactly(*left->value, converted(*right, left->unit, arena));
  }
  // An angle without a unit is in radians, or what a degree sign was forgotten after.
  const Unit& unit = left_has ? left->unit : right->unit;
  if (is_angle(unit)) {
    const Comparison in_radians = exactly(in_base_units(*left, arena), in_base_units(*right, arena));
    if (is_equal(in_radians)) return in_radians;
  }
  if (left_has && policy.units == UnitPolicy::require) return different("unit");
  return compare_values();
}

}  // namespace cohort::rewards::math
