// Device memory that lives as long as some kernels on a stream need it. Neither end waits for the device.
#pragma once

#include "kernels/cuda/check.cuh"

namespace cohort::kernels {

/// `size` elements of the stream's memory pool, uninitialised; given back in the order of the stream.
template <typename T>
class Scratch {
 public:
  Scratch(int64_t size, cudaStream_t stream) : stream_(stream) {
    if (size > 0)
      check_cuda(cudaMallocAsync(reinterpret_cast<void**>(&data_), static_cast<size_t>(size) * sizeof(T), stream),
                 "scratch");
  }
  ~Scratch() {
    if (data_) cudaFreeAsync(data_, stream_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() const { return data_; }

 private:
  T* data_ = nullptr;
  cudaStream_t stream_;
};

}  // namespace cohort::kernels
