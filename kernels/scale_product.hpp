// The end of a product in float8, whose operands have a scale for each row of their own.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

/// y = product · (row's scale · column's scale) + bias + residual. y may be product.
struct ScaleProduct {
  const float* product;        // [rows, width]
  const float* row_scales;     // [rows]
  const float* column_scales;  // [width]
  const float* bias;           // [width] or null
  const float* residual;       // [rows, width] or null
  float* y;                    // [rows, width] out
  int64_t rows, width;

  COHORT_HOST_DEVICE float value(int64_t row, int64_t column) const {
    const int64_t i = row * width + column;
    float result = product[i] * (row_scales[row] * column_scales[column]);
    if (bias) result += bias[column];
    if (residual) result += residual[i];
    return result;
  }

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
