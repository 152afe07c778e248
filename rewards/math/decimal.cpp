#include "rewards/math/decimal.hpp"

#include "rewards/math/separation.hpp"

namespace cohort::rewards::math {

namespace {

constexpr int64_t exponent_limit = 3000;

// 10^n: the exponent, for a plain 10 or 10 to an integer power.
std::optional<int64_t> power_of_ten(const Node& node, Budget& budget) {
  const auto is_ten = [](const Node& base) { return base.kind == Kind::integer && base.text == "10"; };
  if (is_ten(node)) return 1;
  if (node.kind != Kind::power || !is_ten(node[0])) return std::nullopt;
  const auto exponent = rational_value(node[1], budget);
  if (!exponent || !exponent->is_integer() || !exponent->is_small()) return std::nullopt;
  const int64_t value = exponent->numerator().small();
  return value >= -exponent_limit && value <= exponent_limit ? std::optional(value) : std::nullopt;
}

std::optional<DecimalLiteral> plain(const Node& node, Budget& budget) {
  if (node.text.size() > 1000 || !budget.spend(4)) return std::nullopt;
  if (node.exponent > exponent_limit || node.exponent < -exponent_limit) return std::nullopt;
  DecimalLiteral literal;
  std::string digits;
  bool is_behind_point = false;
  for (const char c : node.text) {
    if (c == '.') {
      is_behind_point = true;
      continue;
    }
    digits += c;
    literal.places += is_behind_point;
    literal.significant += literal.significant > 0 || c != '0';
  }
  literal.places -= node.exponent;
  literal.unit = power(Rational(10), -literal.places);
  literal.value = Rational(Integer::from_digits(digits)) * literal.unit;
  return literal;
}

}  // namespace

std::optional<DecimalLiteral> decimal_literal(const Node& node, Budget& budget) {
  if (node.kind == Kind::decimal) return plain(node, budget);
  if (node.kind == Kind::negate) {
    auto literal = decimal_literal(node[0], budget);
    if (literal) literal->value = -literal->value;
    return literal;
  }
  if (node.kind == Kind::multiply && node.children.size() == 2) {
    const auto exponent = power_of_ten(node[1], budget);
    if (!exponent) return std::nullopt;
    auto literal = decimal_literal(node[0], budget);
    if (!literal) return std::nullopt;
    const Rational scale = power(Rational(10), *exponent);
    literal->value = literal->value * scale;
    literal->unit = literal->unit * scale;
    literal->places -= *exponent;
    return literal;
  }
  return std::nullopt;
}

bool is_precise(const DecimalLiteral& literal, bool is_gold, int64_t rounded_places) {
  if (rounded_places > 0 && literal.places >= rounded_places && literal.significant >= 2) return true;
  constexpr int64_t digits_of_machines = 12;  // calculators and programs print as many or more
  return literal.significant >= (is_gold ? 3 : digits_of_machines);
}

bool is_precise_beside_decimals(const DecimalLiteral& literal, int64_t rounded_places) {
  return literal.places >= (rounded_places > 0 ? rounded_places : 6) && is_precise(literal, false, rounded_places);
}

bool is_in_minutes(const Node& node) {
  const bool is_wrapped = node.kind == Kind::degrees || node.kind == Kind::negate;
  if (is_wrapped && !node.children.empty()) return is_in_minutes(node[0]);
  if (node.kind != Kind::add || node.children.size() < 2) return false;
  const Node& part = node[1];
  return part.kind == Kind::divide && part[1].kind == Kind::integer && part[1].text == "60";
}

}  // namespace cohort::rewards::math
