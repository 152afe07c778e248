// Blocks of the cache in shared memory as the gradients of attention read them, and how rows are shared among blocks.
#pragma once

#include "kernels/attention.hpp"
#include "kernels/cuda/attention_view.cuh"
#include "kernels/cuda/matrix.cuh"
#include "kernels/cuda/numbers.cuh"

namespace cohort::kernels {

/// kDim: head_dim or more; kPieces: of eight rows, a warp's.
template <int kDim, int kPieceCount, int kWarpCount, int kRingStages>
struct AttentionTile {
  static constexpr int kHeadDim = kDim, kPieces = kPieceCount, kWarps = kWarpCount, kStages = kRingStages;
  static constexpr int kThreads = kWarps * kWarpSize, kRows = kWarps * kPieces * 8;
  static constexpr int kBlockKeys = static_cast<int>(kBlockTokens);
  static constexpr int kKeyChunks = kBlockKeys / kChunkElements, kValueChunks = kDim / kChunkElements;
  static constexpr int kKeyBytes = kDim * kKeyChunks * kChunkBytes, kStageBytes = 2 * kKeyBytes;
  static constexpr int kSharedBytes = kStages * kStageBytes;

  // Keys lie [kDim][32], values [32][kDim]; chunks are swapped so that eight rows lie in different banks.
  __host__ __device__ static int key_at(int element, int chunk) {
    return (element * kKeyChunks + (chunk ^ (element >> 1 & 3))) * kChunkBytes;
  }
  __host__ __device__ static int value_at(int key, int chunk) {
    return kKeyBytes + (key * kValueChunks + (chunk ^ (key & 7))) * kChunkBytes;
  }

  // Starts the copies of a block of the cache. Beyond head_dim there are zeros, and for keys that nobody has written:
  // they are multiplied by 0, which a NaN would survive. Without `values` only the keys.
  __device__ static void fetch(unsigned char* stage, const bfloat16* keys, const bfloat16* values, int head_dim,
                               int num_keys) {
#pragma unroll 4  // a warp alone has many
    for (int n = 0; n < kDim * kKeyChunks / kThreads; ++n) {
      const int index = static_cast<int>(threadIdx.x) + n * kThreads;
      const int element = index / kKeyChunks, chunk = index % kKeyChunks;
      const int inside = element < head_dim ? elements_inside(chunk * kChunkElements, num_keys) : 0;
      copy_async(stage + key_at(element, chunk),
                 keys + (inside > 0 ? element * kBlockKeys + chunk * kChunkElements : 0),
                 inside * static_cast<int>(sizeof(bfloat16)));
    }
    if (!values) return;
#pragma unroll 4
    for (int n = 0; n < kBlockKeys * kValueChunks / kThreads; ++n) {
      const int index = static_cast<int>(threadIdx.x) + n * kThreads;
      const int key = index / kValueChunks, chunk = index % kValueChunks;
      const bool is_inside = key < num_keys && chunk * kChunkElements < head_dim;
      copy_async(stage + value_at(key, chunk), values + (is_inside ? key * head_dim + chunk * kChunkElements : 0),
                 is_inside ? kChunkBytes : 0);
    }
  }
  // Keys 16 · half … by elements 16 · step … of the head, as a first factor [16 keys, 16 elements].
  __device__ static void load_keys(uint32_t (&out)[4], const unsigned char* stage, int half, int step) {
    const int lane = static_cast<int>(threadIdx.x) % kWarpSize, matrix = lane / 8;
    load_matrices_transposed(out, stage + key_at(16 * step + matrix / 2 * 8 + lane % 8, 2 * half + matrix % 2));
  }
  // Elements 16 · step … of the values of keys 16 · half …, as a first factor [16 elements, 16 keys].
  __device__ static void load_values(uint32_t (&out)[4], const unsigned char* stage, int half, int step) {
    const int lane = static_cast<int>(threadIdx.x) % kWarpSize, matrix = lane / 8;
    load_matrices_transposed(out, stage + value_at(16 * half + matrix / 2 * 8 + lane % 8, 2 * step + matrix % 2));
  }
};

/// Which rows a block has: `tokens` tokens by `heads` of the heads that share a key; a head alone if heads are many.
struct AttentionRows {
  int64_t tokens, heads, parts;
};
template <typename Tile>
AttentionRows rows_of_block(int64_t group, bool one_token) {
  const int64_t heads = min(group, int64_t{Tile::kRows}), parts = ceil_divide(group, heads);
  return {one_token || parts > 1 ? 1 : Tile::kRows / heads, heads, parts};
}

}  // namespace cohort::kernels
