#include <cublasLt.h>

#include <array>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

#include "kernels/cuda/check.cuh"
#include "kernels/cuda/library.hpp"
#include "kernels/cuda/scratch.cuh"

namespace cohort::kernels {
namespace {

// What NVIDIA advises for sm_90; given back to the stream's pool after each product.
constexpr int64_t kWorkspaceBytes = int64_t{32} << 20;

// Of what is multiplied and of the result, in bytes; the library would assume 256.
constexpr uint32_t kAlignment = 16;

void check_library(cublasStatus_t status, const char* name) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw std::runtime_error(std::string(name) + ": cuBLASLt: " + cublasLtGetStatusString(status));
}

// A descriptor that is destroyed with its name.
template <typename Handle, cublasStatus_t (*kDestroy)(Handle)>
struct Owned {
  Handle handle = nullptr;
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (handle) kDestroy(handle);
  }
};
using Description = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference = Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

// One for each device, for as long as the program runs: a handle may be used by all threads.
cublasLtHandle_t handle_of_device(const char* name) {
  static std::mutex mutex;
  static std::map<int, cublasLtHandle_t> handles;
  int device = 0;
  check_cuda(cudaGetDevice(&device), name);
  const std::lock_guard lock(mutex);
  cublasLtHandle_t& handle = handles[device];
  if (!handle) check_library(cublasLtCreate(&handle), name);
  return handle;
}

// The library reads columns: a row-major [i, j] is its [j, i]. So the result is op(b) · op(a), of b_size rows.
struct Call {
  Description description;
  Layout a, b, result;
  Preference preference;
  float beta;

  Call(const char* name, const LibraryProduct& product) : beta(product.addend ? 1.0f : 0.0f) {
    check_library(cublasLtMatmulDescCreate(&description.handle, CUBLAS_COMPUTE_32F, CUDA_R_32F), name);
    const auto set = [&](cublasLtMatmulDescAttributes_t attribute, auto value) {
      check_library(cublasLtMatmulDescSetAttribute(description.handle, attribute, &value, sizeof value), name);
    };
    set(CUBLASLT_MATMUL_DESC_TRANSA, product.b_by_depth ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_TRANSB, product.a_by_depth ? CUBLAS_OP_N : CUBLAS_OP_T);
    if (product.bias) {
      set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
      set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
    }
    const auto lay_out = [&](Layout& layout, bool by_depth, int64_t size, int64_t stride) {
      check_library(cublasLtMatrixLayoutCreate(&layout.handle, CUDA_R_16BF,
                                               static_cast<uint64_t>(by_depth ? product.depth : size),
                                               static_cast<uint64_t>(by_depth ? size : product.depth), stride),
                    name);
    };
    lay_out(b, product.b_by_depth, product.b_size, product.b_stride);
    lay_out(a, product.a_by_depth, product.a_size, product.a_stride);
    const cudaDataType_t result_type = product.rounded_result ? CUDA_R_16BF : CUDA_R_32F;
    check_library(cublasLtMatrixLayoutCreate(&result.handle, result_type, static_cast<uint64_t>(product.b_size),
                                             static_cast<uint64_t>(product.a_size), product.b_size),
                  name);
    check_library(cublasLtMatmulPreferenceCreate(&preference.handle), name);
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
      check_library(cublasLtMatmulPreferenceSetAttribute(preference.handle, attribute, &value, sizeof value), name);
    };
    prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<uint64_t>(kWorkspaceBytes));
    for (const auto attribute :
         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
      prefer(attribute, kAlignment);
    // Parts of k are not added up by others: the same bits in each run.
    prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, static_cast<uint32_t>(CUBLASLT_REDUCTION_SCHEME_NONE));
  }
};

// The first way the library names, asked for once for each shape. A null workspace of no bytes: there is none.
struct Way {
  cublasLtMatmulAlgo_t algorithm;
  bool is_known;
  int64_t workspace_bytes;
};
Way way_of(const char* name, cublasLtHandle_t handle, const Call& call, const LibraryProduct& product) {
  static std::mutex mutex;
  static std::map<std::array<int64_t, 8>, Way> ways;
  int device = 0;
  check_cuda(cudaGetDevice(&device), name);
  const int64_t flags = product.a_by_depth | product.b_by_depth << 1 | (product.bias != nullptr) << 2 |
                        (product.addend != nullptr) << 3 | (product.rounded_result != nullptr) << 4;
  constexpr int64_t kWhole = 31;
  const auto is_whole = [](const void* at) { return reinterpret_cast<uintptr_t>(at) % kAlignment == 0; };
  const int64_t aligned = is_whole(product.a) | is_whole(product.b) << 1 | is_whole(product.to()) << 2 |
                          is_whole(product.addend) << 3 | is_whole(product.bias) << 4;
  const std::array<int64_t, 8> key{device,           product.a_size,   product.b_size, product.depth,
                                   product.a_stride, product.b_stride, flags,          aligned};
  const std::lock_guard lock(mutex);
  if (const auto known = ways.find(key); known != ways.end()) return known->second;
  Way way{};
  if (aligned == kWhole) {
    cublasLtMatmulHeuristicResult_t found{};
    int count = 0;
    const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(handle, call.description.handle, call.b.handle,
                                                                 call.a.handle, call.result.handle, call.result.handle,
                                                                 call.preference.handle, 1, &found, &count);
    if (status != CUBLAS_STATUS_NOT_SUPPORTED) check_library(status, name);
    if (status == CUBLAS_STATUS_SUCCESS && count > 0)
      way = {found.algo, true, static_cast<int64_t>(found.workspaceSize)};
  }
  return ways.emplace(key, way).first->second;
}

}  // namespace

bool run_by_library(const char* name, const LibraryProduct& product, cudaStream_t stream) {
  const cublasLtHandle_t handle = handle_of_device(name);
  const Call call(name, product);
  const Way way = way_of(name, handle, call, product);
  if (!way.is_known) return false;
  const Scratch<unsigned char> workspace(way.workspace_bytes, stream);
  const float alpha = 1;
  const void* const addend = product.addend ? product.addend : product.to();
  check_library(cublasLtMatmul(handle, call.description.handle, &alpha, product.b, call.b.handle, product.a,
                               call.a.handle, &call.beta, addend, call.result.handle, product.to(), call.result.handle,
                               &way.algorithm, workspace.data(), static_cast<size_t>(way.workspace_bytes), stream),
                name);
  return true;
}

}  // namespace cohort::kernels
