#include <type_traits>

#include "kernels/attention.hpp"
#include "kernels/cuda/attention_decode.cuh"
#include "kernels/cuda/attention_gradients.cuh"
#include "kernels/cuda/attention_rows.cuh"
#include "kernels/cuda/hopper_attention.hpp"
#include "kernels/cuda/numbers.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/round_rows.cuh"
#include "kernels/cuda/scratch.cuh"

namespace cohort::kernels {
namespace {

constexpr int kThreads = 128;      // of a query: keys looked at together, four blocks of the cache
constexpr int kMaxHeadDim = 256;   // two elements of the output a thread
constexpr int kKeptScores = 2048;  // positions whose scores are kept from the maximum to the exponentials

template <typename W, typename T>
__device__ T dot_key(const T* query, const W* key, int64_t head_dim) {
  T sum = 0;
#pragma unroll 8
  for (int64_t d = 0; d < head_dim; ++d) sum = fma(query[d], static_cast<T>(to_float(key[d * kBlockTokens])), sum);
  return sum;
}

// Softmax of one query's scores: exp(score − max), in tiles of kThreads positions, thread t taking position first + t.
// All threads call it; `query` is in shared memory and carries the scale. use(first, p) sees every tile in order, p
// being this thread's exponential, 0 beyond the end.
template <typename T>
struct Softmax {
  T max, sum;
};
template <typename W, typename T, typename Use>
__device__ Softmax<T> softmax(const View<W>& view, const T* query, int64_t positions, T* kept_scores, Use use) {
  T max = -INFINITY;
  for (int64_t j = threadIdx.x; j < positions; j += kThreads) {
    const T score = dot_key(query, view.key(j), view.head_dim);
    if (j < kKeptScores) kept_scores[j] = score;
    max = fmax(max, score);
  }
  max = block_reduce<kThreads>(max, Max());

  T sum = 0;
  for (int64_t first = 0; first < positions; first += kThreads) {
    const int64_t j = first + threadIdx.x;
    T p = 0;
    if (j < positions) p = exp((j < kKeptScores ? kept_scores[j] : dot_key(query, view.key(j), view.head_dim)) - max);
    sum += p;
    use(first, p);
  }
  return {max, block_reduce<kThreads>(sum, Sum())};
}

// One block per query token and head. The order of all sums follows from the position and head_dim alone: a query does
// not know its neighbours.
template <typename W, typename T>
__global__ void __launch_bounds__(kThreads) forward(AttentionForward<W> op) {
  __shared__ T query[kMaxHeadDim], kept_scores[kKeptScores], exponentials[kThreads], sums[kMaxHeadDim];
  const int64_t item = blockIdx.x, row = item / op.heads, head = item % op.heads;
  const int64_t s = sequence_of(op.cu_queries, op.sequences, row);
  const int64_t positions = op.first_position[s] + row - op.cu_queries[s] + 1;
  const View<W> view(op, s, head / (op.heads / op.kv_heads));
  const int head_dim = static_cast<int>(op.head_dim), lanes = min(head_dim, kThreads);
  const int num_groups = kThreads / lanes;  // group g sums the values of positions g, g + num_groups, … of a tile
  const int lane = static_cast<int>(threadIdx.x) % lanes, group = static_cast<int>(threadIdx.x) / lanes;

  for (int d = threadIdx.x; d < head_dim; d += kThreads) query[d] = op.q_at(item * head_dim + d) * op.scale;
  __syncthreads();

  T low = 0, high = 0;  // elements lane and lane + kThreads of the weighted sum of values
  const auto [max, sum] = softmax(view, query, positions, kept_scores, [&](int64_t first, T p) {
    exponentials[threadIdx.x] = p;
    __syncthreads();
    const int count = static_cast<int>(min(int64_t{kThreads}, positions - first));
    for (int j = group; j < count && group < num_groups; j += num_groups) {
      const W* value = view.value(first + j);
      low = fma(exponentials[j], static_cast<T>(to_float(value[lane])), low);
      if (lane + kThreads < head_dim)
        high = fma(exponentials[j], static_cast<T>(to_float(value[lane + kThreads])), high);
    }
    __syncthreads();  // the next tile writes the exponentials
  });

  // Groups one after the other.
  for (int g = 0; g < num_groups; ++g) {
    if (g == group) {
      sums[lane] = g == 0 ? low : sums[lane] + low;
      if (lane + kThreads < head_dim) sums[lane + kThreads] = high;
    }
    __syncthreads();
  }
  if constexpr (std::is_same_v<W, bfloat16>)
    if (op.log_sums && threadIdx.x == 0) op.log_sums[item] = (max + log(sum)) * kLog2E;
  for (int d = threadIdx.x; d < head_dim; d += kThreads)
    store_either(op.out, op.rounded_out, item * head_dim + d, sums[d] / sum);
}

// What the backward has to know of a query: p = exp(score − log_sum_exp), dscore = p · (dout · value − expected).
template <typename T>
struct QueryStats {
  T log_sum_exp, expected;
};

// One block per query token and head.
template <typename W, typename T>
__global__ void __launch_bounds__(kThreads) backward_stats(AttentionBackward<W> op, QueryStats<T>* stats) {
  __shared__ T query[kMaxHeadDim], kept_scores[kKeptScores];
  const int64_t item = blockIdx.x, row = item / op.heads, head = item % op.heads;
  const int64_t s = sequence_of(op.cu_queries, op.sequences, row);
  const View<W> view(op, s, head / (op.heads / op.kv_heads));
  T expected = 0;
  for (int64_t d = threadIdx.x; d < op.head_dim; d += kThreads) {
    const int64_t at = item * op.head_dim + d;
    query[d] = op.q_at(at) * op.scale;
    expected = fma(op.out_at(at), op.dout_at(at), expected);
  }
  expected = block_reduce<kThreads>(expected, Sum());  // also the barrier behind query
  const auto [max, sum] =
      softmax(view, query, op.first_position[s] + row - op.cu_queries[s] + 1, kept_scores, [](int64_t, T) {});
  if (threadIdx.x == 0) stats[item] = {max + log(sum), expected};
}

// A tile of 32 queries by 32 keys (one block of the cache), for 256 threads: thread (k, r) = (t mod 32, t / 32) has
// key k and queries r, r + 8, r + 16, r + 24. head_dim is walked in chunks of 32.
constexpr int kTile = static_cast<int>(kBlockTokens);
constexpr int kTileThreads = 256;
constexpr int kTileRows = kTileThreads / kTile;  // rows of a tile that threads take at once
constexpr int kRowsOfThread = kTile / kTileRows;

template <typename T>
using Square = T[kTile][kTile + 1];  // an odd pitch: columns lie in different banks

// square[i][j] = at(i, j) where it is inside, else 0; rows over warps, j along a warp.
template <typename T, typename At>
__device__ void fill(Square<T>& square, int rows, int columns, At at) {
  const int j = static_cast<int>(threadIdx.x) % kTile;
  for (int i = static_cast<int>(threadIdx.x) / kTile; i < kTile; i += kTileRows)
    square[i][j] = i < rows && j < columns ? static_cast<T>(to_float(at(i, j))) : T(0);
}

// The tile of one head: queries from row first_query of their sequence on, and keys from position key_block · 32 on of
// theirs, which ends at end_key.
template <typename W, typename T>
struct Tile {
  const AttentionBackward<W>& op;
  View<W> view;
  SequenceShape queries;
  int64_t head, first_query, key_block, end_key;

  __device__ int num_queries() const { return static_cast<int>(min(int64_t{kTile}, queries.tokens - first_query)); }
  __device__ int num_keys() const { return static_cast<int>(min(int64_t{kTile}, end_key - key_block * kTile)); }
  __device__ int64_t query_item(int i) const { return (queries.first_row + first_query + i) * op.heads + head; }

  // Each fills [32][32]: rows are tokens, columns elements d0 … d0 + 31 of the head; keys the other way round.
  __device__ void fill_queries(Square<T>& square, int64_t d0) const {
    fill(square, num_queries(), columns(d0),
         [&](int i, int j) { return op.q_at(query_item(i) * op.head_dim + d0 + j); });
  }
  __device__ void fill_gradients(Square<T>& square, int64_t d0) const {
    fill(square, num_queries(), columns(d0),
         [&](int i, int j) { return op.dout_at(query_item(i) * op.head_dim + d0 + j); });
  }
  __device__ void fill_keys(Square<T>& square, int64_t d0) const {
    const W* block = view.key_block(key_block);
    fill(square, columns(d0), num_keys(), [&](int i, int j) { return block[(d0 + i) * kTile + j]; });
  }
  __device__ void fill_values(Square<T>& square, int64_t d0) const {
    const W* block = view.value_block(key_block);
    fill(square, num_keys(), columns(d0), [&](int i, int j) { return block[i * op.head_dim + d0 + j]; });
  }
  __device__ int columns(int64_t d0) const { return static_cast<int>(min(int64_t{kTile}, op.head_dim - d0)); }

  // Leaves the probabilities and the gradients of the scores, [query][key], in squares[2] and [3]; zeros where a query
  // does not see a key. Starts with a barrier; the caller sets the one between this and reading them.
  __device__ void probabilities(const QueryStats<T>* stats, Square<T> (&squares)[4]) const {
    const int k = static_cast<int>(threadIdx.x) % kTile, first = static_cast<int>(threadIdx.x) / kTile;
    T scores[kRowsOfThread] = {}, dp[kRowsOfThread] = {};
    for (int64_t d0 = 0; d0 < op.head_dim; d0 += kTile) {
      __syncthreads();
      fill_queries(squares[0], d0);
      fill_gradients(squares[1], d0);
      fill_keys(squares[2], d0);
      fill_values(squares[3], d0);
      __syncthreads();
      for (int d = 0; d < columns(d0); ++d)
#pragma unroll
        for (int r = 0; r < kRowsOfThread; ++r) {
          const int i = first + r * kTileRows;
          scores[r] = fma(squares[0][i][d] * op.scale, squares[2][d][k], scores[r]);
          dp[r] = fma(squares[1][i][d], squares[3][k][d], dp[r]);
        }
    }
    __syncthreads();
#pragma unroll
    for (int r = 0; r < kRowsOfThread; ++r) {
      const int i = first + r * kTileRows;
      const bool sees = i < num_queries() && key_block * kTile + k <= queries.first_position + first_query + i;
      const QueryStats<T> query = sees ? stats[query_item(i)] : QueryStats<T>{};
      const T p = sees ? exp(scores[r] - query.log_sum_exp) : T(0);
      squares[2][i][k] = p;
      squares[3][i][k] = sees ? p * (dp[r] - query.expected) : T(0);
    }
  }
};

// Where a block of a grid over [sequences, max_blocks, heads] stands.
template <typename W>
struct Place {
  int64_t head, block, sequence;
  SequenceShape shape;

  __device__ Place(const AttentionBackward<W>& op, int64_t heads)
      : head(blockIdx.x % heads),
        block(blockIdx.x / heads % op.max_blocks),
        sequence(blockIdx.x / heads / op.max_blocks),
        shape(op, sequence) {}
};

// One block per 32 queries of a sequence and head: dq = scale · Σ_keys dscore · key, keys in order.
template <int kChunks, typename W, typename T>
__global__ void __launch_bounds__(kTileThreads) backward_queries(AttentionBackward<W> op, const QueryStats<T>* stats) {
  __shared__ Square<T> squares[4];
  const Place<W> place(op, op.heads);
  if (place.block * kTile >= place.shape.tokens) return;
  const View<W> view(op, place.sequence, place.head / (op.heads / op.kv_heads));
  const int column = static_cast<int>(threadIdx.x) % kTile, first = static_cast<int>(threadIdx.x) / kTile;

  T dq[kChunks][kRowsOfThread] = {};
  Tile<W, T> tile{op, view, place.shape, place.head, place.block * kTile, 0, place.shape.end()};
  const int64_t end = place.shape.first_position + tile.first_query + tile.num_queries();  // of what the last one sees
  for (; tile.key_block * kTile < end; ++tile.key_block) {
    tile.probabilities(stats, squares);
#pragma unroll
    for (int c = 0; c < kChunks; ++c) {
      if (c * kTile >= op.head_dim) break;
      tile.fill_keys(squares[0], c * kTile);
      __syncthreads();
      for (int k = 0; k < kTile; ++k)
#pragma unroll
        for (int r = 0; r < kRowsOfThread; ++r)
          dq[c][r] = fma(squares[3][first + r * kTileRows][k], squares[0][column][k], dq[c][r]);
      __syncthreads();
    }
  }

#pragma unroll
  for (int c = 0; c < kChunks; ++c)
#pragma unroll
    for (int r = 0; r < kRowsOfThread; ++r) {
      const int i = first + r * kTileRows, d = c * kTile + column;
      if (i < tile.num_queries() && d < op.head_dim) op.dq[tile.query_item(i) * op.head_dim + d] = dq[c][r] * op.scale;
    }
}

// One block per 32 keys of a sequence and key-value head: dk = scale · Σ dscore · query and dv = Σ p · dout over the
// heads of the group, and over the queries that see them in order.
template <int kChunks, typename W, typename T>
__global__ void __launch_bounds__(kTileThreads) backward_keys(AttentionBackward<W> op, const QueryStats<T>* stats) {
  __shared__ Square<T> squares[4];
  const Place<W> place(op, op.kv_heads);
  if (place.block * kTile >= place.shape.end() || (place.block + 1) * kTile <= place.shape.first_position) return;
  const View<W> view(op, place.sequence, place.head);
  const int64_t group = op.heads / op.kv_heads;
  const int column = static_cast<int>(threadIdx.x) % kTile, first = static_cast<int>(threadIdx.x) / kTile;

  T dk[kChunks][kRowsOfThread] = {}, dv[kChunks][kRowsOfThread] = {};
  Tile<W, T> tile{op, view, place.shape, 0, 0, place.block, place.shape.end()};
  for (tile.head = place.head * group; tile.head < (place.head + 1) * group; ++tile.head)
    for (Readers readers(op, place.sequence, place.block * kTile, kTile); !readers.is_done(); readers.next()) {
      tile.queries = readers.sequence();
      tile.first_query = readers.row();
      tile.probabilities(stats, squares);
#pragma unroll
      for (int c = 0; c < kChunks; ++c) {
        if (c * kTile >= op.head_dim) break;
        tile.fill_queries(squares[0], c * kTile);
        tile.fill_gradients(squares[1], c * kTile);
        __syncthreads();
        for (int i = 0; i < kTile; ++i)
#pragma unroll
          for (int r = 0; r < kRowsOfThread; ++r) {
            const int k = first + r * kTileRows;
            dk[c][r] = fma(squares[3][i][k], squares[0][i][column], dk[c][r]);
            dv[c][r] = fma(squares[2][i][k], squares[1][i][column], dv[c][r]);
          }
        __syncthreads();
      }
    }

#pragma unroll
  for (int c = 0; c < kChunks; ++c)
#pragma unroll
    for (int r = 0; r < kRowsOfThread; ++r) {
      const int k = first + r * kTileRows, d = c * kTile + column;
      const int64_t own = place.block * kTile + k - place.shape.first_position;  // negative: another sequence's key
      if (own < 0 || k >= tile.num_keys() || d >= op.head_dim) continue;
      const int64_t row = place.shape.first_row + own;
      const int64_t at = (row * op.kv_heads + place.head) * op.head_dim + d;
      op.dk[at] = dk[c][r] * op.scale;
      op.dv[at] = dv[c][r];
    }
}

// Heads of whole steps of the instruction, in caches that copies of 16 bytes can read.
template <typename Op>
bool fits_tensor_cores(const Op& op) {
  const auto is_whole = [](const void* at) { return reinterpret_cast<uintptr_t>(at) % kChunkBytes == 0; };
  return op.head_dim % 16 == 0 && is_whole(op.keys) && is_whole(op.values) && is_whole(op.q) && is_whole(op.rounded_q);
}

// Without an output only log_sums are computed.
void launch_forward_spans(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  const bool has_output = op.out || op.rounded_out;
  if (op.rows <= op.sequences && has_output) return launch_decode(op, stream);  // a token of each sequence
  if (fits_hopper(op)) return run_hopper(op, stream);
  launch_rows(op, stream);
}

template <int kDim, int kPieces>
void launch_gradient_tiles(const AttentionBackward<bfloat16>& op, const float* expected, cudaStream_t stream) {
  using Queries = AttentionTile<kDim, kPieces, 4, 3>;
  const AttentionRows rows = rows_of_block<Queries>(op.heads / op.kv_heads, false);
  const int64_t query_blocks = ceil_divide(op.rows, rows.tokens) * op.kv_heads * rows.parts;
  launch_blocks("attention backward queries", attention_gradient_queries<Queries>,
                Blocks{query_blocks, Queries::kThreads, Queries::kSharedBytes}, stream, op, expected, rows);
  using Keys = KeyGradientTile<kDim, kPieces * 16, 3>;
  const int64_t key_blocks = op.sequences * ceil_divide(op.max_blocks, Keys::kKeys / kBlockTokens) * op.kv_heads;
  launch_blocks("attention backward keys", attention_gradient_keys<Keys>,
                Blocks{key_blocks, Keys::kThreads, Keys::kSharedBytes}, stream, op, expected);
}

// Beyond this a key's gradients do not fit the registers of a warp.
constexpr int64_t kMaxGradientDim = 128;

void launch_gradient_tiles(AttentionBackward<bfloat16> op, cudaStream_t stream) {
  const int64_t items = op.rows * op.heads, width = op.heads * op.head_dim;
  // What was not given is found, or rounded, first.
  const Scratch<bfloat16> q(op.rounded_q ? 0 : op.rows * width, stream);
  const Scratch<bfloat16> dout(op.rounded_dout ? 0 : op.rows * width, stream);
  const Scratch<float> log_sums(op.log_sums ? 0 : items, stream);
  const auto round = [&](const float* from, bfloat16* to) {
    launch_elements("attention backward rounding", round_rows<float>, op.rows * width / kChunkElements, stream, from,
                    op.rows, width, to, width);
    return to;
  };
  if (!op.rounded_q) op.rounded_q = round(op.q, q.data());
  if (!op.rounded_dout) op.rounded_dout = round(op.dout, dout.data());
  if (!op.log_sums) {
    launch_forward_spans(
        AttentionForward<bfloat16>{nullptr, op.keys, op.values, op.cu_queries, op.first_position, op.block_table,
                                   nullptr, op.sequences, op.max_blocks, op.rows, op.heads, op.kv_heads, op.head_dim,
                                   op.scale, nullptr, log_sums.data(), op.rounded_q},
        stream);
    op.log_sums = log_sums.data();
  }
  if (fits_hopper(op)) return run_hopper(op, stream);
  const Scratch<float> expected(items, stream);
  launch_blocks("attention backward expected", attention_expected, ceil_divide(items, kExpectedWarps),
                kExpectedWarps * kWarpSize, stream, op, expected.data());
  if (op.head_dim <= 64) {
    launch_gradient_tiles<64, 2>(op, expected.data(), stream);
  } else {
    launch_gradient_tiles<128, 1>(op, expected.data(), stream);
  }
}

void check_head_dim(const char* name, int64_t head_dim) {
  if (head_dim > kMaxHeadDim)
    throw std::runtime_error(std::string(name) + ": expected a head_dim of at most " + std::to_string(kMaxHeadDim) +
                             ", got " + std::to_string(head_dim));
}

}  // namespace

template <typename W>
void AttentionForward<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  check_head_dim("attention forward", head_dim);
  if constexpr (std::is_same_v<W, bfloat16>)
    if (fits_tensor_cores(*this)) return launch_forward_spans(*this, stream);
  launch_blocks("attention forward", forward<W, T>, rows * heads, kThreads, stream, *this);
}

template <typename W>
void AttentionBackward<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  check_head_dim("attention backward", head_dim);
  if constexpr (std::is_same_v<W, bfloat16>)
    if (fits_tensor_cores(*this) && head_dim <= kMaxGradientDim) return launch_gradient_tiles(*this, stream);
  const Scratch<QueryStats<T>> stats(rows * heads, stream);
  launch_blocks("attention backward stats", backward_stats<W, T>, rows * heads, kThreads, stream, *this, stats.data());
  // Chunks of head_dim that a thread keeps in registers.
  const auto run = [&](auto chunks) {
    constexpr int kChunks = decltype(chunks)::value;
    launch_blocks("attention backward queries", backward_queries<kChunks, W, T>, sequences * max_blocks * heads,
                  kTileThreads, stream, *this, stats.data());
    launch_blocks("attention backward keys", backward_keys<kChunks, W, T>, sequences * max_blocks * kv_heads,
                  kTileThreads, stream, *this, stats.data());
  };
  if (head_dim <= 2 * kTile) {
    run(std::integral_constant<int, 2>());
  } else if (head_dim <= 4 * kTile) {
    run(std::integral_constant<int, 4>());
  } else {
    run(std::integral_constant<int, 8>());
  }
}

template struct AttentionForward<float>;
template struct AttentionForward<bfloat16>;
template struct AttentionForward<double>;
template struct AttentionBackward<float>;
template struct AttentionBackward<bfloat16>;
template struct AttentionBackward<double>;

}  // namespace cohort::kernels
