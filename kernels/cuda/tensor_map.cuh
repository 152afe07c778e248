// Descriptions of matrices for the copy engine. tests/kernels/cuda_emulation has a twin of this file for the host.
#pragma once

#include <cuda.h>
#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

#include "kernels/cuda/check.cuh"
#include "kernels/types.hpp"

namespace cohort::kernels {

/// [rows, columns] of bfloat16, rows `stride` elements apart, copied in boxes of box_rows by box_columns whose rows of
/// 32, 64 or 128 bytes have their chunks swapped. data and stride are multiples of 16 bytes.
inline CUtensorMap tensor_map(const char* name, const bfloat16* data, int64_t rows, int64_t columns, int64_t stride,
                              int box_rows, int box_columns) {
  // From the driver that runs: nothing is linked against it.
  static const auto encode = [&] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found{};
    check_cuda(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found),
               name);
    if (found != cudaDriverEntryPointSuccess)
      throw std::runtime_error(std::string(name) + ": the driver has no cuTensorMapEncodeTiled");
    return reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(function);
  }();
  constexpr int kSize = sizeof(bfloat16);
  const cuuint64_t sizes[] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)};
  const cuuint64_t strides[] = {static_cast<cuuint64_t>(stride * kSize)};
  const cuuint32_t box[] = {static_cast<cuuint32_t>(box_columns), static_cast<cuuint32_t>(box_rows)};
  const cuuint32_t steps[] = {1, 1};
  const CUtensorMapSwizzle swizzle = box_columns * kSize == 128  ? CU_TENSOR_MAP_SWIZZLE_128B
                                     : box_columns * kSize == 64 ? CU_TENSOR_MAP_SWIZZLE_64B
                                                                 : CU_TENSOR_MAP_SWIZZLE_32B;
  CUtensorMap map{};
  const CUresult status = encode(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<bfloat16*>(data), sizes, strides,
                                 box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                                 CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (status != CUDA_SUCCESS)
    throw std::runtime_error(std::string(name) + ": no tensor map of " + std::to_string(rows) + " x " +
                             std::to_string(columns) + " numbers, rows " + std::to_string(stride) + " apart: error " +
                             std::to_string(status));
  return map;
}

}  // namespace cohort::kernels
