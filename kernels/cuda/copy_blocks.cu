#include "kernels/copy_blocks.hpp"
#include "kernels/cuda/check.cuh"

namespace cohort::kernels {
namespace {

// One block of threads for each copy and head; its elements go to threads in turn.
template <typename W>
__global__ void __launch_bounds__(kElementThreads) copy_blocks(CopyBlocks<W> op) {
  const int64_t head = blockIdx.x % op.kv_heads, head_size = op.head_dim * kBlockTokens;
  const BlockCopy copy = op.copies[blockIdx.x / op.kv_heads];
  const int64_t from = (copy.from * op.kv_heads + head) * head_size, to = (copy.to * op.kv_heads + head) * head_size;
  for (int64_t i = threadIdx.x; i < head_size; i += kElementThreads) {
    if (i % kBlockTokens < copy.tokens) op.keys[to + i] = op.keys[from + i];
    if (i < copy.tokens * op.head_dim) op.values[to + i] = op.values[from + i];
  }
}

}  // namespace

template <typename W>
void CopyBlocks<W>::run_cuda(cudaStream_t stream) const {
  launch_blocks("copy blocks", copy_blocks<W>, num_copies * kv_heads, kElementThreads, stream, *this);
}

template struct CopyBlocks<float>;
template struct CopyBlocks<bfloat16>;
template struct CopyBlocks<double>;

}  // namespace cohort::kernels
