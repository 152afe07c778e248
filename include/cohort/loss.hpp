#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace cohort {

/// All that a policy loss may look at. Rows are sampled tokens: prompts are not there, so there is no mask.
struct LossInputs {
  at::Tensor logprobs;                         // [sampled] log π_θ, differentiable
  at::Tensor entropy;                          // [sampled] nats, differentiable
  at::Tensor old_logprobs;                     // [sampled] log π_old
  std::optional<at::Tensor> sampler_logprobs;  // [sampled] of the sampler, where it was not π_old itself
  std::optional<at::Tensor> ref_logprobs;      // [sampled] log π_ref, where a reference policy is given
  at::Tensor advantages;                       // [sampled]
  at::Tensor cu_completions;                   // [sequences + 1] bounds on [sampled]
  // Sampled tokens in the whole optimiser step. 0 while some of them are still to be sampled (StreamedUpdate): the loss
  // is then asked for its gradient only, which must not depend on them.
  int64_t step_tokens = 0;
  int64_t step_sequences = 0;     // completions in it
  bool allows_token_sum = false;  // a mean over the step's tokens may be returned as their sum (is_token_sum)
};

struct LossOutput {
  at::Tensor loss;                            // scalar: this batch's share of the step's loss
  std::map<std::string, at::Tensor> metrics;  // scalars, summed over the step like the loss
  bool is_token_sum = false;                  // `loss` is that times step_tokens: the step divides by them, once
};

using LossFn = std::function<LossOutput(const LossInputs&)>;

/// How per-token losses become one number. N sampled tokens, B completions of n_i tokens, in the whole step.
enum class Aggregation {
  token_mean,     // Σ / N                 DAPO (arXiv:2503.14476)
  sequence_mean,  // mean_i(Σ_t / n_i)     GRPO (arXiv:2402.03300)
  constant,       // Σ / (B · max_tokens)  Dr. GRPO (arXiv:2503.20783)
};

struct GrpoLossOptions {
  float clip_low = 0.2f;
  float clip_high = 0.2f;
  float kl_coefficient = 0.0f;  // β; above 0 needs a reference policy
  Aggregation aggregation = Aggregation::token_mean;
  int64_t max_tokens = 0;            // constant aggregation: the configured completion length
  float entropy_coefficient = 0.0f;  // of a bonus on the mean token entropy
  // Where the sampler was not π_old itself: token losses are weighted by min(π_old / π_sampler, importance_cap),
  // truncated importance sampling. Above 0.
  float importance_cap = 2.0f;
};

/// Clipped surrogate with asymmetric clip; KL to the reference by the k3 estimator. metrics: "clip_ratio/low_mean",
/// "clip_ratio/high_mean" (share of tokens clipped in the direction of their advantage), "kl" (with a reference),
/// "importance/mean" and "importance/capped" (of the weights and the share of them at the cap, where there are any).
/// DeepSeekMath (arXiv:2402.03300), equation 3. Throws Error for options that contradict each other; the loss itself
/// where it divides by step_tokens that are not known: by a token mean that may not be a sum, or by the bonus.
LossFn grpo_loss(GrpoLossOptions options = {});

/// −Σ logprobs / N: cross-entropy of the completion's tokens, for supervised fine-tuning.
LossFn sft_loss();

}  // namespace cohort
