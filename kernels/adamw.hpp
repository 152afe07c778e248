// AdamW (arXiv:1711.05101) on float32 masters; weights are the masters rounded to nearest.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

// g = grad · grad_scale;  m = β₁m + (1 − β₁)g;  v = β₂v + (1 − β₂)g²
// master −= lr · ((m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) + weight_decay · master);  weight = W(master)
template <typename W>
struct AdamWUpdate {
  float* master;              // [n] in and out
  float* m;                   // [n] in and out
  float* v;                   // [n] in and out
  const Activation<W>* grad;  // [n]
  W* weight;                  // [n] out
  int64_t n;
  float lr, beta1, beta2, epsilon, weight_decay, grad_scale;
  float correction1, correction2;  // 1 − βᵗ

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// partial[i] = Σ x² over the i-th of `parts` equal ranges, in float64: one fixed order on every CPU, and another on
// every GPU
template <typename T>
struct SumOfSquares {
  const T* x;       // [n]
  double* partial;  // [parts] out
  int64_t n, parts;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
