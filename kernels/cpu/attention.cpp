#include "kernels/attention.hpp"

#include <algorithm>
#include <vector>

#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 and 1 belong to gemm.
enum Slot { kQueries = 2, kScores, kOut, kKeys, kValues, kGradScores, kGradQueries, kTransposed, kGradOut };

// Tiles write whole panels: rows of scratch that a tile reads as B carry this much behind their end.
constexpr int64_t kSlack = kPanelColumns;

template <typename W>
auto cache_tile() {
  if constexpr (std::is_same_v<W, bfloat16>) {
    return isa().tile_by_bfloat16;
  } else {
    return Product<W>::tile();
  }
}
template <typename T>
auto own_tile() {
  return Product<T>::tile();
}

int64_t blocks_of(int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

// Queries of some tokens of a sequence that share one key-value head, one after the other: row t · group + g.
template <typename T>
void gather_rows(const T* x, int64_t first_row, int64_t tokens, int64_t heads, int64_t head, int64_t group,
                 int64_t head_dim, T* rows) {
  for (int64_t t = 0; t < tokens; ++t)
    std::copy_n(x + ((first_row + t) * heads + head * group) * head_dim, group * head_dim, rows + t * group * head_dim);
}
template <typename T>
void scatter_rows(const T* rows, int64_t first_row, int64_t tokens, int64_t heads, int64_t head, int64_t group,
                  int64_t head_dim, T* x) {
  for (int64_t t = 0; t < tokens; ++t)
    std::copy_n(rows + t * group * head_dim, group * head_dim, x + ((first_row + t) * heads + head * group) * head_dim);
}

// A piece of work: some consecutive query tokens of one sequence, and one key-value head.
struct Piece {
  int64_t sequence, head, first, tokens;  // first: query token within the sequence's queries
};

// Tokens a tile takes, so that its scores stay in the second-level cache.
int64_t tokens_per_tile(int64_t group, int64_t keys) {
  return std::clamp<int64_t>(48'000 / (group * (keys + kBlockTokens)), 1, std::max<int64_t>(1, 48 / group));
}

}  // namespace

template <typename W>
void AttentionForward<W>::run_cpu() const {
  const int64_t group = heads / kv_heads, block_size = kv_heads * head_dim * kBlockTokens;
  std::vector<Piece> pieces;
  for (int64_t s = 0; s < sequences; ++s) {
    const int64_t queries = cu_queries[s + 1] - cu_queries[s];
    const int64_t step = tokens_per_tile(group, first_position[s] + queries);
    for (int64_t first = 0; first < queries; first += step)
      for (int64_t head = 0; head < kv_heads; ++head)
        pieces.push_back({s, head, first, std::min(step, queries - first)});
  }

  parallel_tasks(std::ssize(pieces), [&](int64_t index, int64_t) {
    const Piece& piece = pieces[index];
    const int64_t position = first_position[piece.sequence] + piece.first;  // of the first query
    const int64_t num_keys = position + piece.tokens, num_blocks = blocks_of(num_keys), width = num_blocks * kBlockTokens;
    const int64_t rows = piece.tokens * group, first_row = cu_queries[piece.sequence] + piece.first;
    const int32_t* table = block_table + piece.sequence * max_blocks;

    T* queries = scratch<T>(kQueries, rows * head_dim);
    gather_rows(q, first_row, piece.tokens, heads, piece.head, group, head_dim, queries);
    row_functions<T>().scale(scale, queries, queries, rows * head_dim);

    T* scores = scratch<T>(kScores, rows * width);
    for (int64_t b = 0; b < num_blocks; ++b)
      cache_tile<W>()(rows, head_dim, queries, head_dim,
                      keys + table[b] * block_size + piece.head * head_dim * kBlockTokens, kBlockTokens,
                      scores + b * kBlockTokens, width, kBlockTokens, Write::store);

    T* sums = scratch<T>(kGradOut, rows);
    for (int64_t r = 0; r < rows; ++r)
      sums[r] = row_functions<T>().softmax(scores + r * width, position + r / group + 1, width);

    T* sum_of_values = scratch<T>(kOut, rows * head_dim);
    for (int64_t b = 0; b < num_blocks; ++b) {
      const int64_t in_block = std::min(kBlockTokens, num_keys - b * kBlockTokens);
      const W* block = values + table[b] * block_size + piece.head * head_dim * kBlockTokens;
      for (int64_t d = 0; d < head_dim; d += kPanelColumns)
        cache_tile<W>()(rows, in_block, scores + b * kBlockTokens, width, block + d, head_dim, sum_of_values + d,
                        head_dim, std::min(kPanelColumns, head_dim - d), b == 0 ? Write::store : Write::resume);
    }
    for (int64_t r = 0; r < rows; ++r)
      row_functions<T>().scale(1 / sums[r], sum_of_values + r * head_dim, sum_of_values + r * head_dim, head_dim);
    scatter_rows(sum_of_values, first_row, piece.tokens, heads, piece.head, group, head_dim, out);
  });
}

template <typename W>
void AttentionBackward<W>::run_cpu() const {
  const int64_t group = heads / kv_heads, block_size = kv_heads * head_dim * kBlockTokens;

  parallel_tasks(sequences * kv_heads, [&](int64_t index, int64_t) {
    const int64_t s = index / kv_heads, head = index % kv_heads;
    const int64_t first_row = cu_queries[s], tokens = cu_queries[s + 1] - first_row;
    const int64_t num_blocks = blocks_of(tokens);
    const int32_t* table = block_table + s * max_blocks;

    // Keys by rows, and values as panels of the product dout·valuesᵀ: both once for all queries.
    T* key_rows = scratch<T>(kKeys, num_blocks * kBlockTokens * head_dim + kSlack);
    T* value_panels = scratch<T>(kValues, num_blocks * kBlockTokens * head_dim);
    for (int64_t b = 0; b < num_blocks; ++b) {
      const W* key_block = keys + table[b] * block_size + head * head_dim * kBlockTokens;
      const W* value_block = values + table[b] * block_size + head * head_dim * kBlockTokens;
      const int64_t in_block = std::min(kBlockTokens, tokens - b * kBlockTokens), offset = b * kBlockTokens * head_dim;
      for (int64_t d = 0; d < head_dim; ++d)
        for (int64_t j = 0; j < in_block; ++j) {
          key_rows[offset + j * head_dim + d] = to_float(key_block[d * kBlockTokens + j]);
          value_panels[offset + d * kBlockTokens + j] = to_float(value_block[j * head_dim + d]);
        }
      for (int64_t d = 0; d < head_dim; ++d)
        for (int64_t j = in_block; j < kBlockTokens; ++j) value_panels[offset + d * kBlockTokens + j] = 0;
    }

    const auto tile = own_tile<T>();
    const RowFunctions<T>& functions = row_functions<T>();
    T* dkeys = dk + (first_row * kv_heads + head) * head_dim;
    T* dvalues = dv + (first_row * kv_heads + head) * head_dim;
    const int64_t stride = kv_heads * head_dim;
    for (int64_t t = 0; t < tokens; ++t) {
      std::fill_n(dkeys + t * stride, head_dim, T(0));
      std::fill_n(dvalues + t * stride, head_dim, T(0));
    }

    const int64_t step = tokens_per_tile(group, tokens);
    for (int64_t first = 0; first < tokens; first += step) {
      const int64_t count = std::min(step, tokens - first), rows = count * group;
      const int64_t num_keys = first + count, visible_blocks = blocks_of(num_keys), width = visible_blocks * kBlockTokens;
      T* queries = scratch<T>(kQueries, rows * head_dim + kSlack);
      T* dout_rows = scratch<T>(kGradOut, rows * head_dim + kSlack);
      T* out_rows = scratch<T>(kOut, rows * head_dim);
      gather_rows(q, first_row + first, count, heads, head, group, head_dim, queries);
      functions.scale(scale, queries, queries, rows * head_dim);
      gather_rows(dout, first_row + first, count, heads, head, group, head_dim, dout_rows);
      gather_rows(out, first_row + first, count, heads, head, group, head_dim, out_rows);

      // Probabilities again, exactly as the forward had them.
      T* probabilities = scratch<T>(kScores, rows * width);
      T* dscores = scratch<T>(kGradScores, rows * width);
      for (int64_t b = 0; b < visible_blocks; ++b) {
        cache_tile<W>()(rows, head_dim, queries, head_dim,
                        keys + table[b] * block_size + head * head_dim * kBlockTokens, kBlockTokens,
                        probabilities + b * kBlockTokens, width, kBlockTokens, Write::store);
        tile(rows, head_dim, dout_rows, head_dim, value_panels + b * kBlockTokens * head_dim, kBlockTokens,
             dscores + b * kBlockTokens, width, kBlockTokens, Write::store);
      }
      for (int64_t r = 0; r < rows; ++r) {
        T *p = probabilities + r * width, *ds = dscores + r * width;
        const T sum = functions.softmax(p, first + r / group + 1, width);
        functions.scale(1 / sum, p, p, width);
        const T expected = functions.dot(dout_rows + r * head_dim, out_rows + r * head_dim, head_dim);
        for (int64_t j = 0; j < width; ++j) ds[j] = p[j] * (ds[j] - expected);
      }

      T* dqueries = scratch<T>(kGradQueries, rows * head_dim);
      T* transposed = scratch<T>(kTransposed, rows * width);
      for (int64_t d = 0; d < head_dim; d += kPanelColumns)
        tile(rows, num_keys, dscores, width, key_rows + d, head_dim, dqueries + d, head_dim,
             std::min(kPanelColumns, head_dim - d), Write::store);
      functions.scale(scale, dqueries, dqueries, rows * head_dim);
      scatter_rows(dqueries, first_row + first, count, heads, head, group, head_dim, dq);

      const auto add_transposed = [&](const T* weights, const T* b, T* gradient) {
        for (int64_t r = 0; r < rows; ++r)
          for (int64_t j = 0; j < num_keys; ++j) transposed[j * rows + r] = weights[r * width + j];
        for (int64_t d = 0; d < head_dim; d += kPanelColumns)
          tile(num_keys, rows, transposed, rows, b + d, head_dim, gradient + d, stride,
               std::min(kPanelColumns, head_dim - d), Write::resume);
      };
      add_transposed(dscores, queries, dkeys);  // queries carry the scale
      add_transposed(probabilities, dout_rows, dvalues);
    }
  });
}

template struct AttentionForward<float>;
template struct AttentionForward<bfloat16>;
template struct AttentionForward<double>;
template struct AttentionBackward<float>;
template struct AttentionBackward<bfloat16>;
template struct AttentionBackward<double>;

}  // namespace cohort::kernels
