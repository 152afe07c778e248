#include "kernels/copy_blocks.hpp"

#include <algorithm>

#include "kernels/cpu/threads.hpp"
#include "kernels/rotary.hpp"

namespace cohort::kernels {

template <typename W>
void CopyBlocks<W>::run_cpu() const {
  constexpr int64_t group = kCacheGroup<W>;
  const int64_t head_size = head_dim * kBlockTokens;
  parallel_for(num_copies * kv_heads, 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const BlockCopy& copy = copies[i / kv_heads];
      const int64_t tokens = copy.tokens, whole = tokens / group * group;
      const int64_t from = (copy.from * kv_heads + i % kv_heads) * head_size;
      const int64_t to = (copy.to * kv_heads + i % kv_heads) * head_size;
      for (int64_t d = 0; d < head_dim; d += group)
        std::copy_n(keys + from + key_index<W>(d, 0), tokens * group, keys + to + key_index<W>(d, 0));
      std::copy_n(values + from, whole * head_dim, values + to);
      // A last token without its partner, which is another sequence's.
      for (int64_t t = whole; t < tokens; ++t)
        for (int64_t d = 0; d < head_dim; ++d) {
          const int64_t at = value_index<W>(d, t, head_dim);
          values[to + at] = values[from + at];
        }
    }
  });
}

template struct CopyBlocks<float>;
template struct CopyBlocks<bfloat16>;
template struct CopyBlocks<double>;

}  // namespace cohort::kernels
