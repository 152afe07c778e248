#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/repeat_interleave.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cohort/error.hpp"
#include "cohort/loss.hpp"
#include "kernels/launch.hpp"
#include "kernels/policy_loss.hpp"

namespace cohort {
namespace {

// [sampled] weights with which a plain sum over the step is the wanted mean. `tokens`: what a mean over tokens is
// divided by here.
at::Tensor token_weights(const LossInputs& in, const GrpoLossOptions& options, double tokens) {
  const auto sequences = static_cast<double>(in.step_sequences);
  switch (options.aggregation) {
    case Aggregation::token_mean:
      return at::full_like(in.logprobs, 1 / tokens);
    case Aggregation::constant:
      return at::full_like(in.logprobs, 1 / (sequences * static_cast<double>(options.max_tokens)));
    case Aggregation::sequence_mean:
      break;
  }
  const at::Tensor lengths = in.cu_completions.diff();
  return at::repeat_interleave(1.0 / (lengths * sequences), lengths.to(at::kLong));
}

struct Surrogate {
  at::Tensor dlogprobs;  // [sampled]
  at::Tensor sums;       // float64, the fields of PolicyLossSums in their order
};

Surrogate surrogate(const LossInputs& in, const GrpoLossOptions& options, double tokens_of_mean) {
  const at::Tensor logprobs = in.logprobs.contiguous();
  const auto operand = [&](const std::optional<at::Tensor>& tensor) {
    return tensor ? tensor->detach().to(logprobs.scalar_type()).contiguous() : at::Tensor();
  };
  const at::Tensor old_logprobs = operand(in.old_logprobs), advantages = operand(in.advantages),
                   weights = operand(token_weights(in, options, tokens_of_mean)),
                   sampler_logprobs = operand(in.sampler_logprobs), ref_logprobs = operand(in.ref_logprobs);
  for (const at::Tensor& tensor : {old_logprobs, advantages, weights, sampler_logprobs, ref_logprobs})
    check(!tensor.defined() || tensor.numel() == logprobs.numel(),
          "grpo_loss: expected {} numbers in each input, one for each sampled token, got {}", logprobs.numel(),
          tensor.defined() ? tensor.numel() : 0);

  constexpr int64_t kTokensOfPart = 1024, kMostParts = 256, kSums = sizeof(kernels::PolicyLossSums) / sizeof(double);
  const int64_t tokens = logprobs.numel(), parts = std::clamp<int64_t>(tokens / kTokensOfPart, 1, kMostParts);
  const at::Tensor dlogprobs = at::empty_like(logprobs);
  const at::Tensor partial = at::empty({parts, kSums}, logprobs.options().dtype(at::kDouble));
  kernels::with_activation_type(logprobs.scalar_type(), [&](auto type) {
    using T = decltype(type);
    using kernels::pointer;
    kernels::launch(
        kernels::PolicyLoss<T>{pointer<T>(logprobs), pointer<T>(old_logprobs), pointer<T>(sampler_logprobs),
                               pointer<T>(ref_logprobs), pointer<T>(advantages), pointer<T>(weights),
                               pointer<T>(dlogprobs),
                               reinterpret_cast<kernels::PolicyLossSums*>(pointer<double>(partial)), tokens, parts,
                               options.clip_low, options.clip_high, options.kl_coefficient, options.importance_cap},
        logprobs.device());
  });
  return {dlogprobs, partial.sum(0)};
}

// The surrogate's gradient is there when its value is.
class SurrogateNode : public torch::autograd::Node {
 public:
  explicit SurrogateNode(at::Tensor dlogprobs) : dlogprobs_(std::move(dlogprobs)) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
    TORCH_CHECK(dlogprobs_.defined(), "grpo_loss: backward through the same loss a second time; compute it again");
    return {std::exchange(dlogprobs_, {}) * grads[0]};
  }

 private:
  at::Tensor dlogprobs_;
};

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
    LossOutput out;
    out.is_token_sum = in.allows_token_sum && options.aggregation == Aggregation::token_mean;
    const bool divides =
        !out.is_token_sum && (options.aggregation == Aggregation::token_mean || options.entropy_coefficient != 0);
    check(!divides || in.step_tokens > 0,
          "grpo_loss: {} divides by the tokens of the whole step, which are not known before its rollout has ended",
          options.aggregation == Aggregation::token_mean ? "the mean over tokens" : "the entropy bonus");
    const double tokens = out.is_token_sum ? 1 : static_cast<double>(in.step_tokens);
    const bool differentiable = at::GradMode::is_enabled() && in.logprobs.requires_grad();
    {
      const at::NoGradGuard no_grad;
      const auto [dlogprobs, sums] = surrogate(in, options, tokens);
      out.loss = sums[0].to(in.logprobs.scalar_type(), /*non_blocking=*/false, /*copy=*/true);  // no view of the sums
      if (differentiable) {
        const auto node = std::make_shared<SurrogateNode>(dlogprobs);
        node->set_next_edges(torch::autograd::collect_next_edges(in.logprobs));
        torch::autograd::create_gradient_edge(out.loss, node);
      }
      const at::Tensor means = sums / static_cast<double>(in.step_tokens);
      out.metrics["clip_ratio/low_mean"] = means[1];
      out.metrics["clip_ratio/high_mean"] = means[2];
      if (in.sampler_logprobs) {
        out.metrics["importance/mean"] = means[3];
        out.metrics["importance/capped"] = means[4];
      }
      if (in.ref_logprobs) out.metrics["kl"] = means[5];
    }
    // The bonus is on the mean token entropy whatever the aggregation.
    if (options.entropy_coefficient != 0)
      out.loss = out.loss - options.entropy_coefficient * (in.entropy.sum() / tokens);
    return out;
  };
}

}  // namespace cohort
