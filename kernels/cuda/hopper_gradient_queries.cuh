// dq = scale · Σ_keys dscore · key on Hopper, dscore = p · (dout · value − expected). Warpgroups take 64 queries each
// of one head, and share the keys that a thread brings them. Probabilities are kept relative to a running maximum and
// divided by their sum at the end, so that nobody has to know the sum before; it is left for the gradients of keys.
#pragma once

#include <type_traits>

#include "kernels/cuda/hopper_gradient_plan.cuh"
#include "kernels/cuda/warpgroup.cuh"

namespace cohort::kernels {

/// Where the warpgroups of a block differ: in the head if heads that share a key are even in number, else in the rows.
struct QueryGroups {
  int32_t heads, tiles, units;  // of a block; units of a tile and key-value head
};

template <int kDim, int kRingStages>
struct QueryGradients {
  static constexpr int kHeadDim = kDim, kGroups = 2, kStages = kRingStages, kKeys = 64;
  static constexpr int kThreads = (kGroups + 1) * kGroupThreads;
  static constexpr int kConsumerRegisters = 232, kProducerRegisters = 40;
  static constexpr int kBlocks = kKeys / 32, kBoxes = kDim / 64;
  static constexpr int kBlockBytes = kDim * 64, kKeyBytes = kBlocks * kBlockBytes, kStageBytes = 2 * kKeyBytes;
  static constexpr int kBoxBytes = kTileRows * 128, kRowsBytes = kBoxes * kBoxBytes;
  static constexpr int kRingAt = kGroups * 2 * kRowsBytes;

  struct Item {
    int64_t first_row, stats_row;                     // among all rows, and in the padded stats
    int32_t rows, first_query, first_head, end_head;  // rows from there to the sequence's end; its position
    int32_t keys, chunks;                             // of the sequence, and those of them that are looked at
  };
  struct Shared {
    Item items[2];
    CopyBarrier rows_arrive, rows_leave, keys_arrive[kStages], keys_leave[kStages];
  };
  static constexpr int kSharedAt = kRingAt + kStages * kStageBytes;
  static constexpr int kSharedBytes = kSharedAt + static_cast<int>(sizeof(Shared)) + 1024;
};

// Copies the tiles that consumers ask for; one thread.
template <typename Tile>
__device__ void bring_query_tiles(const AttentionBackward<bfloat16>& op, const GradientPlan& plan,
                                  const QueryGroups& groups, const CUtensorMap& map_q, const CUtensorMap& map_dout,
                                  const CUtensorMap& map_keys, const CUtensorMap& map_values, unsigned char* base,
                                  typename Tile::Shared& shared) {
  constexpr int kDim = Tile::kHeadDim;
  const int kv_heads = static_cast<int>(op.kv_heads), group = static_cast<int>(op.heads / op.kv_heads);
  const int across = kv_heads * groups.units, units = plan.counts->query_tiles * across;
  int next = atomicAdd(&plan.counts->next_query_tile, 1), stage = 0, phase = 0;
  for (int n = 0;; ++n) {
    const int unit = next;
    auto& item = shared.items[n % 2];
    shared.rows_leave.wait(n % 2 ^ 1);
    if (unit >= units) {
      item.chunks = -1;
      shared.rows_arrive.arrive();
      return;
    }
    next = atomicAdd(&plan.counts->next_query_tile, 1);
    const QueryTile tile = plan.query_tiles[unit / across];
    const int kv_head = unit % across / groups.units;
    const int first_head = kv_head * group + unit % groups.units * groups.heads;
    const TiledSequence shape(op, tile.sequence);
    const int rows = shape.tokens - tile.first_row;
    const int visible = shape.first_position + tile.first_row + min(rows, groups.tiles * kTileRows);
    const int chunks = (visible + Tile::kKeys - 1) / Tile::kKeys;
    item = {int64_t{shape.first_row} + tile.first_row,
            padded_row(tile.sequence, shape.first_row) + tile.first_row,
            rows,
            shape.first_position + tile.first_row,
            first_head,
            (kv_head + 1) * group,
            shape.end(),
            chunks};
    int active = 0;
    for (int w = 0; w < Tile::kGroups; ++w)
      active += first_head + w % groups.heads < item.end_head && w / groups.heads * kTileRows < rows;
    shared.rows_arrive.arrive_expecting(active * 2 * Tile::kRowsBytes);
    for (int w = 0; w < Tile::kGroups; ++w) {
      const int head = first_head + w % groups.heads, row = w / groups.heads * kTileRows;
      if (head >= item.end_head || row >= rows) continue;
      for (int box = 0; box < Tile::kBoxes; ++box) {
        unsigned char* const to = base + w * 2 * Tile::kRowsBytes + box * Tile::kBoxBytes;
        const int x = head * kDim + 64 * box, y = shape.first_row + tile.first_row + row;
        copy_tile(to, map_q, shared.rows_arrive, x, y);
        copy_tile(to + Tile::kRowsBytes, map_dout, shared.rows_arrive, x, y);
      }
    }
    const int32_t* const blocks = op.block_table + tile.sequence * op.max_blocks;
    for (int chunk = 0; chunk < chunks; ++chunk) {
      unsigned char* const keys = base + Tile::kRingAt + stage * Tile::kStageBytes;
      CopyBarrier& arrive = shared.keys_arrive[stage];
      const int first = chunk * Tile::kBlocks, count = min(Tile::kBlocks, (shape.end() + 31) / 32 - first);
      shared.keys_leave[stage].wait(phase ^ 1);
      arrive.arrive_expecting(count * 2 * Tile::kBlockBytes);
      for (int b = 0; b < count; ++b) {
        const int at = blocks[first + b] * kv_heads + kv_head;
        copy_tile(keys + b * Tile::kBlockBytes, map_keys, arrive, 0, at * kDim);
        for (int box = 0; box < Tile::kBoxes; ++box)
          copy_tile(keys + Tile::kKeyBytes + box * Tile::kKeys * 128 + b * 32 * 128, map_values, arrive, 64 * box,
                    at * 32);
      }
      if (++stage == Tile::kStages) stage = 0, phase ^= 1;
    }
  }
}

// Zeros instead of keys and values that nobody has written, from the `count`th of a chunk on; a warpgroup. They are
// multiplied by 0, which a NaN would survive.
template <typename Tile>
__device__ void clear_keys(unsigned char* keys, int count, int thread) {
  for (int i = thread; i < Tile::kBlocks * Tile::kHeadDim; i += kGroupThreads) {
    const int block = i / Tile::kHeadDim, element = i % Tile::kHeadDim;
    auto* const row = reinterpret_cast<bfloat16*>(keys + block * Tile::kBlockBytes + element * 64);
    for (int key = max(0, count - 32 * block); key < 32; ++key)
      row[(key / 8 ^ (element / 2 & 3)) * 8 + key % 8] = bfloat16{};
  }
  constexpr int kRowChunks = 128 / 16;
  for (int box = 0; box < Tile::kBoxes; ++box)
    for (int i = count * kRowChunks + thread; i < Tile::kKeys * kRowChunks; i += kGroupThreads)
      reinterpret_cast<float4*>(keys + Tile::kKeyBytes + box * Tile::kKeys * 128)[i] = {};
}

template <typename Tile>
__global__ void __launch_bounds__(Tile::kThreads, 1)
    attention_gradient_queries_hopper(AttentionBackward<bfloat16> op, GradientPlan plan, QueryGroups groups,
                                      const __grid_constant__ CUtensorMap map_q,
                                      const __grid_constant__ CUtensorMap map_dout,
                                      const __grid_constant__ CUtensorMap map_keys,
                                      const __grid_constant__ CUtensorMap map_values) {
  constexpr int kDim = Tile::kHeadDim, kSteps = kDim / 16, kStages = Tile::kStages, kKeys = Tile::kKeys;
  unsigned char* const base = align_shared(dynamic_shared_memory());
  auto& shared = *reinterpret_cast<typename Tile::Shared*>(base + Tile::kSharedAt);
  const int thread = static_cast<int>(threadIdx.x);
  if (thread == 0) {
    constexpr int kWarps = Tile::kGroups * kGroupThreads / kWarpSize;
    shared.rows_arrive.init(1);
    shared.rows_leave.init(kWarps);
    for (int i = 0; i < kStages; ++i) {
      shared.keys_arrive[i].init(1);
      shared.keys_leave[i].init(kWarps);
    }
    CopyBarrier::publish();
  }
  __syncthreads();
  if (thread >= Tile::kGroups * kGroupThreads) {
    give_up_registers<Tile::kProducerRegisters>();
    if (thread == Tile::kGroups * kGroupThreads)
      bring_query_tiles<Tile>(op, plan, groups, map_q, map_dout, map_keys, map_values, base, shared);
    return;
  }
  take_registers<Tile::kConsumerRegisters>();
  const int warpgroup = thread / kGroupThreads, warp = thread / kWarpSize % 4, lane = thread % kWarpSize;
  const int g = lane / 4, t = lane % 4;
  const float scale = op.scale * 1.4426950408889634f;
  const auto q = matrix_in_shared(base + warpgroup * 2 * Tile::kRowsBytes, Swizzle::bytes128, 1024);
  const auto dout = advance(q, Tile::kRowsBytes);
  const auto leave = [&](CopyBarrier& barrier) {
    __syncwarp();
    if (lane == 0) barrier.arrive();
  };

  float dq[kDim / 2];
  int stage = 0, phase = 0;
  for (int n = 0;; ++n) {
    shared.rows_arrive.wait(n % 2);
    const typename Tile::Item item = shared.items[n % 2];
    if (item.chunks < 0) break;
    const int head = item.first_head + warpgroup % groups.heads, tile_row = warpgroup / groups.heads * kTileRows;
    const bool is_idle = head >= item.end_head || tile_row >= item.rows;
    if (is_idle) {
      for (int chunk = 0; chunk < item.chunks; ++chunk) {
        shared.keys_arrive[stage].wait(phase);
        leave(shared.keys_leave[stage]);
        if (++stage == kStages) stage = 0, phase ^= 1;
      }
      leave(shared.rows_leave);
      continue;
    }
    const int row = tile_row + 16 * warp + g;  // of the item: this thread's, and + 8
    RowStats* const stats = plan.stats + head * plan.padded_rows + item.stats_row + row;
    const float expected[2] = {stats[0].expected, row + 8 < item.rows ? stats[8].expected : 0.0f};
    const int query = item.first_query + row;
    const float log_sums[2] = {stats[0].log_sum, row + 8 < item.rows ? stats[8].log_sum : INFINITY};

    int before = 0;
    using Scores = float[Tile::kKeys / 2];  // [64 queries, keys]
    Scores even, odd, products;
    const auto tile_at = [&](int of_stage) { return base + Tile::kRingAt + of_stage * Tile::kStageBytes; };
    const auto keys_at = [&](int of_stage) {
      return matrix_in_shared(tile_at(of_stage), Swizzle::bytes64, 512, Tile::kBlockBytes);
    };
    const auto arrive = [&](int chunk, int of_stage, int of_phase) {
      shared.keys_arrive[of_stage].wait(of_phase);
      if ((chunk + 1) * kKeys > item.keys) {
        clear_keys<Tile>(tile_at(of_stage), item.keys - chunk * kKeys, thread % kGroupThreads);
        publish_to_products();
        group_barrier(1 + warpgroup, kGroupThreads);
      }
    };
    const auto add_scores = [&](Scores& scores, auto keys) {
      begin_products();
#pragma unroll
      for (int k = 0; k < kSteps; ++k)
        GroupProduct<kKeys, false, true>::add(scores, advance(q, k / 4 * Tile::kBoxBytes + k % 4 * 32),
                                              advance(keys, k * 1024), k > 0);
      commit_products();
    };
    const auto add_products = [&](int of_stage) {
      const auto values = matrix_in_shared(tile_at(of_stage) + Tile::kKeyBytes, Swizzle::bytes128, 1024);
      begin_products();
#pragma unroll
      for (int k = 0; k < kSteps; ++k)
        GroupProduct<kKeys, false, false>::add(products, advance(dout, k / 4 * Tile::kBoxBytes + k % 4 * 32),
                                               advance(values, k / 4 * kKeys * 128 + k % 4 * 32), k > 0);
      commit_products();
    };
    const auto take = [&](Scores& scores, Scores& next, int chunk, auto is_last) {
      constexpr bool kIsLast = decltype(is_last)::value;
      const auto keys = keys_at(stage);
      int next_stage = stage + 1, next_phase = phase;
      if (next_stage == kStages) next_stage = 0, next_phase ^= 1;
      if constexpr (!kIsLast) {
        arrive(chunk + 1, next_stage, next_phase);
        add_scores(next, keys_at(next_stage));
      }
      wait_for_products<kIsLast ? 2 : 3>();  // behind the scores: dq of the keys before, products, the next scores
      settle(scores);
      if ((chunk + 1) * kKeys > query + 1 - (16 * warp + g)) {  // the same for the warpgroup: a query is before a key
        const int first = chunk * kKeys + 2 * t;
#pragma unroll
        for (int i = 0; i < kKeys / 2; ++i)
          if (first + i / 4 * 8 + i % 2 > query + i / 2 % 2 * 8) scores[i] = -INFINITY;
      }
#pragma unroll
      for (int i = 0; i < kKeys / 2; ++i) scores[i] = power_of_two(fma(scores[i], scale, -log_sums[i / 2 % 2]));
      wait_for_products<kIsLast ? 0 : 1>();
      settle(products);
      if (chunk > 0) leave(shared.keys_leave[before]);
      uint32_t dscores[kKeys / 16][4];
#pragma unroll
      for (int j = 0; j < kKeys / 8; ++j)
#pragma unroll
        for (int m = 0; m < 2; ++m)
          dscores[j / 2][j % 2 * 2 + m] =
              pack_bfloat16(scores[4 * j + 2 * m] * (products[4 * j + 2 * m] - expected[m]),
                            scores[4 * j + 2 * m + 1] * (products[4 * j + 2 * m + 1] - expected[m]));
      begin_products();
#pragma unroll
      for (int k = 0; k < kKeys / 16; ++k)
        GroupProduct<kDim, false, false>::add(dq, dscores[k], advance(keys, k / 2 * Tile::kBlockBytes + k % 2 * 32),
                                              chunk > 0 || k > 0);
      commit_products();
      if constexpr (!kIsLast) add_products(next_stage);
      before = stage;
      stage = next_stage;
      phase = next_phase;
    };
    arrive(0, stage, phase);
    add_scores(even, keys_at(stage));
    commit_products();  // in the place of dq's
    add_products(stage);
    int chunk = 0;
#pragma unroll 1
    for (; chunk + 2 < item.chunks; chunk += 2) {
      take(even, odd, chunk, std::false_type());
      take(odd, even, chunk + 1, std::false_type());
    }
    if (chunk + 2 == item.chunks) {
      take(even, odd, chunk, std::false_type());
      take(odd, even, chunk + 1, std::true_type());
    } else {
      take(even, odd, chunk, std::true_type());
    }
    leave(shared.rows_leave);
    wait_for_products<0>();
    settle(dq);
    leave(shared.keys_leave[before]);

#pragma unroll
    for (int m = 0; m < 2; ++m) {
      const bool is_inside = row + 8 * m < item.rows;
      if (t == 0 && !is_inside) stats[8 * m] = {INFINITY, 0};
      if (!is_inside) continue;
      float* const to = op.dq + ((item.first_row + row + 8 * m) * op.heads + head) * op.head_dim + 2 * t;
#pragma unroll
      for (int j = 0; j < kDim / 8; ++j)
        *reinterpret_cast<float2*>(to + 8 * j) = {dq[4 * j + 2 * m] * op.scale, dq[4 * j + 2 * m + 1] * op.scale};
    }
  }
}

}  // namespace cohort::kernels
