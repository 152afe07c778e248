// y = silu(gate) · up (arXiv:2002.05202). Gate and up come side by side from one projection.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

template <typename T>
struct SwigluForward {
  const T* gate_up;  // [rows, 2 · width]
  T* y;              // [rows, width]
  int64_t rows, width;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

template <typename T>
struct SwigluBackward {
  const T* dy;       // [rows, width]
  const T* gate_up;  // [rows, 2 · width]
  T* dgate_up;       // [rows, 2 · width]; may be gate_up
  int64_t rows, width;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
