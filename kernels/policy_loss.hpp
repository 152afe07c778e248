// The clipped surrogate of GRPO (arXiv:2402.03300, equation 3) and its gradient, each sampled token once.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

struct PolicyLossSums {
  double loss = 0;
  double clipped_low = 0, clipped_high = 0;  // tokens clipped in the direction of their advantage
  double importance = 0, capped = 0;         // of sampler weights, before the cap; tokens at it
  double kl = 0;                             // to the reference, estimated by k3
};

// ratio = π / π_old;  loss = Σ weight · (−min(ratio · advantage, clip(ratio) · advantage) · importance + β · k3)
// importance = min(π_old / π_sampler, cap);  k3 = e^r − r − 1 where r = log π_ref − log π
template <typename T>
struct PolicyLoss {
  const T* logprobs;          // [tokens]
  const T* old_logprobs;      // [tokens]
  const T* sampler_logprobs;  // [tokens] or null: importance is 1
  const T* ref_logprobs;      // [tokens] or null: no k3
  const T* advantages;        // [tokens]
  const T* weights;           // [tokens] share of each token in the loss
  T* dlogprobs;               // [tokens] out
  PolicyLossSums* partial;    // [parts] out: of equal ranges of tokens, each in one fixed order on every device
  int64_t tokens, parts;
  T clip_low, clip_high, kl_coefficient, importance_cap;

  // Writes the token's gradient and adds what it has to the sums. A NaN goes into both.
  COHORT_HOST_DEVICE void add(int64_t i, PolicyLossSums& sums) const {
    const T advantage = advantages[i], ratio = std::exp(logprobs[i] - old_logprobs[i]);
    const bool is_low = ratio<1 - clip_low, is_high = ratio> 1 + clip_high;
    const T whole = ratio * advantage;
    const T clipped = (is_low ? 1 - clip_low : is_high ? 1 + clip_high : ratio) * advantage;
    const bool is_clipped = clipped < whole;
    T loss = is_clipped ? -clipped : -whole, gradient = is_clipped ? T(0) : -whole;
    sums.clipped_low += is_low && advantage < 0;
    sums.clipped_high += is_high && advantage > 0;
    if (sampler_logprobs) {
      const T importance = std::exp(old_logprobs[i] - sampler_logprobs[i]);
      const bool is_capped = importance > importance_cap;
      const T factor = is_capped ? importance_cap : importance;
      loss *= factor;
      gradient *= factor;
      sums.importance += importance;
      sums.capped += is_capped;
    }
    if (ref_logprobs) {
      const T log_ratio = ref_logprobs[i] - logprobs[i], reference_ratio = std::exp(log_ratio);
      const T k3 = reference_ratio - log_ratio - 1;  // unbiased, never negative
      sums.kl += k3;
      loss += kl_coefficient * k3;
      gradient += kl_coefficient * (1 - reference_ratio);
    }
    sums.loss += weights[i] * loss;
    dlogprobs[i] = weights[i] * gradient;
  }

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
