// When a rounded decimal stands for a number.
#pragma once

#include <optional>

#include "rewards/math/node.hpp"
#include "rewards/math/rational.hpp"

namespace cohort::rewards::math {

/// A decimal as it was written: 3.14, −0.50, 6.02·10^23.
struct DecimalLiteral {
  Rational value;
  Rational unit;            // one in the last place
  int64_t significant = 0;  // digits from the first that is not 0
  int64_t places = 0;       // behind the point, the power of ten included; negative for 6.02·10^23
};

/// The literal that the whole tree is (a sign and a power of ten may stand with it); nothing for integers and formulas.
std::optional<DecimalLiteral> decimal_literal(const Node& node, Budget& budget);

/// Whether a literal has the digits to be taken for another number that it rounds: the 15 that a machine prints. Fewer
/// were chosen by whoever wrote them: 0.333333 is no third. A gold literal needs three: it says how far the answer was
/// rounded. Where `rounded_places` is not 0, so many places are enough for either, of which two digits are significant.
bool is_precise(const DecimalLiteral& literal, bool is_gold, int64_t rounded_places);
/// Whether it stands for a longer decimal, too.
bool is_precise_beside_decimals(const DecimalLiteral& literal, int64_t rounded_places);

/// Whether a number is counted in sixtieths, as 44°31′ is.
bool is_in_minutes(const Node& node);

}  // namespace cohort::rewards::math
