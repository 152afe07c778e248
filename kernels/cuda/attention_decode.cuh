// Attention of a decoding step, a token of each sequence: what matters is that keys and values stream. What is computed
// is said in attention_span.cuh.
#pragma once

#include "kernels/cuda/attention_block.cuh"
#include "kernels/cuda/cluster.cuh"
#include "kernels/cuda/follow.cuh"

namespace cohort::kernels {

/// Warps take spans in turn. Each has a ring of kItems blocks of keys or values, which it fills itself. kIsWhole: kDim
/// is head_dim.
template <int kDim, int kWarpCount, int kRingItems, bool kWhole = true>
struct DecodeTile {
  using Block = CacheBlock<kDim>;
  static constexpr bool kIsWhole = kWhole;
  static constexpr int kHeadDim = kDim, kWarps = kWarpCount, kThreads = kWarps * kWarpSize, kItems = kRingItems;
  static constexpr int kRingBytes = kWarps * kItems * Block::kBytes;
  // Of a multiprocessor: twelve warps have the registers that heads up to 128 need.
  static constexpr int kBlocks = kDim <= 128 && kWarps <= 6 ? 12 / kWarps : 1;
  // What a warp leaves of a span for each row: weighted values, maximum and sum. Eight rows lie in different banks.
  static constexpr int kRowFloats = kDim + 8;
  // Four elements of a row as they are joined, maximum and sum.
  static constexpr int kStateFloats = 8;

  static int shared_bytes(int64_t heads) {
    return kRingBytes + static_cast<int>(heads) * (kWarps * kRowFloats + kDim / 4 * kStateFloats) * 4;
  }
};

/// How a token's work is shared: by `parts` of the heads that share a key, `heads` each, and for each part by the
/// `blocks` of a cluster.
struct DecodeShape {
  int64_t heads, parts;
  int blocks;
};

// One cluster of blocks per token, key-value head and part of its heads. Its warps take spans in turn; after each turn
// all threads join what the warps left, span by span, each thread its own elements.
template <typename Tile>
__global__ void __launch_bounds__(Tile::kThreads, Tile::kBlocks)
    attention_decode(AttentionForward<bfloat16> op, DecodeShape shape) {
  follow();
  using Block = typename Tile::Block;
  unsigned char* const memory = dynamic_shared_memory();
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarpSize, lane = thread % kWarpSize;
  const int g = lane / 4, t = lane % 4;
  const int head_dim = Tile::kIsWhole ? Tile::kHeadDim : static_cast<int>(op.head_dim), steps = head_dim / 16;
  const int rank = static_cast<int>(blockIdx.x) % shape.blocks;
  const int64_t place = blockIdx.x / shape.blocks, blocks_across = op.kv_heads * shape.parts;
  const int64_t row = place / blocks_across, kv_head = place % blocks_across / shape.parts;
  const int64_t group = op.heads / op.kv_heads, first_head = kv_head * group + place % shape.parts * shape.heads;
  const int heads = static_cast<int>(min(shape.heads, (kv_head + 1) * group - first_head));
  const float scale = op.scale * kLog2E;

  // Row r is most often sequence r's: what is known of it is read before that is certain.
  const int64_t guess = min(row, op.sequences - 1);
  const int32_t begins = op.cu_queries[guess], ends = op.cu_queries[guess + 1];
  int64_t position = op.first_position[guess], s = guess;
  if (begins == row && ends > row) {
    s = guess;
  } else {
    s = sequence_of(op.cu_queries, op.sequences, row);
    position = op.first_position[s] + row - op.cu_queries[s];
  }
  const View<bfloat16> view(op, s, kv_head);
  const int num_keys = static_cast<int>(position) + 1, num_spans = (num_keys + kSpanKeys - 1) / kSpanKeys;
  const int first_span = rank * Tile::kWarps + warp, all_warps = shape.blocks * Tile::kWarps;

  // Copies: of each span of this warp four blocks of keys, then four of values; item 8n … is the n-th span's.
  unsigned char* const ring = memory + warp * Tile::kItems * Block::kBytes;
  const auto fetch = [&](int item, int slot) {
    const int block = (first_span + item / (2 * kSpanBlocks) * all_warps) * kSpanBlocks + item % kSpanBlocks;
    const int left = num_keys - block * kBlockKeys;
    if (left > 0) {
      const int64_t at = view.blocks[block] * view.stride + view.offset;
      if (item / kSpanBlocks % 2 == 0) {
        Block::template fetch_keys<kWarpSize>(ring + slot * Block::kBytes, view.keys + at, head_dim, lane);
      } else {
        Block::template fetch_values<kWarpSize>(ring + slot * Block::kBytes, view.values + at, head_dim, left, lane);
      }
    }
    commit_copies();
  };
  int item = 0, slot = 0;
#pragma unroll 1
  for (int i = 0; i < Tile::kItems - 1; ++i) fetch(i, i);
  // The next item, once all lanes have copied it; the one before it is read no more.
  const auto next = [&]() -> const unsigned char* {
    wait_for_copies<Tile::kItems - 2>();
    __syncwarp();
    fetch(item + Tile::kItems - 1, slot == 0 ? Tile::kItems - 1 : slot - 1);
    const unsigned char* const at = ring + slot * Block::kBytes;
    ++item;
    slot = slot + 1 == Tile::kItems ? 0 : slot + 1;
    return at;
  };

  // Row i of the sixteen is head first_head + i.
  uint32_t queries[Block::kSteps][4] = {};
#pragma unroll
  for (int n = 0; n < kThreadRows; ++n) {
    if (g + 8 * n >= heads) continue;
    const int64_t query = (row * op.heads + first_head + g + 8 * n) * op.head_dim + 2 * t;
#pragma unroll
    for (int step = 0; step < Block::kSteps; ++step)
      if (step < steps)
#pragma unroll
        for (int high = 0; high < 2; ++high) queries[step][n + 2 * high] = query_pair(op, query + 16 * step + 8 * high);
  }

  auto* const partials = reinterpret_cast<float*>(memory + Tile::kRingBytes);
  float* const states = partials + Tile::kWarps * heads * Tile::kRowFloats;
  const int quads = head_dim / 4, num_elements = heads * quads;  // four elements of a row each
#pragma unroll 1
  for (int first_of_turn = 0; first_of_turn < num_spans; first_of_turn += all_warps) {
    const int span = first_of_turn + first_span;
    if (span < num_spans) {
      const int seen = num_keys - span * kSpanKeys;  // keys of the span
      float scores[kSpanScores] = {};
#pragma unroll
      for (int j = 0; j < kSpanBlocks; ++j) {
        const unsigned char* const keys = next();
        if (j * kBlockKeys >= seen) continue;
#pragma unroll
        for (int step = 0; step < Block::kSteps; ++step)
          if (step < steps) Block::add_scores(scores, j, queries[step], step, keys);
      }
      if (seen < kSpanKeys) {
        const int last[kThreadRows] = {seen - 1, seen - 1};
        hide_keys(scores, last);
      }
      RowSums of_span[kThreadRows];
      uint32_t weights[kSpanSteps][4];
      weigh_span(scores, scale, of_span, weights);
      float out[Tile::kHeadDim / 2] = {};
#pragma unroll
      for (int j = 0; j < kSpanBlocks; ++j) {
        const unsigned char* const values = next();
        if (j * kBlockKeys < seen) Block::add_values(out, j, weights, values, 0, head_dim);
      }
#pragma unroll
      for (int n = 0; n < kThreadRows; ++n) {
        if (g + 8 * n >= heads) continue;
        float* const to = partials + (warp * heads + g + 8 * n) * Tile::kRowFloats;
#pragma unroll
        for (int column = 0; column < Tile::kHeadDim / 8; ++column)
          *reinterpret_cast<float2*>(to + 8 * column + 2 * t) =
              float2{out[4 * column + 2 * n], out[4 * column + 2 * n + 1]};
        if (t == 0) *reinterpret_cast<float2*>(to + Tile::kHeadDim) = float2{of_span[n].maximum, of_span[n].sum};
      }
    }
    cluster_barrier(shape.blocks);

    const bool is_first = first_of_turn == 0, is_last = first_of_turn + all_warps >= num_spans;
    const int count = min(all_warps, num_spans - first_of_turn);
    for (int i = thread; i * shape.blocks + rank < num_elements; i += Tile::kThreads) {
      const int element = i * shape.blocks + rank, head = element / quads, column = element % quads * 4;
      auto* const state = reinterpret_cast<float4*>(states + i * Tile::kStateFloats);
      float4 out{};
      RowSums sums{-INFINITY, 0};
      if (!is_first) {
        out = state[0];
        sums = {state[1].x, state[1].y};
      }
#pragma unroll 4
      for (int n = 0; n < count; ++n) {
        const float* const from =
            of_cluster(partials, n / Tile::kWarps, shape.blocks) + (n % Tile::kWarps * heads + head) * Tile::kRowFloats;
        const auto values = *reinterpret_cast<const float4*>(from + column);
        const auto of_span = *reinterpret_cast<const float2*>(from + Tile::kHeadDim);
        const Joined factors = join(sums, {of_span.x, of_span.y});
        out = {join(out.x, values.x, factors), join(out.y, values.y, factors), join(out.z, values.z, factors),
               join(out.w, values.w, factors)};
      }
      if (is_last) {
        const int64_t item = row * op.heads + first_head + head, at = item * op.head_dim + column;
        if (op.log_sums && column == 0) op.log_sums[item] = sums.maximum + log2f(sums.sum);
        const float share = 1 / sums.sum;
        store_pair(op.out, op.rounded_out, at, out.x * share, out.y * share);
        store_pair(op.out, op.rounded_out, at + 2, out.z * share, out.w * share);
      } else {
        state[0] = out;
        state[1] = {sums.maximum, sums.sum, 0, 0};
      }
    }
    cluster_barrier(shape.blocks);  // what the warps left is read no more
  }
  wait_for_copies<0>();
}

// A cluster takes all spans at once where there are few tokens; where there are many, blocks alone.
template <typename Tile>
void launch_decode(const AttentionForward<bfloat16>& op, int cluster, cudaStream_t stream) {
  constexpr int kMaxSharedBytes = 163 << 10;  // of a block on sm_80
  const int64_t group = op.heads / op.kv_heads;
  int64_t heads = min(group, int64_t{16});
  while (Tile::shared_bytes(heads) > kMaxSharedBytes) heads = ceil_divide(heads, 2);
  const int64_t parts = ceil_divide(group, heads);
  launch_blocks(
      "attention decode", attention_decode<Tile>,
      Blocks{op.rows * op.kv_heads * parts * cluster, Tile::kThreads, Tile::shared_bytes(heads), true, cluster}, stream,
      op, DecodeShape{heads, parts, cluster});
}

/// Blocks of kManyWarps warps where tokens fill the device, several blocks a multiprocessor; of kFewWarps where not.
template <int kDim, int kManyWarps, int kManyItems, int kFewWarps, int kFewItems, bool kWhole>
void launch_decode(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  constexpr int64_t kEnough = 256;  // blocks, two a multiprocessor
  constexpr int kMaxCluster = 8;    // what every device with clusters has
  const int64_t blocks = op.rows * op.kv_heads, spans = ceil_divide(op.max_blocks, kSpanBlocks);
  if (blocks >= kEnough) return launch_decode<DecodeTile<kDim, kManyWarps, kManyItems, kWhole>>(op, 1, stream);
  int cluster = 1;
  if (current_device("attention decode").has_clusters)
    while (cluster < kMaxCluster && cluster * kFewWarps < spans && 2 * cluster * blocks <= kEnough) cluster *= 2;
  launch_decode<DecodeTile<kDim, kFewWarps, kFewItems, kWhole>>(op, cluster, stream);
}

inline void launch_decode(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  if (op.head_dim == 64) {
    launch_decode<64, 4, 4, 8, 4, true>(op, stream);
  } else if (op.head_dim < 64) {
    launch_decode<64, 4, 4, 8, 4, false>(op, stream);
  } else if (op.head_dim == 128) {
    launch_decode<128, 8, 2, 8, 2, true>(op, stream);
  } else if (op.head_dim < 128) {
    launch_decode<128, 8, 2, 8, 2, false>(op, stream);
  } else {
    launch_decode<256, 4, 2, 4, 2, false>(op, stream);
  }
}

}  // namespace cohort::kernels
