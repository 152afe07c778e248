// Which experts a row visits, and how much each of them counts: softmax of a router's logits, the largest few (arXiv:
// 2101.03961; Qwen3-MoE, arXiv:2505.09388). A visit is a row and one of its experts, number row · per_row + j. Products
// want the rows of an expert side by side: visits have places, sorted by expert.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

template <typename T>
struct RouteRows {
  const T* logits;  // [rows, experts]
  int32_t* chosen;  // [rows, per_row] experts by falling logit, of equal ones the first
  T* weights;       // [rows, per_row] softmax over all experts, or over the chosen ones if `normalised`
  int64_t rows, experts, per_row;
  bool normalised;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// The gradient of the logits, where those of the weights come multiplied by them: a weight of 0 is no division by it.
template <typename T>
struct RouteRowsBackward {
  const T* logits;        // [rows, experts]
  const int32_t* chosen;  // [rows, per_row]
  const T* weights;       // [rows, per_row]
  const T* pulls;         // [rows, per_row] weight · its gradient
  T* dlogits;             // [rows, experts]
  int64_t rows, experts, per_row;
  bool normalised;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// Sorts visits by expert; those of one expert keep their order.
struct SortVisits {
  const int32_t* chosen;  // [visits]
  int32_t* order;         // [visits] which visit stands at a place
  int32_t* places;        // [visits] at which place a visit stands
  int32_t* ends;          // [experts] behind the last place of each
  int64_t visits, experts;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
