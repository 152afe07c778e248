// Memory of activations. A step takes and gives back gigabytes in large blocks; from the system each block comes as
// fresh pages, which the kernel clears one by one: a quarter of a step's time, measured. These blocks are kept instead.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <string>

namespace cohort::ops {

/// A contiguous tensor of undefined contents. On the CPU a large one takes a block that an earlier one of about its
/// size gave back, where there is such a block.
at::Tensor empty(at::IntArrayRef sizes, const at::TensorOptions& options);
at::Tensor zeros(at::IntArrayRef sizes, const at::TensorOptions& options);

/// The same for what lives as long as a policy, such as its weights: side by side in pages of 2 MiB. Pages of 4 KiB
/// cost a fault each when a model is loaded, and a walk of the page table each when its weights pass by for one token.
at::Tensor lasting(at::IntArrayRef sizes, const at::TensorOptions& options);

/// `host` on `device`. The host does not wait for what the device is doing.
at::Tensor upload(const at::Tensor& host, c10::Device device);

/// Whether both, on one device, have the same type and the same bits, signs of zeros and payloads of NaN included; or
/// are both undefined.
bool have_equal_bits(const at::Tensor& a, const at::Tensor& b);

/// Bytes of blocks that wait to be taken again. They never make the process larger than its tensors once did.
int64_t cached_bytes();
/// Gives them back to the system.
void release_cached_memory();

/// What LibTorch's allocator of a GPU is told, added to what it was told before: one range of addresses that grows and
/// shrinks (expandable segments), so that what a rollout gave back serves an update, whatever the sizes. Empty: nothing
/// is to be added, for somebody has decided.
std::string allocator_settings(const std::string& before);
/// Opens the CUDA half and applies them. To be called before the device's first tensor; nothing on a CPU. Throws Error
/// if there is no CUDA half or it cannot be opened.
void prepare_device(c10::Device device);
/// The most bytes that LibTorch ever took from a GPU; 0 for a CPU.
int64_t peak_device_bytes(c10::Device device);

}  // namespace cohort::ops
