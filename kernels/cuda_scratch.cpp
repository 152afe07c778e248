#include "kernels/cuda/scratch.cuh"

#include <c10/cuda/CUDACachingAllocator.h>

namespace cohort::kernels {

void* take_scratch(size_t bytes, cudaStream_t stream) {
  return c10::cuda::CUDACachingAllocator::raw_alloc_with_stream(bytes, stream);
}

void give_back_scratch(void* data) { c10::cuda::CUDACachingAllocator::raw_delete(data); }

}  // namespace cohort::kernels
