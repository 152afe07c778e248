// Matrix products in which a row of the result does not know its neighbours: an element is one chain of fused
// multiply-adds over k = 0, 1, 2, …, the same chain in every size of tile. So tiles may be chosen by the number of
// rows.
#pragma once

#include "kernels/cuda/check.cuh"
#include "kernels/cuda/numbers.cuh"

namespace cohort::kernels {

/// One side of a product with weights of type W: element (i, k), i the row or column of the result.
/// Depth is contiguous: data[i · stride + k]; else data[k · stride + i].
template <typename W, typename Element, bool kDepthContiguous>
struct Operand {
  static constexpr bool kByDepth = kDepthContiguous;
  const Element* data;
  int64_t size;  // of i
  int64_t stride;

  __device__ Activation<W> at(int64_t i, int64_t k) const {
    return operand<W>(data[kDepthContiguous ? i * stride + k : k * stride + i]);
  }
};

/// k taken at once to shared memory. More would leave less room for a second block on a multiprocessor.
constexpr int kGemmDepth = 16;

/// The part of the result that a block computes, and the part of that which a thread keeps in registers.
template <int kRowsOfTile, int kColumnsOfTile, int kRowsOfThread, int kColumnsOfThread>
struct GemmTile {
  static constexpr int kRows = kRowsOfTile, kColumns = kColumnsOfTile;
  static constexpr int kThreadRows = kRowsOfThread, kThreadColumns = kColumnsOfThread;
  static constexpr int kThreadsAcross = kColumns / kThreadColumns;
  static constexpr int kThreads = kRows / kThreadRows * kThreadsAcross;
};

/// Neighbours in shared memory, read by as few loads as their bytes allow.
template <typename T, int kSize>
struct alignas(kSize * sizeof(T) < 16 ? kSize * sizeof(T) : 16) Neighbours {
  T values[kSize];
};

/// This thread's share of the next `kGemmDepth` columns of an operand's tile: coalesced reads, zeros outside.
template <int kExtent, int kThreads, typename Side, typename T, int kShare>
__device__ void fetch(const Side& side, int64_t first, int64_t k0, int64_t depth, T (&share)[kShare]) {
  static_assert(kExtent * kGemmDepth == kThreads * kShare, "every thread takes the same number of elements");
#pragma unroll
  for (int n = 0; n < kShare; ++n) {
    const int index = static_cast<int>(threadIdx.x) + n * kThreads;
    const int64_t i = first + (Side::kByDepth ? index / kGemmDepth : index % kExtent);
    const int64_t k = k0 + (Side::kByDepth ? index % kGemmDepth : index / kExtent);
    share[n] = i < side.size && k < depth ? side.at(i, k) : T(0);
  }
}

/// Puts the share where fetch() found it: tile[k][i].
template <int kExtent, int kThreads, typename Side, typename T, int kShare, int kPitch>
__device__ void place(const T (&share)[kShare], T (&tile)[kGemmDepth][kPitch]) {
#pragma unroll
  for (int n = 0; n < kShare; ++n) {
    const int index = static_cast<int>(threadIdx.x) + n * kThreads;
    const int i = Side::kByDepth ? index / kGemmDepth : index % kExtent;
    const int k = Side::kByDepth ? index % kGemmDepth : index / kExtent;
    tile[k][i] = share[n];
  }
}

/// Where a product goes, and what is added to it: first the bias, then the residual. Null adds nothing.
template <typename T>
struct Result {
  T* c;                         // [a.size, b.size], row-major
  bool resume = false;          // the sum over k goes on from c
  const T* bias = nullptr;      // [b.size]
  const T* residual = nullptr;  // as c
};

/// One tile of c[i, j] = Σ_k a(i, k) · b(j, k) + bias[j] + residual[i, j], all threads of a block.
template <typename Tile, typename A, typename B, typename T>
__device__ void multiply_tile(const A& a, const B& b, int64_t depth, const Result<T>& result, int64_t first_row,
                              int64_t first_column) {
  constexpr int kPad = 4;  // keeps 16-byte alignment and spreads a column over the banks
  __shared__ __align__(16) T a_tile[kGemmDepth][Tile::kRows + kPad];
  __shared__ __align__(16) T b_tile[kGemmDepth][Tile::kColumns + kPad];
  const int row = static_cast<int>(threadIdx.x) / Tile::kThreadsAcross * Tile::kThreadRows;
  const int column = static_cast<int>(threadIdx.x) % Tile::kThreadsAcross * Tile::kThreadColumns;

  T sums[Tile::kThreadRows][Tile::kThreadColumns];
#pragma unroll
  for (int r = 0; r < Tile::kThreadRows; ++r)
#pragma unroll
    for (int s = 0; s < Tile::kThreadColumns; ++s) {
      const int64_t i = first_row + row + r, j = first_column + column + s;
      sums[r][s] = result.resume && i < a.size && j < b.size ? result.c[i * b.size + j] : T(0);
    }

  T a_share[Tile::kRows * kGemmDepth / Tile::kThreads], b_share[Tile::kColumns * kGemmDepth / Tile::kThreads];
  fetch<Tile::kRows, Tile::kThreads>(a, first_row, 0, depth, a_share);
  fetch<Tile::kColumns, Tile::kThreads>(b, first_column, 0, depth, b_share);
  for (int64_t k0 = 0; k0 < depth; k0 += kGemmDepth) {
    place<Tile::kRows, Tile::kThreads, A>(a_share, a_tile);
    place<Tile::kColumns, Tile::kThreads, B>(b_share, b_tile);
    __syncthreads();
    // The next shares travel while this one is multiplied.
    fetch<Tile::kRows, Tile::kThreads>(a, first_row, k0 + kGemmDepth, depth, a_share);
    fetch<Tile::kColumns, Tile::kThreads>(b, first_column, k0 + kGemmDepth, depth, b_share);
#pragma unroll
    for (int k = 0; k < kGemmDepth; ++k) {
      const auto x = reinterpret_cast<const Neighbours<T, Tile::kThreadRows>&>(a_tile[k][row]);
      const auto y = reinterpret_cast<const Neighbours<T, Tile::kThreadColumns>&>(b_tile[k][column]);
#pragma unroll
      for (int r = 0; r < Tile::kThreadRows; ++r)
#pragma unroll
        for (int s = 0; s < Tile::kThreadColumns; ++s) sums[r][s] = fma(x.values[r], y.values[s], sums[r][s]);
    }
    __syncthreads();
  }

#pragma unroll
  for (int r = 0; r < Tile::kThreadRows; ++r)
#pragma unroll
    for (int s = 0; s < Tile::kThreadColumns; ++s) {
      const int64_t i = first_row + row + r, j = first_column + column + s;
      if (i >= a.size || j >= b.size) continue;
      T sum = sums[r][s];
      if (result.bias) sum += result.bias[j];
      if (result.residual) sum += result.residual[i * b.size + j];
      result.c[i * b.size + j] = sum;
    }
}

// The whole of c. One block per tile, tiles of one column of tiles beside each other: they share b, which is the
// larger.
template <typename Tile, typename A, typename B, typename T>
__global__ void __launch_bounds__(Tile::kThreads) multiply(A a, B b, int64_t depth, Result<T> result) {
  const int64_t tiles_down = ceil_divide(a.size, Tile::kRows);
  multiply_tile<Tile>(a, b, depth, result, blockIdx.x % tiles_down * Tile::kRows,
                      blockIdx.x / tiles_down * Tile::kColumns);
}

template <typename A, typename B, typename T>
void launch_multiply(const char* name, const A& a, const B& b, int64_t depth, const Result<T>& result,
                     cudaStream_t stream) {
  using Few = GemmTile<16, 32, 1, 4>;  // decoding: a tile of 64 rows would be mostly empty
  using Many = GemmTile<64, 64, 4, 4>;
  const auto launch = [&](auto tile) {
    using Tile = decltype(tile);
    launch_blocks(name, multiply<Tile, A, B, T>, ceil_divide(a.size, Tile::kRows) * ceil_divide(b.size, Tile::kColumns),
                  Tile::kThreads, stream, a, b, depth, result);
  };
  if (a.size <= Few::kRows) {
    launch(Few{});
  } else {
    launch(Many{});
  }
}

}  // namespace cohort::kernels
