// Reductions over a warp or a block in one fixed order. Every thread gets the result, the same bits.
#pragma once

#include <cuda_runtime.h>

namespace cohort::kernels {

constexpr int kWarpSize = 32;
constexpr unsigned kWholeWarp = 0xffffffffu;

struct Sum {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};
struct Max {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a > b ? a : b;
  }
};
struct Min {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a < b ? a : b;
  }
};

/// All 32 lanes must call it. A butterfly: at each step both partners compute the same, as the operations commute.
template <typename T, typename Operation>
__device__ T warp_reduce(T value, Operation operation) {
  for (int offset = kWarpSize / 2; offset > 0; offset /= 2)
    value = operation(value, __shfl_xor_sync(kWholeWarp, value, offset));
  return value;
}

/// All `kThreads` threads of the block must call it. Warps one after the other; also a barrier for shared memory.
template <int kThreads, typename T, typename Operation>
__device__ T block_reduce(T value, Operation operation) {
  constexpr int kWarps = kThreads / kWarpSize;
  __shared__ T of_warp[kWarps];
  value = warp_reduce(value, operation);
  if (threadIdx.x % kWarpSize == 0) of_warp[threadIdx.x / kWarpSize] = value;
  __syncthreads();
  T result = of_warp[0];
  for (int warp = 1; warp < kWarps; ++warp) result = operation(result, of_warp[warp]);
  __syncthreads();  // the next reduction writes here
  return result;
}

}  // namespace cohort::kernels
