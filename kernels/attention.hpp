// Causal attention of new tokens over a blocked KV cache (layout: rotary.hpp). Prefill, decoding and the packed forward
// of training are this one op: sequence s brings queries [cu_queries[s], cu_queries[s + 1]) at positions
// first_position[s], …, and each sees the keys at positions 0 … its own.
//
// A query's scores, their maximum, the sum of their exponentials and the weighted sum of values are each computed in
// the order of positions, whoever else is in the batch. With a cache of bfloat16 and a head_dim of whole 16, a GPU
// rounds q and the exponentials to bfloat16 on their way into its tensor cores.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

template <typename W>
struct AttentionForward {
  using T = Activation<W>;
  const T* q;                     // [rows, heads · head_dim]
  const W* keys;                  // cache
  const W* values;                // cache
  const int32_t* cu_queries;      // [sequences + 1]
  const int32_t* first_position;  // [sequences]
  const int32_t* block_table;     // [sequences, max_blocks]: block of positions 32·j … 32·j + 31
  T* out;                         // [rows, heads · head_dim]
  int64_t sequences, max_blocks, rows, heads, kv_heads, head_dim;
  T scale;
  W* rounded_out = nullptr;  // takes out's place
  // On a GPU, with a cache of bfloat16: takes log₂ Σ 2^(score · scale · log₂ e), [rows, heads].
  float* log_sums = nullptr;
  const W* rounded_q = nullptr;  // on a GPU: takes q's place

  COHORT_HOST_DEVICE T q_at(int64_t at) const { return rounded_q ? to_float(rounded_q[at]) : q[at]; }

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// Gradients of q, k and v. Probabilities are computed again.
//
// Sequences come in families [families[f], families[f + 1]). The first of a family begins at position 0. The others, if
// any, begin where it ends: its rows are the keys and values of their earlier positions, and gather their gradients, in
// the order of sequences.
template <typename W>
struct AttentionBackward {
  using T = Activation<W>;
  const T* q;                     // [rows, heads · head_dim]
  const W* keys;                  // cache
  const W* values;                // cache
  const T* out;                   // [rows, heads · head_dim] of the forward
  const T* dout;                  // [rows, heads · head_dim]
  const int32_t* cu_queries;      // [sequences + 1]
  const int32_t* first_position;  // [sequences]
  const int32_t* block_table;     // [sequences, max_blocks]
  const int32_t* families;        // [num_families + 1]
  T* dq;                          // [rows, heads · head_dim]
  T* dk;                          // [rows, kv_heads · head_dim]
  T* dv;                          // [rows, kv_heads · head_dim]
  int64_t num_families, sequences, max_blocks, rows, heads, kv_heads, head_dim;
  T scale;
  // Each in the place of the exact one; q on a GPU only.
  const W* rounded_out = nullptr;
  const W* rounded_q = nullptr;
  const W* rounded_dout = nullptr;
  // [rows, heads] log₂ Σ 2^(score · scale · log₂ e) of the forward, or null: they are found again. Read on a GPU's
  // tensor cores only.
  const float* log_sums = nullptr;

  COHORT_HOST_DEVICE T q_at(int64_t at) const { return rounded_q ? to_float(rounded_q[at]) : q[at]; }
  COHORT_HOST_DEVICE T out_at(int64_t at) const { return rounded_out ? to_float(rounded_out[at]) : out[at]; }
  COHORT_HOST_DEVICE T dout_at(int64_t at) const { return rounded_dout ? to_float(rounded_dout[at]) : dout[at]; }

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
