#include "kernels/cuda/check.cuh"
#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/tensor_core.cuh"
#include "kernels/route.hpp"

namespace cohort::kernels {
namespace {

constexpr int kRows = 8, kRowThreads = kRows * kWarpSize;  // of a block: a warp for each row
constexpr int kSortThreads = 512;

template <typename T>
constexpr T kLowest = static_cast<T>(-HUGE_VAL);

// The largest logit of those that are no NaN, of equal ones the first.
template <typename T>
struct Best {
  T logit;
  int expert;
  __device__ void meet(T other_logit, int other_expert) {
    if (other_logit > logit || (other_logit == logit && other_expert < expert)) {
      logit = other_logit;
      expert = other_expert;
    }
  }
};

// One warp per row. Its lanes have the experts in turn, and know of theirs which are chosen.
template <typename T>
__global__ void __launch_bounds__(kRowThreads) route_rows(RouteRows<T> op) {
  follow();
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize, warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int64_t row = int64_t{blockIdx.x} * kRows + warp;
  if (row >= op.rows) return;
  const int experts = static_cast<int>(op.experts);
  auto* const is_chosen = reinterpret_cast<bool*>(dynamic_shared_memory()) + warp * op.experts;
  const T* const from = op.logits + row * op.experts;
  int32_t* const choice = op.chosen + row * op.per_row;
  T* const weight = op.weights + row * op.per_row;
  for (int e = lane; e < experts; e += kWarpSize) is_chosen[e] = false;
  T largest = 0, sum = 0;
  for (int64_t j = 0; j < op.per_row; ++j) {
    Best<T> best{kLowest<T>, experts};
    int first = experts;
    for (int e = lane; e < experts; e += kWarpSize) {
      if (is_chosen[e]) continue;
      first = min(first, e);
      best.meet(from[e], e);
    }
    for (int offset = kWarpSize / 2; offset > 0; offset /= 2) {
      const T logit = __shfl_xor_sync(kWholeWarp, best.logit, offset);
      best.meet(logit, __shfl_xor_sync(kWholeWarp, best.expert, offset));
    }
    first = warp_reduce(first, Min());
    // A NaN is chosen where nothing stands before it, as nothing is larger.
    const int expert = from[first] == from[first] ? best.expert : first;
    if (expert % kWarpSize == lane) is_chosen[expert] = true;
    if (j == 0) largest = from[expert];
    if (op.normalised) sum += exp(from[expert] - largest);
    if (j % kWarpSize == lane) choice[j] = expert;
  }
  if (!op.normalised) {
    for (int e = lane; e < experts; e += kWarpSize) sum += exp(from[e] - largest);
    sum = warp_reduce(sum, Sum());
  }
  for (int64_t j = lane; j < op.per_row; j += kWarpSize) weight[j] = exp(from[choice[j]] - largest) / sum;
}

// One warp per row. p of all experts that count: dlogits = p · dp − p · Σ p · dp.
template <typename T>
__global__ void __launch_bounds__(kRowThreads) route_rows_backward(RouteRowsBackward<T> op) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize, warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int64_t row = int64_t{blockIdx.x} * kRows + warp;
  if (row >= op.rows) return;
  const T* const from = op.logits + row * op.experts;
  const int32_t* const choice = op.chosen + row * op.per_row;
  const T* const pull = op.pulls + row * op.per_row;
  T* const to = op.dlogits + row * op.experts;
  const T largest = from[choice[0]];
  T sum = 0, total = 0;
  if (!op.normalised) {
    for (int64_t e = lane; e < op.experts; e += kWarpSize) sum += exp(from[e] - largest);
    sum = warp_reduce(sum, Sum());
  }
  for (int64_t j = 0; j < op.per_row; ++j) total += pull[j];
  for (int64_t e = lane; e < op.experts; e += kWarpSize)
    to[e] = -(op.normalised ? T(0) : exp(from[e] - largest) / sum) * total;
  // An expert's lane is the same as above.
  for (int64_t j = 0; j < op.per_row; ++j) {
    const int32_t e = choice[j];
    if (e % kWarpSize != lane) continue;
    to[e] = (op.normalised ? -op.weights[row * op.per_row + j] * total : to[e]) + pull[j];
  }
}

// One block per expert. Its warps have visits side by side each, which they count first, and then give places.
__global__ void __launch_bounds__(kSortThreads) sort_visits(SortVisits op) {
  follow();
  constexpr int kWarps = kSortThreads / kWarpSize, kAtOnce = 4;
  __shared__ int own_of_warp[kWarps], lower_of_warp[kWarps];  // visits to this expert, and to those before it
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize, warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int own = static_cast<int>(blockIdx.x);
  const int64_t share = ceil_divide(op.visits, kWarps);
  const int64_t begin = min(op.visits, warp * share), end = min(op.visits, begin + share);
  int num_own = 0, num_lower = 0;
#pragma unroll 4
  for (int64_t visit = begin + lane; visit < end; visit += kWarpSize) {
    num_own += op.chosen[visit] == own;
    num_lower += op.chosen[visit] < own;
  }
  num_own = warp_reduce(num_own, Sum());
  num_lower = warp_reduce(num_lower, Sum());
  if (lane == 0) {
    own_of_warp[warp] = num_own;
    lower_of_warp[warp] = num_lower;
  }
  __syncthreads();
  int next = 0, last = 0;  // places: of this warp's next visit, and behind this expert's last
  for (int w = 0; w < kWarps; ++w) {
    next += lower_of_warp[w] + (w < warp ? own_of_warp[w] : 0);
    last += lower_of_warp[w] + own_of_warp[w];
  }
  if (threadIdx.x == 0) op.ends[own] = last;

  for (int64_t first = begin; first < end; first += kAtOnce * kWarpSize) {
    bool is_own[kAtOnce];
#pragma unroll
    for (int n = 0; n < kAtOnce; ++n) {
      const int64_t visit = first + n * kWarpSize + lane;
      is_own[n] = visit < end && op.chosen[visit] == own;
    }
#pragma unroll
    for (int n = 0; n < kAtOnce; ++n) {
      const int64_t visit = first + n * kWarpSize + lane;
      const unsigned mask = __ballot_sync(kWholeWarp, is_own[n]);
      if (is_own[n]) {
        const int place = next + __popc(mask & ((1u << lane) - 1));
        op.places[visit] = place;
        op.order[place] = static_cast<int32_t>(visit);
      }
      next += __popc(mask);
    }
  }
}

}  // namespace

template <typename T>
void RouteRows<T>::run_cuda(cudaStream_t stream) const {
  launch_blocks("route rows", route_rows<T>,
                Blocks{ceil_divide(rows, kRows), kRowThreads, static_cast<int>(kRows * experts), true}, stream, *this);
}

template <typename T>
void RouteRowsBackward<T>::run_cuda(cudaStream_t stream) const {
  launch_blocks("route rows backward", route_rows_backward<T>, ceil_divide(rows, kRows), kRowThreads, stream, *this);
}

void SortVisits::run_cuda(cudaStream_t stream) const {
  launch_blocks("sort visits", sort_visits, Blocks{experts, kSortThreads, 0, true}, stream, *this);
}

template struct RouteRows<float>;
template struct RouteRows<double>;
template struct RouteRowsBackward<float>;
template struct RouteRowsBackward<double>;

}  // namespace cohort::kernels
