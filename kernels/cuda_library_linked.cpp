// A static cohort has its CUDA half, and LibTorch's, from the start.
#include "kernels/cuda_library.hpp"

namespace cohort::kernels {

bool is_built_with_cuda() { return true; }

const CudaLibrary& cuda_library() { return *cohort_cuda_library(); }

}  // namespace cohort::kernels
