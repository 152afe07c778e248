// A block of the cache in shared memory and the products of a warp's sixteen rows with it, by the instructions of
// sm_80.
#pragma once

#include "kernels/cuda/attention_span.cuh"

namespace cohort::kernels {

/// Keys [kDim, 32] or values [32, kDim] of a block, kDim being head_dim or more. Chunks are swapped so that eight rows
/// lie in different banks.
template <int kDim>
struct CacheBlock {
  static constexpr int kKeyChunks = kBlockKeys / kChunkElements, kValueChunks = kDim / kChunkElements;
  static constexpr int kBytes = kDim * kKeyChunks * kChunkBytes, kSteps = kDim / 16;

  __host__ __device__ static int key_at(int element, int chunk) {
    return (element * kKeyChunks + (chunk ^ (element >> 1 & 3))) * kChunkBytes;
  }
  __host__ __device__ static int value_at(int key, int chunk) {
    return (key * kValueChunks + (chunk ^ (key & 7))) * kChunkBytes;
  }

  // Thread `thread` of kThreads starts its share of the copies. Beyond head_dim there are zeros, and values of keys
  // that no row sees: they are multiplied by 0, which a NaN would survive.
  template <int kThreads>
  __device__ static void fetch_keys(unsigned char* to, const bfloat16* keys, int head_dim, int thread) {
#pragma unroll 8
    for (int n = 0; n < kDim * kKeyChunks / kThreads; ++n) {
      const int index = thread + n * kThreads, element = index / kKeyChunks, chunk = index % kKeyChunks;
      const bool is_inside = element < head_dim;
      copy_async(to + key_at(element, chunk), keys + (is_inside ? element * kBlockKeys + chunk * kChunkElements : 0),
                 is_inside ? kChunkBytes : 0);
    }
  }
  template <int kThreads>
  __device__ static void fetch_values(unsigned char* to, const bfloat16* values, int head_dim, int num_keys,
                                      int thread) {
#pragma unroll 8
    for (int n = 0; n < kBlockKeys * kValueChunks / kThreads; ++n) {
      const int index = thread + n * kThreads, key = index / kValueChunks, chunk = index % kValueChunks;
      const bool is_inside = key < num_keys && chunk * kChunkElements < head_dim;
      copy_async(to + value_at(key, chunk), values + (is_inside ? key * head_dim + chunk * kChunkElements : 0),
                 is_inside ? kChunkBytes : 0);
    }
  }

  // Adds a step of the head to the scores of block `block` of the span.
  __device__ static void add_scores(float (&scores)[kSpanScores], int block, const uint32_t (&queries)[4], int step,
                                    const unsigned char* keys) {
    const int lane = static_cast<int>(threadIdx.x) % kWarpSize, matrix = lane / 8;
#pragma unroll
    for (int pair = 0; pair < 2; ++pair) {
      uint32_t factors[4];  // [16 elements, 8 keys] twice
      load_matrices_transposed(factors, keys + key_at(16 * step + matrix % 2 * 8 + lane % 8, 2 * pair + matrix / 2));
      const int column = 4 * block + 2 * pair;
      multiply_add(eight_columns(scores, column), queries, factors[0], factors[1]);
      multiply_add(eight_columns(scores, column + 1), queries, factors[2], factors[3]);
    }
  }
  // Adds block `block` of the span to elements first_column … of the weighted values.
  template <int kCount>
  __device__ static void add_values(float (&out)[kCount], int block, const uint32_t (&weights)[kSpanSteps][4],
                                    const unsigned char* values, int first_column, int head_dim) {
    const int lane = static_cast<int>(threadIdx.x) % kWarpSize, matrix = lane / 8;
#pragma unroll
    for (int half = 0; half < 2; ++half)
#pragma unroll
      for (int pair = 0; pair < kCount / 8; ++pair) {
        if (first_column + 16 * pair >= head_dim) break;
        uint32_t factors[4];  // [16 keys, 8 elements] twice
        load_matrices_transposed(factors, values + value_at(16 * half + matrix % 2 * 8 + lane % 8,
                                                            first_column / 8 + 2 * pair + matrix / 2));
        multiply_add(eight_columns(out, 2 * pair), weights[2 * block + half], factors[0], factors[1]);
        multiply_add(eight_columns(out, 2 * pair + 1), weights[2 * block + half], factors[2], factors[3]);
      }
  }
};

}  // namespace cohort::kernels
