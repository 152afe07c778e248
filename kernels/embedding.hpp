// Rows of the embedding table, by a factor, and their gradient.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

// out[i] = scale · weight[tokens[i]]
template <typename W>
struct EmbeddingForward {
  const W* weight;        // [vocab, width]
  const int64_t* tokens;  // [rows]
  Activation<W>* out;     // [rows, width]
  int64_t rows, width;
  Activation<W> scale = 1;
  const W* panels = nullptr;  // the weight, packed for the CPU: read where the weight is null

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// grad_weight[tokens[i]] += scale · grad[i], in the order of i: the same sum every time
template <typename T>
struct EmbeddingBackward {
  const T* grad;          // [rows, width]
  const int64_t* tokens;  // [rows]
  T* grad_weight;         // [vocab, width] in and out
  int64_t rows, width;
  T scale = 1;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
