// dk = scale · Σ dscore · query and dv = Σ p · dout on Hopper: two warpgroups with 64 keys each, and a thread that
// brings them the queries that see them.
#pragma once

#include "kernels/cuda/hopper_gradient_plan.cuh"
#include "kernels/cuda/warpgroup.cuh"

namespace cohort::kernels {

template <int kDim, int kRingStages>
struct KeyGradients {
  static constexpr int kHeadDim = kDim, kGroups = 2, kStages = kRingStages;
  static constexpr int kThreads = (kGroups + 1) * kGroupThreads;
  // Of the 168 that a thread of such a block is given. What the sums leave is too little for the one who copies.
  static constexpr int kConsumerRegisters = kDim > 64 ? 240 : 232, kProducerRegisters = kDim > 64 ? 24 : 40;
  static constexpr int kKeys = 64 * kGroups, kBlocks = kKeys / 32, kBoxes = kDim / 64;
  static constexpr int kBlockBytes = kDim * 64;  // of a cache block's keys, or values, of one head
  static constexpr int kKeyBytes = kBlocks * kBlockBytes;
  static constexpr int kBoxBytes = kTileRows * 128;
  static constexpr int kRowsBytes = kBoxes * kBoxBytes;  // of a tile of queries
  // Probabilities for dscore are those that dv meets, for want of registers.
  static constexpr bool kTakesRounded = kDim > 64;
  static constexpr int kStageBytes = 2 * kRowsBytes, kStatsBytes = kTileRows * static_cast<int>(sizeof(RowStats));

  // What the producer tells of a tile of keys, and of one of queries.
  struct Item {
    int64_t first_row;              // of the sequence's keys among the rows of dk and dv
    int32_t first_key, begin, end;  // positions: of the tile, of the sequence's own keys
    int32_t kv_head, steps, part, parts;
    int64_t first_part;  // of these keys, among all parts
  };
  struct Shared {
    Item items[2];
    int32_t first_query[kStages];  // position
    int32_t arrived[kGroups];
    CopyBarrier keys_arrive, keys_leave, rows_arrive[kStages], rows_leave[kStages];
  };
  static constexpr int kStatsAt = 2 * kKeyBytes + kStages * kStageBytes;
  static constexpr int kSharedAt = kStatsAt + kStages * kStatsBytes;
  static constexpr int kSharedBytes = kSharedAt + static_cast<int>(sizeof(Shared)) + 1024;
};

// Copies the tiles that consumers ask for; one thread.
template <typename Tile>
__device__ void bring_key_tiles(const AttentionBackward<bfloat16>& op, const GradientPlan& plan,
                                const CUtensorMap& map_q, const CUtensorMap& map_dout, const CUtensorMap& map_keys,
                                const CUtensorMap& map_values, unsigned char* base, typename Tile::Shared& shared) {
  constexpr int kDim = Tile::kHeadDim;
  const int kv_heads = static_cast<int>(op.kv_heads), group = static_cast<int>(op.heads / op.kv_heads);
  const int units = plan.counts->key_tiles * kv_heads;
  int next = atomicAdd(&plan.counts->next_key_tile, 1), stage = 0, phase = 0;
  for (int n = 0;; ++n) {
    const int unit = next;
    auto& item = shared.items[n % 2];
    shared.keys_leave.wait(n % 2 ^ 1);
    if (unit >= units) {
      item.steps = -1;
      shared.keys_arrive.arrive();
      return;
    }
    next = atomicAdd(&plan.counts->next_key_tile, 1);
    const KeyTile tile = plan.key_tiles[unit / kv_heads];
    const int kv_head = unit % kv_heads;
    const TiledSequence shape(op, tile.sequence);
    const int32_t* const blocks = op.block_table + tile.sequence * op.max_blocks + tile.first_key / 32;
    const int num_blocks = min(Tile::kBlocks, (shape.end() - tile.first_key + 31) / 32);
    const int begin = static_cast<int>(int64_t{tile.steps} * tile.part / tile.parts),
              end = static_cast<int>(int64_t{tile.steps} * (tile.part + 1) / tile.parts);
    item = {shape.first_row, tile.first_key, shape.first_position,
            shape.end(),     kv_head,        end - begin,
            tile.part,       tile.parts,     int64_t{tile.first_part} * kv_heads + int64_t{kv_head} * tile.parts};
    shared.keys_arrive.arrive_expecting(num_blocks * 2 * Tile::kBlockBytes);
    for (int b = 0; b < num_blocks; ++b) {
      const int at = blocks[b] * kv_heads + kv_head;
      copy_tile(base + b * Tile::kBlockBytes, map_keys, shared.keys_arrive, 0, at * kDim);
      for (int box = 0; box < Tile::kBoxes; ++box)
        copy_tile(base + Tile::kKeyBytes + box * Tile::kKeys * 128 + b * 32 * 128, map_values, shared.keys_arrive,
                  64 * box, at * 32);
    }

    // Steps: heads, and for each the sequence's own queries and then those of the family's others.
    const int32_t own_first = shape.first_tile(tile.first_key), own = shape.row_tiles() - own_first;
    const int of_head = tile.steps / group;
    int head = kv_head * group + begin / of_head, left = begin % of_head;
    int64_t s = tile.sequence;
    TiledSequence at = shape;
    int32_t row_tile = own_first, row_tiles = own_first + own;
    const auto go_on = [&] {  // to the next sequence of the family that has queries
      do at = TiledSequence(op, ++s);
      while (at.tokens == 0);
      row_tile = 0;
      row_tiles = at.row_tiles();
    };
    while (left >= row_tiles - row_tile) {
      left -= row_tiles - row_tile;
      go_on();
    }
    row_tile += left;
    int step_of_head = begin % of_head;
    for (int step = begin; step < end; ++step) {
      const int64_t row = at.first_row + row_tile * kTileRows;
      unsigned char* const rows = base + 2 * Tile::kKeyBytes + stage * Tile::kStageBytes;
      CopyBarrier& arrive = shared.rows_arrive[stage];
      shared.rows_leave[stage].wait(phase ^ 1);
      shared.first_query[stage] = at.first_position + row_tile * kTileRows;
      arrive.arrive_expecting(Tile::kStageBytes + Tile::kStatsBytes);
      for (int box = 0; box < Tile::kBoxes; ++box) {
        copy_tile(rows + box * Tile::kBoxBytes, map_q, arrive, head * kDim + 64 * box, static_cast<int>(row));
        copy_tile(rows + Tile::kRowsBytes + box * Tile::kBoxBytes, map_dout, arrive, head * kDim + 64 * box,
                  static_cast<int>(row));
      }
      copy_bytes(base + Tile::kStatsAt + stage * Tile::kStatsBytes,
                 plan.stats + head * plan.padded_rows + padded_row(s, at.first_row) + row_tile * kTileRows,
                 Tile::kStatsBytes, arrive);
      if (++stage == Tile::kStages) stage = 0, phase ^= 1;
      if (step + 1 == end) break;
      if (++step_of_head == of_head) {
        step_of_head = 0;
        ++head;
        s = tile.sequence;
        at = shape;
        row_tile = own_first;
        row_tiles = own_first + own;
      } else if (++row_tile == row_tiles) {
        go_on();
      }
    }
  }
}

// Leaves a warpgroup's sums in memory. True, with those of all parts summed in their order, for the last to arrive.
template <typename Tile>
__device__ bool gather_parts(const GradientPlan& plan, const typename Tile::Item& item, int32_t& arrived, int warpgroup,
                             float (&dk)[Tile::kHeadDim / 2], float (&dv)[Tile::kHeadDim / 2]) {
  constexpr int kFours = Tile::kHeadDim / 8;  // of dk, and of dv
  const int thread = static_cast<int>(threadIdx.x) % kGroupThreads;
  const auto part_at = [&](int part) {
    return reinterpret_cast<float4*>(plan.parts) +
           ((item.first_part + part) * Tile::kGroups + warpgroup) * 2 * kFours * kGroupThreads + thread;
  };
  float4* const mine = part_at(item.part);
#pragma unroll
  for (int i = 0; i < kFours; ++i) {
    mine[i * kGroupThreads] = {dk[4 * i], dk[4 * i + 1], dk[4 * i + 2], dk[4 * i + 3]};
    mine[(kFours + i) * kGroupThreads] = {dv[4 * i], dv[4 * i + 1], dv[4 * i + 2], dv[4 * i + 3]};
  }
  __threadfence();
  group_barrier(1 + warpgroup, kGroupThreads);
  if (thread == 0) arrived = atomicAdd(plan.arrivals + item.first_part * Tile::kGroups + warpgroup, 1);
  group_barrier(1 + warpgroup, kGroupThreads);
  if (arrived + 1 < item.parts) return false;
  __threadfence();
#pragma unroll
  for (int i = 0; i < 4 * kFours; ++i) dk[i] = dv[i] = 0;
#pragma unroll 1
  for (int part = 0; part < item.parts; ++part) {
    const float4* const from = part_at(part);
#pragma unroll
    for (int i = 0; i < kFours; ++i) {
      const float4 of_dk = __ldcg(from + i * kGroupThreads), of_dv = __ldcg(from + (kFours + i) * kGroupThreads);
      dk[4 * i] += of_dk.x, dk[4 * i + 1] += of_dk.y, dk[4 * i + 2] += of_dk.z, dk[4 * i + 3] += of_dk.w;
      dv[4 * i] += of_dv.x, dv[4 * i + 1] += of_dv.y, dv[4 * i + 2] += of_dv.z, dv[4 * i + 3] += of_dv.w;
    }
  }
  return true;
}

template <typename Tile>
__global__ void __launch_bounds__(Tile::kThreads, 1)
    attention_gradient_keys_hopper(AttentionBackward<bfloat16> op, GradientPlan plan,
                                   const __grid_constant__ CUtensorMap map_q,
                                   const __grid_constant__ CUtensorMap map_dout,
                                   const __grid_constant__ CUtensorMap map_keys,
                                   const __grid_constant__ CUtensorMap map_values) {
  constexpr int kDim = Tile::kHeadDim, kSteps = kDim / 16, kStages = Tile::kStages;
  unsigned char* const base = align_shared(dynamic_shared_memory());
  auto& shared = *reinterpret_cast<typename Tile::Shared*>(base + Tile::kSharedAt);
  const int thread = static_cast<int>(threadIdx.x);
  if (thread == 0) {
    constexpr int kWarps = Tile::kGroups * kGroupThreads / kWarpSize;
    shared.keys_arrive.init(1);
    shared.keys_leave.init(kWarps);
    for (int i = 0; i < kStages; ++i) {
      shared.rows_arrive[i].init(1);
      shared.rows_leave[i].init(kWarps);
    }
    CopyBarrier::publish();
  }
  __syncthreads();
  if (thread >= Tile::kGroups * kGroupThreads) {
    give_up_registers<Tile::kProducerRegisters>();
    if (thread == Tile::kGroups * kGroupThreads)
      bring_key_tiles<Tile>(op, plan, map_q, map_dout, map_keys, map_values, base, shared);
    return;
  }
  take_registers<Tile::kConsumerRegisters>();
  const int warpgroup = thread / kGroupThreads, warp = thread / kWarpSize % 4, lane = thread % kWarpSize;
  const int g = lane / 4, t = lane % 4;
  const float scale = op.scale * 1.4426950408889634f;
  const auto keys =
      matrix_in_shared(base + warpgroup * 2 * Tile::kBlockBytes, Swizzle::bytes64, 512, Tile::kBlockBytes);
  const auto values = matrix_in_shared(base + Tile::kKeyBytes + warpgroup * 64 * 128, Swizzle::bytes128, 1024);
  const auto leave = [&](CopyBarrier& barrier) {
    __syncwarp();
    if (lane == 0) barrier.arrive();
  };

  float dk[kDim / 2], dv[kDim / 2];
  int stage = 0, phase = 0;
  for (int n = 0;; ++n) {
    shared.keys_arrive.wait(n % 2);
    const int steps = shared.items[n % 2].steps;
    if (steps < 0) break;
    const int first_key = shared.items[n % 2].first_key + 64 * warpgroup + 16 * warp + g;  // this thread's, and + 8
    const int last_key = shared.items[n % 2].first_key + 64 * warpgroup + 63;
    int before = 0;
#pragma unroll 1
    for (int step = 0; step < steps; ++step) {
      const unsigned char* const rows = base + 2 * Tile::kKeyBytes + stage * Tile::kStageBytes;
      // As second factors: rows along k, and transposed.
      const auto q = matrix_in_shared(rows, Swizzle::bytes128, 1024, Tile::kBoxBytes);
      const auto dout = advance(q, Tile::kRowsBytes);
      float scores[32], products[32];  // [64 keys, 64 queries]
      shared.rows_arrive[stage].wait(phase);
      begin_products();
#pragma unroll
      for (int k = 0; k < kSteps; ++k)
        GroupProduct<64, true, false>::add(scores, advance(keys, k * 1024),
                                           advance(q, k / 4 * Tile::kBoxBytes + k % 4 * 32), k > 0);
      commit_products();
#pragma unroll
      for (int k = 0; k < kSteps; ++k)
        GroupProduct<64, false, false>::add(products, advance(values, k / 4 * Tile::kKeys * 128 + k % 4 * 32),
                                            advance(dout, k / 4 * Tile::kBoxBytes + k % 4 * 32), k > 0);
      commit_products();
      wait_for_products<1>();
      settle(scores);
      if (step > 0) leave(shared.rows_leave[before]);

      const int first_query = shared.first_query[stage] + 2 * t;
      const auto* const stats = reinterpret_cast<const float4*>(base + Tile::kStatsAt + stage * Tile::kStatsBytes) + t;
      if (shared.first_query[stage] < last_key) {
#pragma unroll
        for (int i = 0; i < 32; ++i)
          if (first_query + i / 4 * 8 + i % 2 < first_key + i / 2 % 2 * 8) scores[i] = -INFINITY;
      }
      uint32_t weights[4][4], dscores[4][4];
#pragma unroll
      for (int j = 0; j < 8; ++j) {
        const float4 pair = stats[4 * j];  // log sums and expected of two queries
#pragma unroll
        for (int m = 0; m < 2; ++m) {
          scores[4 * j + 2 * m] = power_of_two(fma(scores[4 * j + 2 * m], scale, -pair.x));
          scores[4 * j + 2 * m + 1] = power_of_two(fma(scores[4 * j + 2 * m + 1], scale, -pair.z));
          weights[j / 2][j % 2 * 2 + m] = pack_bfloat16(scores[4 * j + 2 * m], scores[4 * j + 2 * m + 1]);
        }
      }
      begin_products();
#pragma unroll
      for (int k = 0; k < 4; ++k)
        GroupProduct<kDim, false, true>::add(dv, weights[k], advance(dout, k * 2048), step > 0 || k > 0);
      commit_products();
      wait_for_products<1>();
      settle(products);
#pragma unroll
      for (int j = 0; j < 8; ++j) {
        const float4 pair = stats[4 * j];
#pragma unroll
        for (int m = 0; m < 2; ++m) {
          float low = scores[4 * j + 2 * m], high = scores[4 * j + 2 * m + 1];
          if constexpr (Tile::kTakesRounded) {
            low = __uint_as_float(weights[j / 2][j % 2 * 2 + m] << 16);
            high = __uint_as_float(weights[j / 2][j % 2 * 2 + m] & 0xffff0000u);
          }
          dscores[j / 2][j % 2 * 2 + m] =
              pack_bfloat16(low * (products[4 * j + 2 * m] - pair.y), high * (products[4 * j + 2 * m + 1] - pair.w));
        }
      }
      begin_products();
#pragma unroll
      for (int k = 0; k < 4; ++k)
        GroupProduct<kDim, false, true>::add(dk, dscores[k], advance(q, k * 2048), step > 0 || k > 0);
      commit_products();
      if constexpr (Tile::kTakesRounded) wait_for_products<1>();  // the registers of dv's weights are needed
      before = stage;
      if (++stage == kStages) stage = 0, phase ^= 1;
    }
    wait_for_products<0>();
    settle(dk);
    settle(dv);
    leave(shared.rows_leave[before]);

    const typename Tile::Item item = shared.items[n % 2];
    leave(shared.keys_leave);
    if (item.parts > 1 && !gather_parts<Tile>(plan, item, shared.arrived[warpgroup], warpgroup, dk, dv)) continue;
#pragma unroll
    for (int m = 0; m < 2; ++m) {
      const int key = first_key + 8 * m;
      if (key < item.begin || key >= item.end) continue;
      const int64_t at = ((item.first_row + key - item.begin) * op.kv_heads + item.kv_head) * op.head_dim + 2 * t;
#pragma unroll
      for (int j = 0; j < kDim / 8; ++j) {
        auto* const to_dk = reinterpret_cast<float2*>(op.dk + at + 8 * j);
        auto* const to_dv = reinterpret_cast<float2*>(op.dv + at + 8 * j);
        *to_dk = {dk[4 * j + 2 * m] * op.scale, dk[4 * j + 2 * m + 1] * op.scale};
        *to_dv = {dv[4 * j + 2 * m], dv[4 * j + 2 * m + 1]};
      }
    }
  }
}

}  // namespace cohort::kernels
