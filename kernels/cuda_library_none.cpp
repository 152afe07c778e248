// A cohort that was built without CUDA.
#include "cohort/error.hpp"
#include "kernels/cuda_library.hpp"

namespace cohort::kernels {

bool is_built_with_cuda() { return false; }

const CudaLibrary& cuda_library() { throw Error("cohort was built without CUDA: it has no kernels for a CUDA device"); }

}  // namespace cohort::kernels
