#pragma once

#include <cstdint>

namespace cohort {

/// CUDA devices of this machine; 0 where cohort was built without CUDA. Opens cohort's CUDA half and LibTorch's, as
/// does whatever else is given a CUDA device. LibTorch looks once for its own, in its first backward at the latest: a
/// program that trains on the CPU and then turns to a CUDA device calls this first. Throws Error if they cannot be
/// opened.
int64_t num_cuda_devices();

}  // namespace cohort
