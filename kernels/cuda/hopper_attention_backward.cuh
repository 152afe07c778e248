// The steps of attention's gradients on Hopper, and the memory between them.
#pragma once

#include "kernels/cuda/hopper_attention.hpp"
#include "kernels/cuda/hopper_gradient_keys.cuh"
#include "kernels/cuda/hopper_gradient_queries.cuh"
#include "kernels/cuda/scratch.cuh"
#include "kernels/cuda/tensor_map.cuh"

namespace cohort::kernels {

/// `shares` a multiprocessor: no part of the work for keys is larger.
template <typename Queries, typename Keys>
class HopperBackward {
 public:
  HopperBackward(const AttentionBackward<bfloat16>& op, int shares, cudaStream_t stream)
      : op_(op),
        stream_(stream),
        blocks_(current_device(kName).multiprocessors),
        shares_(shares * blocks_),
        groups_(groups_of(op.heads / op.kv_heads)),
        max_query_tiles_(op.rows / (groups_.tiles * kTileRows) + op.sequences),
        max_key_tiles_(op.rows / Keys::kKeys + 2 * op.sequences + ceil_divide(shares_, op.kv_heads) + 1),
        num_parts_(2 * shares_),  // a part of several has more than half of a share
        padded_rows_(padded_row(op.sequences, op.rows) + kTileRows),
        counts_(1, stream),
        query_tiles_(max_query_tiles_, stream),
        key_tiles_(max_key_tiles_, stream),
        parts_(num_parts_ * 2 * Keys::kKeys * Keys::kHeadDim, stream),
        arrivals_(num_parts_ * Keys::kGroups, stream),
        stats_(op.heads * padded_rows_, stream) {}

  void run() const {
    prepare();
    queries();
    keys();
  }
  void prepare() const {
    const int64_t elements = op_.rows * op_.heads * op_.head_dim;
    launch_blocks("attention backward plan", attention_gradient_plan<Keys::kHeadDim>,
                  1 + ceil_divide(elements, kPlanThreads * kExpectedChunks * kChunkElements), kPlanThreads, stream_,
                  op_, plan(), groups_.tiles * kTileRows, Keys::kKeys, shares_);
  }
  void queries() const {
    launch_blocks("attention backward queries", attention_gradient_queries_hopper<Queries>,
                  Blocks{blocks_, Queries::kThreads, Queries::kSharedBytes}, stream_, op_, plan(), groups_,
                  rows_map(op_.rounded_q), rows_map(op_.rounded_dout), keys_map(), values_map());
  }
  void keys() const {
    launch_blocks("attention backward keys", attention_gradient_keys_hopper<Keys>,
                  Blocks{blocks_, Keys::kThreads, Keys::kSharedBytes}, stream_, op_, plan(), rows_map(op_.rounded_q),
                  rows_map(op_.rounded_dout), keys_map(), values_map());
  }
  GradientPlan plan() const {
    return {counts_.data(),   query_tiles_.data(), key_tiles_.data(),          parts_.data(),
            arrivals_.data(), stats_.data(),       num_parts_ * Keys::kGroups, padded_rows_};
  }

 private:
  static QueryGroups groups_of(int64_t group) {
    if (group % Queries::kGroups != 0) return {1, Queries::kGroups, static_cast<int32_t>(group)};
    return {Queries::kGroups, 1, static_cast<int32_t>(group / Queries::kGroups)};
  }
  static constexpr const char* kName = "attention backward";
  CUtensorMap rows_map(const bfloat16* rows) const {
    const int64_t width = op_.heads * op_.head_dim;
    return tensor_map(kName, rows, op_.rows, width, width, kTileRows, 64);
  }
  // How many blocks a cache has is not known here, and not needed.
  CUtensorMap keys_map() const {
    constexpr int kTokens = static_cast<int>(kBlockTokens);
    return tensor_map(kName, op_.keys, INT32_MAX, kTokens, kTokens, static_cast<int>(op_.head_dim), kTokens);
  }
  CUtensorMap values_map() const {
    return tensor_map(kName, op_.values, INT32_MAX, op_.head_dim, op_.head_dim, static_cast<int>(kBlockTokens), 64);
  }

  AttentionBackward<bfloat16> op_;
  cudaStream_t stream_;
  int blocks_, shares_;
  QueryGroups groups_;
  int64_t max_query_tiles_, max_key_tiles_, num_parts_, padded_rows_;
  Scratch<GradientPlan::Counts> counts_;
  Scratch<QueryTile> query_tiles_;
  Scratch<KeyTile> key_tiles_;
  Scratch<float> parts_;
  Scratch<int32_t> arrivals_;
  Scratch<RowStats> stats_;
};

}  // namespace cohort::kernels
