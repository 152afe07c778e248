#include "kernels/advance_rows.hpp"
#include "kernels/cuda/check.cuh"
#include "kernels/cuda/follow.cuh"

namespace cohort::kernels {
namespace {

// One thread per row.
template <typename T>
__global__ void __launch_bounds__(kElementThreads) advance_rows(AdvanceRows<T> op) {
  follow();
  const int64_t row = element_index();
  if (row < op.rows) op.advance(row);
}

}  // namespace

template <typename T>
void AdvanceRows<T>::run_cuda(cudaStream_t stream) const {
  launch_following_elements("advance_rows", advance_rows<T>, rows, stream, *this);
}

template struct AdvanceRows<float>;
template struct AdvanceRows<double>;

}  // namespace cohort::kernels
