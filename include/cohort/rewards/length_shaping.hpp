// Formulas that pay for a right answer in few tokens. Right is what another rule scores above 0.5.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cohort/reward.hpp"
#include "cohort/rewards/accuracy.hpp"

namespace cohort::rewards {

struct CosineLengthOptions {
  int64_t max_tokens = 1024;       // at least 1; from here on a completion earns what a long one earns
  double min_value_correct = 0.5;  // a right answer of max_tokens
  double max_value_correct = 1.0;  // a right answer of no tokens
  double min_value_wrong = -1.0;   // a wrong answer of no tokens
  double max_value_wrong = -0.5;   // a wrong answer of max_tokens
};

/// v_min + ½ (v_max − v_min) (1 + cos(π · min(tokens / max_tokens, 1))); for a wrong answer the two are swapped, so
/// that a longer one is punished less. "Demystifying Long Chain-of-Thought Reasoning" (arXiv:2502.03373), appendix C.1,
/// as TRL's get_cosine_scaled_reward.
double cosine_length_score(bool is_correct, int64_t num_tokens, const CosineLengthOptions& options);

/// cosine_length_score() of a completion. No score where `correctness` has none, and for a text without tokens.
/// Verdicts: those of `correctness`; no_tokens. Throws Error unless max_tokens ≥ 1 and each minimum ≤ its maximum.
RewardRule cosine_length(CosineLengthOptions options = {}, RewardRule correctness = accuracy());

/// What a length reward knows of one completion of a group.
struct GradedLength {
  bool is_correct = false;
  int64_t num_tokens = 0;
};

/// λ = ½ − (tokens − min) / (max − min) over the group for a right answer, min(0, λ) for a wrong one; 0 for all where
/// all are of one length. Kimi k1.5 (arXiv:2501.12599), section 2.3.3.
std::vector<double> kimi_length_scores(std::span<const GradedLength> group);

/// kimi_length_scores() of a group, in tokens. A completion that `correctness` gives no score, or that has a text but
/// no tokens, has none here either and is not counted in min and max. Verdicts as of cosine_length().
GroupRule kimi_length(RewardRule correctness = accuracy());

struct LinearLengthOptions {
  double weight = 0.25;  // at least 0: what the longest completion loses where all are right
};

/// − weight · (share of right answers in the group) · tokens / (most tokens in the group): a term to add to a reward.
/// prime-rl's linear length penalty for a single turn.
std::vector<double> linear_length_scores(std::span<const GradedLength> group, const LinearLengthOptions& options);

/// linear_length_scores() of a group; what has no score, and verdicts, as of kimi_length().
/// Throws Error unless weight is finite and at least 0.
GroupRule linear_length(LinearLengthOptions options = {}, RewardRule correctness = accuracy());

}  // namespace cohort::rewards
