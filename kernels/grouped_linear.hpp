// The products of kernels/linear.hpp for experts, each with rows and a weight of its own: rows of one expert stand side
// by side, up to ends[expert]. Operands come as products read them. An element of a forward is the same sum, to the
// bit, as in a product of this expert alone; so it is of the gradients on a CPU, and on a GPU by the order of
// cuda/many_rows.cuh. With bfloat16 weights a gradient knows how its rows were cut, as that of kernels/linear.hpp.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

// y = x · W_eᵀ
template <typename W>
struct GroupedLinear {
  const W* x;           // [rows, in]
  const W* weight;      // [experts, out, in]
  const W* panels;      // each expert's, packed for the CPU; unused on a GPU
  const int32_t* ends;  // [experts], the last one rows
  Activation<W>* y;     // [rows, out]
  int64_t rows, in, out, experts;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// dx = dy · W_e
template <typename W>
struct GroupedLinearBackwardInput {
  const W* dy;          // [rows, out]
  const W* weight;      // [experts, out, in]
  const W* panels;      // each one's transpose, packed for the CPU; unused on a GPU
  const int32_t* ends;  // [experts]
  Activation<W>* dx;    // [rows, in]
  int64_t rows, in, out, experts;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// dweight_e += dyᵀ · x over the rows of expert e
template <typename W>
struct GroupedLinearBackwardWeight {
  const W* dy;             // [rows, out]
  const W* x;              // [rows, in]
  const int32_t* ends;     // [experts]
  Activation<W>* dweight;  // [experts, out, in] in and out
  int64_t rows, in, out, experts;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
