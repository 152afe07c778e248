// Attention of bfloat16 on the tensor cores, for prefill, training and decoding alike.
//
// A query's row meets blocks of 32 keys in their order, and each block by the same instructions, whoever else is in the
// tile: scores are sums over the head in steps of 16, the running maximum and sum follow block by block, and a block
// that a row does not see, because only its neighbours do, multiplies its sums by 1 and adds 0. So a row of a prompt,
// of a packed batch and of a decoding step has the same bits.
//
// Everything is turned on its side: keys, and elements of the head, are the sixteen rows of an instruction and queries
// its eight columns, so that a decoding step fills them with the heads that share a key.
#pragma once

#include "kernels/attention.hpp"
#include "kernels/cuda/attention_view.cuh"
#include "kernels/cuda/matrix.cuh"
#include "kernels/cuda/numbers.cuh"

namespace cohort::kernels {

/// kDim: head_dim or more; kPieces: of eight rows, a warp's.
template <int kDim, int kPieceCount, int kWarpCount, int kRingStages>
struct AttentionTile {
  static constexpr int kHeadDim = kDim, kPieces = kPieceCount, kWarps = kWarpCount, kStages = kRingStages;
  static constexpr int kThreads = kWarps * kWarpSize, kRows = kWarps * kPieces * 8;
  static constexpr int kBlockKeys = static_cast<int>(kBlockTokens);
  static constexpr int kKeyChunks = kBlockKeys / kChunkElements, kValueChunks = kDim / kChunkElements;
  static constexpr int kKeyBytes = kDim * kKeyChunks * kChunkBytes, kStageBytes = 2 * kKeyBytes;
  static constexpr int kSharedBytes = kStages * kStageBytes;

  // Keys lie [kDim][32], values [32][kDim]; chunks are swapped so that eight rows lie in different banks.
  __host__ __device__ static int key_at(int element, int chunk) {
    return (element * kKeyChunks + (chunk ^ (element >> 1 & 3))) * kChunkBytes;
  }
  __host__ __device__ static int value_at(int key, int chunk) {
    return kKeyBytes + (key * kValueChunks + (chunk ^ (key & 7))) * kChunkBytes;
  }

  // Starts the copies of a block of the cache. Beyond head_dim there are zeros, and for keys that nobody has written:
  // they are multiplied by 0, which a NaN would survive. Without `values` only the keys.
  __device__ static void fetch(unsigned char* stage, const bfloat16* keys, const bfloat16* values, int head_dim,
                               int num_keys) {
#pragma unroll 4  // a warp alone has many
    for (int n = 0; n < kDim * kKeyChunks / kThreads; ++n) {
      const int index = static_cast<int>(threadIdx.x) + n * kThreads;
      const int element = index / kKeyChunks, chunk = index % kKeyChunks;
      const int inside = element < head_dim ? elements_inside(chunk * kChunkElements, num_keys) : 0;
      copy_async(stage + key_at(element, chunk),
                 keys + (inside > 0 ? element * kBlockKeys + chunk * kChunkElements : 0),
                 inside * static_cast<int>(sizeof(bfloat16)));
    }
    if (!values) return;
#pragma unroll 4
    for (int n = 0; n < kBlockKeys * kValueChunks / kThreads; ++n) {
      const int index = static_cast<int>(threadIdx.x) + n * kThreads;
      const int key = index / kValueChunks, chunk = index % kValueChunks;
      const bool is_inside = key < num_keys && chunk * kChunkElements < head_dim;
      copy_async(stage + value_at(key, chunk), values + (is_inside ? key * head_dim + chunk * kChunkElements : 0),
                 is_inside ? kChunkBytes : 0);
    }
  }
  // Keys 16 · half … by elements 16 · step … of the head, as a first factor [16 keys, 16 elements].
  __device__ static void load_keys(uint32_t (&out)[4], const unsigned char* stage, int half, int step) {
    const int lane = static_cast<int>(threadIdx.x) % kWarpSize, matrix = lane / 8;
    load_matrices_transposed(out, stage + key_at(16 * step + matrix / 2 * 8 + lane % 8, 2 * half + matrix % 2));
  }
  // Elements 16 · step … of the values of keys 16 · half …, as a first factor [16 elements, 16 keys].
  __device__ static void load_values(uint32_t (&out)[4], const unsigned char* stage, int half, int step) {
    const int lane = static_cast<int>(threadIdx.x) % kWarpSize, matrix = lane / 8;
    load_matrices_transposed(out, stage + value_at(16 * half + matrix / 2 * 8 + lane % 8, 2 * step + matrix % 2));
  }
};

/// Which rows a block has: `tokens` tokens by `heads` of the heads that share a key; a head alone if heads are many.
struct AttentionRows {
  int64_t tokens, heads, parts;
};
template <typename Tile>
AttentionRows rows_of_block(int64_t group, bool one_token) {
  const int64_t heads = min(group, int64_t{Tile::kRows}), parts = ceil_divide(group, heads);
  return {one_token || parts > 1 ? 1 : Tile::kRows / heads, heads, parts};
}

/// Two elements of q as the tensor cores read them.
__device__ inline uint32_t query_pair(const AttentionForward<bfloat16>& op, int64_t at) {
  if (op.rounded_q) return *reinterpret_cast<const uint32_t*>(op.rounded_q + at);
  const auto pair = *reinterpret_cast<const float2*>(op.q + at);
  return pack_bfloat16(pair.x, pair.y);
}

// One block per AttentionRows::tokens tokens, key-value head, and part of its heads. Tokens of several sequences come
// one sequence after the other. Where there is no `out`, for the backward, only log₂ Σ 2^(score · log₂ e) of each row
// and head is left in `log_sums`.
template <typename Tile>
__global__ void __launch_bounds__(Tile::kThreads)
    attention_forward_tiles(AttentionForward<bfloat16> op, AttentionRows rows, float* log_sums) {
  constexpr int kPieces = Tile::kPieces, kSteps = Tile::kHeadDim / 16, kStages = Tile::kStages, kHalves = 2;
  constexpr float kLog2E = 1.4426950408889634f;
  unsigned char* const ring = dynamic_shared_memory();
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize, lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const int g = lane / 4, t = lane % 4;
  const int head_dim = static_cast<int>(op.head_dim), steps = head_dim / 16;
  const int64_t group = op.heads / op.kv_heads, blocks_across = op.kv_heads * rows.parts;
  const int64_t kv_head = blockIdx.x % blocks_across / rows.parts;
  const int64_t first_head = kv_head * group + blockIdx.x % rows.parts * rows.heads;
  const int64_t heads = min(rows.heads, (kv_head + 1) * group - first_head);
  const int64_t first_token = int64_t{blockIdx.x} / blocks_across * rows.tokens;
  const int64_t end_token = min(op.rows, first_token + rows.tokens);
  const float scale = op.scale * kLog2E;  // exponentials to base 2

  int64_t s = sequence_of(op.cu_queries, op.sequences, first_token);
  for (int64_t from = first_token; from < end_token; ++s) {
    const int64_t end_of_sequence = op.cu_queries[s + 1], to = min(end_token, end_of_sequence);
    if (to <= from) continue;                                                 // an empty sequence
    const int64_t position_of_row = op.first_position[s] - op.cu_queries[s];  // + row: its position
    const View<bfloat16> view(op, s, kv_head);
    const auto row_of = [&](int row) { return from + row / heads; };
    const auto item_of = [&](int row) { return row_of(row) * op.heads + first_head + row % heads; };

    // Queries as second factors: of row g of each piece the elements 2t, 2t + 1 and, eight further, the next pair.
    uint32_t queries[kPieces][kSteps][2] = {};
#pragma unroll
    for (int p = 0; p < kPieces; ++p) {
      const int row = (warp * kPieces + p) * 8 + g;
      if (row_of(row) >= to) continue;
      const int64_t query = item_of(row) * op.head_dim + 2 * t;
#pragma unroll
      for (int step = 0; step < kSteps; ++step)
        if (step < steps)
#pragma unroll
          for (int n = 0; n < 2; ++n) queries[p][step][n] = query_pair(op, query + 16 * step + 8 * n);
    }
    // Rows 2t and 2t + 1 of each piece are this lane's from here on. Rows beyond the end see one key.
    int64_t last_key[kPieces][2];
    float maxima[kPieces][2], sums[kPieces][2] = {}, out[kSteps][kPieces][4] = {};
#pragma unroll
    for (int p = 0; p < kPieces; ++p)
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        const int64_t row = row_of((warp * kPieces + p) * 8 + 2 * t + n);
        last_key[p][n] = row < to ? position_of_row + row : 0;
        maxima[p][n] = -INFINITY;
      }

    const int64_t num_keys = position_of_row + end_of_sequence;  // that are written
    const int64_t num_blocks = ceil_divide(position_of_row + to, Tile::kBlockKeys);
    int64_t next_block = view.blocks[0];  // read a step before it is needed
    const auto fetch = [&](int64_t block) {
      if (block < num_blocks) {
        const int64_t at = next_block * view.stride + view.offset;
        if (block + 1 < num_blocks) next_block = view.blocks[block + 1];
        Tile::fetch(ring + block % kStages * Tile::kStageBytes, view.keys + at, log_sums ? nullptr : view.values + at,
                    head_dim, static_cast<int>(min(int64_t{Tile::kBlockKeys}, num_keys - block * Tile::kBlockKeys)));
      }
      commit_copies();
    };
    __syncthreads();  // the sequence before is read no more
#pragma unroll 1
    for (int64_t block = 0; block < kStages - 1; ++block) fetch(block);
#pragma unroll 1
    for (int64_t block = 0; block < num_blocks; ++block) {
      wait_for_copies<kStages - 2>();
      __syncthreads();
      fetch(block + kStages - 1);
      const unsigned char* const stage = ring + block % kStages * Tile::kStageBytes;

      // Scores [32 keys, rows]: of this lane keys g, g + 8, g + 16, g + 24.
      float scores[kHalves][kPieces][4] = {};
#pragma unroll
      for (int step = 0; step < kSteps; ++step) {
        if (step >= steps) break;
#pragma unroll
        for (int half = 0; half < kHalves; ++half) {
          uint32_t keys[4];
          Tile::load_keys(keys, stage, half, step);
#pragma unroll
          for (int p = 0; p < kPieces; ++p)
            multiply_add(scores[half][p], keys, queries[p][step][0], queries[p][step][1]);
        }
      }

      uint32_t weights[kPieces][kHalves][2];
#pragma unroll
      for (int p = 0; p < kPieces; ++p) {
        float weight[kHalves][4];
#pragma unroll
        for (int n = 0; n < 2; ++n) {
          float max = -INFINITY;
#pragma unroll
          for (int half = 0; half < kHalves; ++half)
#pragma unroll
            for (int m = 0; m < 2; ++m) {
              const int64_t key = block * Tile::kBlockKeys + 16 * half + 8 * m + g;
              float& score = scores[half][p][2 * m + n];
              score = key <= last_key[p][n] ? score * scale : -INFINITY;
              max = fmax(max, score);
            }
          for (int offset = 4; offset < kWarpSize; offset *= 2)
            max = fmax(max, __shfl_xor_sync(kWholeWarp, max, offset));
          max = fmax(max, maxima[p][n]);
          const float kept = exp2f(maxima[p][n] - max);
          maxima[p][n] = max;
          float sum = 0;
#pragma unroll
          for (int half = 0; half < kHalves; ++half)
#pragma unroll
            for (int m = 0; m < 2; ++m) {
              weight[half][2 * m + n] = exp2f(scores[half][p][2 * m + n] - max);
              sum += weight[half][2 * m + n];
            }
          sums[p][n] = fma(sums[p][n], kept, sum);
#pragma unroll
          for (int step = 0; step < kSteps; ++step) {
            out[step][p][n] *= kept;
            out[step][p][n + 2] *= kept;
          }
        }
#pragma unroll
        for (int half = 0; half < kHalves; ++half)
#pragma unroll
          for (int m = 0; m < 2; ++m)
            weights[p][half][m] = transpose_matrix(pack_bfloat16(weight[half][2 * m], weight[half][2 * m + 1]));
      }

      if (log_sums) continue;
#pragma unroll
      for (int step = 0; step < kSteps; ++step) {
        if (step >= steps) break;
#pragma unroll
        for (int half = 0; half < kHalves; ++half) {
          uint32_t values[4];
          Tile::load_values(values, stage, half, step);
#pragma unroll
          for (int p = 0; p < kPieces; ++p)
            multiply_add(out[step][p], values, weights[p][half][0], weights[p][half][1]);
        }
      }
    }

#pragma unroll
    for (int p = 0; p < kPieces; ++p)
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        float sum = sums[p][n];
        for (int offset = 4; offset < kWarpSize; offset *= 2) sum += __shfl_xor_sync(kWholeWarp, sum, offset);
        const int row = (warp * kPieces + p) * 8 + 2 * t + n;
        if (row_of(row) >= to) continue;
        if (log_sums) {
          if (g == 0) log_sums[item_of(row)] = maxima[p][n] + log2f(sum);
          continue;
        }
        const int64_t at = item_of(row) * op.head_dim + g;
#pragma unroll
        for (int step = 0; step < kSteps; ++step)
          if (step < steps) {
            store_either(op.out, op.rounded_out, at + 16 * step, out[step][p][n] / sum);
            store_either(op.out, op.rounded_out, at + 16 * step + 8, out[step][p][n + 2] / sum);
          }
      }
    wait_for_copies<0>();  // groups of this sequence are not those of the next
    from = to;
  }
}

}  // namespace cohort::kernels
