#include "kernels/cuda/check.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/rms_norm.hpp"

namespace cohort::kernels {
namespace {

constexpr int kThreads = 256;

// One block per row. Thread t takes columns t, t + kThreads, …
template <typename T>
__global__ void __launch_bounds__(kThreads) forward(RmsNormForward<T> op) {
  const T* x = op.x + int64_t{blockIdx.x} * op.width;
  T* y = op.y + int64_t{blockIdx.x} * op.width;
  T squares = 0;
  for (int64_t j = threadIdx.x; j < op.width; j += kThreads) squares = fma(x[j], x[j], squares);
  squares = block_reduce<kThreads>(squares, Sum());
  const T inv = 1 / sqrt(squares / op.width + op.epsilon);
  if (op.inv_rms && threadIdx.x == 0) op.inv_rms[blockIdx.x] = inv;
  for (int64_t j = threadIdx.x; j < op.width; j += kThreads) y[j] = x[j] * inv * op.weight[j];
}

// One block per row.
template <typename T>
__global__ void __launch_bounds__(kThreads) backward(RmsNormBackward<T> op) {
  const int64_t offset = int64_t{blockIdx.x} * op.width;
  const T *dy = op.dy + offset, *x = op.x + offset, inv = op.inv_rms[blockIdx.x];
  T* dx = op.dx + offset;
  T along = 0;
  for (int64_t j = threadIdx.x; j < op.width; j += kThreads) along = fma(dy[j] * op.weight[j], x[j], along);
  along = block_reduce<kThreads>(along, Sum()) * inv * inv / op.width;
  for (int64_t j = threadIdx.x; j < op.width; j += kThreads) dx[j] += inv * (dy[j] * op.weight[j] - x[j] * along);
}

// One thread per column, which goes through the rows in order.
template <typename T>
__global__ void __launch_bounds__(kElementThreads) backward_weight(RmsNormBackward<T> op) {
  const int64_t j = element_index();
  if (j >= op.width) return;
  T sum = op.dweight[j];
#pragma unroll 8  // loads of several rows at once; the sums stay in order
  for (int64_t i = 0; i < op.rows; ++i) {
    const int64_t at = i * op.width + j;
    sum = fma(op.dy[at], op.x[at] * op.inv_rms[i], sum);
  }
  op.dweight[j] = sum;
}

}  // namespace

template <typename T>
void RmsNormForward<T>::run_cuda(cudaStream_t stream) const {
  launch_blocks("rms_norm forward", forward<T>, rows, kThreads, stream, *this);
}

template <typename T>
void RmsNormBackward<T>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  launch_blocks("rms_norm backward", backward<T>, rows, kThreads, stream, *this);
  launch_elements("rms_norm backward weight", backward_weight<T>, width, stream, *this);
}

template struct RmsNormForward<float>;
template struct RmsNormForward<double>;
template struct RmsNormBackward<float>;
template struct RmsNormBackward<double>;

}  // namespace cohort::kernels
