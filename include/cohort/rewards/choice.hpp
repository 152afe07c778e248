#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

struct ChoiceOptions {
  std::string letters = "ABCDEFGHIJ";  // the letters that can be chosen
};

/// 1 if a completion chooses the gold letter, else 0. The choice is read from the last \boxed{B}, else
/// <answer>B</answer>, "answer is B", or the last letter that stands alone, (B) before B. Anchored letters may be lower
/// case; "B or C" chooses nothing. Verdicts: equal, different, unparsed (0), gold_unparsed (no score).
RewardRule choice(ChoiceOptions options = {});

}  // namespace cohort::rewards
