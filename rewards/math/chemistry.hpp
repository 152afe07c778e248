// Formulas of chemistry, which are spelled in many ways and are no products.
#pragma once

#include <string>
#include <string_view>

namespace cohort::rewards::math {

/// "H2SO4" for "H_2SO_4", "\mathrm{H_{2}SO_{4}}", "\ce{H2SO4}" and "H₂SO₄"; charges stay: "SO4^2-". Empty of what is no
/// formula of chemical elements.
std::string chemical_formula(std::string_view text);

}  // namespace cohort::rewards::math
