// The host is no Hopper: kernels for sm_90a are not emulated.
#include <stdexcept>

#include "kernels/cuda/hopper.hpp"
#include "kernels/cuda/hopper_attention.hpp"

namespace cohort::kernels {

void multiply_on_hopper(const char* name, const Side<true>&, const Side<true>&, int64_t, const Result<float>&,
                        cudaStream_t) {
  throw std::logic_error(std::string(name) + ": a kernel for Hopper on the host");
}

void multiply_gated_on_hopper(const char* name, const Side<true>&, const Side<true>&, int64_t, const float*, bfloat16*,
                              bfloat16*, cudaStream_t) {
  throw std::logic_error(std::string(name) + ": a kernel for Hopper on the host");
}

bool fits_hopper(const AttentionBackward<bfloat16>&) { return false; }
void run_hopper(const AttentionBackward<bfloat16>&, cudaStream_t) {
  throw std::logic_error("attention backward: a kernel for Hopper on the host");
}

}  // namespace cohort::kernels
