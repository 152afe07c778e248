#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

struct ReasoningStepsOptions {
  int64_t full_steps = 3;  // at least 1: so many earn 1
  bool distinct = true;    // a step that is written twice counts once
};

/// min(1, steps / full_steps), where a step is "Step 3:", "3." or "- …" or "* …" at the start of a line, or "First,",
/// "Second,", "Next,", "Finally,". open-r1's reasoning_steps. Equal steps are the same words or number, or an equal
/// line behind the bullet; an empty one is none. It measures a habit, not a thought: give it a small weight.
/// Verdict: the number of steps. Throws Error unless full_steps ≥ 1.
RewardRule reasoning_steps(ReasoningStepsOptions options = {});

}  // namespace cohort::rewards
