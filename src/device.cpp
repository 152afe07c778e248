#include "cohort/device.hpp"

#include <ATen/Context.h>

#include "kernels/cuda_library.hpp"

namespace cohort {

int64_t num_cuda_devices() {
  if (!kernels::is_built_with_cuda()) return 0;
  kernels::cuda_library();
  return at::hasCUDA() ? static_cast<int64_t>(at::getNumGPUs()) : 0;
}

}  // namespace cohort
