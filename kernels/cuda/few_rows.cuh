// Products of bfloat16 on the tensor cores for few rows, as in decoding: what takes time is to read the weights once. A
// block has few columns, so that there are many blocks; its warps take columns, or sums in turn, each with a ring of
// its own, and nobody waits for others but to add the sums up.
#pragma once

#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/gemm.cuh"
#include "kernels/cuda/matrix.cuh"

namespace cohort::kernels {

/// Up to kRows rows by kColumns columns: kSumWarps of four warps have the same kWarpColumns, but other sums.
template <int kTileRows, int kColumnsOfWarp, int kRingStages, int kSumWarpCount>
struct FewRowsTile {
  static constexpr int kWarps = 4, kThreads = kWarps * kWarpSize;
  static constexpr int kSumWarps = kSumWarpCount, kWarpColumns = kColumnsOfWarp, kStages = kRingStages;
  static constexpr int kRows = kTileRows, kColumns = kWarpColumns * kWarps / kSumWarps;
  using Rows = SlabTile<kRows, true>;
  using Columns = SlabTile<kWarpColumns, true>;
  static constexpr int kStageBytes = Rows::kBytes + Columns::kBytes, kRingBytes = kStages * kStageBytes;
  static constexpr int kPitch = kColumns + 4;  // of sums in shared memory: lanes of a store lie in different banks
  static constexpr int kSumsBytes = kRows * kPitch * static_cast<int>(sizeof(float));
  static constexpr int kSharedBytes = kWarps * kRingBytes + kSumWarps * kSumsBytes;
};

// result[i, j] = Σ_k a(i, k) · b(j, k) + bias[j] + residual[i, j], in the order of multiply_many_rows.
template <typename Tile>
__global__ void __launch_bounds__(Tile::kThreads)
    multiply_few_rows(Side<true> a, Side<true> b, int64_t depth, Result<float> result) {
  using Rows = typename Tile::Rows;
  using Columns = typename Tile::Columns;
  constexpr int kStages = Tile::kStages, kRowPieces = Tile::kRows / 8, kColumnPieces = Tile::kWarpColumns / 16;
  constexpr int kElements = Tile::kRows * Tile::kColumns / Tile::kThreads;  // of the result, a thread
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarpSize, lane = thread % kWarpSize;
  unsigned char* const ring = dynamic_shared_memory() + warp * Tile::kRingBytes;
  float* const all_sums = reinterpret_cast<float*>(dynamic_shared_memory() + Tile::kWarps * Tile::kRingBytes);
  const int64_t first_column = int64_t{blockIdx.x} * Tile::kColumns;
  const int column = warp / Tile::kSumWarps * Tile::kWarpColumns, first_sum_of_warp = warp % Tile::kSumWarps;

  // The n-th slab of this warp: of every kSumWarps-th sum.
  const auto depth_of = [&](int64_t n) {
    return (n / kSumSlabs * Tile::kSumWarps + first_sum_of_warp) * kSumDepth + n % kSumSlabs * kSlabDepth;
  };
  const auto stage_of = [&](int64_t n) { return ring + n % kStages * Tile::kStageBytes; };
  const auto fetch_columns = [&](int64_t n) {
    if (depth_of(n) < depth)
      Columns::template fetch<kWarpSize>(stage_of(n), b, first_column + column, depth_of(n), depth, lane);
  };
  const auto fetch_rows = [&](int64_t n) {
    if (depth_of(n) < depth)
      Rows::template fetch<kWarpSize>(stage_of(n) + Columns::kBytes, a, 0, depth_of(n), depth, lane);
    commit_copies();
  };

  float totals[kElements] = {};
  // Weights may come before the kernel that makes the rows has ended.
  if (b.is_weight)
    for (int64_t n = 0; n < kStages - 1; ++n) fetch_columns(n);
  follow();
  for (int64_t n = 0; n < kStages - 1; ++n) {
    if (!b.is_weight) fetch_columns(n);
    fetch_rows(n);
  }
  const int64_t num_sums = ceil_divide(depth, kSumDepth);
  for (int64_t first_sum = 0; first_sum < num_sums; first_sum += Tile::kSumWarps) {
    float sums[kColumnPieces][kRowPieces][4] = {};
#pragma unroll 1
    for (int slab = 0; slab < kSumSlabs; ++slab) {
      const int64_t n = first_sum / Tile::kSumWarps * kSumSlabs + slab;
      wait_for_copies<kStages - 2>();
      __syncwarp();  // all lanes' copies are there, and all lanes are done with the slab before
      fetch_columns(n + kStages - 1);
      fetch_rows(n + kStages - 1);
      if (depth_of(n) >= depth) continue;
      const unsigned char* const stage = ring + n % kStages * Tile::kStageBytes;
#pragma unroll 2  // more at once spill
      for (int step = 0; step < kSlabDepth / 16; ++step) {
        uint32_t columns[kColumnPieces][4], pieces[(kRowPieces + 1) / 2][4];
#pragma unroll
        for (int c = 0; c < kColumnPieces; ++c) Columns::template load<true>(columns[c], stage, 16 * c, step);
#pragma unroll
        for (int r = 0; r < kRowPieces; r += 2)
          Rows::template load<false>(pieces[r / 2], stage + Columns::kBytes, 8 * r, step);
#pragma unroll
        for (int c = 0; c < kColumnPieces; ++c)
#pragma unroll
          for (int r = 0; r < kRowPieces; ++r)
            multiply_add(sums[c][r], columns[c], pieces[r / 2][r % 2 * 2], pieces[r / 2][r % 2 * 2 + 1]);
      }
    }

    // Sums meet in the order of k.
    float* const own = all_sums + first_sum_of_warp * Tile::kRows * Tile::kPitch + column;
#pragma unroll
    for (int c = 0; c < kColumnPieces; ++c)
#pragma unroll
      for (int r = 0; r < kRowPieces; ++r)
#pragma unroll
        for (int m = 0; m < 4; ++m)
          own[(r * 8 + lane % 4 * 2 + m % 2) * Tile::kPitch + c * 16 + lane / 4 + m / 2 * 8] = sums[c][r][m];
    __syncthreads();
    const int present = static_cast<int>(min(int64_t{Tile::kSumWarps}, num_sums - first_sum));
#pragma unroll
    for (int e = 0; e < kElements; ++e) {
      const int index = thread + e * Tile::kThreads;
      const float* const sum = all_sums + index / Tile::kColumns * Tile::kPitch + index % Tile::kColumns;
      for (int w = 0; w < present; ++w) totals[e] += sum[w * Tile::kRows * Tile::kPitch];
    }
    __syncthreads();  // the next sums are written there
  }

#pragma unroll
  for (int e = 0; e < kElements; ++e) {
    const int index = thread + e * Tile::kThreads;
    const int64_t i = index / Tile::kColumns, j = first_column + index % Tile::kColumns;
    if (i >= a.size || j >= b.size) continue;
    float sum = totals[e];
    if (result.bias) sum += result.bias[j];
    if (result.residual) sum += result.residual[i * b.size + j];
    result.c[i * b.size + j] = sum;
  }
}

}  // namespace cohort::kernels
