#include <type_traits>

#include "kernels/cuda/check.cuh"
#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/rms_norm.hpp"

namespace cohort::kernels {
namespace {

constexpr int kThreads = 256;

// Rows up to kNarrow columns have a warp each, and kThreads / kWarpSize share a block.
constexpr int64_t kNarrow = 1024;

// Rows of a block of the backward, four of each warp or all of the block's: what they add to the gradient of the weight
// is summed before it meets others'.
template <int kRowThreads>
constexpr int64_t kBackwardRows = kRowThreads == kWarpSize ? 4 * kThreads / kWarpSize : 16;

// A row spread over kRowThreads threads, a warp or the block: thread t has the packs t, t + kRowThreads, … of kSize
// columns. Calls use(n, column) for each.
template <int kSize, int kPacks, int kRowThreads = kThreads, typename Use>
__device__ void for_each_pack(int64_t width, Use use) {
#pragma unroll
  for (int n = 0; n < kPacks; ++n) {
    const int64_t j = (threadIdx.x % kRowThreads + n * kRowThreads) * kSize;
    if (j < width) use(n, j);
  }
}

// kThreads / kRowThreads rows a block.
template <int kSize, int kPacks, int kRowThreads, typename T>
__global__ void __launch_bounds__(kThreads) forward(RmsNormForward<T> op) {
  follow();
  const int64_t row = int64_t{blockIdx.x} * (kThreads / kRowThreads) + threadIdx.x / kRowThreads;
  if (row >= op.rows) return;  // a whole warp
  const int64_t offset = row * op.width;
  Pack<T, kSize> xs[kPacks];
  T squares = 0;
  for_each_pack<kSize, kPacks, kRowThreads>(op.width, [&](int n, int64_t j) {
    xs[n] = load_pack<kSize>(op.x + offset + j);
#pragma unroll
    for (int m = 0; m < kSize; ++m) squares = fma(xs[n].values[m], xs[n].values[m], squares);
  });
  if constexpr (kRowThreads == kWarpSize) {
    squares = warp_reduce(squares, Sum());
  } else {
    squares = block_reduce<kThreads>(squares, Sum());
  }
  const T inv = 1 / sqrt(squares / op.width + op.epsilon);
  if (op.inv_rms && threadIdx.x % kRowThreads == 0) op.inv_rms[row] = inv;
  for_each_pack<kSize, kPacks, kRowThreads>(op.width, [&](int n, int64_t j) {
    const auto weights = load_pack<kSize>(op.weight + j);
#pragma unroll
    for (int m = 0; m < kSize; ++m) xs[n].values[m] = xs[n].values[m] * inv * weights.values[m];
    if (op.rounded) {
      store_pack(op.rounded + offset + j, narrow_pack<bfloat16>(xs[n]));
    } else {
      store_pack(op.y + offset + j, xs[n]);
    }
  });
}

// What rows that come in order do to the gradient, and to the sums that dweights keep: those of a block, or of a warp.
template <int kSize, int kPacks, int kRowThreads, typename T>
__device__ void backward_rows(const RmsNormBackward<T>& op, int64_t first, int64_t end,
                              Pack<T, kSize> (&dweights)[kPacks]) {
#pragma unroll 1
  for (int64_t row = first; row < end; ++row) {
    const int64_t offset = row * op.width;
    const T inv = op.inv_rms[row];
    Pack<T, kSize> dys[kPacks], xs[kPacks], dxs[kPacks];
    T along = 0;
    for_each_pack<kSize, kPacks, kRowThreads>(op.width, [&](int n, int64_t j) {
      dys[n] = load_pack<kSize>(op.dy + offset + j);
      xs[n] = load_pack<kSize>(op.x + offset + j);
      dxs[n] = load_pack<kSize>(op.dx + offset + j);
    });
    for_each_pack<kSize, kPacks, kRowThreads>(op.width, [&](int n, int64_t j) {
      const auto weights = load_pack<kSize>(op.weight + j);
#pragma unroll
      for (int m = 0; m < kSize; ++m) {
        dweights[n].values[m] += dys[n].values[m] * (xs[n].values[m] * inv);
        dys[n].values[m] *= weights.values[m];
        along = fma(dys[n].values[m], xs[n].values[m], along);
      }
    });
    if constexpr (kRowThreads == kWarpSize) {
      along = warp_reduce(along, Sum());
    } else {
      along = block_reduce<kThreads>(along, Sum());
    }
    along = along * inv * inv / op.width;
    for_each_pack<kSize, kPacks, kRowThreads>(op.width, [&](int n, int64_t j) {
#pragma unroll
      for (int m = 0; m < kSize; ++m) dxs[n].values[m] += inv * (dys[n].values[m] - xs[n].values[m] * along);
      store_pack(op.dx + offset + j, dxs[n]);
    });
  }
}

// One block per kBackwardRows<kRowThreads> rows; partial[block, width] receives what they add to the gradient of the
// weight. Where a row has a warp, the warps have equal shares of the block's rows, and their sums meet in order.
template <int kSize, int kPacks, int kRowThreads, typename T>
__global__ void __launch_bounds__(kThreads) backward(RmsNormBackward<T> op, T* partial) {
  constexpr int kRowsAtOnce = kThreads / kRowThreads, kShare = kBackwardRows<kRowThreads> / kRowsAtOnce;
  const int part = static_cast<int>(threadIdx.x) / kRowThreads;
  const int64_t first = int64_t{blockIdx.x} * kBackwardRows<kRowThreads> + part * kShare;
  Pack<T, kSize> dweights[kPacks] = {};
  backward_rows<kSize, kPacks, kRowThreads>(op, first, min(op.rows, first + kShare), dweights);
  T* const sums = partial + int64_t{blockIdx.x} * op.width;
  if constexpr (kRowsAtOnce == 1) {
    for_each_pack<kSize, kPacks, kRowThreads>(op.width, [&](int n, int64_t j) { store_pack(sums + j, dweights[n]); });
  } else {
    __shared__ Pack<T, kSize> of_parts[kRowsAtOnce][kRowThreads];
#pragma unroll
    for (int n = 0; n < kPacks; ++n) {
      of_parts[part][threadIdx.x % kRowThreads] = dweights[n];
      __syncthreads();
      const int64_t j = (threadIdx.x + n * kRowThreads) * kSize;
      if (part == 0 && j < op.width) {
        Pack<T, kSize> sum = of_parts[0][threadIdx.x];
#pragma unroll
        for (int p = 1; p < kRowsAtOnce; ++p)
#pragma unroll
          for (int m = 0; m < kSize; ++m) sum.values[m] += of_parts[p][threadIdx.x].values[m];
        store_pack(sums + j, sum);
      }
      __syncthreads();
    }
  }
}

// Calls run(size, packs), as integral constants, for rows of `width` columns.
template <int kSize, int kRowThreads, typename Run>
void with_packs(const char* name, int64_t width, Run run) {
  constexpr int kOnce = kRowThreads * kSize;
  using Size = std::integral_constant<int, kSize>;
  if (width <= kOnce) return run(Size(), std::integral_constant<int, 1>());
  if (width <= 2 * kOnce) return run(Size(), std::integral_constant<int, 2>());
  if (width <= 4 * kOnce) return run(Size(), std::integral_constant<int, 4>());
  if (width <= 8 * kOnce) return run(Size(), std::integral_constant<int, 8>());
  if (width <= 16 * kOnce) return run(Size(), std::integral_constant<int, 16>());
  throw std::runtime_error(std::string(name) + ": expected at most " + std::to_string(16 * kOnce) + " columns, got " +
                           std::to_string(width));
}
template <int kRowThreads, typename T, typename Run>
void with_packs(const char* name, bool has_packs, int64_t width, Run run) {
  if (has_packs) return with_packs<kPackSize<T>, kRowThreads>(name, width, run);
  with_packs<1, kRowThreads>(name, width, run);
}

// Whether a row has a warp alone.
template <typename T>
bool is_narrow(int64_t width, bool packs) {
  return width <= (packs ? kNarrow : kNarrow / kPackSize<T>);
}

}  // namespace

template <typename T>
void RmsNormForward<T>::run_cuda(cudaStream_t stream) const {
  const bool packs = has_packs<T>(width, x, weight, y, rounded);
  const auto run = [&](auto row_threads) {
    constexpr int kRowThreads = row_threads;
    with_packs<kRowThreads, T>("rms_norm forward", packs, width, [&](auto size, auto count) {
      launch_blocks("rms_norm forward", forward<size, count, kRowThreads, T>,
                    Blocks{ceil_divide(rows, kThreads / kRowThreads), kThreads, 0, true}, stream, *this);
    });
  };
  if (is_narrow<T>(width, packs)) return run(std::integral_constant<int, kWarpSize>());
  run(std::integral_constant<int, kThreads>());
}

template <typename T>
void RmsNormBackward<T>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const bool packs = has_packs<T>(width, dy, x, weight, dx);
  const auto run = [&](auto row_threads) {
    constexpr int kRowThreads = row_threads;
    const int64_t blocks = ceil_divide(rows, kBackwardRows<kRowThreads>);
    const Scratch<T> partial(blocks * width, stream);
    with_packs<kRowThreads, T>("rms_norm backward", packs, width, [&](auto size, auto count) {
      launch_blocks("rms_norm backward", backward<size, count, kRowThreads, T>, blocks, kThreads, stream, *this,
                    partial.data());
    });
    add_parts_to("rms_norm backward weight", partial.data(), blocks, width, dweight, stream);
  };
  if (is_narrow<T>(width, packs)) return run(std::integral_constant<int, kWarpSize>());
  run(std::integral_constant<int, kThreads>());
}

template struct RmsNormForward<float>;
template struct RmsNormForward<double>;
template struct RmsNormBackward<float>;
template struct RmsNormBackward<double>;

}  // namespace cohort::kernels
