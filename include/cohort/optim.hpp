#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cohort/policy.hpp"

namespace cohort {

enum class Decay { constant, linear, cosine };

struct AdamWOptions {
  float lr = 1e-6f;  // peak
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0.0f;  // decoupled; not on norms and biases
  int64_t warmup_steps = 0;   // lr · (step + 1) / (warmup_steps + 1) before the peak
  Decay decay = Decay::constant;
  int64_t total_steps = 0;  // where the decay ends; needed unless constant
  float final_lr = 0.0f;
  // Masters and moments in host memory, updated there while gradients come and weights go: 12 bytes a weight less on a
  // GPU. Refused for a policy on a CPU, whose masters are there anyway.
  bool offload = false;
  bool float32_masters = true;  // off: bfloat16 weights are rounded at random instead, right in the mean
  int moment_bits = 32;         // or 8, in blocks of 256 with a scale each
  uint64_t seed = 0;            // of that rounding, and of the codes'
};

/// AdamW (arXiv:1711.05101) with float32 master weights and moments; the policy's own weights are written back
/// rounded to nearest. Beside weights and gradients it keeps 12 bytes of each parameter; with moments of 8 bits 6, and
/// without masters 8 or 2. Keeps a reference to the policy, which must outlive it.
class AdamW {
 public:
  AdamW(Policy& policy, AdamWOptions options = {});
  ~AdamW();

  /// Norm of all gradients as one vector, in float64; NaN or infinite if any gradient is.
  double grad_norm() const;

  /// One step with gradients times `grad_scale`; clears the gradients and tells the policy that weights changed.
  void step(double grad_scale = 1.0);

  int64_t steps() const;        // taken so far
  float learning_rate() const;  // of the next step

  struct State;
  State& state() { return *state_; }  // src/ only: checkpoints

 private:
  std::unique_ptr<State> state_;
};

}  // namespace cohort
