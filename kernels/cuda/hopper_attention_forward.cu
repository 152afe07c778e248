#include "kernels/cuda/hopper_attention.hpp"
#include "kernels/cuda/hopper_attention_forward.cuh"

namespace cohort::kernels {

bool fits_hopper(const AttentionForward<bfloat16>& op) {
  return (op.head_dim == 64 || op.head_dim == 128) && current_device("attention forward").is_hopper();
}

void run_hopper(const AttentionForward<bfloat16>& op, cudaStream_t stream) {
  if (op.head_dim == 64) {
    launch_hopper<HopperForwardTile<64, 3, 4>>(op, stream);
  } else {
    launch_hopper<HopperForwardTile<128, 2, 2>>(op, stream);
  }
}

}  // namespace cohort::kernels
