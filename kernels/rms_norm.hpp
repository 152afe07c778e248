// Root-mean-square normalisation of rows (arXiv:1910.07467).
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

// inv_rms[i] = 1 / √(mean(x[i]²) + ε),  y[i] = x[i] · inv_rms[i] · weight
template <typename T>
struct RmsNormForward {
  const T* x;       // [rows, width]
  const T* weight;  // [width]
  T* y;             // [rows, width]
  T* inv_rms;       // [rows] or null
  int64_t rows, width;
  T epsilon;
  bfloat16* rounded = nullptr;  // [rows, width] takes y's place where y only meets bfloat16 weights

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// dx += dL/dx,  dweight += Σ_rows dL/dweight in the order of rows; on a GPU in parts of them
template <typename T>
struct RmsNormBackward {
  const T* dy;       // [rows, width]
  const T* x;        // [rows, width]
  const T* weight;   // [width]
  const T* inv_rms;  // [rows]
  T* dx;             // [rows, width] in and out
  T* dweight;        // [width] in and out
  int64_t rows, width;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
