#include <algorithm>
#include <vector>

#include "kernels/cpu/attention_rows.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
enum Slot {
  kRight = 1,
  kQueries,
  kGradOut,
  kScores,
  kGradScores,
  kGradQueries,
  kKeyRows,
  kValuePanels,
  kLeft,
  kGradients,
  kPrefixGradients,
  kWideOut,
  kWideGradOut
};

// Work of one thread: a key-value head of some sequences of a family. Either the first of them, or some that follow it
// and add to its keys and values: those are gathered apart, at `prefix_gradients`, and added in the order of parts.
// What a part is depends on the family alone, and so do the bits.
struct Part {
  int64_t family, head, first, last;  // sequences [first, last)
  int64_t prefix_gradients = -1;
};

template <typename W>
std::vector<Part> parts_of(const AttentionBackward<W>& op) {
  constexpr int64_t kSequences = 4;
  std::vector<Part> parts;
  int64_t gathered = 0;
  for (int64_t family = 0; family < op.num_families; ++family) {
    const int64_t first = op.families[family], last = op.families[family + 1];
    if (first == last) continue;
    const int64_t prefix = op.cu_queries[first + 1] - op.cu_queries[first];
    for (int64_t head = 0; head < op.kv_heads; ++head) {
      parts.push_back({family, head, first, first + 1});
      for (int64_t s = first + 1; s < last; s += kSequences, gathered += 2 * prefix * op.head_dim)
        parts.push_back({family, head, s, std::min(s + kSequences, last), gathered});
    }
  }
  return parts;
}

/// A block of the cache with its axes exchanged: element (a, b) of [na / g, nb, g] becomes element (b, a) of
/// [nb / g, na, g], g elements standing side by side.
template <typename W>
void exchange_axes(const W* from, int64_t na, int64_t nb, W* to) {
  if constexpr (kCacheGroup<W> == 1) {
    for (int64_t a = 0; a < na; ++a)
      for (int64_t b = 0; b < nb; ++b) to[b * na + a] = from[a * nb + b];
  } else {
    static_assert(kCacheGroup<W> == 2);
    for (int64_t a = 0; a < na; a += 2)
      for (int64_t b = 0; b < nb; b += 2) {
        const W *pair = from + a * nb + 2 * b, *next = pair + 2;
        W *row = to + b * na + 2 * a, *second = row + 2;
        row[0] = pair[0], row[1] = next[0];
        second[0] = pair[1], second[1] = next[1];
      }
  }
}

// Gradients of keys and values are kept by position, apart from the rows they belong to.
template <typename W>
class PartBackward {
 public:
  using T = Activation<W>;

  PartBackward(const AttentionBackward<W>& op, const Part& part) : op_(op), part_(part) {}

  void run(T* prefix_gradients) {
    const ManyProducts registers_set_up_once;
    int64_t longest = 0;
    for (int64_t s = part_.first; s < part_.last; ++s)
      longest = std::max(longest, op_.first_position[s] + tokens_of(s));
    const int64_t in_blocks = blocks_of(longest) * kBlockTokens * dim_;
    key_rows_ = scratch<W>(kKeyRows, in_blocks + kPanelColumns * kCacheGroup<W>);  // whole panels are read
    value_panels_ = scratch<W>(kValuePanels, in_blocks);
    dkeys_ = scratch<T>(kGradients, 2 * longest * dim_);
    dvalues_ = dkeys_ + longest * dim_;
    for (int64_t s = part_.first; s < part_.last; ++s) add_sequence(s);
    if (prefix_gradients) {
      std::copy_n(dkeys_, earlier_ * dim_, prefix_gradients);
      std::copy_n(dvalues_, earlier_ * dim_, prefix_gradients + earlier_ * dim_);
    }
  }

 private:
  int64_t tokens_of(int64_t s) const { return op_.cu_queries[s + 1] - op_.cu_queries[s]; }

  void add_sequence(int64_t s) {
    first_row_ = op_.cu_queries[s];
    tokens_ = tokens_of(s);
    earlier_ = op_.first_position[s];
    table_ = op_.block_table + s * op_.max_blocks;
    // Earlier positions are those of the sequence before: what was read and gathered of them stays.
    const int64_t fresh = s == part_.first ? 0 : earlier_;
    read_cache(fresh / kBlockTokens);
    for (T* gradient : {dkeys_, dvalues_}) std::fill(gradient + fresh * dim_, gradient + total() * dim_, T(0));
    const int64_t step = tokens_per_tile(group_, total());
    for (int64_t first = 0; first < tokens_; first += step) add_tile(first, std::min(step, tokens_ - first));
    for (int64_t t = 0; t < tokens_; ++t) {
      const int64_t row = ((first_row_ + t) * op_.kv_heads + part_.head) * dim_, at = (earlier_ + t) * dim_;
      std::copy_n(dkeys_ + at, dim_, op_.dk + row);
      std::copy_n(dvalues_ + at, dim_, op_.dv + row);
    }
  }

  // Keys by rows, and values as panels of the product dout·valuesᵀ, of block `first` and those behind it.
  void read_cache(int64_t first) {
    for (int64_t b = first; b < blocks_of(total()); ++b) {
      const int64_t offset = b * kBlockTokens * dim_;
      W *keys = key_rows_ + offset, *values = value_panels_ + offset;
      exchange_axes(key_block(b), dim_, kBlockTokens, keys);
      exchange_axes(op_.values + (key_block(b) - op_.keys), kBlockTokens, dim_, values);
      for (int64_t j = std::min(kBlockTokens, total() - b * kBlockTokens); j < kBlockTokens; ++j)
        for (int64_t d = 0; d < dim_; ++d) keys[value_index<W>(d, j, dim_)] = values[key_index<W>(d, j)] = W{};
    }
  }

  // Queries first … first + count − 1 of the sequence.
  void add_tile(int64_t first, int64_t count) {
    const HeadRows where{first_row_ + first, count, op_.heads, part_.head, group_, dim_};
    with_either<W>(op_.dout, op_.rounded_dout, [&](const auto* dout) {
      with_either<W>(op_.out, op_.rounded_out, [&](const auto* out) { add_rows(where, earlier_ + first, dout, out); });
    });
  }

  // `position`: of the first row.
  template <typename GradOut, typename Out>
  void add_rows(const HeadRows& where, int64_t position, const GradOut* all_dout, const Out* all_out) {
    constexpr int64_t pair = kCacheGroup<W>;
    const auto tile = Product<W>::tiles().rows;
    const int64_t rows = where.tokens * group_;
    const int64_t num_keys = position + where.tokens, width = blocks_of(num_keys) * kBlockTokens;
    T* queries = scratch<T>(kQueries, rows * dim_);
    where.gather(op_.q, queries);
    functions_.scale(op_.scale, queries, queries, rows * dim_);
    GradOut* dout = scratch<GradOut>(kGradOut, rows * dim_);
    where.gather(all_dout, dout);

    // Probabilities again, exactly as the forward had them.
    T* probabilities = scratch<T>(kScores, rows * width);
    T* dscores = scratch<T>(kGradScores, rows * width);
    const Left<W> left_queries = left_rows<W>(queries, rows, dim_, kLeft);
    for (int64_t b = 0; b < width / kBlockTokens; b += 2)
      score_keys<W>(rows, dim_, left_queries, key_block(b), (b + 1) * kBlockTokens < width ? key_block(b + 1) : nullptr,
                    probabilities + b * kBlockTokens, width);
    tile(rows, dim_ / pair, left_rows<W>(dout, rows, dim_, kLeft).data, dim_, value_panels_, kBlockTokens * pair,
         kBlockTokens * dim_, dscores, width, width, Write::store);
    for (int64_t r = 0; r < rows; ++r) {
      T *p = probabilities + r * width, *ds = dscores + r * width;
      const T sum = functions_.softmax(p, position + r / group_ + 1, width);
      const T* out = widened(all_out + where.at(r / group_) + r % group_ * dim_, dim_, kWideOut);
      const T* dout_row = widened(dout + r * dim_, dim_, kWideGradOut);
      functions_.softmax_backward(p, ds, 1 / sum, functions_.dot(dout_row, out, dim_), width);
    }

    T* dqueries = scratch<T>(kGradQueries, rows * dim_);
    tile(rows, padded<W>(num_keys) / pair, left_rows<W>(dscores, rows, width, kLeft).data, width, key_rows_,
         dim_ * pair, kPanelColumns * pair, dqueries, dim_, dim_, Write::store);
    functions_.scale(op_.scale, dqueries, dqueries, rows * dim_);
    where.scatter(dqueries, op_.dq);

    add_transposed(dscores, queries, rows, num_keys, width, dkeys_);  // queries carry the scale
    add_transposed(probabilities, dout, rows, num_keys, width, dvalues_);
  }

  // gradient[keys, dim] += weights[rows, keys]ᵀ · b[rows, dim]
  template <typename Right>
  void add_transposed(const T* weights, const Right* b, int64_t rows, int64_t num_keys, int64_t width,
                      T* gradient) const {
    W* right = scratch<W>(kRight, panels_size<W>(dim_, rows));
    pack_rows<W>(b, dim_, rows, dim_, right);
    const Left<W> left = left_panels<W>(weights, width, rows, num_keys, kLeft);
    Product<W>::tiles().panels(num_keys, padded<W>(rows) / kCacheGroup<W>, left.data, left.stride, right,
                               kPanelColumns * kCacheGroup<W>, panel_size<W>(rows), gradient, dim_, dim_,
                               Write::resume);
  }

  const W* key_block(int64_t b) const {
    return op_.keys + (table_[b] * op_.kv_heads + part_.head) * dim_ * kBlockTokens;
  }
  int64_t total() const { return earlier_ + tokens_; }

  const AttentionBackward<W>& op_;
  const Part& part_;
  const int64_t dim_ = op_.head_dim, group_ = op_.heads / op_.kv_heads;
  const RowFunctions<T>& functions_ = row_functions<T>();
  int64_t first_row_ = 0, tokens_ = 0, earlier_ = 0;  // of the sequence at hand
  const int32_t* table_ = nullptr;
  W *key_rows_ = nullptr, *value_panels_ = nullptr;
  T *dkeys_ = nullptr, *dvalues_ = nullptr;
};

// Adds what the part gathered for the rows of its family's first sequence.
template <typename W, typename T>
void add_to_prefix(const AttentionBackward<W>& op, const Part& part, const T* gradients) {
  const int64_t first_row = op.cu_queries[op.families[part.family]], dim = op.head_dim;
  const int64_t tokens = op.first_position[part.first];
  const auto axpy = row_functions<T>().axpy;
  for (int64_t t = 0; t < tokens; ++t) {
    const int64_t row = ((first_row + t) * op.kv_heads + part.head) * dim;
    axpy(1, gradients + t * dim, op.dk + row, dim);
    axpy(1, gradients + (tokens + t) * dim, op.dv + row, dim);
  }
}

}  // namespace

template <typename W>
void AttentionBackward<W>::run_cpu() const {
  const std::vector<Part> parts = parts_of(*this);
  int64_t gathered = 0;
  for (const Part& part : parts)
    if (part.prefix_gradients >= 0)
      gathered = std::max(gathered, part.prefix_gradients + 2 * first_position[part.first] * head_dim);
  T* prefix_gradients = scratch<T>(kPrefixGradients, gathered);
  const auto gathered_by = [&](const Part& part) {
    return part.prefix_gradients < 0 ? nullptr : prefix_gradients + part.prefix_gradients;
  };
  parallel_tasks(std::ssize(parts), [&](int64_t index, int64_t) {
    const Part& part = parts[static_cast<size_t>(index)];
    PartBackward<W>(*this, part).run(gathered_by(part));
  });
  parallel_for(kv_heads, 1, [&](int64_t begin, int64_t end) {
    for (const Part& part : parts)
      if (part.prefix_gradients >= 0 && part.head >= begin && part.head < end)
        add_to_prefix(*this, part, gathered_by(part));
  });
}

template struct AttentionBackward<float>;
template struct AttentionBackward<bfloat16>;
template struct AttentionBackward<double>;

}  // namespace cohort::kernels
