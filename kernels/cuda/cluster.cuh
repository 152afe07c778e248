// Blocks that run together and read each other's shared memory: Hopper's clusters, and elsewhere blocks alone.
#pragma once

#include "kernels/cuda/check.cuh"

namespace cohort::kernels {

/// A barrier of all threads of the `blocks` blocks of a cluster, behind which they see each other's shared memory.
__device__ inline void cluster_barrier([[maybe_unused]] int blocks) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  if (blocks > 1) {
    asm volatile("barrier.cluster.arrive.release.aligned;\n\tbarrier.cluster.wait.acquire.aligned;" ::: "memory");
    return;
  }
#endif
  __syncthreads();
}

/// What stands at `at` of the shared memory of block `rank` of the cluster's `blocks`.
template <typename T>
__device__ inline const T* of_cluster(const T* at, [[maybe_unused]] int rank, [[maybe_unused]] int blocks) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  if (blocks > 1) {
    uint64_t there;
    asm("mapa.u64 %0, %1, %2;" : "=l"(there) : "l"(at), "r"(rank));
    return reinterpret_cast<const T*>(there);
  }
#endif
  return at;
}

}  // namespace cohort::kernels
