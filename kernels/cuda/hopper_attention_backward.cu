#include "kernels/cuda/hopper_attention_backward.cuh"

namespace cohort::kernels {
namespace {

template <int kDim>
void run_with(const AttentionBackward<bfloat16>& op, cudaStream_t stream) {
  using Queries = QueryGradients<kDim, 2, 64, kDim == 64 ? 6 : 4>;
  using Keys = KeyGradients<kDim, 2, kDim == 64 ? 6 : 4>;
  HopperBackward<Queries, Keys>(op, 3, stream).run();
}

}  // namespace

bool fits_hopper(const AttentionBackward<bfloat16>& op) {
  return (op.head_dim == 64 || op.head_dim == 128) && current_device("attention backward").is_hopper();
}

void run_hopper(const AttentionBackward<bfloat16>& op, cudaStream_t stream) {
  if (op.head_dim == 64) {
    run_with<64>(op, stream);
  } else {
    run_with<128>(op, stream);
  }
}

}  // namespace cohort::kernels
