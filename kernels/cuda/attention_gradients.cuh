// Gradients of attention of bfloat16 on the tensor cores. Scores are computed again, once for the gradients of queries
// and once for those of keys and values; every sum has one owner and one order, and nothing is added by atomics.
#pragma once

#include "kernels/cuda/attention_tiles.cuh"

namespace cohort::kernels {

// `expected`: Σ out · dout of each row and head. What the op may be given rounded is there, and log_sums are. One warp
// per row and head.
constexpr int kExpectedWarps = 8;
static __global__ void __launch_bounds__(kExpectedWarps* kWarpSize)
    attention_expected(AttentionBackward<bfloat16> op, float* expected) {
  const int64_t item = int64_t{blockIdx.x} * kExpectedWarps + threadIdx.x / kWarpSize;
  if (item >= op.rows * op.heads) return;
  float sum = 0;
  for (int64_t d = threadIdx.x % kWarpSize; d < op.head_dim; d += kWarpSize)
    sum = fma(op.out_at(item * op.head_dim + d), op.dout_at(item * op.head_dim + d), sum);
  sum = warp_reduce(sum, Sum());
  if (threadIdx.x % kWarpSize == 0) expected[item] = sum;
}

// dq = scale · Σ_keys dscore · key, dscore = p · (dout · value − expected), p = 2^(score − log_sum). Rows as
// rows_of_block() deals them.
template <typename Tile>
__global__ void __launch_bounds__(Tile::kThreads)
    attention_gradient_queries(AttentionBackward<bfloat16> op, const float* expected_of, AttentionRows rows) {
  constexpr int kPieces = Tile::kPieces, kSteps = Tile::kHeadDim / 16, kStages = Tile::kStages, kHalves = 2;
  constexpr float kLog2E = 1.4426950408889634f;
  unsigned char* const ring = dynamic_shared_memory();
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize, lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const int g = lane / 4, t = lane % 4, matrix = lane / 8;
  const int head_dim = static_cast<int>(op.head_dim), steps = head_dim / 16;
  const int64_t group = op.heads / op.kv_heads, blocks_across = op.kv_heads * rows.parts;
  const int64_t kv_head = blockIdx.x % blocks_across / rows.parts;
  const int64_t first_head = kv_head * group + blockIdx.x % rows.parts * rows.heads;
  const int64_t heads = min(rows.heads, (kv_head + 1) * group - first_head);
  const int64_t first_token = int64_t{blockIdx.x} / blocks_across * rows.tokens;
  const int64_t end_token = min(op.rows, first_token + rows.tokens);
  const float scale = op.scale * kLog2E;

  int64_t s = sequence_of(op.cu_queries, op.sequences, first_token);
  for (int64_t from = first_token; from < end_token; ++s) {
    const int64_t end_of_sequence = op.cu_queries[s + 1], to = min(end_token, end_of_sequence);
    if (to <= from) continue;
    const int64_t position_of_row = op.first_position[s] - op.cu_queries[s];  // + row: its position
    const View<bfloat16> view(op, s, kv_head);
    const auto row_of = [&](int row) { return from + row / heads; };
    const auto item_of = [&](int row) { return row_of(row) * op.heads + first_head + row % heads; };

    uint32_t queries[kPieces][kSteps][2] = {}, gradients[kPieces][kSteps][2] = {};
#pragma unroll
    for (int p = 0; p < kPieces; ++p) {
      const int row = (warp * kPieces + p) * 8 + g;
      if (row_of(row) >= to) continue;
      const int64_t at = item_of(row) * op.head_dim + 2 * t;
#pragma unroll
      for (int step = 0; step < kSteps; ++step)
        if (step < steps)
#pragma unroll
          for (int n = 0; n < 2; ++n) {
            queries[p][step][n] = *reinterpret_cast<const uint32_t*>(op.rounded_q + at + 16 * step + 8 * n);
            gradients[p][step][n] = *reinterpret_cast<const uint32_t*>(op.rounded_dout + at + 16 * step + 8 * n);
          }
    }
    int64_t last_key[kPieces][2];  // −1 beyond the end
    float log_sums[kPieces][2], expected[kPieces][2], dq[kSteps][kPieces][4] = {};
#pragma unroll
    for (int p = 0; p < kPieces; ++p)
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        const int row = (warp * kPieces + p) * 8 + 2 * t + n;
        const bool is_inside = row_of(row) < to;
        last_key[p][n] = is_inside ? position_of_row + row_of(row) : -1;
        log_sums[p][n] = is_inside ? op.log_sums[item_of(row)] : 0;
        expected[p][n] = is_inside ? expected_of[item_of(row)] : 0;
      }

    const int64_t num_keys = position_of_row + end_of_sequence;  // that are written
    const int64_t num_blocks = ceil_divide(position_of_row + to, Tile::kBlockKeys);
    int64_t next_block = view.blocks[0];
    const auto fetch = [&](int64_t block) {
      if (block < num_blocks) {
        const int64_t at = next_block * view.stride + view.offset;
        if (block + 1 < num_blocks) next_block = view.blocks[block + 1];
        Tile::fetch(ring + block % kStages * Tile::kStageBytes, view.keys + at, view.values + at, head_dim,
                    static_cast<int>(min(int64_t{Tile::kBlockKeys}, num_keys - block * Tile::kBlockKeys)));
      }
      commit_copies();
    };
    __syncthreads();
#pragma unroll 1
    for (int64_t block = 0; block < kStages - 1; ++block) fetch(block);
#pragma unroll 1
    for (int64_t block = 0; block < num_blocks; ++block) {
      wait_for_copies<kStages - 2>();
      __syncthreads();
      fetch(block + kStages - 1);
      const unsigned char* const stage = ring + block % kStages * Tile::kStageBytes;

      float scores[kHalves][kPieces][4] = {}, products[kHalves][kPieces][4] = {};  // products: dout · value
#pragma unroll
      for (int step = 0; step < kSteps; ++step) {
        if (step >= steps) break;
#pragma unroll
        for (int half = 0; half < kHalves; ++half) {
          uint32_t keys[4], values[4];
          Tile::load_keys(keys, stage, half, step);
          load_matrices(values, stage + Tile::value_at(16 * half + matrix % 2 * 8 + lane % 8, 2 * step + matrix / 2));
#pragma unroll
          for (int p = 0; p < kPieces; ++p) {
            multiply_add(scores[half][p], keys, queries[p][step][0], queries[p][step][1]);
            multiply_add(products[half][p], values, gradients[p][step][0], gradients[p][step][1]);
          }
        }
      }
      uint32_t dscores[kPieces][kHalves][2];
#pragma unroll
      for (int p = 0; p < kPieces; ++p)
#pragma unroll
        for (int half = 0; half < kHalves; ++half)
#pragma unroll
          for (int m = 0; m < 2; ++m) {
            const int64_t key = block * Tile::kBlockKeys + 16 * half + 8 * m + g;
            float dscore[2];
#pragma unroll
            for (int n = 0; n < 2; ++n)
              dscore[n] = key <= last_key[p][n] ? exp2f(scores[half][p][2 * m + n] * scale - log_sums[p][n]) *
                                                      (products[half][p][2 * m + n] - expected[p][n])
                                                : 0.0f;
            dscores[p][half][m] = transpose_matrix(pack_bfloat16(dscore[0], dscore[1]));
          }
#pragma unroll
      for (int step = 0; step < kSteps; ++step) {
        if (step >= steps) break;
#pragma unroll
        for (int half = 0; half < kHalves; ++half) {
          uint32_t keys[4];  // [16 elements, 16 keys]
          load_matrices(keys, stage + Tile::key_at(16 * step + matrix % 2 * 8 + lane % 8, 2 * half + matrix / 2));
#pragma unroll
          for (int p = 0; p < kPieces; ++p) multiply_add(dq[step][p], keys, dscores[p][half][0], dscores[p][half][1]);
        }
      }
    }

#pragma unroll
    for (int p = 0; p < kPieces; ++p)
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        const int row = (warp * kPieces + p) * 8 + 2 * t + n;
        if (row_of(row) >= to) continue;
        float* const to_row = op.dq + item_of(row) * op.head_dim + g;
#pragma unroll
        for (int step = 0; step < kSteps; ++step)
          if (step < steps) {
            to_row[16 * step] = dq[step][p][n] * op.scale;
            to_row[16 * step + 8] = dq[step][p][n + 2] * op.scale;
          }
      }
    wait_for_copies<0>();
    from = to;
  }
}

/// 64 keys, sixteen a warp, against kRows queries of one head at a time.
template <int kDim, int kRows, int kRingStages>
struct KeyGradientTile {
  static constexpr int kHeadDim = kDim, kStages = kRingStages, kWarps = 4, kThreads = kWarps * kWarpSize;
  static constexpr int kKeys = kWarps * 16, kQueries = kRows;
  using Block = AttentionTile<kDim, 1, kWarps, 1>;  // of the cache
  static constexpr int kRowChunks = kDim / kChunkElements, kRowsBytes = kQueries * kRowChunks * kChunkBytes;
  static constexpr int kStageBytes = 2 * kRowsBytes;  // queries, then gradients of the output
  static constexpr int kCacheBytes = kKeys / Block::kBlockKeys * Block::kStageBytes;
  static constexpr int kSharedBytes = kCacheBytes + kStages * kStageBytes;

  __host__ __device__ static int row_at(int row, int chunk) {
    return (row * kRowChunks + (chunk ^ (row & 7))) * kChunkBytes;
  }
  // Rows first … of one head, of which there are `count`; zeros beyond.
  __device__ static void fetch_rows(unsigned char* to, const bfloat16* from, int64_t stride, int head_dim,
                                    int64_t count) {
#pragma unroll
    for (int n = 0; n < kQueries * kRowChunks / kThreads; ++n) {
      const int index = static_cast<int>(threadIdx.x) + n * kThreads, row = index / kRowChunks,
                chunk = index % kRowChunks;
      const bool is_inside = row < count && chunk * kChunkElements < head_dim;
      copy_async(to + row_at(row, chunk), from + (is_inside ? row * stride + chunk * kChunkElements : 0),
                 is_inside ? kChunkBytes : 0);
    }
  }
};

// dk = scale · Σ dscore · query and dv = Σ p · dout, over the heads that share a key, one after the other, and over the
// queries that see it in order. One block per 64 keys of a sequence and key-value head.
template <typename Tile>
__global__ void __launch_bounds__(Tile::kThreads)
    attention_gradient_keys(AttentionBackward<bfloat16> op, const float* expected_of) {
  constexpr int kSteps = Tile::kHeadDim / 16, kStages = Tile::kStages, kPieces = Tile::kQueries / 8;
  constexpr int kBlocks = Tile::kKeys / Tile::Block::kBlockKeys;
  constexpr float kLog2E = 1.4426950408889634f;
  unsigned char* const cache = dynamic_shared_memory();
  unsigned char* const ring = cache + Tile::kCacheBytes;
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize, lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const int g = lane / 4, t = lane % 4, matrix = lane / 8;
  const int head_dim = static_cast<int>(op.head_dim), steps = head_dim / 16;
  const int64_t tiles = ceil_divide(op.max_blocks, kBlocks), group = op.heads / op.kv_heads;
  const int64_t kv_head = blockIdx.x % op.kv_heads, s = blockIdx.x / op.kv_heads / tiles;
  const int64_t first_key = blockIdx.x / op.kv_heads % tiles * Tile::kKeys;
  const SequenceShape shape(op, s);
  if (first_key >= shape.end() || first_key + Tile::kKeys <= shape.first_position) return;
  const View<bfloat16> view(op, s, kv_head);
  const float scale = op.scale * kLog2E;

  for (int b = 0; b < kBlocks; ++b) {
    const int64_t block = first_key / Tile::Block::kBlockKeys + b, left = shape.end() - block * Tile::Block::kBlockKeys;
    const int64_t at = left > 0 ? view.blocks[block] * view.stride + view.offset : 0;
    Tile::Block::fetch(cache + b * Tile::Block::kStageBytes, view.keys + at, view.values + at, head_dim,
                       static_cast<int>(max(int64_t{0}, min(int64_t{Tile::Block::kBlockKeys}, left))));
  }
  // Tiles of queries from the first that sees a key, for each head. One walk fetches them, and one follows it.
  const auto readers_of_keys = [&] { return Readers(op, s, first_key, Tile::kQueries); };
  auto fetched = readers_of_keys();
  int64_t fetched_head = kv_head * group, fetched_tiles = 0;
  const int64_t end_head = (kv_head + 1) * group;
  const auto fetch = [&] {
    if (fetched_head < end_head) {
      unsigned char* const stage = ring + fetched_tiles++ % kStages * Tile::kStageBytes;
      const int64_t row = fetched.sequence().first_row + fetched.row();
      const int64_t at = (row * op.heads + fetched_head) * op.head_dim, stride = op.heads * op.head_dim;
      const int64_t count = fetched.sequence().tokens - fetched.row();
      Tile::fetch_rows(stage, op.rounded_q + at, stride, head_dim, count);
      Tile::fetch_rows(stage + Tile::kRowsBytes, op.rounded_dout + at, stride, head_dim, count);
      fetched.next();
      if (fetched.is_done()) {
        fetched = readers_of_keys();
        ++fetched_head;
      }
    }
    commit_copies();
  };
#pragma unroll 1
  for (int64_t tile = 0; tile < kStages - 1; ++tile) fetch();

  const unsigned char* const block = cache + warp / 2 * Tile::Block::kStageBytes;
  const int half = warp % 2;
  float dk[2 * kSteps][4] = {}, dv[2 * kSteps][4] = {};  // [16 keys, 8 elements each]
  auto readers = readers_of_keys();
  int64_t head = kv_head * group;
#pragma unroll 1
  for (int64_t tile = 0; head < end_head; ++tile) {
    wait_for_copies<kStages - 2>();
    __syncthreads();
    fetch();
    const SequenceShape queries_of = readers.sequence();
    const int64_t first_query = readers.row();
    const unsigned char* const queries = ring + tile % kStages * Tile::kStageBytes;
    const unsigned char* const gradients = queries + Tile::kRowsBytes;

    // [16 keys, queries]: of this lane keys g and g + 8, queries 2t and 2t + 1 of each piece.
    float scores[kPieces][4] = {}, products[kPieces][4] = {};
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
      if (step >= steps) break;
      uint32_t keys[4], values[4];
      Tile::Block::load_keys(keys, block, half, step);
      load_matrices(values,
                    block + Tile::Block::value_at(16 * half + matrix % 2 * 8 + lane % 8, 2 * step + matrix / 2));
#pragma unroll
      for (int p = 0; p < kPieces; p += 2) {
        uint32_t rows[4];  // two second factors [16 elements, 8 queries]
        const int at = Tile::row_at(8 * p + matrix / 2 * 8 + lane % 8, 2 * step + matrix % 2);
        load_matrices(rows, queries + at);
        multiply_add(scores[p], keys, rows[0], rows[1]);
        multiply_add(scores[p + 1], keys, rows[2], rows[3]);
        load_matrices(rows, gradients + at);
        multiply_add(products[p], values, rows[0], rows[1]);
        multiply_add(products[p + 1], values, rows[2], rows[3]);
      }
    }
    uint32_t weights[kPieces][2], dscores[kPieces][2];  // first factors [16 keys, 8 queries]
#pragma unroll
    for (int p = 0; p < kPieces; ++p) {
      float log_sums[2], expected[2];
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        const int64_t row = first_query + 8 * p + 2 * t + n, item = (queries_of.first_row + row) * op.heads + head;
        const bool is_inside = row < queries_of.tokens;
        log_sums[n] = is_inside ? op.log_sums[item] : 0;
        expected[n] = is_inside ? expected_of[item] : 0;
      }
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        float weight[2], dscore[2];
#pragma unroll
        for (int n = 0; n < 2; ++n) {
          const int64_t key = first_key + 16 * warp + 8 * m + g, row = first_query + 8 * p + 2 * t + n;
          const bool sees = key <= queries_of.first_position + row && row < queries_of.tokens;
          weight[n] = sees ? exp2f(scores[p][2 * m + n] * scale - log_sums[n]) : 0.0f;
          dscore[n] = sees ? weight[n] * (products[p][2 * m + n] - expected[n]) : 0.0f;
        }
        weights[p][m] = pack_bfloat16(weight[0], weight[1]);
        dscores[p][m] = pack_bfloat16(dscore[0], dscore[1]);
      }
    }
#pragma unroll
    for (int p = 0; p < kPieces; p += 2) {
      const uint32_t weight[4] = {weights[p][0], weights[p][1], weights[p + 1][0], weights[p + 1][1]};
      const uint32_t dscore[4] = {dscores[p][0], dscores[p][1], dscores[p + 1][0], dscores[p + 1][1]};
#pragma unroll
      for (int step = 0; step < kSteps; ++step) {
        if (step >= steps) break;
        uint32_t rows[4];  // two second factors [16 queries, 8 elements]
        const int at = Tile::row_at(8 * p + matrix % 2 * 8 + lane % 8, 2 * step + matrix / 2);
        load_matrices_transposed(rows, gradients + at);
        multiply_add(dv[2 * step], weight, rows[0], rows[1]);
        multiply_add(dv[2 * step + 1], weight, rows[2], rows[3]);
        load_matrices_transposed(rows, queries + at);
        multiply_add(dk[2 * step], dscore, rows[0], rows[1]);
        multiply_add(dk[2 * step + 1], dscore, rows[2], rows[3]);
      }
    }
    readers.next();
    if (readers.is_done()) {
      readers = readers_of_keys();
      ++head;
    }
  }

#pragma unroll
  for (int m = 0; m < 2; ++m) {
    const int64_t key = first_key + 16 * warp + 8 * m + g;
    if (key < shape.first_position || key >= shape.end()) continue;  // another sequence's, or nobody's
    const int64_t row = shape.first_row + key - shape.first_position;
    const int64_t at = (row * op.kv_heads + kv_head) * op.head_dim + 2 * t;
#pragma unroll
    for (int d = 0; d < 2 * kSteps; ++d)
      if (d < 2 * steps)
#pragma unroll
        for (int n = 0; n < 2; ++n) {
          op.dk[at + 8 * d + n] = dk[d][2 * m + n] * op.scale;
          op.dv[at + 8 * d + n] = dv[d][2 * m + n];
        }
  }
}

}  // namespace cohort::kernels
