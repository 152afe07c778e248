// The part of cuBLASLt that cohort uses, on the host: what its documentation says a product is, element by element. It
// knows no way for a depth below 8, so that callers must have one of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/bfloat16.hpp"

enum cublasStatus_t { CUBLAS_STATUS_SUCCESS, CUBLAS_STATUS_INVALID_VALUE = 7, CUBLAS_STATUS_NOT_SUPPORTED = 15 };
inline const char* cublasLtGetStatusString(cublasStatus_t) { return "emulated"; }

enum cublasComputeType_t { CUBLAS_COMPUTE_32F };
enum cudaDataType_t { CUDA_R_32F, CUDA_R_16BF };
enum cublasOperation_t { CUBLAS_OP_N, CUBLAS_OP_T };
enum cublasLtEpilogue_t { CUBLASLT_EPILOGUE_DEFAULT = 1, CUBLASLT_EPILOGUE_BIAS = 4 };
enum cublasLtReductionScheme_t { CUBLASLT_REDUCTION_SCHEME_NONE };
enum cublasLtMatmulDescAttributes_t {
  CUBLASLT_MATMUL_DESC_TRANSA,
  CUBLASLT_MATMUL_DESC_TRANSB,
  CUBLASLT_MATMUL_DESC_EPILOGUE,
  CUBLASLT_MATMUL_DESC_BIAS_POINTER
};
enum cublasLtMatmulPreferenceAttributes_t {
  CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
  CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES
};

namespace emulation {

struct MatmulDescription {
  cublasOperation_t a = CUBLAS_OP_N, b = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const float* bias = nullptr;
};
struct MatrixLayout {  // columns one after the other
  cudaDataType_t type;
  uint64_t rows, columns;
  int64_t stride;
};
struct MatmulPreference {};

template <typename T>
cublasStatus_t take(T& to, const void* from, size_t size) {
  if (size != sizeof to) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(&to, from, size);
  return CUBLAS_STATUS_SUCCESS;
}
inline int64_t products_by_library = 0;

}  // namespace emulation

using cublasLtHandle_t = int*;
using cublasLtMatmulDesc_t = emulation::MatmulDescription*;
using cublasLtMatrixLayout_t = emulation::MatrixLayout*;
using cublasLtMatmulPreference_t = emulation::MatmulPreference*;
struct cublasLtMatmulAlgo_t {};
struct cublasLtMatmulHeuristicResult_t {
  cublasLtMatmulAlgo_t algo;
  size_t workspaceSize;
};

inline cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  static int only;
  *handle = &only;
  return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* description, cublasComputeType_t, cudaDataType_t) {
  *description = new emulation::MatmulDescription;
  return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t description) {
  delete description;
  return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t description,
                                                     cublasLtMatmulDescAttributes_t attribute, const void* value,
                                                     size_t size) {
  switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      return emulation::take(description->a, value, size);
    case CUBLASLT_MATMUL_DESC_TRANSB:
      return emulation::take(description->b, value, size);
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
      return emulation::take(description->epilogue, value, size);
    default:
      return emulation::take(description->bias, value, size);
  }
}
inline cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType_t type, uint64_t rows,
                                                 uint64_t columns, int64_t stride) {
  *layout = new emulation::MatrixLayout{type, rows, columns, stride};
  return static_cast<int64_t>(rows) <= stride ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}
inline cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  delete layout;
  return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
  *preference = new emulation::MatmulPreference;
  return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  delete preference;
  return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t,
                                                           cublasLtMatmulPreferenceAttributes_t attribute, const void*,
                                                           size_t size) {
  return size == (attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES ? sizeof(uint64_t) : sizeof(uint32_t))
             ? CUBLAS_STATUS_SUCCESS
             : CUBLAS_STATUS_INVALID_VALUE;
}
inline cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t description,
                                                     cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t,
                                                     cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                                     cublasLtMatmulPreference_t, int,
                                                     cublasLtMatmulHeuristicResult_t* found, int* count) {
  *count = (description->a == CUBLAS_OP_N ? a->columns : a->rows) >= 8;
  found->workspaceSize = 128;
  return *count ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}
// d = alpha · op(a) · op(b) + beta · c + bias of the row.
inline cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t description, const float* alpha,
                                     const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                                     cublasLtMatrixLayout_t b_layout, const float* beta, const void* c,
                                     cublasLtMatrixLayout_t c_layout, void* d, cublasLtMatrixLayout_t d_layout,
                                     const cublasLtMatmulAlgo_t*, void* workspace, size_t workspace_bytes,
                                     CUstream_st*) {
  const auto rows_of = [](cublasLtMatrixLayout_t x, cublasOperation_t op) {
    return op == CUBLAS_OP_N ? x->rows : x->columns;
  };
  const auto columns_of = [](cublasLtMatrixLayout_t x, cublasOperation_t op) {
    return op == CUBLAS_OP_N ? x->columns : x->rows;
  };
  const auto at = [](const void* data, cublasLtMatrixLayout_t x, cublasOperation_t op, uint64_t i, uint64_t j) {
    const uint64_t row = op == CUBLAS_OP_N ? i : j, column = op == CUBLAS_OP_N ? j : i;
    return cohort::kernels::to_float(static_cast<const cohort::kernels::bfloat16*>(data)[column * x->stride + row]);
  };
  const uint64_t depth = columns_of(a_layout, description->a);
  const bool fits = rows_of(b_layout, description->b) == depth && rows_of(a_layout, description->a) == d_layout->rows &&
                    columns_of(b_layout, description->b) == d_layout->columns && c_layout->rows == d_layout->rows &&
                    c_layout->columns == d_layout->columns && a_layout->type == CUDA_R_16BF &&
                    b_layout->type == CUDA_R_16BF && c_layout->type == d_layout->type && workspace &&
                    workspace_bytes == 128 &&
                    (description->epilogue == CUBLASLT_EPILOGUE_BIAS) == (description->bias != nullptr);
  if (!fits) return CUBLAS_STATUS_INVALID_VALUE;
  ++emulation::products_by_library;
  for (uint64_t i = 0; i < d_layout->rows; ++i)
    for (uint64_t j = 0; j < d_layout->columns; ++j) {
      float sum = 0;
      for (uint64_t k = 0; k < depth; ++k)
        sum = std::fma(at(a, a_layout, description->a, i, k), at(b, b_layout, description->b, k, j), sum);
      const uint64_t to = j * d_layout->stride + i, from = j * c_layout->stride + i;
      const bool is_rounded = d_layout->type == CUDA_R_16BF;
      const auto added = [&] {
        return is_rounded ? cohort::kernels::to_float(static_cast<const cohort::kernels::bfloat16*>(c)[from])
                          : static_cast<const float*>(c)[from];
      };
      const float result =
          *alpha * sum + (*beta == 0 ? 0 : *beta * added()) + (description->bias ? description->bias[i] : 0);
      if (is_rounded) {
        static_cast<cohort::kernels::bfloat16*>(d)[to] = cohort::kernels::to_bfloat16(result);
      } else {
        static_cast<float*>(d)[to] = result;
      }
    }
  return CUBLAS_STATUS_SUCCESS;
}
