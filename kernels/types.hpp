// The number types of a policy: weights W, and what is computed with them.
#pragma once

#include "kernels/bfloat16.hpp"

struct CUstream_st;

namespace cohort::kernels {

/// Activations and gradients of a policy with weights W: float32, also for bfloat16 weights; float64 for float64.
template <typename W>
struct ActivationOf {
  using type = float;
};
template <>
struct ActivationOf<double> {
  using type = double;
};
template <typename W>
using Activation = typename ActivationOf<W>::type;

/// How a sum may be ordered. exact: a row's bits do not know its batch, on any device. fast: in whatever order is
/// quickest; means something on a GPU only.
enum class Mode { exact, fast };

/// What a gate lets through of its partner: x · open(x), where `open` goes from 0 to 1.
enum class Gate {
  silu,       // x · σ(x) (arXiv:1702.03118)
  gelu_tanh,  // x · σ(√(8/π) · (x + 0.044715 · x³)), which is ½x · (1 + tanh(half of that))
  gelu,       // x · Φ(x), Φ of the normal distribution (arXiv:1606.08415)
};
constexpr int kGates = 3;

/// Tokens in one block of a KV cache.
constexpr int64_t kBlockTokens = 32;

}  // namespace cohort::kernels
