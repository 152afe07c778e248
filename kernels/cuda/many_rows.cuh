// Products of bfloat16 on the tensor cores for many rows: tiles of the result, slabs of k in a ring in shared memory.
#pragma once

#include "kernels/cuda/gemm.cuh"
#include "kernels/cuda/matrix.cuh"

namespace cohort::kernels {

/// What a block computes: kRows of a by kColumns of b, warps in a grid of kWarpsDown by kWarpsAcross.
template <int kTileRows, int kTileColumns, int kDown, int kAcross, int kRingStages>
struct ManyRowsTile {
  static constexpr int kRows = kTileRows, kColumns = kTileColumns;
  static constexpr int kWarpsDown = kDown, kStages = kRingStages;
  static constexpr int kWarpRows = kRows / kDown, kWarpColumns = kColumns / kAcross;
  static constexpr int kThreads = kDown * kAcross * kWarpSize;
  template <bool kAByDepth, bool kBByDepth>
  static constexpr int kSharedBytes = kStages*(SlabTile<kRows, kAByDepth>::kBytes +
                                               SlabTile<kColumns, kBByDepth>::kBytes);
};

/// One tile of result[i, j] = Σ_k a(i, k) · b(j, k) + bias[j] + residual[i, j], all threads of a block. Columns are the
/// first factor of the instruction, here and for few rows: its eight columns then are rows of the result, of which
/// decoding has few.
template <typename Tile, bool kAByDepth, bool kBByDepth>
__device__ void multiply_tile(const Side<kAByDepth>& a, const Side<kBByDepth>& b, int64_t depth,
                              const Result<float>& result, int64_t first_row, int64_t first_column) {
  using ATile = SlabTile<Tile::kRows, kAByDepth>;
  using BTile = SlabTile<Tile::kColumns, kBByDepth>;
  constexpr int kStageBytes = ATile::kBytes + BTile::kBytes, kStages = Tile::kStages;
  constexpr int kRowPieces = Tile::kWarpRows / 8, kColumnPieces = Tile::kWarpColumns / 16;
  unsigned char* const ring = dynamic_shared_memory();
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarpSize, lane = thread % kWarpSize;
  const int row = warp % Tile::kWarpsDown * Tile::kWarpRows, column = warp / Tile::kWarpsDown * Tile::kWarpColumns;

  const auto fetch = [&](int64_t slab) {
    unsigned char* const stage = ring + slab % kStages * kStageBytes;
    ATile::template fetch<Tile::kThreads>(stage, a, first_row, slab * kSlabDepth, depth, thread);
    BTile::template fetch<Tile::kThreads>(stage + ATile::kBytes, b, first_column, slab * kSlabDepth, depth, thread);
  };
  // Calls use(piece of columns, piece of rows, register, i, j) for this lane's elements that are inside.
  const auto for_each_element = [&](auto use) {
#pragma unroll
    for (int c = 0; c < kColumnPieces; ++c)
#pragma unroll
      for (int r = 0; r < kRowPieces; ++r)
#pragma unroll
        for (int n = 0; n < 4; ++n) {
          const int64_t i = first_row + row + r * 8 + lane % 4 * 2 + n % 2;
          const int64_t j = first_column + column + c * 16 + lane / 4 + n / 2 * 8;
          if (i < a.size && j < b.size) use(c, r, n, i, j);
        }
  };

  float totals[kColumnPieces][kRowPieces][4] = {}, sums[kColumnPieces][kRowPieces][4] = {};
  if (result.resume)
    for_each_element([&](int c, int r, int n, int64_t i, int64_t j) { totals[c][r][n] = result.c[i * b.size + j]; });

  const int64_t slabs = ceil_divide(depth, kSlabDepth);
  for (int64_t slab = 0; slab < kStages - 1; ++slab) {
    if (slab < slabs) fetch(slab);
    commit_copies();
  }
  for (int64_t slab = 0; slab < slabs; ++slab) {
    wait_for_copies<kStages - 2>();
    __syncthreads();  // all copies of this slab are there, and all are done with the one before
    if (slab + kStages - 1 < slabs) fetch(slab + kStages - 1);
    commit_copies();

    const unsigned char* const a_tile = ring + slab % kStages * kStageBytes;
    const unsigned char* const b_tile = a_tile + ATile::kBytes;
#pragma unroll
    for (int step = 0; step < kSlabDepth / 16; ++step) {
      uint32_t columns[kColumnPieces][4], rows[kRowPieces / 2][4];
#pragma unroll
      for (int c = 0; c < kColumnPieces; ++c) BTile::template load<true>(columns[c], b_tile, column + 16 * c, step);
#pragma unroll
      for (int r = 0; r < kRowPieces / 2; ++r) ATile::template load<false>(rows[r], a_tile, row + 16 * r, step);
#pragma unroll
      for (int c = 0; c < kColumnPieces; ++c)
#pragma unroll
        for (int r = 0; r < kRowPieces; ++r)
          multiply_add(sums[c][r], columns[c], rows[r / 2][r % 2 * 2], rows[r / 2][r % 2 * 2 + 1]);
    }
    if (slab % kSumSlabs == kSumSlabs - 1 || slab == slabs - 1) {
#pragma unroll
      for (int c = 0; c < kColumnPieces; ++c)
#pragma unroll
        for (int r = 0; r < kRowPieces; ++r)
#pragma unroll
          for (int n = 0; n < 4; ++n) {
            totals[c][r][n] += sums[c][r][n];
            sums[c][r][n] = 0;
          }
    }
  }

  for_each_element([&](int c, int r, int n, int64_t i, int64_t j) {
    float sum = totals[c][r][n];
    if (result.bias) sum += result.bias[j];
    if (result.residual) sum += result.residual[i * b.size + j];
    result.c[i * b.size + j] = sum;
  });
}

// The whole result. One block per tile; those of one column of tiles stand beside each other: they share b.
template <typename Tile, bool kAByDepth, bool kBByDepth>
__global__ void __launch_bounds__(Tile::kThreads, 1)
    multiply_many_rows(Side<kAByDepth> a, Side<kBByDepth> b, int64_t depth, Result<float> result) {
  const int64_t tiles_down = ceil_divide(a.size, Tile::kRows);
  multiply_tile<Tile>(a, b, depth, result, blockIdx.x % tiles_down * Tile::kRows,
                      blockIdx.x / tiles_down * Tile::kColumns);
}

}  // namespace cohort::kernels
