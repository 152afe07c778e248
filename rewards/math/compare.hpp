// Whether a prediction is the gold answer. The gold drives: its type says how the prediction is read.
#pragma once

#include <cstdint>
#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

enum class PercentPolicy : uint8_t {
  strict,  // 50% is 1/2 and nothing else
  either,  // 50% equals 1/2 and 50
};

enum class UnitPolicy : uint8_t {
  ignore,   // 5 cm is 5 and 5 m
  require,  // a unit in the gold must stand in the prediction; none in the gold, any will do
  convert,  // a missing unit is forgiven; two units are converted: 100 cm is 1 m, 1 m is not 1 cm
};

struct Policy {
  PercentPolicy percent = PercentPolicy::either;
  UnitPolicy units = UnitPolicy::convert;
  bool ordered_lists = false;           // 1, 2 without brackets also matches 2, 1
  bool inequality_for_interval = true;  // gold (1, 2) accepts 1 < x < 2, and the other way round
  bool rename_symbols = false;          // x + 1 matches t + 1
  bool polynomial_gcd = false;          // gcd(x, y) is 1
  double relative_tolerance = 0;        // besides the rule of significant digits for decimals
  int64_t rounded_places = 0;           // a decimal of so many places may be rounded; 0: by the rule alone
};

enum class Decision : uint8_t { different, equal, unknown };  // unknown: the budget ended or nothing could be proved

struct Comparison {
  Decision decision = Decision::unknown;
  bool is_probable = false;  // equal by agreement at many points, not by proof
  std::string_view reason;   // static: "rational", "ball", "polynomial", "set", "budget", "type"
};

/// Compares two trees. Never throws; spends at most `budget`, and where that ends the answer is unknown.
///
/// - x = 5 is 5 where one name or function stands on the left; x + z = 1 is no value. A chain counts by its last side.
/// - Sets match in any order and without counting, lists with, tuples in order; x = 1 or x = 2 and ±1 are such values.
///   (1, 2) is a point or an interval, whatever the other side is; a single value never equals several.
/// - Equations are equal up to a factor, inequalities up to a positive one, or by their solutions in one variable.
///   For a gold set only a solved inequality counts: the problem repeated is no answer.
/// - A ratio of two is also their quotient, but 9:05 is a time. A numeral needs the base of the gold.
/// - Text is compared without case, articles and plural s; "no solution" is ∅ and "two" 2.
/// - Dots (1, 2, …, n) equal only dots in the same place.
Comparison compare(const Node& gold, const Node& prediction, const Policy& policy, Arena& arena, Budget& budget);

/// The same for two scalars (numbers, or expressions in symbols that stand for real numbers).
///
/// Roots are real where there is a real one (∛−8 = −2), principal in trees with i. Symbols are real of either sign: |x|
/// is not x. A point counts where both sides have a real value, hence √(x⁷) = x^(7/2) and ln x² = 2 ln x.
/// Decimals are exact. Rounded, one stands for a number that is no integer and no shorter decimal: for a gold decimal
/// of three significant digits or more, within half a unit in its last place (2.6458 accepts √7); a predicted one needs
/// six digits (√7 refuses 2.6458). Of two decimals the shorter needs six places. No tolerance is absolute. A numeral in
/// a base equals the same digits in that base only; base ten is plain. 30° is π/6 and 30. A log without base is natural
/// or decimal, whichever fits. A gold "… + C" accepts any name for C and any constant beside it.
Comparison compare_scalars(const Node& gold, const Node& prediction, const Policy& policy, Arena& arena,
                           Budget& budget);

}  // namespace cohort::rewards::math
