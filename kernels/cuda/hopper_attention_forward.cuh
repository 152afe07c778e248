// Attention of many rows on Hopper: warpgroups of 64 rows, products from shared memory, and keys and values that a copy
// engine brings from the cache. What is computed is said in attention_span.cuh.
#pragma once

#include "kernels/cuda/attention_span.cuh"
#include "kernels/cuda/attention_tiles.cuh"
#include "kernels/cuda/scratch.cuh"
#include "kernels/cuda/tensor_map.cuh"
#include "kernels/cuda/warpgroup.cuh"

namespace cohort::kernels {

template <int kDim, int kConsumerCount, int kRingStages>
struct HopperForwardTile {
  static constexpr int kHeadDim = kDim, kConsumers = kConsumerCount, kStages = kRingStages;
  static constexpr int kThreads = (kConsumers + 1) * kGroupThreads, kGroupRows = 64, kRows = kConsumers * kGroupRows;
  // Of the registers that a block of kThreads threads is given, no more: who takes one that nobody gave up waits for
  // ever.
  static constexpr int kRegisters = 65536 / kThreads / 8 * 8;
  static constexpr int kProducerRegisters = kConsumers == 2 ? 40 : 32;
  static constexpr int kConsumerRegisters = kConsumers == 2 ? 232 : 160;
  static_assert(kConsumers * kConsumerRegisters + kProducerRegisters <= (kConsumers + 1) * kRegisters);
  // In memory, a stage's keys lie [4 blocks][kDim][32], its values [kPanels][128 keys][64], a group's rounded queries
  // [kPanels][64 rows][64].
  static constexpr int kPanelBytes = 128, kPanels = kDim / 64;
  static constexpr int kKeyBlockBytes = kDim * kBlockKeys * 2, kValueBlockBytes = kBlockKeys * kPanelBytes;
  static constexpr int kSpanBytes = kSpanKeys * kDim * 2, kStageBytes = 2 * kSpanBytes;
  static constexpr int kGroupBytes = kGroupRows * kDim * 2, kExactBytes = kRows * kDim * 4;
  static constexpr int kAlignment = 1024;  // of the patterns of swapped chunks
  static constexpr int kSharedBytes = kStages * kStageBytes + kConsumers * kGroupBytes + kExactBytes + kAlignment;
};

/// Rows of one sequence that meet its spans together: tokens from … to − 1 by `heads` heads from first_head.
struct HopperItem {
  int from, to, heads, first_head, kv_head, sequence;
  int first_position;  // of `from`
  int num_spans;       // that its last token sees
  int num_keys;        // of the sequence that are written; none: there are no items left
};

template <typename Tile>
struct HopperMemory {
  unsigned char* stages;
  unsigned char* queries;
  unsigned char* exact;  // queries as they came
  CopyBarrier *item_full, *item_free, *keys_full, *keys_free, *values_full, *values_free;
  HopperItem* item;

  __device__ unsigned char* keys(int n) const { return stages + n % Tile::kStages * Tile::kStageBytes; }
  __device__ unsigned char* values(int n) const { return keys(n) + Tile::kSpanBytes; }
};
template <typename Tile>
__device__ inline int parity_of_use(int n) {
  return n / Tile::kStages & 1;
}

// Which rows come next: tiles are taken from a counter that all blocks share, the last tokens first, as those see most,
// and walked sequence by sequence.
struct HopperItems {
  const AttentionForward<bfloat16>& op;
  const AttentionRows& rows;
  int* counter;
  int from = 0, end = 0, sequence = 0, place = 0;  // what is left of a tile, and which heads are its

  __device__ HopperItem next() {
    const int blocks_across = static_cast<int>(op.kv_heads * rows.parts), tokens = static_cast<int>(rows.tokens);
    if (from >= end) {
      const int num_rows = static_cast<int>(op.rows), num_tiles = (num_rows + tokens - 1) / tokens * blocks_across;
      const int tile = num_tiles - 1 - atomicAdd(counter, 1);
      if (tile < 0) return {};
      place = tile % blocks_across;
      from = tile / blocks_across * tokens;
      end = min(num_rows, from + tokens);
      sequence = static_cast<int>(sequence_of(op.cu_queries, op.sequences, from));
    }
    while (op.cu_queries[sequence + 1] <= from) ++sequence;  // empty ones
    const int group = static_cast<int>(op.heads / op.kv_heads), parts = static_cast<int>(rows.parts);
    const int kv_head = place / parts, first_head = kv_head * group + place % parts * static_cast<int>(rows.heads);
    const int end_of_sequence = op.cu_queries[sequence + 1], to = min(end, end_of_sequence);
    const int position_of_row = op.first_position[sequence] - op.cu_queries[sequence];  // + row: its position
    const HopperItem item{from,
                          to,
                          min(static_cast<int>(rows.heads), (kv_head + 1) * group - first_head),
                          first_head,
                          kv_head,
                          sequence,
                          position_of_row + from,
                          (position_of_row + to + kSpanKeys - 1) / kSpanKeys,
                          position_of_row + end_of_sequence};
    from = to;
    return item;
  }
};

// One thread brings items to the consumers: queries, then keys and values span by span. The queries of the next item
// come as soon as those of this one are rounded.
template <typename Tile, bool kWithValues>
__device__ void produce_items(const AttentionForward<bfloat16>& op, const CUtensorMap& keys_map,
                              const CUtensorMap& values_map, HopperItems items, const HopperMemory<Tile>& memory) {
  const int kv_heads = static_cast<int>(op.kv_heads);
  int num_items = 0, num_spans = 0;  // so far
  const auto publish_next = [&] {
    const HopperItem item = items.next();
    memory.item_free->wait((num_items & 1) ^ 1);
    *memory.item = item;
    const int bytes = item.heads * Tile::kHeadDim * (op.rounded_q ? 2 : 4);  // of a token
    memory.item_full->arrive_expecting((item.to - item.from) * bytes);
    for (int token = item.from; token < item.to; ++token) {
      const int64_t at = (token * op.heads + item.first_head) * Tile::kHeadDim;
      const void* const from = op.rounded_q ? static_cast<const void*>(op.rounded_q + at) : op.q + at;
      copy_bytes(memory.exact + (token - item.from) * bytes, from, bytes, *memory.item_full);
    }
    ++num_items;
    return item;
  };
  HopperItem next = publish_next();
  while (next.num_keys > 0) {
    const HopperItem item = next;
    const int32_t* const blocks = op.block_table + item.sequence * op.max_blocks;
    const int publishes_at = min(Tile::kStages, item.num_spans) - 1;
    for (int span = 0; span < item.num_spans; ++span, ++num_spans) {
      const int stage = num_spans % Tile::kStages, parity = parity_of_use<Tile>(num_spans) ^ 1;
      // Written keys that nobody sees yet come along: their values are numbers, and need not be replaced by zeros.
      const int count = min(kSpanBlocks, (item.num_keys - span * kSpanKeys + kBlockKeys - 1) / kBlockKeys);
      int heads_of_blocks[kSpanBlocks];
#pragma unroll
      for (int j = 0; j < kSpanBlocks; ++j)
        heads_of_blocks[j] = j < count ? blocks[span * kSpanBlocks + j] * kv_heads + item.kv_head : 0;
      memory.keys_free[stage].wait(parity);
      memory.keys_full[stage].arrive_expecting(count * Tile::kKeyBlockBytes);
#pragma unroll
      for (int j = 0; j < kSpanBlocks; ++j)
        if (j < count)
          copy_tile(memory.keys(num_spans) + j * Tile::kKeyBlockBytes, keys_map, memory.keys_full[stage], 0,
                    heads_of_blocks[j] * Tile::kHeadDim);
      if constexpr (kWithValues) {
        memory.values_free[stage].wait(parity);
        memory.values_full[stage].arrive_expecting(count * Tile::kPanels * Tile::kValueBlockBytes);
#pragma unroll
        for (int j = 0; j < kSpanBlocks; ++j)
          for (int panel = 0; panel < Tile::kPanels; ++panel)
            if (j < count)
              copy_tile(memory.values(num_spans) + (panel * kSpanBlocks + j) * Tile::kValueBlockBytes, values_map,
                        memory.values_full[stage], panel * 64, heads_of_blocks[j] * kBlockKeys);
      }
      if (span == publishes_at) next = publish_next();
    }
  }
}

// What a warpgroup of 64 rows does with the spans of an item.
template <typename Tile>
struct HopperConsumer {
  static constexpr int kPanels = Tile::kPanels;
  using Scores = float[kSpanScores];
  using Weights = uint32_t[kSpanSteps][4];

  const HopperMemory<Tile>& memory;
  int group, thread;  // of the group
  float scale;
  int num_spans = 0;  // of all items before

  __device__ bool is_first() const { return thread == 0; }
  __device__ unsigned char* queries() const { return memory.queries + group * Tile::kGroupBytes; }

  __device__ void wait_for_keys(int n) const { memory.keys_full[n % Tile::kStages].wait(parity_of_use<Tile>(n)); }
  __device__ void wait_for_values(int n) const { memory.values_full[n % Tile::kStages].wait(parity_of_use<Tile>(n)); }
  __device__ void free_keys(int n) const { memory.keys_free[n % Tile::kStages].arrive_if(is_first()); }
  __device__ void free_values(int n) const { memory.values_free[n % Tile::kStages].arrive_if(is_first()); }

  // Rounds the item's queries, if they are not, and puts them where products read them, each warp its own sixteen rows.
  __device__ void round_queries(bool are_rounded) const {
    constexpr int kRowChunks = Tile::kHeadDim / kChunkElements;
    const int warp = thread / kWarpSize, lane = thread % kWarpSize;
#pragma unroll 4
    for (int i = 0; i < 16 * kRowChunks / kWarpSize; ++i) {
      const int index = lane + i * kWarpSize, row = warp * 16 + index / kRowChunks, chunk = index % kRowChunks;
      const int element = (group * Tile::kGroupRows + row) * Tile::kHeadDim + chunk * kChunkElements;
      auto* const to = reinterpret_cast<uint4*>(queries() + chunk / 8 * (Tile::kGroupRows * Tile::kPanelBytes) +
                                                row * Tile::kPanelBytes + (chunk % 8 ^ (row & 7)) * kChunkBytes);
      if (are_rounded) {
        *to = *reinterpret_cast<const uint4*>(memory.exact + element * 2);
        continue;
      }
      const auto* const from = reinterpret_cast<const float4*>(memory.exact + element * 4);
      const float4 low = from[0], high = from[1];
      *to = uint4{pack_bfloat16(low.x, low.y), pack_bfloat16(low.z, low.w), pack_bfloat16(high.x, high.y),
                  pack_bfloat16(high.z, high.w)};
    }
    publish_to_products();
  }

  __device__ void multiply_keys(Scores& scores, int n) const {
    const auto rows = matrix_in_shared(queries(), Swizzle::bytes128, 8 * Tile::kPanelBytes);
    const auto keys = matrix_in_shared(memory.keys(n), Swizzle::bytes64, 8 * kBlockKeys * 2, Tile::kKeyBlockBytes);
#pragma unroll
    for (int step = 0; step < Tile::kHeadDim / 16; ++step)
      GroupProduct<kSpanKeys, false, true>::add(
          scores, advance(rows, step / 4 * (Tile::kGroupRows * Tile::kPanelBytes) + step % 4 * 32),
          advance(keys, step * 16 * kBlockKeys * 2), step > 0);
    commit_products();
  }
  __device__ void multiply_values(float (&out)[Tile::kHeadDim / 2], const Weights& weights, int n) const {
    const auto values =
        matrix_in_shared(memory.values(n), Swizzle::bytes128, 8 * Tile::kPanelBytes, kSpanKeys * Tile::kPanelBytes);
#pragma unroll
    for (int step = 0; step < kSpanSteps; ++step)
      GroupProduct<Tile::kHeadDim, false, true>::add(out, weights[step], advance(values, step * 16 * Tile::kPanelBytes),
                                                     step > 0);
    commit_products();
  }

  // Values behind the written ones may be anything; they are multiplied by 0, which a NaN would survive.
  __device__ void clear_values(int n, int span, int num_keys) const {
    const int first = num_keys - span * kSpanKeys;
    if (first >= kSpanKeys) return;
    constexpr int kRowChunks = Tile::kPanelBytes / kChunkBytes;
    for (int panel = 0; panel < kPanels; ++panel)
      for (int index = first * kRowChunks + thread; index < kSpanKeys * kRowChunks; index += kGroupThreads)
        reinterpret_cast<uint4*>(memory.values(n) + panel * kSpanKeys * Tile::kPanelBytes)[index] = uint4{};
    publish_to_products();
    group_barrier(1 + group, kGroupThreads);
  }
};

// Persistent blocks: a warpgroup that brings items, and warpgroups of 64 rows. Rows of an item are tokens by heads that
// share a key. Without values, for the backward, only log₂ Σ 2^(score · log₂ e) of each row and head is left.
template <typename Tile, bool kWithValues>
__global__ void __launch_bounds__(Tile::kThreads)
    attention_forward_hopper(AttentionForward<bfloat16> op, const __grid_constant__ CUtensorMap keys_map,
                             const __grid_constant__ CUtensorMap values_map, AttentionRows rows, int* counter) {
  constexpr int kStages = Tile::kStages;
  __shared__ CopyBarrier item_full, item_free, keys_full[kStages], keys_free[kStages], values_full[kStages],
      values_free[kStages];
  __shared__ HopperItem shared_item;
  unsigned char* const stages = align_shared(dynamic_shared_memory());
  unsigned char* const queries = stages + kStages * Tile::kStageBytes;
  const HopperMemory<Tile> memory{stages,      queries,     queries + Tile::kConsumers * Tile::kGroupBytes,
                                  &item_full,  &item_free,  keys_full,
                                  keys_free,   values_full, values_free,
                                  &shared_item};
  if (threadIdx.x == 0) {
    item_full.init(1);
    item_free.init(Tile::kConsumers);
    for (int stage = 0; stage < kStages; ++stage) {
      keys_full[stage].init(1);
      values_full[stage].init(1);
      keys_free[stage].init(Tile::kConsumers);
      values_free[stage].init(Tile::kConsumers);
    }
    CopyBarrier::publish();
  }
  __syncthreads();

  // The same for a whole warp, and known to be so.
  const int group = __shfl_sync(kWholeWarp, static_cast<int>(threadIdx.x) / kGroupThreads, 0);
  const int thread = static_cast<int>(threadIdx.x) % kGroupThreads;
  if (group == Tile::kConsumers) {
    give_up_registers<Tile::kProducerRegisters>();
    if (thread == 0) produce_items<Tile, kWithValues>(op, keys_map, values_map, {op, rows, counter}, memory);
    return;
  }
  take_registers<Tile::kConsumerRegisters>();
  const float scale = op.scale * kLog2E;
  HopperConsumer<Tile> consumer{memory, group, thread, scale};
  const int warp = thread / kWarpSize, lane = thread % kWarpSize, g = lane / 4, t = lane % 4;

  for (int num_items = 0, num_spans = 0;; ++num_items) {
    item_full.wait(num_items & 1);
    const HopperItem item = shared_item;
    if (item.num_keys == 0) break;
    consumer.round_queries(op.rounded_q != nullptr);
    group_barrier(1 + group, kGroupThreads);
    item_free.arrive_if(thread == 0);

    // Rows beyond the end are computed like others and not stored. Spans below `open_spans` are seen by all rows, those
    // from `seen_spans` by none.
    const int used_rows = (item.to - item.from) * item.heads, first_row = group * Tile::kGroupRows;
    const int last_row = min(used_rows, first_row + Tile::kGroupRows) - 1;
    const bool has_rows = first_row < used_rows;
    const int open_spans = has_rows ? (item.first_position + first_row / item.heads + 1) / kSpanKeys : 0;
    const int seen_spans = has_rows ? (item.first_position + last_row / item.heads) / kSpanKeys + 1 : 0;
    int rows_of_thread[kThreadRows], last_key[kThreadRows];
#pragma unroll
    for (int n = 0; n < kThreadRows; ++n) {
      rows_of_thread[n] = first_row + 16 * warp + g + 8 * n;
      last_key[n] = item.first_position + rows_of_thread[n] / item.heads;
    }
    const auto hide = [&](float(&scores)[kSpanScores], int span) {
      const int last[kThreadRows] = {last_key[0] - span * kSpanKeys, last_key[1] - span * kSpanKeys};
      hide_keys(scores, last);
    };

    RowSums sums[kThreadRows] = {{-INFINITY, 0}, {-INFINITY, 0}};
    float out[Tile::kHeadDim / 2] = {};
    float scores[kSpanScores];
    [[maybe_unused]] uint32_t weights[kSpanSteps][4];
    [[maybe_unused]] Joined factors[kThreadRows];
    const auto multiply_keys = [&](int span) {
      consumer.wait_for_keys(num_spans + span);
      begin_products();
      consumer.multiply_keys(scores, num_spans + span);
      wait_for_products<0>();
      settle(scores);
      consumer.free_keys(num_spans + span);
    };
    const auto weigh_scores = [&](int span) {
      if (span >= open_spans) hide(scores, span);
      RowSums of_span[kThreadRows];
      weigh_span(scores, scale, of_span, weights);
#pragma unroll
      for (int n = 0; n < kThreadRows; ++n) factors[n] = join(sums[n], of_span[n]);
    };
    const auto multiply_values = [&](int span) {
      consumer.wait_for_values(num_spans + span);
      consumer.clear_values(num_spans + span, span, item.num_keys);
      float of_span[Tile::kHeadDim / 2];
      begin_products();
      consumer.multiply_values(of_span, weights, num_spans + span);
      wait_for_products<0>();
      settle(of_span);
      join(out, of_span, 0, factors);
      consumer.free_values(num_spans + span);
    };

    if constexpr (!kWithValues) {
      for (int span = 0; span < seen_spans; ++span) {
        multiply_keys(span);
        weigh_scores(span);
      }
    } else {
#pragma unroll 1
      for (int span = 0; span < seen_spans; ++span) {
        multiply_keys(span);
        weigh_scores(span);
        multiply_values(span);
      }
    }
    for (int span = seen_spans; span < item.num_spans; ++span) {  // others' alone
      consumer.wait_for_keys(num_spans + span);
      consumer.free_keys(num_spans + span);
      if (!kWithValues) continue;
      consumer.wait_for_values(num_spans + span);
      consumer.free_values(num_spans + span);
    }
    num_spans += item.num_spans;

#pragma unroll
    for (int n = 0; n < kThreadRows; ++n) {
      const int row = rows_of_thread[n];
      if (row >= used_rows) continue;
      const int64_t at = (int64_t{item.from} + row / item.heads) * op.heads + item.first_head + row % item.heads;
      if (op.log_sums && t == 0) op.log_sums[at] = sums[n].maximum + log2f(sums[n].sum);
      if constexpr (kWithValues) {
        const float share = 1 / sums[n].sum;
#pragma unroll
        for (int column = 0; column < Tile::kHeadDim / 8; ++column)
          store_pair(op.out, op.rounded_out, at * Tile::kHeadDim + 8 * column + 2 * t, out[4 * column + 2 * n] * share,
                     out[4 * column + 2 * n + 1] * share);
      }
    }
  }
}

template <typename Tile, bool kWithValues>
void launch_hopper(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  constexpr const char* kName = "attention forward";
  const AttentionRows rows = rows_of_block<Tile>(op.heads / op.kv_heads, false);
  const int64_t tiles = ceil_divide(op.rows, rows.tokens) * op.kv_heads * rows.parts;
  const Scratch<int> counter(1, stream);
  check_cuda(cudaMemsetAsync(counter.data(), 0, sizeof(int), stream), kName);
  constexpr int64_t kAnyRows = INT32_MAX;  // the cache is larger than what is read
  launch_blocks(kName, attention_forward_hopper<Tile, kWithValues>,
                Blocks{min(tiles, int64_t{current_device(kName).multiprocessors}), Tile::kThreads, Tile::kSharedBytes},
                stream, op, tensor_map(kName, op.keys, kAnyRows, kBlockKeys, kBlockKeys, Tile::kHeadDim, kBlockKeys),
                tensor_map(kName, op.values, kAnyRows, Tile::kHeadDim, Tile::kHeadDim, kBlockKeys, 64), rows,
                counter.data());
}

template <typename Tile>
void launch_hopper(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  if (op.out || op.rounded_out) {
    launch_hopper<Tile, true>(op, stream);
  } else {
    launch_hopper<Tile, false>(op, stream);
  }
}

}  // namespace cohort::kernels
