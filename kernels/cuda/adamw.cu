#include "kernels/adamw.hpp"
#include "kernels/cuda/check.cuh"
#include "kernels/cuda/numbers.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/reduce.cuh"

namespace cohort::kernels {
namespace {

// One thread per kSize parameters.
template <int kSize, typename W>
__global__ void __launch_bounds__(kElementThreads) step(AdamWUpdate<W> op) {
  const int64_t i = element_index() * kSize;
  if (i >= op.n) return;
  const auto grads = load_pack<kSize>(op.grad + i);
  auto ms = load_pack<kSize>(op.m + i), vs = load_pack<kSize>(op.v + i), masters = load_pack<kSize>(op.master + i);
#pragma unroll
  for (int n = 0; n < kSize; ++n) {
    const float g = static_cast<float>(grads.values[n]) * op.grad_scale;
    float &m = ms.values[n], &v = vs.values[n], &master = masters.values[n];
    m = op.beta1 * m + (1 - op.beta1) * g;
    v = op.beta2 * v + (1 - op.beta2) * g * g;
    const float direction = (m / op.correction1) / (sqrtf(v / op.correction2) + op.epsilon);
    master -= op.lr * (direction + op.weight_decay * master);
  }
  store_pack(op.m + i, ms);
  store_pack(op.v + i, vs);
  store_pack(op.master + i, masters);
  store_pack(op.weight + i, narrow_pack<W>(masters));
}

// One block per part; parts begin at multiples of kSize, and packs of kSize go to threads in turn.
template <int kSize, typename T>
__global__ void __launch_bounds__(kElementThreads) sum_of_squares(SumOfSquares<T> op) {
  const int64_t packs = op.n / kSize, part = blockIdx.x;
  const int64_t first = packs * part / op.parts, last = packs * (part + 1) / op.parts;
  double sum = 0;
#pragma unroll 8
  for (int64_t i = first + threadIdx.x; i < last; i += kElementThreads) {
    const auto pack = load_pack<kSize>(op.x + i * kSize);
#pragma unroll
    for (int n = 0; n < kSize; ++n) {
      const double x = pack.values[n];
      sum = fma(x, x, sum);
    }
  }
  sum = block_reduce<kElementThreads>(sum, Sum());
  if (threadIdx.x == 0) op.partial[part] = sum;
}

}  // namespace

template <typename W>
void AdamWUpdate<W>::run_cuda(cudaStream_t stream) const {
  const bool packs = has_packs<float>(n, grad, m, v, master, weight);
  launch_elements("adamw", packs ? step<kPackSize<float>, W> : step<1, W>, packs ? n / kPackSize<float> : n, stream,
                  *this);
}

template <typename T>
void SumOfSquares<T>::run_cuda(cudaStream_t stream) const {
  const bool packs = has_packs<T>(n, x);
  launch_blocks("sum of squares", packs ? sum_of_squares<kPackSize<T>, T> : sum_of_squares<1, T>, parts,
                kElementThreads, stream, *this);
}

template struct AdamWUpdate<float>;
template struct AdamWUpdate<bfloat16>;
template struct AdamWUpdate<double>;
template struct SumOfSquares<float>;
template struct SumOfSquares<double>;

}  // namespace cohort::kernels
