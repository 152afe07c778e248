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

/// Rows of a sequence, and the position of the first.
struct SequenceShape {
  int64_t first_row, tokens, first_position;

  template <typename Op>
  __device__ SequenceShape(const Op& op, int64_t s)
      : first_row(op.cu_queries[s]), tokens(op.cu_queries[s + 1] - first_row), first_position(op.first_position[s]) {}
  /// Of its keys, of which the last `tokens` are its own.
  __device__ int64_t end() const { return first_position + tokens; }
};

/// Behind the last sequence with queries that see the own keys of sequence s: the others of its family do if it is the
/// first.
template <typename Op>
__device__ int64_t end_of_readers(const Op& op, int64_t s) {
  const int64_t family = sequence_of(op.families, op.num_families, s);
  return op.families[family] == s ? op.families[family + 1] : s + 1;
}

/// Walks over the queries that see keys of a sequence from a position on, by tiles of `step` rows, and over sequences
/// in their order.
template <typename Op>
class Readers {
 public:
  __device__ Readers(const Op& op, int64_t s, int64_t first_key, int64_t step)
      : op_(&op),
        step_(step),
        sequence_(s),
        end_(end_of_readers(op, s)),
        shape_(op, s),
        row_(max(int64_t{0}, first_key - shape_.first_position)) {
    skip_ends();
  }
  __device__ bool is_done() const { return sequence_ == end_; }
  __device__ void next() {
    row_ += step_;
    skip_ends();
  }

  __device__ const SequenceShape& sequence() const { return shape_; }
  __device__ int64_t row() const { return row_; }  // the tile's first, of the sequence

 private:
  __device__ void skip_ends() {
    while (row_ >= shape_.tokens && ++sequence_ < end_) {
      shape_ = SequenceShape(*op_, sequence_);
      row_ = 0;
    }
  }

  const Op* op_;
  int64_t step_, sequence_, end_;
  SequenceShape shape_;
  int64_t row_;
};

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
