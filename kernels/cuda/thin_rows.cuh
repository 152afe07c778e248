// Products of bfloat16 on the tensor cores for up to eight rows, as when few completions decode: a warp takes eight
// columns and a whole sum over k at once, so that all its weights are under way before the first is used.
#pragma once

#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/gemm.cuh"
#include "kernels/cuda/matrix.cuh"

namespace cohort::kernels {

constexpr int kThinRows = 8;

/// How a block's warps are dealt: `sum_warps` have the same eight columns, but other sums, `column_warps` times.
struct ThinShape {
  int rows, column_warps, sum_warps;

  static constexpr int kWeightBytes = kSumSlabs * SlabTile<8, true>::kBytes;  // of a warp
  static constexpr int kRowBytes = kSlabDepth * static_cast<int>(sizeof(bfloat16));
  __host__ __device__ int warps() const { return column_warps * sum_warps; }
  __host__ __device__ int columns() const { return 8 * column_warps; }
  __host__ __device__ int rows_bytes() const { return sum_warps * kSumSlabs * rows * kRowBytes; }
  __host__ __device__ int sums_bytes() const {
    return sum_warps * kThinRows * columns() * static_cast<int>(sizeof(float));
  }
  __host__ __device__ int shared_bytes() const {
    return warps() * kWeightBytes + rows_bytes() + sums_bytes() + kChunkBytes;
  }
};

constexpr int kMaxThinWarps = 16;

// result[i, j] = Σ_k a(i, k) · b(j, k) + bias[j] + residual[i, j], in the order of multiply_many_rows. Rows are the
// first factor here, the eight columns of a warp the second.
static __global__ void __launch_bounds__(kMaxThinWarps* kWarpSize)
    multiply_thin_rows(Side<true> a, Side<true> b, int64_t depth, ThinShape shape, Result<float> result) {
  using Columns = SlabTile<8, true>;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarpSize, lane = thread % kWarpSize;
  const int column_warp = warp / shape.sum_warps, sum_warp = warp % shape.sum_warps;
  unsigned char* const weights = dynamic_shared_memory() + warp * ThinShape::kWeightBytes;
  unsigned char* const all_rows = dynamic_shared_memory() + shape.warps() * ThinShape::kWeightBytes;
  unsigned char* const rows = all_rows + sum_warp * kSumSlabs * shape.rows * ThinShape::kRowBytes;
  float* const sums = reinterpret_cast<float*>(all_rows + shape.rows_bytes());
  unsigned char* const zeros = all_rows + shape.rows_bytes() + shape.sums_bytes();  // for rows that there are not
  const int64_t first_column = int64_t{blockIdx.x} * shape.columns();
  const int64_t num_sums = ceil_divide(depth, kSumDepth);

  // Slabs of this warp's sum in a round.
  const auto slabs_of = [&](int64_t first_sum) {
    const int64_t left = depth - (first_sum + sum_warp) * kSumDepth;
    return static_cast<int>(max(int64_t{0}, min(int64_t{kSumSlabs}, ceil_divide(left, kSlabDepth))));
  };
  const auto fetch_weights = [&](int64_t first_sum) {
    for (int slab = 0; slab < slabs_of(first_sum); ++slab)
      Columns::fetch<kWarpSize>(weights + slab * Columns::kBytes, b, first_column + 8 * column_warp,
                                (first_sum + sum_warp) * kSumDepth + slab * kSlabDepth, depth, lane);
  };
  // Warps with the same sum bring its rows together.
  const auto fetch_rows = [&](int64_t first_sum) {
    const int chunks = slabs_of(first_sum) * shape.rows * (kSlabDepth / kChunkElements);
    for (int index = column_warp * kWarpSize + lane; index < chunks; index += shape.column_warps * kWarpSize) {
      const int slab_row = index / (kSlabDepth / kChunkElements), chunk = index % (kSlabDepth / kChunkElements);
      const int slab = slab_row / shape.rows, row = slab_row % shape.rows;
      const int64_t k = (first_sum + sum_warp) * kSumDepth + slab * kSlabDepth + chunk * kChunkElements;
      const int inside = elements_inside(k, depth);
      copy_async(rows + slab_row * ThinShape::kRowBytes + (chunk ^ (row & 7)) * kChunkBytes,
                 inside == 0 ? a.data : a.data + row * a.stride + k, inside * static_cast<int>(sizeof(bfloat16)));
    }
  };

  if (thread == 0) *reinterpret_cast<float4*>(zeros) = {0, 0, 0, 0};
  if (b.is_weight) fetch_weights(0);  // before the kernel that makes the rows has ended
  follow();
  const int elements = kThinRows * shape.columns(), threads = shape.warps() * kWarpSize;
  float totals[2] = {};  // of the result, a thread's
  for (int64_t first_sum = 0; first_sum < num_sums; first_sum += shape.sum_warps) {
    if (first_sum > 0 || !b.is_weight) fetch_weights(first_sum);
    fetch_rows(first_sum);
    commit_copies();
    wait_for_copies<0>();
    __syncthreads();

    float sum[4] = {};
    const int matrix = lane / 8, row = lane % 8;
    for (int slab = 0; slab < slabs_of(first_sum); ++slab) {
#pragma unroll
      for (int step = 0; step < kSlabDepth / 16; ++step) {
        const int chunk = 2 * step + matrix % 2;  // matrices: rows at k, at k + 8, columns at k, at k + 8
        const unsigned char* from = weights + slab * Columns::kBytes + Columns::at(row, chunk);
        if (matrix < 2)
          from = row < shape.rows
                     ? rows + (slab * shape.rows + row) * ThinShape::kRowBytes + (chunk ^ (row & 7)) * kChunkBytes
                     : zeros;
        uint32_t loaded[4];
        load_matrices(loaded, from);
        const uint32_t first[4] = {loaded[0], 0, loaded[1], 0};
        multiply_add(sum, first, loaded[2], loaded[3]);
      }
    }

    // Of this lane row lane / 4 and two columns. Sums meet in the order of k.
    float* const own = sums + (sum_warp * kThinRows + lane / 4) * shape.columns() + 8 * column_warp + lane % 4 * 2;
    own[0] = sum[0];
    own[1] = sum[1];
    __syncthreads();
    const int present = static_cast<int>(min(int64_t{shape.sum_warps}, num_sums - first_sum));
#pragma unroll
    for (int e = 0; e < 2; ++e)
      if (thread + e * threads < elements)
        for (int s = 0; s < present; ++s) totals[e] += sums[s * elements + thread + e * threads];
    __syncthreads();  // the next sums are written there
  }

#pragma unroll
  for (int e = 0; e < 2; ++e) {
    const int index = thread + e * threads;
    const int64_t i = index / shape.columns(), j = first_column + index % shape.columns();
    if (index >= elements || i >= a.size || j >= b.size) continue;
    float total = totals[e];
    if (result.bias) total += result.bias[j];
    if (result.residual) total += result.residual[i * b.size + j];
    result.c[i * b.size + j] = total;
  }
}

/// Columns to blocks, so that many multiprocessors have some; all sums of a column to one block, if they fit.
inline ThinShape thin_shape(int64_t rows, int64_t columns, int64_t depth, const Device& device) {
  const int64_t groups = ceil_divide(columns, 8), sums = ceil_divide(depth, kSumDepth);
  ThinShape shape{static_cast<int>(rows), 1, 1};
  if (sums == 1 && groups >= 4 * device.multiprocessors) {
    shape.column_warps = 4;
  } else if (sums == 1 && groups >= 2 * device.multiprocessors) {
    shape.column_warps = 2;
  }
  const int most_bytes = (device.capability >= 90 ? 220 : 160) << 10;
  while (shape.sum_warps < sums && shape.sum_warps < kMaxThinWarps) {
    ThinShape more = shape;
    ++more.sum_warps;
    if (more.shared_bytes() > most_bytes) break;
    shape = more;
  }
  return shape;
}

inline void launch_thin_rows(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth,
                             const Result<float>& result, cudaStream_t stream) {
  const ThinShape shape = thin_shape(a.size, b.size, depth, current_device(name));
  launch_blocks(name, multiply_thin_rows,
                Blocks{ceil_divide(b.size, shape.columns()), shape.warps() * kWarpSize, shape.shared_bytes(), true},
                stream, a, b, depth, shape, result);
}

}  // namespace cohort::kernels
