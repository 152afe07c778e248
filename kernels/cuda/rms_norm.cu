#include "kernels/cuda/check.cuh"
#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/rms_norm.hpp"

namespace cohort::kernels {
namespace {

constexpr int kThreads = 256;

// One block per row. Thread t takes kSize columns from kSize · t, kSize · (t + kThreads), …
template <int kSize, typename T>
__global__ void __launch_bounds__(kThreads) forward(RmsNormForward<T> op) {
  const T* x = op.x + int64_t{blockIdx.x} * op.width;
  const int64_t offset = int64_t{blockIdx.x} * op.width;
  T squares = 0;
  for (int64_t j = threadIdx.x * kSize; j < op.width; j += kThreads * kSize) {
    const auto pack = load_pack<kSize>(x + j);
#pragma unroll
    for (int n = 0; n < kSize; ++n) squares = fma(pack.values[n], pack.values[n], squares);
  }
  squares = block_reduce<kThreads>(squares, Sum());
  const T inv = 1 / sqrt(squares / op.width + op.epsilon);
  if (op.inv_rms && threadIdx.x == 0) op.inv_rms[blockIdx.x] = inv;
  for (int64_t j = threadIdx.x * kSize; j < op.width; j += kThreads * kSize) {
    auto pack = load_pack<kSize>(x + j);
    const auto weight = load_pack<kSize>(op.weight + j);
#pragma unroll
    for (int n = 0; n < kSize; ++n) pack.values[n] = pack.values[n] * inv * weight.values[n];
    if (op.rounded) {
      store_pack(op.rounded + offset + j, narrow_pack<bfloat16>(pack));
    } else {
      store_pack(op.y + offset + j, pack);
    }
  }
}

// One block per row.
template <int kSize, typename T>
__global__ void __launch_bounds__(kThreads) backward(RmsNormBackward<T> op) {
  const int64_t offset = int64_t{blockIdx.x} * op.width;
  const T *dy = op.dy + offset, *x = op.x + offset, inv = op.inv_rms[blockIdx.x];
  T* dx = op.dx + offset;
  T along = 0;
  for (int64_t j = threadIdx.x * kSize; j < op.width; j += kThreads * kSize) {
    const auto dys = load_pack<kSize>(dy + j), weights = load_pack<kSize>(op.weight + j), xs = load_pack<kSize>(x + j);
#pragma unroll
    for (int n = 0; n < kSize; ++n) along = fma(dys.values[n] * weights.values[n], xs.values[n], along);
  }
  along = block_reduce<kThreads>(along, Sum()) * inv * inv / op.width;
  for (int64_t j = threadIdx.x * kSize; j < op.width; j += kThreads * kSize) {
    const auto dys = load_pack<kSize>(dy + j), weights = load_pack<kSize>(op.weight + j), xs = load_pack<kSize>(x + j);
    auto sums = load_pack<kSize>(dx + j);
#pragma unroll
    for (int n = 0; n < kSize; ++n) sums.values[n] += inv * (dys.values[n] * weights.values[n] - xs.values[n] * along);
    store_pack(dx + j, sums);
  }
}

// What a row adds to the gradient of a weight.
template <typename T>
struct WeightTerm {
  RmsNormBackward<T> op;
  __device__ T operator()(int64_t i, int64_t j) const {
    const int64_t at = i * op.width + j;
    return op.dy[at] * (op.x[at] * op.inv_rms[i]);
  }
};

}  // namespace

template <typename T>
void RmsNormForward<T>::run_cuda(cudaStream_t stream) const {
  const bool packs = has_packs<T>(width, x, weight, y, rounded);
  launch_blocks("rms_norm forward", packs ? forward<kPackSize<T>, T> : forward<1, T>, rows, kThreads, stream, *this);
}

template <typename T>
void RmsNormBackward<T>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const bool packs = has_packs<T>(width, dy, x, weight, dx);
  launch_blocks("rms_norm backward", packs ? backward<kPackSize<T>, T> : backward<1, T>, rows, kThreads, stream, *this);
  add_column_sums("rms_norm backward weight", WeightTerm<T>{*this}, rows, width, dweight, stream);
}

template struct RmsNormForward<float>;
template struct RmsNormForward<double>;
template struct RmsNormBackward<float>;
template struct RmsNormBackward<double>;

}  // namespace cohort::kernels
