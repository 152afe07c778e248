// What only a device of compute capability 9.0 can run: kernels that are compiled for sm_90a.
#pragma once

#include "kernels/cuda/gemm.cuh"
#include "kernels/cuda/matrix.cuh"

namespace cohort::kernels {

/// Σ_k a(i, k) · b(j, k), and what Result adds, in the order of multiply_many_rows: the same bits. The device
/// is_hopper, and result.resume is false.
void multiply_on_hopper(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth,
                        const Result<float>& result, cudaStream_t stream);

/// b has 2 · width rows, an even width of gates and then what they let through: y = gate · open(gate) · up [a.size,
/// width], rounded; `kept` [a.size, 2 · width] receives both factors, or is null. The device is a Hopper.
void multiply_gated_on_hopper(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth, Gate kind,
                              const float* bias, bfloat16* y, bfloat16* kept, cudaStream_t stream);

}  // namespace cohort::kernels
