#include "kernels/cuda/check.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/policy_loss.hpp"

namespace cohort::kernels {
namespace {

// One block per part; its tokens go to threads in turn.
template <typename T>
__global__ void __launch_bounds__(kElementThreads) policy_loss(PolicyLoss<T> op) {
  const int64_t part = blockIdx.x, last = op.tokens * (part + 1) / op.parts;
  PolicyLossSums sums;
  for (int64_t i = op.tokens * part / op.parts + threadIdx.x; i < last; i += kElementThreads) op.add(i, sums);
  double* const fields[] = {&sums.loss,       &sums.clipped_low, &sums.clipped_high,
                            &sums.importance, &sums.capped,      &sums.kl};
  static_assert(sizeof(fields) / sizeof(*fields) == sizeof(PolicyLossSums) / sizeof(double));
  for (double* const field : fields) *field = block_reduce<kElementThreads>(*field, Sum());
  if (threadIdx.x == 0) op.partial[part] = sums;
}

}  // namespace

template <typename T>
void PolicyLoss<T>::run_cuda(cudaStream_t stream) const {
  launch_blocks("policy loss", policy_loss<T>, parts, kElementThreads, stream, *this);
}

template struct PolicyLoss<float>;
template struct PolicyLoss<double>;

}  // namespace cohort::kernels
