// y = x · Wᵀ + b (+ residual) and its gradients. With bfloat16 weights, what meets them is rounded to bfloat16 first
// and summed in float32. Every element of y is one sum over k in order: a row of y does not know how many rows there
// are.
//
// An operand may come rounded to W already, in place of the exact one.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

template <typename W>
struct LinearForward {
  const Activation<W>* x;         // [rows, in]
  const W* weight;                // [out, in]
  const W* panels;                // the same, packed for the CPU; unused on a GPU
  const Activation<W>* bias;      // [out] or null
  const Activation<W>* residual;  // [rows, out] or null; added last, to the rounded sum
  Activation<W>* y;               // [rows, out]
  int64_t rows, in, out;
  Mode mode = Mode::exact;
  const W* rounded_x = nullptr;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// y = gate · open(gate) · up for the two halves of x · Wᵀ + b, which never pass through memory: the operands are
// rounded, and a CPU or a Hopper multiplies them. The bits are those of LinearForward and GatedUnitForward one after
// the other.
struct GatedLinear {
  const bfloat16* x;       // [rows, in]
  const bfloat16* weight;  // [2 · width, in] gates, then what they let through; on a GPU an even width
  const float* bias;       // [2 · width] or null
  bfloat16* y;             // [rows, width]
  bfloat16* kept;          // [rows, 2 · width] x · Wᵀ + b for the backward, or null
  int64_t rows, in, width;
  Gate kind;
  const bfloat16* panels = nullptr;  // the weight, packed for the CPU; unused on a GPU

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// The gradients of gate and up, and y = gate · open(gate) · up again, where y meets W: the bits of LinearBackwardInput
// and GatedUnitBackward one after the other, without the way of dy · W through memory. CPU only.
struct GatedBackwardInput {
  const bfloat16* dy;      // [rows, out]
  const bfloat16* panels;  // the transpose of W [out, width], packed
  const bfloat16* kept;    // [rows, 2 · width] gates, then what they let through
  bfloat16* y;             // [rows, width]
  bfloat16* dgate_up;      // [rows, 2 · width]
  int64_t rows, width, out;
  Gate kind;

  void run_cpu() const;
};

// dx = dy · W
template <typename W>
struct LinearBackwardInput {
  const Activation<W>* dy;  // [rows, out]
  const W* weight;          // [out, in]
  const W* panels;          // its transpose, packed for the CPU; unused on a GPU
  Activation<W>* dx;        // [rows, in]
  int64_t rows, in, out;
  const W* rounded_dy = nullptr;
  W* rounded_dx = nullptr;  // takes dx's place

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// dweight += dyᵀ · x,  dbias += Σ_rows dy. The sums go on from what is there: two calls over halves of the rows equal
// one call over all of them, for bfloat16 weights where the first takes a multiple of 32; but not on a GPU for dbias,
// nor with bfloat16 weights, where gradients of products, and the forward in the fast mode, come from cuBLASLt in an
// order of its own, the same in each run.
template <typename W>
struct LinearBackwardWeight {
  const Activation<W>* dy;  // [rows, out]
  const Activation<W>* x;   // [rows, in]
  Activation<W>* dweight;   // [out, in] in and out
  Activation<W>* dbias;     // [out] in and out, or null
  int64_t rows, in, out;
  const W* rounded_dy = nullptr;
  const W* rounded_x = nullptr;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
