// Products with weights of eight bits, for rollouts that may differ a little from the policy. CPU only.
//
// A weight is w ≈ q · scales[out], q in [−127, 127]; a row of activations is x ≈ (q − 128) · scale, q in [1, 255], with
// a scale of its own. Sums are integers and exact, so that a row of the result is the same in any company. With the
// body for AVX2 two weights of one sign side by side have a sum of at most 128: scales are coarser for it, commonly by
// a quarter, never more than twice.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

/// Rounds a weight and packs it.
template <typename W>
struct QuantiseWeight {
  const W* weight;   // [out, in]
  int8_t* panels;    // panels_size<int8_t>(out, in), out
  float* scales;     // [out] out
  int32_t* offsets;  // [out] out: 128 · Σ q, what the 128 of the activations add to a sum
  int64_t in, out;

  void run_cpu() const;
};

/// y = x · Wᵀ + b (+ residual).
struct QuantisedLinear {
  const float* x;  // [rows, in]
  const int8_t* panels;
  const float* scales;     // [out]
  const int32_t* offsets;  // [out]
  const float* bias;       // [out] or null
  const float* residual;   // [rows, out] or null
  float* y;                // [rows, out]
  int64_t rows, in, out;

  void run_cpu() const;
};

}  // namespace cohort::kernels
