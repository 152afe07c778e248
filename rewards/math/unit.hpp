// Units of measurement by their names.
#pragma once

#include <string_view>

namespace cohort::rewards::math {

/// The symbol of the unit of this name: "cm" for "centimeters"; empty where it is none.
std::string_view unit_symbol(std::string_view name);

/// Whether the second stands behind the first in one quantity: 5 ft 10 in, 2 h 30 min.
bool is_part_of(std::string_view large, std::string_view small);

}  // namespace cohort::rewards::math
