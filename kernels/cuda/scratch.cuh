// Device memory that lives as long as some kernels on a stream need it. Neither end waits for the device.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

namespace cohort::kernels {

/// From LibTorch's allocator (kernels/cuda_scratch.cpp), so that a step's tensors and its scratch share one memory, and
/// recorded steps have theirs. What was given back serves the next kernels of the same stream. Throws if there is none.
void* take_scratch(size_t bytes, cudaStream_t stream);
void give_back_scratch(void* data);

/// `size` elements, uninitialised.
template <typename T>
class Scratch {
 public:
  Scratch(int64_t size, cudaStream_t stream)
      : data_(size > 0 ? static_cast<T*>(take_scratch(static_cast<size_t>(size) * sizeof(T), stream)) : nullptr) {}
  ~Scratch() {
    if (data_) give_back_scratch(data_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() const { return data_; }

 private:
  T* data_;
};

}  // namespace cohort::kernels
