// Attention of many rows by the instructions of sm_80: prefill and training where hopper_attention_forward.cu does not
// serve. What is computed is said in attention_span.cuh.
#pragma once

#include "kernels/cuda/attention_block.cuh"
#include "kernels/cuda/attention_tiles.cuh"

namespace cohort::kernels {

/// Sixteen rows a warp. The keys of a span, its values and the queries share the memory of a block.
template <int kDim>
struct RowsTile {
  using Block = CacheBlock<kDim>;
  static constexpr int kHeadDim = kDim, kWarps = 4, kThreads = kWarps * kWarpSize, kRows = kWarps * 16;
  static constexpr int kSpanBytes = kSpanBlocks * Block::kBytes;
  static constexpr int kQueryBytes = kDim * 2 + kChunkBytes;  // of a row: eight rows lie in different banks
  static constexpr int kSharedBytes = 2 * kSpanBytes + kRows * kQueryBytes;
  // Weighted values of a span that are in registers together.
  static constexpr int kColumns = kDim <= 128 ? 64 : 32;
};

// One block per AttentionRows::tokens tokens, key-value head, and part of its heads. Tokens of several sequences come
// one sequence after the other. Without values, for the backward, only op.log_sums are computed.
template <typename Tile, bool kWithValues>
__global__ void __launch_bounds__(Tile::kThreads)
    attention_forward_rows(AttentionForward<bfloat16> op, AttentionRows rows) {
  using Block = typename Tile::Block;
  unsigned char* const keys = dynamic_shared_memory();
  unsigned char* const values = keys + Tile::kSpanBytes;
  unsigned char* const queries = values + Tile::kSpanBytes;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarpSize, lane = thread % kWarpSize;
  const int g = lane / 4, t = lane % 4;
  const int head_dim = static_cast<int>(op.head_dim), steps = head_dim / 16;
  const int64_t group = op.heads / op.kv_heads, blocks_across = op.kv_heads * rows.parts;
  const int64_t kv_head = blockIdx.x % blocks_across / rows.parts;
  const int64_t first_head = kv_head * group + blockIdx.x % rows.parts * rows.heads;
  const int heads = static_cast<int>(min(rows.heads, (kv_head + 1) * group - first_head));
  const int64_t first_token = int64_t{blockIdx.x} / blocks_across * rows.tokens;
  const int64_t end_token = min(op.rows, first_token + rows.tokens);
  const float scale = op.scale * kLog2E;

  int64_t s = sequence_of(op.cu_queries, op.sequences, first_token);
  for (int64_t from = first_token; from < end_token; ++s) {
    const int64_t end_of_sequence = op.cu_queries[s + 1], to = min(end_token, end_of_sequence);
    if (to <= from) continue;                                                 // an empty sequence
    const int64_t position_of_row = op.first_position[s] - op.cu_queries[s];  // + row: its position
    const View<bfloat16> view(op, s, kv_head);
    const int used_rows = static_cast<int>(to - from) * heads;
    const auto item_of = [&](int row) { return (from + row / heads) * op.heads + first_head + row % heads; };

    const int num_keys = static_cast<int>(position_of_row + to), num_spans = (num_keys + kSpanKeys - 1) / kSpanKeys;
    const auto fetch = [&](int span, bool is_keys) {
      for (int j = 0; j < kSpanBlocks; ++j) {
        const int block = span * kSpanBlocks + j, left = num_keys - block * kBlockKeys;
        if (left <= 0) break;
        const int64_t at = view.blocks[block] * view.stride + view.offset;
        if (is_keys) {
          Block::template fetch_keys<Tile::kThreads>(keys + j * Block::kBytes, view.keys + at, head_dim, thread);
        } else {
          Block::template fetch_values<Tile::kThreads>(values + j * Block::kBytes, view.values + at, head_dim, left,
                                                       thread);
        }
      }
      commit_copies();
    };
    __syncthreads();  // the sequence before is read no more
    fetch(0, true);
    for (int index = thread; index < Tile::kRows * Tile::kHeadDim / 4; index += Tile::kThreads) {
      const int row = index / (Tile::kHeadDim / 4), column = index % (Tile::kHeadDim / 4) * 4;
      const bool is_inside = row < used_rows && column < head_dim;
      const int64_t from_query = is_inside ? item_of(row) * op.head_dim + column : 0;
      auto* const at = reinterpret_cast<uint32_t*>(queries + row * Tile::kQueryBytes + column * 2);
      at[0] = is_inside ? query_pair(op, from_query) : 0;
      at[1] = is_inside ? query_pair(op, from_query + 2) : 0;
    }

    // A warp without rows only helps to copy. Rows beyond the end see no key.
    const int first_row = 16 * warp, end_row = min(first_row + 16, used_rows);
    const bool has_rows = first_row < used_rows;
    const int first_position = static_cast<int>(position_of_row + from);
    const int first_last = first_position + first_row / heads;
    const int end_key = has_rows ? first_position + (end_row - 1) / heads + 1 : 0;
    int last_key[kThreadRows];
#pragma unroll
    for (int n = 0; n < kThreadRows; ++n) {
      const int row = first_row + g + 8 * n;
      last_key[n] = row < used_rows ? first_position + row / heads : -1;
    }

    RowSums sums[kThreadRows] = {{-INFINITY, 0}, {-INFINITY, 0}};
    float out[Tile::kHeadDim / 2] = {};
#pragma unroll 1
    for (int span = 0; span < num_spans; ++span) {
      const int seen_blocks = max(0, min(kSpanBlocks, (end_key - span * kSpanKeys + kBlockKeys - 1) / kBlockKeys));
      wait_for_copies<0>();
      __syncthreads();  // keys are there; values are read no more
      if (kWithValues) fetch(span, false);

      uint32_t weights[kSpanSteps][4];
      Joined factors[kThreadRows];
      if (seen_blocks > 0) {
        float scores[kSpanScores] = {};
#pragma unroll
        for (int step = 0; step < Block::kSteps; ++step) {
          if (step >= steps) break;
          uint32_t factor[4];
          load_matrices(factor, queries + (first_row + lane % 16) * Tile::kQueryBytes + 32 * step + lane / 16 * 16);
#pragma unroll
          for (int j = 0; j < kSpanBlocks; ++j)
            if (j < seen_blocks) Block::add_scores(scores, j, factor, step, keys + j * Block::kBytes);
        }
        if ((span + 1) * kSpanKeys - 1 > first_last) {
          const int last[kThreadRows] = {last_key[0] - span * kSpanKeys, last_key[1] - span * kSpanKeys};
          hide_keys(scores, last);
        }
        RowSums of_span[kThreadRows];
        weigh_span(scores, scale, of_span, weights);
#pragma unroll
        for (int n = 0; n < kThreadRows; ++n) factors[n] = join(sums[n], of_span[n]);
      }

      wait_for_copies<0>();
      __syncthreads();  // values are there; keys are read no more
      if (span + 1 < num_spans) fetch(span + 1, true);
      if (seen_blocks == 0) continue;
      if constexpr (kWithValues) {
#pragma unroll
        for (int column = 0; column < Tile::kHeadDim; column += Tile::kColumns) {
          if (column >= head_dim) break;
          float of_span[Tile::kColumns / 2] = {};
#pragma unroll
          for (int j = 0; j < kSpanBlocks; ++j)
            if (j < seen_blocks) Block::add_values(of_span, j, weights, values + j * Block::kBytes, column, head_dim);
          join(out, of_span, column, factors);
        }
      }
    }

#pragma unroll
    for (int n = 0; n < kThreadRows; ++n) {
      const int row = first_row + g + 8 * n;
      if (row >= used_rows) continue;
      const int64_t item = item_of(row), at = item * op.head_dim + 2 * t;
      if (op.log_sums && t == 0) op.log_sums[item] = sums[n].maximum + log2f(sums[n].sum);
      if (!kWithValues) continue;
      const float share = 1 / sums[n].sum;
#pragma unroll
      for (int column = 0; column < Tile::kHeadDim / 8; ++column)
        if (8 * column < head_dim)
          store_pair(op.out, op.rounded_out, at + 8 * column, out[4 * column + 2 * n] * share,
                     out[4 * column + 2 * n + 1] * share);
    }
    from = to;
  }
}

template <typename Tile, bool kWithValues>
void launch_rows(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  const AttentionRows rows = rows_of_block<Tile>(op.heads / op.kv_heads, false);
  launch_blocks(
      "attention forward", attention_forward_rows<Tile, kWithValues>,
      Blocks{ceil_divide(op.rows, rows.tokens) * op.kv_heads * rows.parts, Tile::kThreads, Tile::kSharedBytes}, stream,
      op, rows);
}

template <typename Tile>
void launch_rows(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  if (op.out || op.rounded_out) {
    launch_rows<Tile, true>(op, stream);
  } else {
    launch_rows<Tile, false>(op, stream);
  }
}

inline void launch_rows(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  if (op.head_dim <= 64) {
    launch_rows<RowsTile<64>>(op, stream);
  } else if (op.head_dim <= 128) {
    launch_rows<RowsTile<128>>(op, stream);
  } else {
    launch_rows<RowsTile<256>>(op, stream);
  }
}

}  // namespace cohort::kernels
