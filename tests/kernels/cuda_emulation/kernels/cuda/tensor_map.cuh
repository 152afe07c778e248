// kernels/cuda/tensor_map.cuh on the host.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

struct CUtensorMap {
  const unsigned char* matrix;
  int64_t height, width, stride;
  int columns, rows;  // of a box
};

inline CUtensorMap tensor_map(const char*, const bfloat16* data, int64_t rows, int64_t columns, int64_t stride,
                              int box_rows, int box_columns) {
  return {reinterpret_cast<const unsigned char*>(data), rows, columns, stride, box_columns, box_rows};
}

}  // namespace cohort::kernels
