// The many spellings of one answer, brought to one.
#pragma once

#include <string>
#include <string_view>

namespace cohort::rewards {

/// Takes off what only changes the looks: dollars, \left, \text{…}, thin spaces, degrees, bold; writes − as -, × as
/// \times, \dfrac as \frac, {,} as a comma. Linear; at most as long as the text.
std::string clean_latex(std::string_view text);

}  // namespace cohort::rewards
