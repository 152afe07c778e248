// From one projection to what attention reads: split, optional RMSNorm of each head of q and k, rotary position
// embedding (arXiv:2104.09864, halves form), and k and v into their place in the KV cache.
//
// A KV cache is made of blocks of 32 tokens. Keys lie transposed, [block, kv_head, head_dim, 32], so that a block is a
// panel of the product q·kᵀ; values lie [block, kv_head, 32, head_dim]. `slot` = block · 32 + token in block. On the
// CPU bfloat16 lies in pairs, as its products read it: keys [block, kv_head, head_dim / 2, 32, 2], values [block,
// kv_head, 16, head_dim, 2]; where a value's partner was never written, zero stands.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

/// Elements of a cache that stand side by side on the CPU: those of head_dim for keys, of tokens for values.
template <typename W>
constexpr int64_t kCacheGroup = 1;
template <>
constexpr int64_t kCacheGroup<bfloat16> = 2;

/// Where element d of the token in `column` of a block lies on the CPU, from the beginning of its head.
template <typename W>
constexpr int64_t key_index(int64_t d, int64_t column) {
  return (d / kCacheGroup<W> * kBlockTokens + column) * kCacheGroup<W> + d % kCacheGroup<W>;
}
template <typename W>
constexpr int64_t value_index(int64_t d, int64_t column, int64_t head_dim) {
  return (column / kCacheGroup<W> * head_dim + d) * kCacheGroup<W> + column % kCacheGroup<W>;
}

template <typename W>
struct RotaryForward {
  using T = Activation<W>;
  const T* qkv;              // [rows, (heads + 2 · kv_heads) · head_dim]
  const T* q_norm;           // [head_dim] or null: no norm
  const T* k_norm;           // [head_dim] or null
  const T* cos;              // [max_position, head_dim / 2]
  const T* sin;              // [max_position, head_dim / 2]
  const int64_t* positions;  // [rows]
  const int64_t* slots;      // [rows]
  T* q;                      // [rows, heads · head_dim] out
  W* keys;                   // cache, written at the slots
  W* values;                 // cache, written at the slots
  int64_t rows, heads, kv_heads, head_dim;
  T epsilon;
  W* rounded_q = nullptr;  // on a GPU: takes q's place

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// Gradients of q, k, v after rotation back to the projection; gradients of the norm weights are added to.
template <typename T>
struct RotaryBackward {
  const T* dq;               // [rows, heads · head_dim]
  const T* dk;               // [rows, kv_heads · head_dim]
  const T* dv;               // [rows, kv_heads · head_dim]
  const T* qkv;              // as in the forward; read only where there are norms
  const T* q_norm;           // or null
  const T* k_norm;           // or null
  const T* cos;              // [max_position, head_dim / 2]
  const T* sin;              // [max_position, head_dim / 2]
  const int64_t* positions;  // [rows]
  T* dqkv;                   // [rows, (heads + 2 · kv_heads) · head_dim] out
  T* dq_norm;                // [head_dim] in and out, or null
  T* dk_norm;                // [head_dim] in and out, or null
  int64_t rows, heads, kv_heads, head_dim;
  T epsilon;
  bfloat16* rounded = nullptr;  // takes dqkv's place where dqkv only meets bfloat16 weights

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
