#include "kernels/attention.hpp"

#include <algorithm>
#include <vector>

#include "kernels/cpu/attention_rows.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
enum Slot { kQueries = 2, kLeftQueries, kScores, kLeftScores, kSums, kOut };

// A piece of work: query tokens that share one key-value head and the keys of `shared` leading blocks. Some consecutive
// tokens of one sequence, or one token each of several sequences that decode behind one prompt.
struct Piece {
  int64_t sequence, num_sequences, head;
  int64_t first, tokens;  // first: query token within each sequence's queries; tokens of each
  int64_t shared;         // blocks, where there are several sequences
};

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
    const ManyProducts registers_set_up_once;
    const HeadRows rows{op_.cu_queries[piece_.sequence] + piece_.first,
                        piece_.num_sequences * piece_.tokens,
                        op_.heads,
                        piece_.head,
                        group_,
                        dim_};
    T* queries = scratch<T>(kQueries, rows_ * dim_);
    rows.gather(op_.q, queries);
    functions_.scale(op_.scale, queries, queries, rows_ * dim_);

    queries_ = left_rows<W>(queries, rows_, dim_, kLeftQueries);
    scores_ = scratch<T>(kScores, rows_ * width_);
    add_scores(0, rows_, table(0), 0, piece_.shared);
    for (int64_t i = 0; i < piece_.num_sequences; ++i)
      add_scores(i * own_rows(), own_rows(), table(i), piece_.shared, blocks_of(num_keys(i)));

    T* sums = scratch<T>(kSums, rows_);
    for (int64_t r = 0; r < rows_; ++r) {
      const int64_t i = r / own_rows();
      sums[r] = functions_.softmax(scores_ + r * width_, position(i) + r % own_rows() / group_ + 1,
                                   blocks_of(num_keys(i)) * kBlockTokens);
    }

    weights_ = left_rows<W>(scores_, rows_, width_, kLeftScores);
    out_ = scratch<T>(kOut, rows_ * dim_);
    add_values(0, rows_, table(0), 0, piece_.shared * kBlockTokens);
    for (int64_t i = 0; i < piece_.num_sequences; ++i)
      add_values(i * own_rows(), own_rows(), table(i), piece_.shared * kBlockTokens, num_keys(i));
    for (int64_t r = 0; r < rows_; ++r) functions_.scale(1 / sums[r], out_ + r * dim_, out_ + r * dim_, dim_);
    if (op_.rounded_out) return rows.scatter_rounded<W>(out_, op_.rounded_out);
    rows.scatter(out_, op_.out);
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
      for (int64_t next = b + 2; next < std::min(b + 4, end); ++next) prefetch(key_block(next));
      score_keys<W>(rows, dim_, queries_.from(row * dim_), key_block(b), b + 1 < end ? key_block(b + 1) : nullptr,
                    scores_ + row * width_ + b * kBlockTokens, width_);
    }
  }

  // Sums of values of positions [begin, end), weighted by the scores. Those of an earlier call go on.
  void add_values(int64_t row, int64_t rows, const int32_t* table, int64_t begin, int64_t end) {
    constexpr int64_t group = kCacheGroup<W>;
    const auto value_block = [&](int64_t first) {
      return op_.values + table[first / kBlockTokens] * block_size_ + piece_.head * dim_ * kBlockTokens;
    };
    for (int64_t first = begin; first < end; first += kBlockTokens) {
      if (first + kBlockTokens < end) prefetch(value_block(first + kBlockTokens));
      Product<W>::tiles().rows(rows, padded<W>(std::min(kBlockTokens, end - first)) / group,
                               weights_.from(row * width_ + first).data, width_, value_block(first), dim_ * group,
                               kPanelColumns * group, out_ + row * dim_, dim_, dim_,
                               first == 0 ? Write::store : Write::resume);
    }
  }

  // A block is about a page of memory, where the hardware's own prefetching ends. Into the second-level cache: the first
  // waits for too few lines at once.
  void prefetch(const W* block) const {
    constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(W));
    for (int64_t i = 0; i < dim_ * kBlockTokens; i += kLine) __builtin_prefetch(block + i, 0, 2);
  }

  const AttentionForward<W>& op_;
  const Piece& piece_;
  const int64_t dim_ = op_.head_dim, group_ = op_.heads / op_.kv_heads;
  const int64_t block_size_ = op_.kv_heads * op_.head_dim * kBlockTokens, rows_;
  const RowFunctions<T>& functions_ = row_functions<T>();
  int64_t width_ = 0;
  Left<W> queries_{}, weights_{};
  T *scores_ = nullptr, *out_ = nullptr;
};

}  // namespace

template <typename W>
void AttentionForward<W>::run_cpu() const {
  const std::vector<Piece> pieces = pieces_of(*this);
  parallel_tasks(std::ssize(pieces), [&](int64_t index, int64_t) { PieceForward<W>(*this, pieces[index]).run(); });
}

template struct AttentionForward<float>;
template struct AttentionForward<bfloat16>;
template struct AttentionForward<double>;

}  // namespace cohort::kernels
