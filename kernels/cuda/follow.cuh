// Kernels that begin while the one before still runs, for decoding, where each takes a few microseconds.
#pragma once

#include <cuda_runtime.h>

namespace cohort::kernels {

/// A kernel launched with Blocks::follows calls it in all threads before it reads or writes what others write or read:
/// from there on it is as if the kernel before had ended before this one began. Before it weights may be read, which
/// only kernels that do not follow write. The next kernel of the stream may begin from then on, if it follows.
__device__ inline void follow() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;\n\tgriddepcontrol.wait;" ::: "memory");
#endif
}

}  // namespace cohort::kernels
