// From tensors to raw kernels. The only place that asks which device a kernel runs on, and the only
// #ifdef in cohort besides that of src/trace/range.hpp.
#pragma once

#include <ATen/core/Tensor.h>

#ifdef COHORT_CUDA
#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

#include "kernels/types.hpp"

namespace cohort::kernels {

/// Runs `kernel` on a device's current CUDA stream.
template <typename Kernel>
void launch_cuda([[maybe_unused]] const Kernel& kernel, c10::Device device) {
#ifdef COHORT_CUDA
  if (device.is_cuda()) {
    const c10::cuda::CUDAGuard guard(device);
    return kernel.run_cuda(c10::cuda::getCurrentCUDAStream());
  }
#endif
  TORCH_CHECK(false, "cohort was built without kernels for device ", device);
}

/// Runs `kernel` where its tensors live: on the CPU, or on the device's current CUDA stream.
template <typename Kernel>
void launch(const Kernel& kernel, c10::Device device) {
  if (device.is_cpu()) return kernel.run_cpu();
  launch_cuda(kernel, device);
}

/// Whether kernels for sm_90a run there.
inline bool is_hopper([[maybe_unused]] c10::Device device) {
#ifdef COHORT_CUDA
  if (device.is_cuda()) {
    const auto* const properties =
        device.has_index() ? at::cuda::getDeviceProperties(device.index()) : at::cuda::getCurrentDeviceProperties();
    return properties->major == 9 && properties->minor == 0;
  }
#endif
  return false;
}

/// Calls f(W{}) with the weight type of `dtype`.
template <typename F>
auto with_weight_type(at::ScalarType dtype, F&& f) {
  switch (dtype) {
    case at::kFloat:
      return f(float{});
    case at::kBFloat16:
      return f(bfloat16{});
    case at::kDouble:
      return f(double{});
    default:
      TORCH_CHECK(false, "expected float32, bfloat16 or float64 weights, got ", dtype);
  }
}

/// Calls f(T{}) with the activation type of `dtype`.
template <typename F>
auto with_activation_type(at::ScalarType dtype, F&& f) {
  switch (dtype) {
    case at::kFloat:
      return f(float{});
    case at::kDouble:
      return f(double{});
    default:
      TORCH_CHECK(false, "expected float32 or float64 activations, got ", dtype);
  }
}

/// The tensor's memory, or null if it is undefined. The tensor must be contiguous and of T's size.
template <typename T>
T* pointer(const at::Tensor& tensor) {
  if (!tensor.defined()) return nullptr;
  TORCH_CHECK(tensor.is_contiguous() && tensor.element_size() == sizeof(T), "expected a contiguous tensor of ",
              sizeof(T), "-byte elements, got ", tensor.scalar_type(), tensor.sizes());
  return static_cast<T*>(tensor.data_ptr());
}

}  // namespace cohort::kernels
