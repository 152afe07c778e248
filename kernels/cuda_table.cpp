// What libcohort_cuda exports: the table of its functions. It calls nothing of libcohort.
#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "kernels/cuda_graphs.hpp"
#include "kernels/cuda_library.hpp"

namespace cohort::kernels {
namespace {

template <typename Kernel>
void run(const Kernel& kernel, c10::Device device) {
  const c10::cuda::CUDAGuard guard(device);
  kernel.run_cuda(c10::cuda::getCurrentCUDAStream());
}

template <typename... Kernels>
void fill(std::tuple<CudaBody<Kernels>...>& bodies) {
  bodies = std::tuple(&run<Kernels>...);
}

bool is_hopper(c10::Device device) {
  const auto* const properties =
      device.has_index() ? at::cuda::getDeviceProperties(device.index()) : at::cuda::getCurrentDeviceProperties();
  return properties->major == 9 && properties->minor == 0;
}

CudaLibrary make_table() {
  CudaLibrary library{.bodies = {}, .is_hopper = &is_hopper, .make_recorder = &make_cuda_recorder};
  fill(library.bodies);
  return library;
}

}  // namespace

extern "C" const CudaLibrary* cohort_cuda_library() {
  static const CudaLibrary library = make_table();
  return &library;
}

}  // namespace cohort::kernels
