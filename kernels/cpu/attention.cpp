#include "kernels/attention.hpp"

#include <algorithm>
#include <vector>

#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 and 1 belong to gemm.
enum Slot { kQueries = 2, kScores, kOut, kKeys, kValues, kGradScores, kGradQueries, kTransposed, kGradOut, kGradKeys };

// Tiles write whole panels: rows of scratch that a tile reads as B carry this much behind their end.
constexpr int64_t kSlack = kPanelColumns;

template <typename W>
auto cache_tile() {
  if constexpr (std::is_same_v<W, bfloat16>) {
    return isa().tile_by_bfloat16;
  } else {
    return Product<W>::tiles().rows;
  }
}
template <typename T>
auto own_tile() {
  return Product<T>::tiles().rows;
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

namespace {

// One sequence and one key-value head of the backward. Gradients of keys and values are kept by position, apart from
// the rows they belong to.
template <typename W>
class SequenceBackward {
 public:
  using T = Activation<W>;

  SequenceBackward(const AttentionBackward<W>& op, int64_t sequence, int64_t head)
      : op_(op),
        head_(head),
        first_row_(op.cu_queries[sequence]),
        tokens_(op.cu_queries[sequence + 1] - first_row_),
        earlier_(op.first_position[sequence]),
        table_(op.block_table + sequence * op.max_blocks),
        dim_(op.head_dim),
        block_size_(op.kv_heads * op.head_dim * kBlockTokens) {}

  void run() {
    read_cache();
    const int64_t keys = earlier_ + tokens_, step = tokens_per_tile(group_, keys);
    dkeys_ = scratch<T>(kGradKeys, 2 * keys * dim_);
    dvalues_ = dkeys_ + keys * dim_;
    std::fill_n(dkeys_, 2 * keys * dim_, T(0));
    for (int64_t first = 0; first < tokens_; first += step) add_tile(first, std::min(step, tokens_ - first));
  }

  // Hands over what run() gathered: earlier positions to the rows from `prefix_row` on, the others to their own.
  void add_to_rows(int64_t prefix_row) const {
    const int64_t stride = op_.kv_heads * dim_;
    for (int64_t position = 0; position < earlier_ + tokens_; ++position) {
      const bool is_own = position >= earlier_;
      const int64_t row = is_own ? first_row_ + position - earlier_ : prefix_row + position;
      for (const auto& [from, to] : {std::pair{dkeys_, op_.dk}, std::pair{dvalues_, op_.dv}}) {
        T* target = to + row * stride + head_ * dim_;
        if (is_own) {
          std::copy_n(from + position * dim_, dim_, target);
        } else {
          functions_.axpy(1, from + position * dim_, target, dim_);
        }
      }
    }
  }

 private:
  // Keys by rows, and values as panels of the product dout·valuesᵀ: both once for all queries.
  void read_cache() {
    const int64_t total = earlier_ + tokens_, num_blocks = blocks_of(total);
    key_rows_ = scratch<T>(kKeys, num_blocks * kBlockTokens * dim_ + kSlack);
    value_panels_ = scratch<T>(kValues, num_blocks * kBlockTokens * dim_);
    for (int64_t b = 0; b < num_blocks; ++b) {
      const W *keys = key_block(b), *values = op_.values + (keys - op_.keys);
      const int64_t in_block = std::min(kBlockTokens, total - b * kBlockTokens), offset = b * kBlockTokens * dim_;
      for (int64_t d = 0; d < dim_; ++d) {
        for (int64_t j = 0; j < in_block; ++j) {
          key_rows_[offset + j * dim_ + d] = to_float(keys[d * kBlockTokens + j]);
          value_panels_[offset + d * kBlockTokens + j] = to_float(values[j * dim_ + d]);
        }
        for (int64_t j = in_block; j < kBlockTokens; ++j) value_panels_[offset + d * kBlockTokens + j] = 0;
      }
    }
  }

  // Queries first … first + count − 1 of the sequence.
  void add_tile(int64_t first, int64_t count) {
    const int64_t rows = count * group_, row = first_row_ + first, position = earlier_ + first;
    const int64_t num_keys = position + count, width = blocks_of(num_keys) * kBlockTokens;
    T* queries = scratch<T>(kQueries, rows * dim_ + kSlack);
    T* dout = scratch<T>(kGradOut, rows * dim_ + kSlack);
    T* out = scratch<T>(kOut, rows * dim_);
    gather_rows(op_.q, row, count, op_.heads, head_, group_, dim_, queries);
    functions_.scale(op_.scale, queries, queries, rows * dim_);
    gather_rows(op_.dout, row, count, op_.heads, head_, group_, dim_, dout);
    gather_rows(op_.out, row, count, op_.heads, head_, group_, dim_, out);

    // Probabilities again, exactly as the forward had them.
    T* probabilities = scratch<T>(kScores, rows * width);
    T* dscores = scratch<T>(kGradScores, rows * width);
    for (int64_t b = 0; b < width / kBlockTokens; ++b) {
      cache_tile<W>()(rows, dim_, queries, dim_, key_block(b), kBlockTokens, probabilities + b * kBlockTokens, width,
                      kBlockTokens, Write::store);
      tile_(rows, dim_, dout, dim_, value_panels_ + b * kBlockTokens * dim_, kBlockTokens, dscores + b * kBlockTokens,
            width, kBlockTokens, Write::store);
    }
    for (int64_t r = 0; r < rows; ++r) {
      T *p = probabilities + r * width, *ds = dscores + r * width;
      const T sum = functions_.softmax(p, position + r / group_ + 1, width);
      functions_.scale(1 / sum, p, p, width);
      const T expected = functions_.dot(dout + r * dim_, out + r * dim_, dim_);
      for (int64_t j = 0; j < width; ++j) ds[j] = p[j] * (ds[j] - expected);
    }

    T* dqueries = scratch<T>(kGradQueries, rows * dim_);
    for (int64_t d = 0; d < dim_; d += kPanelColumns)
      tile_(rows, num_keys, dscores, width, key_rows_ + d, dim_, dqueries + d, dim_, std::min(kPanelColumns, dim_ - d),
            Write::store);
    functions_.scale(op_.scale, dqueries, dqueries, rows * dim_);
    scatter_rows(dqueries, row, count, op_.heads, head_, group_, dim_, op_.dq);

    add_transposed(dscores, queries, rows, num_keys, width, dkeys_);  // queries carry the scale
    add_transposed(probabilities, dout, rows, num_keys, width, dvalues_);
  }

  // gradient[keys, dim] += weights[rows, keys]ᵀ · b[rows, dim]
  void add_transposed(const T* weights, const T* b, int64_t rows, int64_t num_keys, int64_t width, T* gradient) const {
    T* transposed = scratch<T>(kTransposed, num_keys * rows);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t j = 0; j < num_keys; ++j) transposed[j * rows + r] = weights[r * width + j];
    for (int64_t d = 0; d < dim_; d += kPanelColumns)
      tile_(num_keys, rows, transposed, rows, b + d, dim_, gradient + d, dim_, std::min(kPanelColumns, dim_ - d),
            Write::resume);
  }

  const W* key_block(int64_t b) const { return op_.keys + table_[b] * block_size_ + head_ * dim_ * kBlockTokens; }

  const AttentionBackward<W>& op_;
  const int64_t head_, first_row_, tokens_, earlier_;
  const int32_t* table_;
  const int64_t dim_, block_size_, group_ = op_.heads / op_.kv_heads;
  const TileFunction<T, T, T> tile_ = own_tile<T>();
  const RowFunctions<T>& functions_ = row_functions<T>();
  T *key_rows_ = nullptr, *value_panels_ = nullptr, *dkeys_ = nullptr, *dvalues_ = nullptr;
};

}  // namespace

template <typename W>
void AttentionBackward<W>::run_cpu() const {
  parallel_tasks(num_families * kv_heads, [&](int64_t index, int64_t) {
    const int64_t family = index / kv_heads, head = index % kv_heads;
    for (int64_t s = families[family]; s < families[family + 1]; ++s) {
      SequenceBackward<W> sequence(*this, s, head);
      sequence.run();
      sequence.add_to_rows(cu_queries[families[family]]);
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
