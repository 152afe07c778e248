// Units of measurement and money, as factors of base units.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

/// A product of powers: m^1 s^-2. Words that are no unit of the table ("clips") are bases of their own.
struct Dimension {
  std::string base;
  int exponent = 0;
  bool operator==(const Dimension&) const = default;
};
using Dimensions = std::vector<Dimension>;  // ascending by base, exponents not 0

struct Unit {
  const Node* number = nullptr;  // of words that count: 10^6 of "million dollars"; null is 1
  const Node* factor = nullptr;  // how many base units it is; null is 1
  const Node* offset = nullptr;  // added after that: °C and °F in kelvin; null is 0
  Dimensions dimensions;
  bool is_known = true;  // all its words stand in the table

  bool is_nothing() const { return dimensions.empty() && !factor; }  // "units" and words that count
};

/// Reads "cm^2", "km/h", "meters per second", "square feet", "million $". Any text is some unit.
Unit read_unit(std::string_view text, Arena& arena);

Dimensions product(const Dimensions& left, const Dimensions& right, int right_exponent);

}  // namespace cohort::rewards::math
