#include "kernels/adamw_compact.hpp"
#include "kernels/cuda/check.cuh"
#include "kernels/cuda/reduce.cuh"

namespace cohort::kernels {
namespace {

constexpr int kWarps = 4;
constexpr int kElements = static_cast<int>(kMomentBlock) / kWarpSize;  // of a lane, side by side
static_assert(kElements == 8, "a lane's elements share one draw");

// One warp per block of moments.
template <typename W>
__global__ void __launch_bounds__(kWarps* kWarpSize) compact_step(AdamWCompact<W> op) {
  const int64_t block = int64_t{blockIdx.x} * kWarps + threadIdx.x / kWarpSize;
  if (block * kMomentBlock >= op.n) return;  // a whole warp
  const int64_t from = block * kMomentBlock + static_cast<int>(threadIdx.x) % kWarpSize * kElements;
  const random::Philox4x32 bits = op.weight_bits(from / kElements), code_bits = op.code_bits(from / kElements);
  float first[kElements] = {}, second[kElements] = {}, m_scale = 0, v_scale = 0;
#pragma unroll
  for (int i = 0; i < kElements; ++i) {
    if (from + i >= op.n) break;
    const float value = op.update(from + i, first[i], second[i]);
    op.store_value(from + i, value, random16_of(bits, i));
    m_scale = Max()(fabsf(first[i]), m_scale);
    v_scale = Max()(second[i], v_scale);
  }
  // Also the barrier behind the old scales.
  m_scale = warp_reduce(m_scale, Max());
  v_scale = warp_reduce(v_scale, Max());
#pragma unroll
  for (int i = 0; i < kElements; ++i)
    if (from + i < op.n) op.store_moments(from + i, first[i], second[i], m_scale, v_scale, random16_of(code_bits, i));
  if (op.m_scales && threadIdx.x % kWarpSize == 0) {
    op.m_scales[block] = m_scale;
    op.v_scales[block] = v_scale;
  }
}

}  // namespace

template <typename W>
void AdamWCompact<W>::run_cuda(cudaStream_t stream) const {
  const int64_t blocks = ceil_divide(n, kMomentBlock);
  launch_blocks("adamw compact", compact_step<W>, ceil_divide(blocks, kWarps), kWarps * kWarpSize, stream, *this);
}

template struct AdamWCompact<float>;
template struct AdamWCompact<bfloat16>;
template struct AdamWCompact<double>;

}  // namespace cohort::kernels
