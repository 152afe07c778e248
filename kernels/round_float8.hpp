// Rows rounded to eight bits of floating point, for products of a GPU's tensor cores (at::_scaled_mm).
#pragma once

#include <cfloat>
#include <cstdint>

#include "kernels/float8.hpp"
#include "kernels/types.hpp"

namespace cohort::kernels {

/// x ≈ q · scale, a scale for each row: its largest |x| becomes 448. A row below what float32 holds in full precision
/// is zeros; one that is not finite is not afterwards. A row does not know the others.
template <typename W>
struct RoundFloat8 {
  const W* x;     // [rows, width]
  float8* q;      // [rows, width] out
  float* scales;  // [rows] out
  int64_t rows, width;

  COHORT_HOST_DEVICE static float scale_of(float largest) {
    return largest >= kLargestFloat8 * FLT_MIN ? largest / kLargestFloat8 : 0;
  }
  /// What elements are multiplied by.
  COHORT_HOST_DEVICE static float inverse_of(float largest) {
    return largest >= kLargestFloat8 * FLT_MIN ? kLargestFloat8 / largest : 0;
  }

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
