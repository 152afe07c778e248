// Where a query's keys and values are.
#pragma once

#include <cuda_runtime.h>

#include "kernels/types.hpp"

namespace cohort::kernels {

// Sequence s with row in [cu_queries[s], cu_queries[s + 1]).
__device__ inline int64_t sequence_of(const int32_t* cu_queries, int64_t sequences, int64_t row) {
  int64_t low = 0, high = sequences;  // cu_queries[low] ≤ row < cu_queries[high]
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    if (cu_queries[middle] <= row) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

// What one query head sees: the keys and values of its sequence and its key-value head.
template <typename W>
struct View {
  const W* keys;
  const W* values;
  const int32_t* blocks;
  int64_t stride, offset, head_dim;

  template <typename Op>
  __device__ View(const Op& op, int64_t sequence, int64_t kv_head)
      : keys(op.keys),
        values(op.values),
        blocks(op.block_table + sequence * op.max_blocks),
        stride(op.kv_heads * op.head_dim * kBlockTokens),
        offset(kv_head * op.head_dim * kBlockTokens),
        head_dim(op.head_dim) {}

  __device__ const W* key_block(int64_t block) const { return keys + blocks[block] * stride + offset; }
  __device__ const W* value_block(int64_t block) const { return values + blocks[block] * stride + offset; }

  // Elements of the key of a position are kBlockTokens apart, those of a value stand side by side.
  __device__ const W* key(int64_t position) const {
    return key_block(position / kBlockTokens) + position % kBlockTokens;
  }
  __device__ const W* value(int64_t position) const {
    return value_block(position / kBlockTokens) + position % kBlockTokens * head_dim;
  }
};

}  // namespace cohort::kernels
