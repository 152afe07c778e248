#include "kernels/cuda/check.cuh"
#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/move_rows.hpp"

namespace cohort::kernels {
namespace {

constexpr int kVisits = 8, kVisitThreads = kVisits * kWarpSize;  // of a block: a warp for each visit

// One thread per kSize neighbours.
template <int kSize, typename W>
__global__ void __launch_bounds__(kElementThreads) gather_rows(GatherRows<W> op) {
  follow();
  const int64_t index = element_index(), packs = op.width / kSize;
  if (index >= op.rows * packs) return;
  const int64_t row = index / packs, column = index % packs * kSize;
  store_pack(op.y + row * op.width + column, load_pack<kSize>(op.x + op.from[row] / op.per_row * op.width + column));
}

// One thread per kSize neighbours.
template <int kSize, typename W>
__global__ void __launch_bounds__(kElementThreads) weigh_rows(WeighRows<W> op) {
  using T = Activation<W>;
  const int64_t index = element_index(), packs = op.width / kSize;
  if (index >= op.visits * packs) return;
  const int64_t place = index / packs, column = index % packs * kSize, visit = op.order[place];
  auto row = load_pack<kSize>(op.x + visit / op.per_row * op.width + column);
  const T weight = op.weights[visit];
#pragma unroll
  for (int n = 0; n < kSize; ++n) row.values[n] = weight * row.values[n];
  store_pack(op.y + place * op.width + column, narrow_pack<W>(row));
}

// One thread per kSize neighbours of y.
template <int kSize, typename T>
__global__ void __launch_bounds__(kElementThreads) combine_rows(CombineRows<T> op) {
  follow();
  const int64_t index = element_index(), packs = op.width / kSize;
  if (index >= op.rows * packs) return;
  const int64_t row = index / packs, column = index % packs * kSize;
  auto sums = load_pack<kSize>(op.residual + row * op.width + column);
  for (int64_t visit = row * op.per_row; visit < (row + 1) * op.per_row; ++visit) {
    const auto from = load_pack<kSize>(op.x + op.places[visit] * op.width + column);
    const T weight = op.weights ? op.weights[visit] : T(1);
#pragma unroll
    for (int n = 0; n < kSize; ++n) sums.values[n] = fma(weight, from.values[n], sums.values[n]);
  }
  store_pack(op.y + row * op.width + column, sums);
}

// kSize neighbours as computing reads them, zeros behind the last of `size`.
template <bool kPacks, int kSize, typename W>
__device__ Pack<Activation<W>, kSize> load_widened(const W* from, int64_t at, int64_t size) {
  Pack<Activation<W>, kSize> widened;
  if constexpr (kPacks) {
    const auto pack = load_pack<kSize>(from + at);
#pragma unroll
    for (int n = 0; n < kSize; ++n) widened.values[n] = to_float(pack.values[n]);
  } else {
#pragma unroll
    for (int n = 0; n < kSize; ++n) widened.values[n] = at + n < size ? to_float(from[at + n]) : 0;
  }
  return widened;
}

// One warp per place. A lane has the same neighbours with and without packs: where memory begins changes no bit.
template <bool kPacks, typename W>
__global__ void __launch_bounds__(kVisitThreads) pull_weights(PullWeights<W> op) {
  constexpr int kSize = kPackSize<W>;
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize, warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int64_t place = int64_t{blockIdx.x} * kVisits + warp;
  if (place >= op.visits) return;
  const W* const dups = op.dgate_up + (2 * place + 1) * op.width;
  const W* const ups = op.kept + (2 * place + 1) * op.width;
  Activation<W> sum = 0;
  for (int64_t at = lane * kSize; at < op.width; at += kWarpSize * kSize) {
    const auto dup = load_widened<kPacks, kSize>(dups, at, op.width);
    const auto up = load_widened<kPacks, kSize>(ups, at, op.width);
#pragma unroll
    for (int n = 0; n < kSize; ++n) sum = fma(dup.values[n], up.values[n], sum);
  }
  sum = warp_reduce(sum, Sum());
  if (lane == 0) op.pulls[op.order[place]] = sum;
}

}  // namespace

template <typename W>
void GatherRows<W>::run_cuda(cudaStream_t stream) const {
  constexpr int kSize = kPackSize<W>;
  const bool packs = has_packs<W>(width, x, y);
  launch_following_elements("gather rows", packs ? gather_rows<kSize, W> : gather_rows<1, W>,
                            rows * width / (packs ? kSize : 1), stream, *this);
}

template <typename W>
void WeighRows<W>::run_cuda(cudaStream_t stream) const {
  using T = Activation<W>;
  constexpr int kSize = kPackSize<T>;
  const bool packs = has_packs<T>(width, x, y);
  launch_elements("weigh rows", packs ? weigh_rows<kSize, W> : weigh_rows<1, W>, visits * width / (packs ? kSize : 1),
                  stream, *this);
}

template <typename T>
void CombineRows<T>::run_cuda(cudaStream_t stream) const {
  constexpr int kSize = kPackSize<T>;
  const bool packs = has_packs<T>(width, x, residual, y);
  launch_following_elements("combine rows", packs ? combine_rows<kSize, T> : combine_rows<1, T>,
                            rows * width / (packs ? kSize : 1), stream, *this);
}

template <typename W>
void PullWeights<W>::run_cuda(cudaStream_t stream) const {
  launch_blocks("pull weights", has_packs<W>(width, dgate_up, kept) ? pull_weights<true, W> : pull_weights<false, W>,
                ceil_divide(visits, kVisits), kVisitThreads, stream, *this);
}

template struct GatherRows<float>;
template struct GatherRows<bfloat16>;
template struct GatherRows<double>;
template struct WeighRows<float>;
template struct WeighRows<bfloat16>;
template struct WeighRows<double>;
template struct CombineRows<float>;
template struct CombineRows<double>;
template struct PullWeights<float>;
template struct PullWeights<bfloat16>;
template struct PullWeights<double>;

}  // namespace cohort::kernels
