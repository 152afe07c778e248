#include "kernels/attention.hpp"

#include <algorithm>
#include <vector>

#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
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

// A piece of work: query tokens that share one key-value head and the keys of `shared` leading blocks. Some consecutive
// tokens of one sequence, or one token each of several sequences that decode behind one prompt.
struct Piece {
  int64_t sequence, num_sequences, head;
  int64_t first, tokens;  // first: query token within each sequence's queries; tokens of each
  int64_t shared;         // blocks, where there are several sequences
};

// Tokens a tile takes, so that its scores stay in the second-level cache.
int64_t tokens_per_tile(int64_t group, int64_t keys) {
  return std::clamp<int64_t>(48'000 / (group * (keys + kBlockTokens)), 1, std::max<int64_t>(1, 48 / group));
}

}  // namespace

namespace {

// Work of a batch, in pieces. Sequences with one query each that begin with the same blocks are taken together, as many
// as make a good product: what they share is then read once.
template <typename W>
std::vector<Piece> pieces_of(const AttentionForward<W>& op) {
  constexpr int64_t kRows = 24, kPieces = 8;  // two pieces of a product's rows; something to do for every thread
  const int64_t group = op.heads / op.kv_heads;
  const int64_t most_sequences =
      std::clamp<int64_t>(op.sequences * op.kv_heads / kPieces, 1, std::max<int64_t>(1, kRows / group));
  const auto queries_of = [&](int64_t s) { return op.cu_queries[s + 1] - op.cu_queries[s]; };
  const auto table_of = [&](int64_t s) { return op.block_table + s * op.max_blocks; };
  std::vector<Piece> pieces;
  for (int64_t s = 0; s < op.sequences;) {
    const int64_t queries = queries_of(s);
    int64_t count = 1, shared = op.first_position[s] / kBlockTokens;  // blocks that every query sees whole
    while (queries == 1 && count < most_sequences && s + count < op.sequences && queries_of(s + count) == 1) {
      const int64_t most = std::min<int64_t>(shared, op.first_position[s + count] / kBlockTokens);
      const int64_t common = std::mismatch(table_of(s), table_of(s) + most, table_of(s + count)).first - table_of(s);
      if (common == 0 || common < shared / 2) break;
      shared = common;
      ++count;
    }
    const int64_t step = tokens_per_tile(group, op.first_position[s] + queries);
    for (int64_t first = 0; first < queries; first += step)
      for (int64_t head = 0; head < op.kv_heads; ++head)
        pieces.push_back({s, count, head, first, std::min(step, queries - first), count > 1 ? shared : 0});
    s += count;
  }
  return pieces;
}

// One piece of the forward. Scores of all its rows lie in one matrix, each row as wide as the longest needs.
template <typename W>
class PieceForward {
 public:
  using T = Activation<W>;

  PieceForward(const AttentionForward<W>& op, const Piece& piece)
      : op_(op), piece_(piece), rows_(piece.num_sequences * piece.tokens * group_) {
    for (int64_t i = 0; i < piece.num_sequences; ++i) width_ = std::max(width_, blocks_of(num_keys(i)) * kBlockTokens);
  }

  void run() {
    const int64_t first_row = op_.cu_queries[piece_.sequence] + piece_.first,
                  tokens = piece_.num_sequences * piece_.tokens;
    queries_ = scratch<T>(kQueries, rows_ * dim_);
    gather_rows(op_.q, first_row, tokens, op_.heads, piece_.head, group_, dim_, queries_);
    functions_.scale(op_.scale, queries_, queries_, rows_ * dim_);

    scores_ = scratch<T>(kScores, rows_ * width_);
    add_scores(0, rows_, table(0), 0, piece_.shared);
    for (int64_t i = 0; i < piece_.num_sequences; ++i)
      add_scores(i * own_rows(), own_rows(), table(i), piece_.shared, blocks_of(num_keys(i)));

    T* sums = scratch<T>(kGradOut, rows_);
    for (int64_t r = 0; r < rows_; ++r) {
      const int64_t i = r / own_rows();
      sums[r] = functions_.softmax(scores_ + r * width_, position(i) + r % own_rows() / group_ + 1,
                                   blocks_of(num_keys(i)) * kBlockTokens);
    }

    out_ = scratch<T>(kOut, rows_ * dim_);
    add_values(0, rows_, table(0), 0, piece_.shared * kBlockTokens);
    for (int64_t i = 0; i < piece_.num_sequences; ++i)
      add_values(i * own_rows(), own_rows(), table(i), piece_.shared * kBlockTokens, num_keys(i));
    for (int64_t r = 0; r < rows_; ++r) functions_.scale(1 / sums[r], out_ + r * dim_, out_ + r * dim_, dim_);
    scatter_rows(out_, first_row, tokens, op_.heads, piece_.head, group_, dim_, op_.out);
  }

 private:
  int64_t position(int64_t i) const { return op_.first_position[piece_.sequence + i] + piece_.first; }  // first query's
  int64_t num_keys(int64_t i) const { return position(i) + piece_.tokens; }
  int64_t own_rows() const { return piece_.tokens * group_; }
  const int32_t* table(int64_t i) const { return op_.block_table + (piece_.sequence + i) * op_.max_blocks; }

  // Scores of some rows with the keys of blocks [begin, end), two blocks at a time.
  void add_scores(int64_t row, int64_t rows, const int32_t* table, int64_t begin, int64_t end) {
    const auto key_block = [&](int64_t b) {
      return op_.keys + table[b] * block_size_ + piece_.head * dim_ * kBlockTokens;
    };
    for (int64_t b = begin; b < end; b += 2) {
      const int64_t count = std::min<int64_t>(2, end - b);
      for (int64_t next = b + 2; next < std::min(b + 4, end); ++next) prefetch(key_block(next));
      cache_tile<W>()(rows, dim_, queries_ + row * dim_, dim_, key_block(b), kBlockTokens,
                      count == 2 ? key_block(b + 1) - key_block(b) : 0, scores_ + row * width_ + b * kBlockTokens,
                      width_, count * kBlockTokens, Write::store);
    }
  }

  // Sums of values of positions [begin, end), weighted by the scores. Those of an earlier call go on.
  void add_values(int64_t row, int64_t rows, const int32_t* table, int64_t begin, int64_t end) {
    const auto value_block = [&](int64_t first) {
      return op_.values + table[first / kBlockTokens] * block_size_ + piece_.head * dim_ * kBlockTokens;
    };
    for (int64_t first = begin; first < end; first += kBlockTokens) {
      if (first + kBlockTokens < end) prefetch(value_block(first + kBlockTokens));
      cache_tile<W>()(rows, std::min(kBlockTokens, end - first), scores_ + row * width_ + first, width_,
                      value_block(first), dim_, kPanelColumns, out_ + row * dim_, dim_, dim_,
                      first == 0 ? Write::store : Write::resume);
    }
  }

  // A block is about a page of memory, where the hardware's own prefetching ends.
  void prefetch(const W* block) const {
    constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(W));
    for (int64_t i = 0; i < dim_ * kBlockTokens; i += kLine) __builtin_prefetch(block + i);
  }

  const AttentionForward<W>& op_;
  const Piece& piece_;
  const int64_t dim_ = op_.head_dim, group_ = op_.heads / op_.kv_heads;
  const int64_t block_size_ = op_.kv_heads * op_.head_dim * kBlockTokens, rows_;
  const RowFunctions<T>& functions_ = row_functions<T>();
  int64_t width_ = 0;
  T *queries_ = nullptr, *scores_ = nullptr, *out_ = nullptr;
};

}  // namespace

template <typename W>
void AttentionForward<W>::run_cpu() const {
  const std::vector<Piece> pieces = pieces_of(*this);
  parallel_tasks(std::ssize(pieces), [&](int64_t index, int64_t) { PieceForward<W>(*this, pieces[index]).run(); });
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
      cache_tile<W>()(rows, dim_, queries, dim_, key_block(b), kBlockTokens, 0, probabilities + b * kBlockTokens, width,
                      kBlockTokens, Write::store);
    }
    tile_(rows, dim_, dout, dim_, value_panels_, kBlockTokens, kBlockTokens * dim_, dscores, width, width,
          Write::store);
    for (int64_t r = 0; r < rows; ++r) {
      T *p = probabilities + r * width, *ds = dscores + r * width;
      const T sum = functions_.softmax(p, position + r / group_ + 1, width);
      functions_.scale(1 / sum, p, p, width);
      const T expected = functions_.dot(dout + r * dim_, out + r * dim_, dim_);
      for (int64_t j = 0; j < width; ++j) ds[j] = p[j] * (ds[j] - expected);
    }

    T* dqueries = scratch<T>(kGradQueries, rows * dim_);
    tile_(rows, num_keys, dscores, width, key_rows_, dim_, kPanelColumns, dqueries, dim_, dim_, Write::store);
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
    tile_(num_keys, rows, transposed, rows, b, dim_, kPanelColumns, gradient, dim_, dim_, Write::resume);
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
