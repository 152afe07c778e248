// What the forward and the backward of attention share: rows of queries, and blocks of the cache.
#pragma once

#include <algorithm>

#include "kernels/attention.hpp"
#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/operand.hpp"
#include "kernels/rotary.hpp"

namespace cohort::kernels {

inline int64_t blocks_of(int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

/// Tokens a tile takes, so that its scores stay in the second-level cache: whole blocks of keys, or halves, where it
/// can be so many, for the last block of a product is then a whole step of it.
inline int64_t tokens_per_tile(int64_t group, int64_t keys) {
  constexpr int64_t kHalf = kBlockTokens / 2;
  const int64_t tokens =
      std::clamp<int64_t>(64'000 / (group * (keys + kBlockTokens)), 1, std::max<int64_t>(1, 96 / group));
  return tokens > kHalf ? tokens / kHalf * kHalf : tokens;
}

/// Some tokens' rows of one key-value head's queries: of `group` heads, whose rows stand one after the other.
struct HeadRows {
  int64_t first_row, tokens, heads, head, group, head_dim;

  int64_t at(int64_t token) const { return ((first_row + token) * heads + head * group) * head_dim; }
  template <typename T>
  void gather(const T* x, T* rows) const {
    for (int64_t t = 0; t < tokens; ++t) std::copy_n(x + at(t), group * head_dim, rows + t * group * head_dim);
  }
  template <typename T>
  void scatter(const T* rows, T* x) const {
    for (int64_t t = 0; t < tokens; ++t) std::copy_n(rows + t * group * head_dim, group * head_dim, x + at(t));
  }
  /// The same, rounded on the way.
  template <typename W>
  void scatter_rounded(const Activation<W>* rows, W* x) const {
    for (int64_t t = 0; t < tokens; ++t) round_to<W>(rows + t * group * head_dim, x + at(t), group * head_dim);
  }
};

/// Scores of rows of queries, `head_dim` elements apart, with the keys of one or two blocks.
template <typename W>
void score_keys(int64_t rows, int64_t head_dim, Left<W> queries, const W* block, const W* second, Activation<W>* scores,
                int64_t ld) {
  constexpr int64_t group = kCacheGroup<W>;
  static_assert(group == Product<W>::kGroup);
  Product<W>::tiles().rows(rows, head_dim / group, queries.data, queries.stride, block, kBlockTokens * group,
                           second ? second - block : 0, scores, ld, (second ? 2 : 1) * kBlockTokens, Write::store);
}

}  // namespace cohort::kernels
