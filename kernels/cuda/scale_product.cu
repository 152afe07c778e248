#include "kernels/cuda/check.cuh"
#include "kernels/scale_product.hpp"

namespace cohort::kernels {
namespace {

// A thread for each element.
__global__ void __launch_bounds__(kElementThreads) scale_product(ScaleProduct op) {
  const int64_t i = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  if (i < op.rows * op.width) op.y[i] = op.value(i / op.width, i % op.width);
}

}  // namespace

void ScaleProduct::run_cuda(cudaStream_t stream) const {
  launch_blocks("scale product", scale_product, ceil_divide(rows * width, kElementThreads), kElementThreads, stream,
                *this);
}

}  // namespace cohort::kernels
