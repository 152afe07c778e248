#include "kernels/adamw.hpp"
#include "kernels/cuda/check.cuh"
#include "kernels/cuda/numbers.cuh"
#include "kernels/cuda/reduce.cuh"

namespace cohort::kernels {
namespace {

// One thread per parameter.
template <typename W>
__global__ void __launch_bounds__(kElementThreads) step(AdamWUpdate<W> op) {
  const int64_t i = element_index();
  if (i >= op.n) return;
  const float g = static_cast<float>(op.grad[i]) * op.grad_scale;
  const float m = op.beta1 * op.m[i] + (1 - op.beta1) * g;
  const float v = op.beta2 * op.v[i] + (1 - op.beta2) * g * g;
  const float direction = (m / op.correction1) / (sqrtf(v / op.correction2) + op.epsilon);
  const float master = op.master[i] - op.lr * (direction + op.weight_decay * op.master[i]);
  op.m[i] = m;
  op.v[i] = v;
  op.master[i] = master;
  op.weight[i] = narrow<W>(master);
}

// One block per part; element i goes to thread i mod kElementThreads.
template <typename T>
__global__ void __launch_bounds__(kElementThreads) sum_of_squares(SumOfSquares<T> op) {
  const int64_t part = blockIdx.x, first = op.n * part / op.parts, last = op.n * (part + 1) / op.parts;
  double sum = 0;
#pragma unroll 8
  for (int64_t i = first + threadIdx.x; i < last; i += kElementThreads) {
    const double x = op.x[i];
    sum = fma(x, x, sum);
  }
  sum = block_reduce<kElementThreads>(sum, Sum());
  if (threadIdx.x == 0) op.partial[part] = sum;
}

}  // namespace

template <typename W>
void AdamWUpdate<W>::run_cuda(cudaStream_t stream) const {
  launch_elements("adamw", step<W>, n, stream, *this);
}

template <typename T>
void SumOfSquares<T>::run_cuda(cudaStream_t stream) const {
  launch_blocks("sum of squares", sum_of_squares<T>, parts, kElementThreads, stream, *this);
}

template struct AdamWUpdate<float>;
template struct AdamWUpdate<bfloat16>;
template struct AdamWUpdate<double>;
template struct SumOfSquares<float>;
template struct SumOfSquares<double>;

}  // namespace cohort::kernels
