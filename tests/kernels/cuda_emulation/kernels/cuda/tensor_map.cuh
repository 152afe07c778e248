// kernels/cuda/tensor_map.cuh on the host.
#pragma once

#include <cstdint>

namespace cohort::kernels {

struct CUtensorMap {
  const unsigned char* matrix;
  int64_t width;
  int columns, rows;
};

inline CUtensorMap tensor_map(const void* matrix, int64_t width, int columns, int rows) {
  return {static_cast<const unsigned char*>(matrix), width, columns, rows};
}

}  // namespace cohort::kernels
