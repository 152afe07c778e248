// The options of the maths reward by name, for configurations, the command line and C.
#pragma once

#include "cohort/rewards/math.hpp"
#include "src/text/settings.hpp"

namespace cohort::rewards::math {

constexpr auto option_fields = [](auto& options, auto&& field) {
  field("strictness", options.strictness, "what counts as an answer",
        text::Choices<MathStrictness>{{"boxed_only", MathStrictness::boxed_only},
                                      {"formula", MathStrictness::formula},
                                      {"anchored", MathStrictness::anchored},
                                      {"any", MathStrictness::any}});
  field("percent", options.percent, "either: 50% is 1/2 and 50; strict: it is 1/2",
        text::Choices<MathPercent>{{"strict", MathPercent::strict}, {"either", MathPercent::either}});
  field("units", options.units, "what a unit counts for",
        text::Choices<MathUnits>{
            {"ignore", MathUnits::ignore}, {"require", MathUnits::require}, {"convert", MathUnits::convert}});
  field("ordered_lists", options.ordered_lists, "1, 2 is not 2, 1");
  field("inequality_for_interval", options.inequality_for_interval, "1 < x < 2 is (1, 2)");
  field("decimal_comma", options.decimal_comma, "3,5 is 7/2");
  field("rename_symbols", options.rename_symbols, "x + 1 is t + 1");
  field("polynomial_gcd", options.polynomial_gcd, "gcd(x, y) is 1, as of polynomials");
  field("relative_tolerance", options.relative_tolerance, "decimals that differ by less are equal");
  field("rounded_places", options.rounded_places, "decimals of so many places may be rounded");
  field("max_answer_bytes", options.max_answer_bytes, "a longer answer is not read");
  field("budget", options.budget, "steps of one comparison, about 50 ns each");
};

}  // namespace cohort::rewards::math
