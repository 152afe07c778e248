// What the gradients of attention on Hopper have to do, as lists in device memory, for only the device knows where
// sequences begin; and what they have to know of each query.
#pragma once

#include "kernels/attention.hpp"
#include "kernels/cuda/attention_view.cuh"
#include "kernels/cuda/check.cuh"
#include "kernels/cuda/matrix.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/tensor_core.cuh"

namespace cohort::kernels {

/// Rows of a tile of queries: those of a product.
constexpr int kTileRows = 64;

/// Of a row and head, what makes a probability of a score, 2^(score · scale · log₂ e − log_sum), and Σ out · dout.
/// Infinity where a tile has no row.
struct RowStats {
  float log_sum, expected;
};

/// Queries [first_row, …) of a sequence, rows counted from its beginning.
struct QueryTile {
  int32_t sequence, first_row;
};
/// Keys at positions [first_key, …) of a sequence, a multiple of 32; one of `parts` parts, in order, of their queries'
/// tiles, which are `steps` for all heads of a group.
struct KeyTile {
  int32_t sequence, first_key, steps, first_part;  // first_part: times kv_heads, in GradientPlan::parts
  int16_t part, parts;
};

/// Lists, longest work first. Where keys have several parts, whoever ends last adds up what all have left in memory.
struct GradientPlan {
  struct Counts {
    int32_t query_tiles, key_tiles;          // in the lists
    int32_t next_query_tile, next_key_tile;  // taken by blocks that have nothing to do
  };
  Counts* counts;
  QueryTile* query_tiles;
  KeyTile* key_tiles;
  float* parts;       // [num_parts, 2, keys, head_dim] sums of dk and dv, as threads have them
  int32_t* arrivals;  // [num_parts, warpgroups] at the first part of some keys: how many have ended
  RowStats* stats;    // [heads, padded_rows]
  int64_t num_arrivals, padded_rows;
};

/// Where a sequence's rows begin in GradientPlan::stats: whole tiles.
COHORT_HOST_DEVICE inline int64_t padded_row(int64_t sequence, int64_t first_row) {
  return (first_row / kTileRows + sequence) * kTileRows;
}

/// A sequence as the lists see it; what counts rows and positions fits 32 bits.
struct TiledSequence {
  int32_t first_row, tokens, first_position, first_key;  // first_key: of its keys' tiles

  __device__ TiledSequence(const AttentionBackward<bfloat16>& op, int64_t s)
      : first_row(op.cu_queries[s]),
        tokens(op.cu_queries[s + 1] - first_row),
        first_position(op.first_position[s]),
        first_key(first_position / static_cast<int32_t>(kBlockTokens) * static_cast<int32_t>(kBlockTokens)) {}
  __device__ int32_t end() const { return first_position + tokens; }
  __device__ int32_t row_tiles() const { return (tokens + kTileRows - 1) / kTileRows; }
  // The first tile of its queries that sees keys from `key` on.
  __device__ int32_t first_tile(int32_t key) const { return max(0, key - first_position) / kTileRows; }
};

// The lists: a warp takes a sequence at a time, first to count, then to place what it has by the length of its work.
// `rows`: of an element of the list of queries; `keys`: of one of the list of keys; no part takes more than a
// `shares`th of all work.
constexpr int kPlanThreads = 256;
__device__ inline void plan_gradients(const AttentionBackward<bfloat16>& op, const GradientPlan& plan, int rows,
                                      int keys, int shares) {
  constexpr int kWarps = kPlanThreads / kWarpSize;
  __shared__ int32_t queries_of[kPlanThreads], keys_of[kPlanThreads];  // how many of each length; then, where they go
  __shared__ int32_t all_steps, all_parts, scan[2][kPlanThreads];
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarpSize, lane = thread % kWarpSize;
  const int group = static_cast<int>(op.heads / op.kv_heads);
  const auto bin = [](int length) { return kPlanThreads - 1 - min(length, kPlanThreads - 1); };  // longest first

  // use(tile of keys, tiles of queries of each head)
  const auto each_key_tile = [&](auto use) {
    for (int64_t s = warp; s < op.sequences; s += kWarps) {
      const TiledSequence shape(op, s);
      int32_t following = 0;
      for (int64_t other = s + 1 + lane; other < end_of_readers(op, s); other += kWarpSize)
        following += TiledSequence(op, other).row_tiles();
      following = warp_reduce(following, Sum());
      if (shape.tokens == 0) continue;
      for (int32_t key = shape.first_key + lane * keys; key < shape.end(); key += kWarpSize * keys)
        use(KeyTile{static_cast<int32_t>(s), key, (shape.row_tiles() - shape.first_tile(key) + following) * group, 0, 0,
                    1});
    }
  };
  const auto each_query_tile = [&](auto use) {
    for (int64_t s = warp; s < op.sequences; s += kWarps) {
      const TiledSequence shape(op, s);
      for (int32_t row = lane * rows; row < shape.tokens; row += kWarpSize * rows)
        use(QueryTile{static_cast<int32_t>(s), row}, (min(row + rows, shape.tokens) + shape.first_position) / 64);
    }
  };

  queries_of[thread] = keys_of[thread] = 0;
  if (thread == 0) all_steps = all_parts = 0;
  for (int64_t i = thread; i < plan.num_arrivals; i += kPlanThreads) plan.arrivals[i] = 0;
  __syncthreads();
  each_key_tile([&](const KeyTile& tile) { atomicAdd(&all_steps, tile.steps); });
  __syncthreads();
  const int64_t most =
      max(int64_t{8}, ceil_divide(int64_t{all_steps} * op.kv_heads, static_cast<int64_t>(shares)));  // steps of a part
  const auto parts_of = [&](const KeyTile& tile) { return static_cast<int32_t>(ceil_divide(tile.steps, most)); };
  const auto bin_of = [&](const KeyTile& tile) { return bin(tile.steps / parts_of(tile)); };
  each_key_tile([&](const KeyTile& tile) { atomicAdd(&keys_of[bin_of(tile)], parts_of(tile)); });
  each_query_tile([&](const QueryTile&, int length) { atomicAdd(&queries_of[bin(length)], 1); });
  __syncthreads();

  // Sums of all bins before: doubling.
  scan[0][thread] = queries_of[thread];
  scan[1][thread] = keys_of[thread];
  __syncthreads();
  for (int distance = 1; distance < kPlanThreads; distance *= 2) {
    int32_t more[2] = {0, 0};
    for (int i = 0; i < 2; ++i)
      if (thread >= distance) more[i] = scan[i][thread - distance];
    __syncthreads();
    for (int i = 0; i < 2; ++i) scan[i][thread] += more[i];
    __syncthreads();
  }
  if (thread == kPlanThreads - 1) *plan.counts = {scan[0][thread], scan[1][thread], 0, 0};
  queries_of[thread] = scan[0][thread] - queries_of[thread];
  keys_of[thread] = scan[1][thread] - keys_of[thread];
  __syncthreads();
  each_query_tile(
      [&](const QueryTile& tile, int length) { plan.query_tiles[atomicAdd(&queries_of[bin(length)], 1)] = tile; });
  each_key_tile([&](KeyTile tile) {
    const int32_t parts = parts_of(tile), at = atomicAdd(&keys_of[bin_of(tile)], parts);
    tile.parts = static_cast<int16_t>(parts);
    if (parts > 1) tile.first_part = atomicAdd(&all_parts, parts);
    for (int32_t part = 0; part < parts; ++part) {
      tile.part = static_cast<int16_t>(part);
      plan.key_tiles[at + part] = tile;
    }
  });
}

// One block makes the plan; the others find Σ out · dout of each row and head. A thread takes kExpectedChunks chunks of
// eight elements, and a head's threads are in one warp.
constexpr int kExpectedChunks = 4;
template <int kDim>
__global__ void __launch_bounds__(kPlanThreads)
    attention_gradient_plan(AttentionBackward<bfloat16> op, GradientPlan plan, int rows, int keys, int shares) {
  if (blockIdx.x == 0) return plan_gradients(op, plan, rows, keys, shares);
  constexpr int kLanes = kDim / kChunkElements;
  struct alignas(16) Chunk {
    bfloat16 elements[kChunkElements];
  };
  struct alignas(16) Exact {
    float elements[kChunkElements];
  };
  const int64_t first = (int64_t{blockIdx.x} - 1) * kPlanThreads * kExpectedChunks + threadIdx.x;
  const int64_t chunks = op.rows * op.heads * kLanes;
  Exact out[kExpectedChunks], gradient[kExpectedChunks];
#pragma unroll
  for (int n = 0; n < kExpectedChunks; ++n) {
    const int64_t chunk = first + n * kPlanThreads;
    if (chunk >= chunks) continue;
    const auto widened = [&](const bfloat16* rounded) {
      const Chunk from = reinterpret_cast<const Chunk*>(rounded)[chunk];
      Exact to;
#pragma unroll
      for (int i = 0; i < kChunkElements; ++i) to.elements[i] = to_float(from.elements[i]);
      return to;
    };
    gradient[n] = widened(op.rounded_dout);
    out[n] = op.rounded_out ? widened(op.rounded_out) : reinterpret_cast<const Exact*>(op.out)[chunk];
  }
#pragma unroll
  for (int n = 0; n < kExpectedChunks; ++n) {
    const int64_t chunk = first + n * kPlanThreads, item = chunk / kLanes;
    float sum = 0;
    if (chunk < chunks)
#pragma unroll
      for (int i = 0; i < kChunkElements; ++i) sum = fma(out[n].elements[i], gradient[n].elements[i], sum);
    for (int offset = kLanes / 2; offset > 0; offset /= 2) sum += __shfl_xor_sync(kWholeWarp, sum, offset);
    if (chunk >= chunks || chunk % kLanes != 0) continue;
    const int64_t row = item / op.heads, head = item % op.heads;
    const int64_t s = sequence_of(op.cu_queries, op.sequences, row), begin = op.cu_queries[s];
    plan.stats[head * plan.padded_rows + padded_row(s, begin) + row - begin] = {op.log_sums[item], sum};
  }
}

}  // namespace cohort::kernels
