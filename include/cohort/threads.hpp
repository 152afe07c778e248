#pragma once

#include <cstdint>

namespace cohort {

/// Threads that the CPU kernels use, the caller included. Never changes a result.
void set_num_threads(int64_t threads);
int64_t num_threads();

}  // namespace cohort
