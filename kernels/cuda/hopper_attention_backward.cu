#include "kernels/cuda/hopper_attention_backward.cuh"

namespace cohort::kernels {
namespace {

template <int kDim>
void run_with(const AttentionBackward<bfloat16>& op, cudaStream_t stream) {
  constexpr int kStages = kDim == 64 ? 6 : 4;
  HopperBackward<QueryGradients<kDim, kStages>, KeyGradients<kDim, kStages>>(op, 2, stream).run();
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
