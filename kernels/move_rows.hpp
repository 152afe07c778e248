// Rows on their way to the experts that they visit, and back (kernels/route.hpp has the words).
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

// y[i] = x[from[i] / per_row]
template <typename W>
struct GatherRows {
  const W* x;
  const int32_t* from;  // [rows]
  W* y;                 // [rows, width]
  int64_t rows, width, per_row;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// y[i] = weights[v] · x[v / per_row] for the visit v = order[i], rounded to W.
template <typename W>
struct WeighRows {
  const Activation<W>* x;        // [visits / per_row, width]
  const Activation<W>* weights;  // [visits]
  const int32_t* order;          // [visits]
  W* y;                          // [visits, width]
  int64_t visits, width, per_row;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// y[r] = residual[r] + Σ_j weights[v] · x[places[v]] over the visits v = r · per_row + j, in their order: a row does
// not know its neighbours.
template <typename T>
struct CombineRows {
  const T* x;             // [rows · per_row, width]
  const int32_t* places;  // [rows · per_row]
  const T* weights;       // [rows · per_row], or null: each counts 1
  const T* residual;      // [rows, width], may be y
  T* y;                   // [rows, width]
  int64_t rows, width, per_row;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// What RouteRowsBackward reads, from what the gradient of a gated unit has: of an expert's y = gate · open(gate) · up,
// which the rest of it is linear in, dup · up adds up to weight · dweight.
//   pulls[order[i]] = Σ_c dgate_up[i, width + c] · kept[i, width + c]
template <typename W>
struct PullWeights {
  const W* dgate_up;     // [visits, 2 · width] by place
  const W* kept;         // [visits, 2 · width] by place
  const int32_t* order;  // [visits]
  Activation<W>* pulls;  // [visits]
  int64_t visits, width;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
