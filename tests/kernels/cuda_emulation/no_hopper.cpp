// Attention's gradients on Hopper are not emulated.
#include <stdexcept>

#include "kernels/cuda/hopper_attention.hpp"

namespace cohort::kernels {

bool fits_hopper(const AttentionBackward<bfloat16>&) { return false; }
void run_hopper(const AttentionBackward<bfloat16>&, cudaStream_t) {
  throw std::logic_error("attention backward: a kernel for Hopper on the host");
}

}  // namespace cohort::kernels
