// Descriptions of matrices in global memory for copy_tile (warpgroup.cuh). tests/kernels/cuda_emulation has a twin of
// this file for the host.
#pragma once

#include <cuda.h>

#include "kernels/cuda/check.cuh"

namespace cohort::kernels {

/// Tiles of `rows` rows by `columns` of a matrix of two-byte elements [any number of rows, width] that starts at a
/// multiple of 16 bytes. Rows of a tile are 64 or 128 bytes, and its chunks are swapped in patterns of as many.
inline CUtensorMap tensor_map(const void* matrix, int64_t width, int columns, int rows) {
  static const auto encode = [] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found;
    constexpr unsigned kSince = 12000;
    check_cuda(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, kSince, cudaEnableDefault, &found),
               "cuTensorMapEncodeTiled");
    if (found != cudaDriverEntryPointSuccess)
      throw std::runtime_error("cuTensorMapEncodeTiled: expected a driver of CUDA 12 or newer");
    return reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(function);
  }();
  CUtensorMap map;
  constexpr cuuint64_t kAnyRows = INT32_MAX;
  const cuuint64_t sizes[2] = {static_cast<cuuint64_t>(width), kAnyRows};
  const cuuint64_t strides[1] = {static_cast<cuuint64_t>(width) * 2};
  const cuuint32_t box[2] = {static_cast<cuuint32_t>(columns), static_cast<cuuint32_t>(rows)}, steps[2] = {1, 1};
  const CUresult status =
      encode(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<void*>(matrix), sizes, strides, box, steps,
             CU_TENSOR_MAP_INTERLEAVE_NONE, columns == 32 ? CU_TENSOR_MAP_SWIZZLE_64B : CU_TENSOR_MAP_SWIZZLE_128B,
             CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (status != CUDA_SUCCESS)
    throw std::runtime_error("cuTensorMapEncodeTiled: error " + std::to_string(static_cast<int>(status)) +
                             " for a matrix of rows of " + std::to_string(width));
  return map;
}

}  // namespace cohort::kernels
