// Products of bfloat16 for many rows on Hopper: a warpgroup fetches tiles by the copy engine, others multiply them, and
// blocks stay for tile after tile, so that the next one's operands travel while a result is written.
#pragma once

#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/gemm.cuh"
#include "kernels/cuda/matrix.cuh"
#include "kernels/cuda/numbers.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/scratch.cuh"
#include "kernels/cuda/tensor_map.cuh"
#include "kernels/cuda/warpgroup.cuh"

namespace cohort::kernels {

/// kGroups warpgroups with 64 rows each, by kColumns columns. With registers for one sum over k alone, up to kSumDepth,
/// a tile may be wider. Shared memory is what limits: a product of 64 rows by kColumns reads kColumns + 64 rows of it.
template <int kGroupCount, int kTileColumns, int kRingStages, bool kOneSum = false>
struct HopperTile {
  static constexpr int kGroups = kGroupCount, kStages = kRingStages;
  static constexpr bool kHasOneSum = kOneSum;
  // Groups of products that a warpgroup leaves under way when it fetches the next slab's: two wait for each other,
  // three keep the tensor cores busy.
  static constexpr int kUnderWay = kGroups < 3 ? 1 : 0;
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

/// Lane t of four has the columns 2t and 2t + 1 of two times eight; it gets those from 4 · (t / 2) on, four, of the
/// first eight if t is even, of the others if not. All lanes of a warp call it.
__device__ inline float4 neighbours_of_pair(float2 of_first, float2 of_second) {
  const bool is_even = threadIdx.x % 2 == 0;
  const float2 sent = is_even ? of_second : of_first, kept = is_even ? of_first : of_second;
  const float2 received{__shfl_xor_sync(kWholeWarp, sent.x, 1), __shfl_xor_sync(kWholeWarp, sent.y, 1)};
  return is_even ? float4{kept.x, kept.y, received.x, received.y} : float4{received.x, received.y, kept.x, kept.y};
}
__device__ inline float4 add(float4 a, float4 b) { return {a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w}; }

/// A sum that is the only one, as the total that others begin with 0: never -0. Totals stay as they are.
__device__ inline float as_total(float sum) { return sum + 0.0f; }

/// Totals go where Result says. With several parts, one for each sum, the p-th goes to result.c[p, i, j] alone.
struct PlainEnd {
  Result<float> result;
  int rows, columns;
  bool has_packs;                    // of four columns, at multiples of 16 bytes
  static constexpr int kCopies = 1;  // of b

  PlainEnd(const Result<float>& to, int64_t num_rows, int64_t num_columns)
      : result(to),
        rows(static_cast<int>(num_rows)),
        columns(static_cast<int>(num_columns)),
        has_packs(kernels::has_packs<float>(num_columns, to.c, to.bias, to.residual)) {}

  template <int kColumns>
  __device__ static int first_of_b(int column, int) {
    return column * kColumns;
  }

  /// Called by all threads; i may be behind the last row. Of this thread's row i the elements 2t, 2t + 1 of each eight
  /// columns are at `half` of each four totals.
  template <int kColumns>
  __device__ void store(const float (&totals)[kColumns / 2], int i, int half, int column, int part) const {
    const int64_t at = (int64_t{part} * rows + i) * columns;
    const int first = column * kColumns, t = static_cast<int>(threadIdx.x) % 4;
    constexpr int kPiece = 4;  // of eight columns each: what is added to them is read before any is written
    if (has_packs) {
#pragma unroll
      for (int piece = 0; piece < kColumns / 8; piece += kPiece) {
        float4 values[kPiece / 2];
#pragma unroll
        for (int m = 0; m < kPiece / 2; ++m) {
          const int n = piece + 2 * m, of_total = 4 * n + 2 * half;
          values[m] = neighbours_of_pair({as_total(totals[of_total]), as_total(totals[of_total + 1])},
                                         {as_total(totals[of_total + 4]), as_total(totals[of_total + 5])});
          const int j = first + 8 * (n + t % 2) + t / 2 * 4;
          if (i >= rows || j >= columns) continue;
          if (result.bias) values[m] = add(values[m], *reinterpret_cast<const float4*>(result.bias + j));
          if (result.residual) values[m] = add(values[m], *reinterpret_cast<const float4*>(result.residual + at + j));
        }
#pragma unroll
        for (int m = 0; m < kPiece / 2; ++m) {
          const int j = first + 8 * (piece + 2 * m + t % 2) + t / 2 * 4;
          if (i < rows && j < columns) *reinterpret_cast<float4*>(result.c + at + j) = values[m];
        }
      }
      return;
    }
    if (i >= rows) return;
#pragma unroll
    for (int n = 0; n < kColumns / 8; ++n)
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        const int j = first + 8 * n + 2 * t + m;
        if (j >= columns) continue;
        float value = as_total(totals[4 * n + 2 * half + m]);
        if (result.bias) value += result.bias[j];
        if (result.residual) value += result.residual[at + j];
        result.c[at + j] = value;
      }
  }
};

/// Lane t of four has pairs of the columns 8m + 2t; it gets those of the columns 8t to 8t + 7. All lanes of a warp call
/// it.
__device__ inline uint4 neighbours_of_quad(const uint32_t (&pairs)[4]) {
  const int t = static_cast<int>(threadIdx.x) % 4;
  uint32_t own[4];
#pragma unroll
  for (int other = 0; other < 4; ++other) {
    const int partner = t ^ other;
    const uint32_t sent = partner < 2 ? (partner == 0 ? pairs[0] : pairs[1]) : (partner == 2 ? pairs[2] : pairs[3]);
    const uint32_t received = other == 0 ? sent : __shfl_xor_sync(kWholeWarp, sent, other);
#pragma unroll
    for (int n = 0; n < 4; ++n)
      if (n == partner) own[n] = received;
  }
  return {own[0], own[1], own[2], own[3]};
}

/// b has gates, and `width` rows further on what they let through; a tile has half its columns of either. Only y =
/// gate · open(gate) · up is left, rounded, and where the backward wants them both factors; columns are even.
template <Gate kKind>
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
    static_assert(kColumns % 64 == 0, "gates come by 32 columns");
    const int first = column * (kColumns / 2), t = static_cast<int>(threadIdx.x) % 4;
#pragma unroll
    for (int n = 0; n < kColumns / 16; n += 4) {  // 32 columns
      uint32_t gates[4], ups[4], ys[4];
#pragma unroll
      for (int m = 0; m < 4; ++m) {
        const int at = 4 * (n + m) + 2 * half, j = first + (n + m) * 8 + 2 * t;
        float2 gate{as_total(totals[at]), as_total(totals[at + 1])};
        float2 up{as_total(totals[at + kColumns / 4]), as_total(totals[at + 1 + kColumns / 4])};
        if (bias && j < width) {
          gate.x += bias[j], gate.y += bias[j + 1];
          up.x += bias[j + width], up.y += bias[j + 1 + width];
        }
        gates[m] = pack_bfloat16(gate.x, gate.y);
        ups[m] = pack_bfloat16(up.x, up.y);
        ys[m] = pack_bfloat16(gated<kKind>(gate.x, up.x), gated<kKind>(gate.y, up.y));
      }
      const int64_t row = i;
      store_quad(y + row * width, first + n * 8, ys, i < rows);
      if (!kept) continue;
      store_quad(kept + row * 2 * width, first + n * 8, gates, i < rows);
      store_quad(kept + (row * 2 + 1) * width, first + n * 8, ups, i < rows);
    }
  }

 private:
  // Columns first … first + 31 of a row, by 16 bytes where that may be.
  __device__ void store_quad(bfloat16* row, int first, const uint32_t (&pairs)[4], bool is_inside) const {
    const int t = static_cast<int>(threadIdx.x) % 4;
    if (width % kChunkElements == 0) {
      const uint4 neighbours = neighbours_of_quad(pairs);
      const int j = first + 8 * t;
      if (is_inside && j < width) *reinterpret_cast<uint4*>(row + j) = neighbours;
      return;
    }
#pragma unroll
    for (int m = 0; m < 4; ++m) {
      const int j = first + 8 * m + 2 * t;
      if (is_inside && j < width) *reinterpret_cast<uint32_t*>(row + j) = pairs[m];
    }
  }
};

// Σ_k a(i, k) · b(j, k) in the order of multiply_many_rows, handed to `last` tile by tile; with several `parts` sum by
// sum.
template <typename Tile, typename End>
__global__ void __launch_bounds__(Tile::kThreads, 1)
    multiply_hopper(const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap b, TileOrder order,
                    int slabs, int parts, bool b_is_weight, End last) {
  constexpr int kStages = Tile::kStages, kCopyRows = Tile::kColumns / End::kCopies;
  __shared__ CopyBarrier arrived[kStages], used[kStages];
  unsigned char* const ring = align_shared(dynamic_shared_memory());
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
    const auto fetch_columns = [&](int stage, int column, int slab) {
      used[stage].wait(step / kStages % 2 ^ 1);
      arrived[stage].arrive_expecting(Tile::kStageBytes);
#pragma unroll
      for (int copy = 0; copy < End::kCopies; ++copy)
        copy_tile(ring + stage * Tile::kStageBytes + (Tile::kRows + kCopyRows * copy) * Tile::kRowBytes, b,
                  arrived[stage], slab * kSlabDepth, last.template first_of_b<Tile::kColumns>(column, copy));
    };
    // Weights of the first tile may come before the kernel that makes the rows has ended.
    int fetched = 0;
    for_each_tile([&](int row, int column, int, int first, int end) {
      if (step == 0) {
        if (b_is_weight)
          for (; fetched < min(kStages, end - first); ++fetched) fetch_columns(fetched, column, first + fetched);
        follow();
      }
      for (int slab = first; slab < end; ++slab, ++step) {
        const int stage = step % kStages;
        if (step >= fetched) fetch_columns(stage, column, slab);
        copy_tile(ring + stage * Tile::kStageBytes, a, arrived[stage], slab * kSlabDepth, row * Tile::kRows);
      }
    });
    return;
  }

  take_registers<Tile::kProductRegisters>();
  follow();
  for_each_tile([&](int row, int column, int part, int first_slab, int end) {
    float sums[Tile::kColumns / 2];
    const auto multiply = [&](int first_of_sum, int end_of_sum) {
#pragma unroll 1
      for (int slab = first_of_sum; slab < end_of_sum; ++slab, ++step) {
        const int stage = step % kStages;
        arrived[stage].wait(step / kStages % 2);
        const unsigned char* const from = ring + stage * Tile::kStageBytes;
        const auto x = matrix_in_shared(from + group * Tile::kGroupBytes, Swizzle::bytes128, Tile::kPatternBytes);
        const auto y = matrix_in_shared(from + Tile::kRows * Tile::kRowBytes, Swizzle::bytes128, Tile::kPatternBytes);
        begin_products();
#pragma unroll
        for (int k = 0; k < kSlabDepth / 16; ++k)
          GroupProduct<Tile::kColumns>::add(sums, advance(x, 32 * k), advance(y, 32 * k), k > 0 || slab > first_of_sum);
        commit_products();
        wait_for_products<Tile::kUnderWay>();
        // The slab that is read no more: the one before where this one's products are under way.
        used[(step + kStages - Tile::kUnderWay) % kStages].arrive_if(thread == 0 &&
                                                                     slab >= first_of_sum + Tile::kUnderWay);
      }
      wait_for_products<0>();
      settle(sums);
      if (Tile::kUnderWay > 0) used[(step + kStages - 1) % kStages].arrive_if(thread == 0);
    };
    const auto store = [&](const auto& totals) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int i = row * Tile::kRows + group * 64 + thread / kWarpSize * 16 + thread % kWarpSize / 4 + half * 8;
        last.template store<Tile::kColumns>(totals, i, half, column, part);
      }
    };
    if constexpr (Tile::kHasOneSum) {
      multiply(first_slab, end);
      store(sums);
    } else {
      float totals[Tile::kColumns / 2] = {};
      for (int first = first_slab; first < end; first += kSumSlabs) {
        multiply(first, min(end, first + kSumSlabs));
#pragma unroll
        for (int n = 0; n < Tile::kColumns / 2; ++n) totals[n] += sums[n];
      }
      store(totals);
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

template <typename Tile, typename End>
void launch_hopper_tiles(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth, TileOrder order,
                         int parts, const End& last, cudaStream_t stream) {
  const auto slabs = static_cast<int>(ceil_divide(depth, kSlabDepth));
  if (Tile::kHasOneSum && slabs > kSumSlabs) throw std::runtime_error(std::string(name) + ": more than one sum");
  launch_blocks(name, multiply_hopper<Tile, End>,
                Blocks{min(order.count() * parts, current_device(name).multiprocessors), Tile::kThreads,
                       Tile::kSharedBytes, true},
                stream, tensor_map(name, a.data, a.size, depth, a.stride, Tile::kRows, kSlabDepth),
                tensor_map(name, b.data, b.size, depth, b.stride, Tile::kColumns / End::kCopies, kSlabDepth), order,
                slabs, parts, b.is_weight, last);
}

/// `parts`: 1, or as many as there are sums, each with blocks of its own.
template <typename Tile>
void multiply_in_tiles(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth,
                       const Result<float>& result, int parts, cudaStream_t stream) {
  const Scratch<float> sums(parts > 1 ? parts * a.size * b.size : 0, stream);
  const PlainEnd last(parts > 1 ? Result<float>{sums.data()} : result, a.size, b.size);
  const TileOrder order{static_cast<int>(ceil_divide(a.size, Tile::kRows)),
                        static_cast<int>(ceil_divide(b.size, Tile::kColumns))};
  launch_hopper_tiles<Tile>(name, a, b, depth, order, parts, last, stream);
  if (parts > 1)
    launch_following_elements(name, add_sums, a.size * b.size, stream, sums.data(), parts, a.size, b.size, result);
}

template <typename Tile>
void gate_in_tiles(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth, Gate kind,
                   const float* bias, bfloat16* y, bfloat16* kept, cudaStream_t stream) {
  const TileOrder order{static_cast<int>(ceil_divide(a.size, Tile::kRows)),
                        static_cast<int>(ceil_divide(b.size / 2, Tile::kColumns / 2))};
  with_gate(kind, [&](auto of) {
    const GatedEnd<decltype(of)::value> last{bias, y, kept, static_cast<int>(a.size), static_cast<int>(b.size / 2)};
    launch_hopper_tiles<Tile>(name, a, b, depth, order, 1, last, stream);
  });
}

}  // namespace cohort::kernels
