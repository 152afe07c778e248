#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

enum class NumberUse {
  exactly_once,
  at_most_once,
};

struct CountdownRuleOptions {
  NumberUse use = NumberUse::exactly_once;
};

/// 1 if a completion makes the target from the numbers with + - * / and parentheses, else 0. Valued exactly, in 64-bit
/// fractions. The gold answer is {"numbers": [int], "target": int}. The expression stands in the last
/// <answer>…</answer>, else in the last \boxed{…}, else it is the whole text after the thinking; "= target" may follow.
/// Verdicts: equal, different, wrong_numbers, undefined (a division by zero), overflow, unparsed; gold_unparsed (no
/// score).
RewardRule countdown(CountdownRuleOptions options = {});

}  // namespace cohort::rewards
