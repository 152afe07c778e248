// Products of bfloat16 by cuBLASLt, for what need not be exact: gradients, and a forward in the fast mode.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "kernels/bfloat16.hpp"

namespace cohort::kernels {

/// result[i, j] = Σ_k a(i, k) · b(j, k) + bias[j] + addend[i, j], row-major, summed in float32 in an order of the
/// library's that depends on the sizes, and on nothing else: no sums meet by atomics.
struct LibraryProduct {
  const bfloat16* a;
  const bfloat16* b;
  int64_t a_size, b_size, depth;
  int64_t a_stride, b_stride;          // of a row in memory
  bool a_by_depth, b_by_depth;         // whether a row is an i and runs along k, or the other way round
  float* result;                       // [a_size, b_size]
  const float* bias = nullptr;         // [b_size] or null
  const float* addend = nullptr;       // [a_size, b_size], null or the result itself
  bfloat16* rounded_result = nullptr;  // takes the result's place; without an addend

  void* to() const { return rounded_result ? static_cast<void*>(rounded_result) : result; }
};

/// False, with nothing done, where the library knows no way for these sizes. Throws, with `name`, where it fails.
bool run_by_library(const char* name, const LibraryProduct& product, cudaStream_t stream);

}  // namespace cohort::kernels
