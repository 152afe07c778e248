#include "kernels/cuda/check.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/round_float8.hpp"

namespace cohort::kernels {
namespace {

constexpr int kThreads = 256;

// A block for each row, which it reads twice: the second time from a cache.
template <int kSize, typename W>
__global__ void __launch_bounds__(kThreads) round_rows(RoundFloat8<W> op) {
  const W* const row = op.x + blockIdx.x * op.width;
  float largest = 0;
  for (int64_t j = int64_t{threadIdx.x} * kSize; j < op.width; j += kThreads * kSize) {
    const auto pack = load_pack<kSize>(row + j);
#pragma unroll
    for (int n = 0; n < kSize; ++n) largest = Max()(fabsf(to_float(pack.values[n])), largest);
  }
  largest = block_reduce<kThreads>(largest, Max());
  const float inverse = op.inverse_of(largest);
  for (int64_t j = int64_t{threadIdx.x} * kSize; j < op.width; j += kThreads * kSize) {
    const auto pack = load_pack<kSize>(row + j);
    Pack<float8, kSize> rounded;
#pragma unroll
    for (int n = 0; n < kSize; ++n) rounded.values[n] = to_float8(to_float(pack.values[n]) * inverse);
    store_pack(op.q + blockIdx.x * op.width + j, rounded);
  }
  if (threadIdx.x == 0) op.scales[blockIdx.x] = op.scale_of(largest);
}

}  // namespace

template <typename W>
void RoundFloat8<W>::run_cuda(cudaStream_t stream) const {
  const auto kernel = has_packs<W>(width, x, q) ? round_rows<kPackSize<W>, W> : round_rows<1, W>;
  launch_blocks("round to float8", kernel, rows, kThreads, stream, *this);
}

template struct RoundFloat8<float>;
template struct RoundFloat8<bfloat16>;

}  // namespace cohort::kernels
