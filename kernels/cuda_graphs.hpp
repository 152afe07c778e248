#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "kernels/cuda_library.hpp"

namespace cohort::kernels {

/// Records CUDA graphs, on a stream of its own.
std::unique_ptr<Recorder> make_cuda_recorder(c10::Device device);

}  // namespace cohort::kernels
