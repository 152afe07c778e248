// Units of measurement by their names.
#pragma once

#include <string_view>

namespace cohort::rewards::math {

/// The symbol of the unit of this name: "cm" for "centimeters"; empty where it is none.
std::string_view unit_symbol(std::string_view name);

}  // namespace cohort::rewards::math
