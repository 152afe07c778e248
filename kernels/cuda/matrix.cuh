// Sides of a product on the tensor cores, their tiles in shared memory, and how a warp takes its fragments from there.
#pragma once

#include "kernels/cuda/check.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/tensor_core.cuh"

namespace cohort::kernels {

/// k taken to shared memory at once: rows of 128 bytes.
constexpr int kSlabDepth = 64;

/// An element of a product is (((0 + s₀) + s₁) + s₂) + …, each s the sum over the next 1024 of k from zero, which a
/// tensor core adds up 16 by 16. Every kernel keeps to this order, so that the same row and column give the same bits
/// whatever computes them; and where there are few rows, warps or blocks take a sum each.
constexpr int kSumSlabs = 16;
constexpr int kSumDepth = kSumSlabs * kSlabDepth;

/// Bytes in a chunk, what a copy moves, and elements in it.
constexpr int kChunkBytes = 16, kChunkElements = 8;

/// One side of a product: element (i, k) is data[i · stride + k] if depth is contiguous, else data[k · stride + i].
/// Data and rows begin at multiples of 16 bytes.
template <bool kDepthContiguous>
struct Side {
  static constexpr bool kByDepth = kDepthContiguous;
  const bfloat16* data;
  int64_t size;  // of i
  int64_t stride;
  bool is_weight = false;  // itself, which no kernel writes that follows (follow.cuh): may be read early
};

/// The next place where every pattern of swapped chunks may begin.
__device__ inline unsigned char* align_shared(unsigned char* at) {
  constexpr uintptr_t kAlignment = 1024;
  return at + (kAlignment - reinterpret_cast<uintptr_t>(at) % kAlignment) % kAlignment;
}

/// Elements of a chunk that begins at `first` of `size`.
__device__ inline int elements_inside(int64_t first, int64_t size) {
  return static_cast<int>(max(int64_t{0}, min(int64_t{kChunkElements}, size - first)));
}

/// kExtent of i by kSlabDepth of k in shared memory, rows along what is contiguous. Chunks of a row are swapped by its
/// number, so that eight rows of one column of chunks lie in different banks.
template <int kExtent, bool kByDepth>
struct SlabTile {
  static_assert(kExtent % 8 == 0 && (kByDepth || kExtent % kSlabDepth == 0),
                "eight chunks are swapped among themselves");
  static constexpr int kRowElements = kByDepth ? kSlabDepth : kExtent;
  static constexpr int kRowChunks = kRowElements / kChunkElements;
  static constexpr int kRows = kByDepth ? kExtent : kSlabDepth;
  static constexpr int kBytes = kRows * kRowChunks * kChunkBytes;

  __host__ __device__ static int at(int row, int chunk) {
    return row * (kRowChunks * kChunkBytes) + (chunk ^ (row & 7)) * kChunkBytes;
  }

  /// Thread `thread` of kThreads starts its share of the copies of the tile at (first, k0). Outside there are zeros.
  template <int kThreads>
  __device__ static void fetch(unsigned char* tile, const Side<kByDepth>& side, int64_t first, int64_t k0,
                               int64_t depth, int thread) {
    constexpr int kChunks = kRows * kRowChunks;
    static_assert(kChunks % kThreads == 0, "every thread takes the same number of chunks");
#pragma unroll
    for (int n = 0; n < kChunks / kThreads; ++n) {
      const int index = thread + n * kThreads, row = index / kRowChunks, chunk = index % kRowChunks;
      const int64_t i = first + (kByDepth ? row : chunk * kChunkElements);
      const int64_t k = k0 + (kByDepth ? chunk * kChunkElements : row);
      const int inside =
          kByDepth ? (i < side.size ? elements_inside(k, depth) : 0) : (k < depth ? elements_inside(i, side.size) : 0);
      const bfloat16* from =
          inside == 0 ? side.data : side.data + (kByDepth ? i * side.stride + k : k * side.stride + i);
      copy_async(tile + at(row, chunk), from, inside * static_cast<int>(sizeof(bfloat16)));
    }
  }

  /// (i … i + 15, 16 of k from 16 · step) as four matrices; all lanes of a warp. kFirst: in the order of a first
  /// factor, (i, k), (i + 8, k), (i, k + 8), (i + 8, k + 8); else of two second factors: (i, k), (i, k + 8), (i + 8,
  /// k), ….
  template <bool kFirst>
  __device__ static void load(uint32_t (&out)[4], const unsigned char* tile, int i, int step) {
    const int lane = static_cast<int>(threadIdx.x) % kWarpSize, matrix = lane / 8, row_of_matrix = lane % 8;
    const int further_i = kFirst ? matrix % 2 : matrix / 2, further_k = kFirst ? matrix / 2 : matrix % 2;
    if constexpr (kByDepth) {
      load_matrices(out, tile + at(i + 8 * further_i + row_of_matrix, 2 * step + further_k));
    } else {
      load_matrices_transposed(out, tile + at(16 * step + 8 * further_k + row_of_matrix, i / 8 + further_i));
    }
  }
};

}  // namespace cohort::kernels
