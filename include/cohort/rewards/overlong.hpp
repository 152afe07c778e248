// What a completion loses for coming to no end.
#pragma once

#include "cohort/reward.hpp"
#include "cohort/rewards/accuracy.hpp"

namespace cohort::rewards {

enum class OverlongForm {
  clamped,    // −penalty for all that is longer than max_tokens: DAPO (arXiv:2503.14476), equation 13
  unclamped,  // the line goes on falling beyond max_tokens: verl and NeMo-RL
};

struct SoftOverlongOptions {
  int64_t max_tokens = 16'384;   // at least 1
  int64_t cache_tokens = 4'096;  // 0 to max_tokens: the last of them, over which the penalty grows
  double penalty = 1.0;          // at least 0: lost at max_tokens
  OverlongForm form = OverlongForm::clamped;
};

/// 0 up to max_tokens − cache_tokens, from there on − penalty · (tokens − that) / cache_tokens; what follows max_tokens
/// is up to `form`.
double soft_overlong_score(int64_t num_tokens, const SoftOverlongOptions& options);

/// soft_overlong_score() of a completion; no score for a text without tokens. Verdicts: fits, long, no_tokens.
/// Throws Error for options out of range; `unclamped` needs cache_tokens ≥ 1.
RewardRule soft_overlong(SoftOverlongOptions options = {});

struct StopProperlyOptions {
  double coefficient = 0.0;  // 0 to 1: what a cut completion keeps of its score
};

/// The score of `rule`, times `coefficient` where the length limit cut the completion off. A score below 0 stays as it
/// is: shrinking it would pay for being cut. NeMo-RL's stop_properly_penalty_coef. Verdicts: those of `rule`;
/// truncated.
RewardRule stop_properly(StopProperlyOptions options = {}, RewardRule rule = accuracy());

}  // namespace cohort::rewards
