#include "kernels/cuda/check.cuh"
#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/embedding.hpp"

namespace cohort::kernels {
namespace {

constexpr int kThreads = 256;

// One thread per kSize neighbours.
template <int kSize, typename W>
__global__ void __launch_bounds__(kElementThreads) forward(EmbeddingForward<W> op) {
  follow();
  const int64_t index = element_index(), packs = op.width / kSize;
  if (index >= op.rows * packs) return;
  const int64_t row = index / packs, column = index % packs * kSize;
  const auto weights = load_pack<kSize>(op.weight + op.tokens[row] * op.width + column);
  Pack<Activation<W>, kSize> out;
#pragma unroll
  for (int n = 0; n < kSize; ++n) out.values[n] = op.scale * to_float(weights.values[n]);
  store_pack(op.out + row * op.width + column, out);
}

// One block per row. The block of a token's first row adds up all rows of that token in their order; the others leave.
template <typename T>
__global__ void __launch_bounds__(kThreads) backward(EmbeddingBackward<T> op) {
  constexpr int kWarps = kThreads / kWarpSize;
  __shared__ unsigned same[kWarps];  // bit j of word w: row first + 32·w + j has this token
  const int64_t own = blockIdx.x, token = op.tokens[own];
  int seen_before = 0;
  for (int64_t i = threadIdx.x; i < own; i += kThreads) seen_before |= op.tokens[i] == token;
  if (__syncthreads_or(seen_before)) return;

  T* sums = op.grad_weight + token * op.width;
  for (int64_t first = own; first < op.rows; first += kThreads) {
    const int64_t i = first + threadIdx.x;
    const unsigned mask = __ballot_sync(kWholeWarp, i < op.rows && op.tokens[i] == token);
    if (threadIdx.x % kWarpSize == 0) same[threadIdx.x / kWarpSize] = mask;
    __syncthreads();
    for (int warp = 0; warp < kWarps; ++warp)
      for (unsigned left = same[warp]; left != 0; left &= left - 1) {
        const T* row = op.grad + (first + warp * kWarpSize + __ffs(static_cast<int>(left)) - 1) * op.width;
        for (int64_t j = threadIdx.x; j < op.width; j += kThreads) sums[j] = fma(op.scale, row[j], sums[j]);
      }
    __syncthreads();  // the next rows write the same words
  }
}

}  // namespace

template <typename W>
void EmbeddingForward<W>::run_cuda(cudaStream_t stream) const {
  constexpr int kSize = kPackSize<W>;
  const bool packs = has_packs<W>(width, weight, out);
  launch_following_elements("embedding forward", packs ? forward<kSize, W> : forward<1, W>,
                            rows * width / (packs ? kSize : 1), stream, *this);
}

template <typename T>
void EmbeddingBackward<T>::run_cuda(cudaStream_t stream) const {
  launch_blocks("embedding backward", backward<T>, rows, kThreads, stream, *this);
}

template struct EmbeddingForward<float>;
template struct EmbeddingForward<bfloat16>;
template struct EmbeddingForward<double>;
template struct EmbeddingBackward<float>;
template struct EmbeddingBackward<double>;

}  // namespace cohort::kernels
