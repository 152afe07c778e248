// Where sequences go on behind one prompt, the block of the KV cache in which it ends is each one's own.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

/// The first `tokens` tokens of block `from`, with which block `to` begins as well.
struct BlockCopy {
  int32_t from, to, tokens;
};

// No block is copied from and to. What lies behind those tokens in block `to` stays.
template <typename W>
struct CopyBlocks {
  W* keys;                  // of a cache (kernels/rotary.hpp), in and out
  W* values;                // in and out
  const BlockCopy* copies;  // [num_copies]
  int64_t num_copies, kv_heads, head_dim;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
