#include <ATen/TensorOperators.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/repeat_interleave.h>

#include "cohort/error.hpp"
#include "cohort/loss.hpp"

namespace cohort {
namespace {

// [sampled] weights with which a plain sum over the step is the wanted mean.
at::Tensor token_weights(const LossInputs& in, const GrpoLossOptions& options) {
  const auto tokens = static_cast<double>(in.step_tokens), sequences = static_cast<double>(in.step_sequences);
  switch (options.aggregation) {
    case Aggregation::token_mean:
      return at::ones_like(in.advantages) / tokens;
    case Aggregation::constant:
      return at::ones_like(in.advantages) / (sequences * static_cast<double>(options.max_tokens));
    case Aggregation::sequence_mean:
      break;
  }
  const at::Tensor lengths = in.cu_completions.diff();
  return at::repeat_interleave(1.0 / (lengths * sequences), lengths.to(at::kLong)).to(in.advantages.scalar_type());
}

}  // namespace

LossFn grpo_loss(GrpoLossOptions options) {
  check(options.clip_low >= 0 && options.clip_high >= 0,
        "grpo_loss: clip_low and clip_high must be at least 0, got {} and {}", options.clip_low, options.clip_high);
  check(options.kl_coefficient >= 0, "grpo_loss: kl_coefficient must be at least 0, got {}", options.kl_coefficient);
  check(options.aggregation != Aggregation::constant || options.max_tokens > 0,
        "grpo_loss: constant aggregation divides by max_tokens, which must be above 0, got {}", options.max_tokens);

  check(options.importance_cap > 0, "grpo_loss: importance_cap must be above 0, got {}", options.importance_cap);

  return [options](const LossInputs& in) -> LossOutput {
    check(options.kl_coefficient == 0 || in.ref_logprobs.has_value(),
          "grpo_loss: kl_coefficient is {} but there is no reference policy", options.kl_coefficient);
    const at::Tensor weights = token_weights(in, options);
    const auto tokens = static_cast<double>(in.step_tokens);

    const at::Tensor ratio = (in.logprobs - in.old_logprobs).exp();
    const at::Tensor clipped = ratio.clamp(1 - options.clip_low, 1 + options.clip_high);
    at::Tensor token_loss = -at::minimum(ratio * in.advantages, clipped * in.advantages);

    LossOutput out;
    const at::Tensor low = (ratio < 1 - options.clip_low).logical_and(in.advantages < 0);
    const at::Tensor high = (ratio > 1 + options.clip_high).logical_and(in.advantages > 0);
    out.metrics["clip_ratio/low_mean"] = low.sum() / tokens;
    out.metrics["clip_ratio/high_mean"] = high.sum() / tokens;
    if (in.sampler_logprobs) {
      const at::Tensor importance = (in.old_logprobs - *in.sampler_logprobs).exp();
      const at::Tensor capped = importance.clamp_max(options.importance_cap);
      out.metrics["importance/mean"] = importance.sum() / tokens;
      out.metrics["importance/capped"] = (importance > options.importance_cap).sum() / tokens;
      token_loss = token_loss * capped;
    }
    if (in.ref_logprobs) {
      const at::Tensor log_ref_ratio = *in.ref_logprobs - in.logprobs;
      const at::Tensor k3 = log_ref_ratio.exp() - log_ref_ratio - 1;  // unbiased, never negative
      out.metrics["kl"] = k3.detach().sum() / tokens;
      if (options.kl_coefficient > 0) token_loss = token_loss + options.kl_coefficient * k3;
    }
    out.loss = (token_loss * weights).sum();
    // The bonus is on the mean token entropy whatever the aggregation.
    if (options.entropy_coefficient != 0)
      out.loss = out.loss - options.entropy_coefficient * (in.entropy.sum() / tokens);
    return out;
  };
}

}  // namespace cohort
