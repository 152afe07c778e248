#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

struct LengthOptions {
  int64_t min_tokens = 0;
  int64_t max_tokens = 1024;
};

/// 1 if a completion has min_tokens to max_tokens tokens, both included; else 0. No score for a completion that has a
/// text but no tokens. Verdicts: fits, short, long. Throws Error unless 0 ≤ min_tokens ≤ max_tokens.
RewardRule length(LengthOptions options = {});

}  // namespace cohort::rewards
