// y = gate · open(gate) · up (arXiv:2002.05202): SwiGLU or GeGLU, as the kind of gate says. Gate and up come side by
// side from one projection.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

template <typename W>
struct GatedUnitForward {
  using T = Activation<W>;
  const T* gate_up;  // [rows, 2 · width]
  T* y;              // [rows, width]
  W* kept;           // [rows, 2 · width] gate_up rounded to W, for the backward; or null
  int64_t rows, width;
  Gate kind;
  W* rounded_y = nullptr;  // takes y's place

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// Reads what the forward kept. Gives y again as well, which meets the gradient of the next projection's weight.
template <typename W>
struct GatedUnitBackward {
  using T = Activation<W>;
  const T* dy;    // [rows, width]
  const W* kept;  // [rows, 2 · width]
  T* y;           // [rows, width]
  T* dgate_up;    // [rows, 2 · width]
  int64_t rows, width;
  Gate kind;
  W* rounded_y = nullptr;         // take the places of y
  W* rounded_dgate_up = nullptr;  // and dgate_up

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
