// From tensors to raw kernels. The only place that asks which device a kernel runs on.
#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/cuda_library.hpp"
#include "kernels/types.hpp"

namespace cohort::kernels {

/// Runs `kernel` where its tensors live: on the CPU, or on the device's current CUDA stream.
template <typename Kernel>
void launch(const Kernel& kernel, c10::Device device) {
  if (device.is_cpu()) return kernel.run_cpu();
  TORCH_CHECK(device.is_cuda(), "cohort has no kernels for device ", device);
  std::get<CudaBody<Kernel>>(cuda_library().bodies)(kernel, device);
}

/// Whether kernels for sm_90a run there.
inline bool is_hopper(c10::Device device) { return device.is_cuda() && cuda_library().is_hopper(device); }

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
