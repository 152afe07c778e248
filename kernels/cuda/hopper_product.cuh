// Products of bfloat16 for many rows on Hopper: a warpgroup fetches tiles by the copy engine, others multiply them, and
// blocks stay for tile after tile, so that the next one's operands travel while a result is written.
#pragma once

#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/gemm.cuh"
#include "kernels/cuda/matrix.cuh"
#include "kernels/cuda/numbers.cuh"
#include "kernels/cuda/tensor_map.cuh"
#include "kernels/cuda/warpgroup.cuh"

namespace cohort::kernels {

/// kGroups warpgroups with 64 rows each, by kColumns columns.
template <int kGroupCount, int kTileColumns, int kRingStages>
struct HopperTile {
  static constexpr int kGroups = kGroupCount, kStages = kRingStages;
  static constexpr int kRows = 64 * kGroups, kColumns = kTileColumns;
  static constexpr int kThreads = kGroupThreads * (kGroups + 1);
  static constexpr int kRowBytes = kSlabDepth * static_cast<int>(sizeof(bfloat16));
  static constexpr int kGroupBytes = 64 * kRowBytes, kStageBytes = (kRows + kColumns) * kRowBytes;
  static constexpr int kPatternBytes = 8 * kRowBytes;  // after which swapped chunks repeat
  static constexpr int kSharedBytes = kStages * kStageBytes + kPatternBytes;
  // Of 65,536 in all; the fetching warpgroup needs few.
  static constexpr int kFetchRegisters = kGroups == 3 ? 32 : 40, kProductRegisters = kGroups == 3 ? 160 : 232;
};

/// Tiles of a result in the order in which blocks take them: some rows of tiles at a time, down and then across, so
/// that blocks that run together share operands.
struct TileOrder {
  int down, across;
  static constexpr int kTogether = 12;

  __host__ __device__ int count() const { return down * across; }
  __device__ void find(int tile, int& row, int& column) const {
    const int first = tile / (kTogether * across) * kTogether, rest = tile % (kTogether * across);
    const int rows = min(kTogether, down - first);
    row = first + rest % rows;
    column = rest / rows;
  }
};

/// Totals go where Result says. With several parts, one for each sum, the p-th goes to result.c[p, i, j] alone.
struct PlainEnd {
  Result<float> result;
  int rows, columns;
  static constexpr int kCopies = 1;  // of b

  template <int kColumns>
  __device__ static int first_of_b(int column, int) {
    return column * kColumns;
  }

  /// Of this thread's row i the elements 2t, 2t + 1 of each eight columns are at `half` of each four totals.
  template <int kColumns>
  __device__ void store(const float (&totals)[kColumns / 2], int i, int half, int column, int part) const {
    const int64_t at = (int64_t{part} * rows + i) * columns;
    const int first = column * kColumns + static_cast<int>(threadIdx.x) % 4 * 2;
    // All is read before the first is written: the compiler has to think that a write may change what is read.
    float2 values[kColumns / 8];
#pragma unroll
    for (int n = 0; n < kColumns / 8; ++n) {
      const int j = first + n * 8;
      float2& value = values[n];
      value = {totals[4 * n + 2 * half], totals[4 * n + 2 * half + 1]};
      if (j >= columns) continue;
      const bool has_both = j + 1 < columns;
      if (result.bias) value.x += result.bias[j], value.y += has_both ? result.bias[j + 1] : 0.0f;
      if (!result.residual) continue;
      if (columns % 2 == 0) {
        const auto residual = *reinterpret_cast<const float2*>(result.residual + at + j);
        value.x += residual.x, value.y += residual.y;
      } else {
        value.x += result.residual[at + j], value.y += has_both ? result.residual[at + j + 1] : 0.0f;
      }
    }
#pragma unroll
    for (int n = 0; n < kColumns / 8; ++n) {
      const int j = first + n * 8;
      if (j >= columns) continue;
      if (columns % 2 == 0) {
        *reinterpret_cast<float2*>(result.c + at + j) = values[n];
      } else {
        result.c[at + j] = values[n].x;
        if (j + 1 < columns) result.c[at + j + 1] = values[n].y;
      }
    }
  }
};

/// b has gates, and `width` rows further on what they let through; a tile has half its columns of either. Only y =
/// silu(gate) · up is left, rounded, and where the backward wants them both factors; columns are even.
struct GatedEnd {
  const float* bias;  // [2 · width] or null
  bfloat16* y;        // [rows, width]
  bfloat16* kept;     // [rows, 2 · width] or null
  int rows, width;
  static constexpr int kCopies = 2;

  template <int kColumns>
  __device__ int first_of_b(int column, int copy) const {
    return column * (kColumns / 2) + copy * width;
  }

  template <int kColumns>
  __device__ void store(const float (&totals)[kColumns / 2], int i, int half, int column, int) const {
    const int first = column * (kColumns / 2) + static_cast<int>(threadIdx.x) % 4 * 2;
#pragma unroll
    for (int n = 0; n < kColumns / 16; ++n) {
      const int j = first + n * 8;
      if (j >= width) continue;
      float gates[2], ups[2], ys[2];
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        gates[m] = totals[4 * n + 2 * half + m];
        ups[m] = totals[4 * n + 2 * half + m + kColumns / 4];
        if (bias) gates[m] += bias[j + m], ups[m] += bias[j + m + width];
        ys[m] = gated(gates[m], ups[m]);
      }
      *reinterpret_cast<uint32_t*>(y + int64_t{i} * width + j) = pack_bfloat16(ys[0], ys[1]);
      if (!kept) continue;
      bfloat16* const to = kept + int64_t{i} * 2 * width + j;
      *reinterpret_cast<uint32_t*>(to) = pack_bfloat16(gates[0], gates[1]);
      *reinterpret_cast<uint32_t*>(to + width) = pack_bfloat16(ups[0], ups[1]);
    }
  }
};

// Σ_k a(i, k) · b(j, k) in the order of multiply_many_rows, handed to `last` tile by tile; with several `parts` sum by
// sum.
template <typename Tile, typename End>
__global__ void __launch_bounds__(Tile::kThreads, 1)
    multiply_hopper(const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap b, TileOrder order,
                    int slabs, int parts, End last) {
  constexpr int kStages = Tile::kStages;
  __shared__ CopyBarrier arrived[kStages], used[kStages];
  unsigned char* const dynamic = dynamic_shared_memory();
  unsigned char* const ring = dynamic + (-shared_address(dynamic) & (Tile::kPatternBytes - 1));
  const int group = static_cast<int>(threadIdx.x) / kGroupThreads,
            thread = static_cast<int>(threadIdx.x) % kGroupThreads;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      arrived[stage].init(1);
      used[stage].init(Tile::kGroups);
    }
    CopyBarrier::publish();
  }
  __syncthreads();
  follow();

  // Calls use(row, column, part, first slab, end) for this block's tiles.
  const auto for_each_tile = [&](auto use) {
    for (int task = static_cast<int>(blockIdx.x); task < order.count() * parts; task += static_cast<int>(gridDim.x)) {
      int row, column;
      order.find(task % order.count(), row, column);
      const int part = task / order.count(), first = part * kSumSlabs;
      use(row, column, part, first, parts == 1 ? slabs : min(slabs, first + kSumSlabs));
    }
  };
  int step = 0;  // of slabs of all tiles
  if (group == Tile::kGroups) {
    give_up_registers<Tile::kFetchRegisters>();
    if (thread != 0) return;
    for_each_tile([&](int row, int column, int, int first, int end) {
      for (int slab = first; slab < end; ++slab, ++step) {
        const int stage = step % kStages;
        used[stage].wait(step / kStages % 2 ^ 1);
        arrived[stage].arrive_expecting(Tile::kStageBytes);
        unsigned char* const to = ring + stage * Tile::kStageBytes;
        copy_tile(to, a, arrived[stage], slab * kSlabDepth, row * Tile::kRows);
#pragma unroll
        for (int copy = 0; copy < End::kCopies; ++copy)
          copy_tile(to + (Tile::kRows + Tile::kColumns / End::kCopies * copy) * Tile::kRowBytes, b, arrived[stage],
                    slab * kSlabDepth, last.template first_of_b<Tile::kColumns>(column, copy));
      }
    });
    return;
  }

  take_registers<Tile::kProductRegisters>();
  for_each_tile([&](int row, int column, int part, int first_slab, int end) {
    float totals[Tile::kColumns / 2] = {}, sums[Tile::kColumns / 2];
    for (int slab = first_slab; slab < end; ++slab, ++step) {
      const int stage = step % kStages;
      arrived[stage].wait(step / kStages % 2);
      const unsigned char* const from = ring + stage * Tile::kStageBytes;
      const uint64_t first = matrix_in_shared(from + group * Tile::kGroupBytes, Swizzle::bytes128, Tile::kPatternBytes);
      const uint64_t second =
          matrix_in_shared(from + Tile::kRows * Tile::kRowBytes, Swizzle::bytes128, Tile::kPatternBytes);
      begin_products();
#pragma unroll
      for (int k = 0; k < kSlabDepth / 16; ++k)
        GroupProduct<Tile::kColumns>::add(sums, advance(first, 32 * k), advance(second, 32 * k),
                                          k > 0 || slab % kSumSlabs != 0);
      commit_products();
      wait_for_products<0>();  // the other warpgroups' keep the tensor cores busy
      settle(sums);
      if (thread == 0) used[stage].arrive();
      if (slab % kSumSlabs == kSumSlabs - 1 || slab == end - 1) {
#pragma unroll
        for (int n = 0; n < Tile::kColumns / 2; ++n) totals[n] += sums[n];
      }
    }

#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int i = row * Tile::kRows + group * 64 + thread / kWarpSize * 16 + thread % kWarpSize / 4 + half * 8;
      if (i < last.rows) last.template store<Tile::kColumns>(totals, i, half, column, part);
    }
  });
}

// One thread per element: what multiply_hopper does with its sums.
static __global__ void __launch_bounds__(kElementThreads)
    add_sums(const float* sums, int parts, int64_t rows, int64_t columns, Result<float> result) {
  follow();
  const int64_t index = element_index(), size = rows * columns;
  if (index >= size) return;
  float total = 0;
  for (int part = 0; part < parts; ++part) total += sums[part * size + index];
  if (result.bias) total += result.bias[index % columns];
  if (result.residual) total += result.residual[index];
  result.c[index] = total;
}

}  // namespace cohort::kernels
