// Neighbours in memory that one thread takes at once, 16 bytes of them where that may be.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "kernels/cuda/numbers.cuh"

namespace cohort::kernels {

template <typename T, int kSize>
struct alignas(kSize * sizeof(T)) Pack {
  T values[kSize];
};

/// Elements of T in 16 bytes.
template <typename T>
constexpr int kPackSize = 16 / static_cast<int>(sizeof(T));

template <int kSize, typename T>
__device__ Pack<T, kSize> load_pack(const T* at) {
  return *reinterpret_cast<const Pack<T, kSize>*>(at);
}
template <int kSize, typename T>
__device__ void store_pack(T* at, const Pack<T, kSize>& pack) {
  *reinterpret_cast<Pack<T, kSize>*>(at) = pack;
}

/// The same numbers as weights of type W hold them.
template <typename W, typename T, int kSize>
__device__ Pack<W, kSize> narrow_pack(const Pack<T, kSize>& pack) {
  Pack<W, kSize> narrowed;
#pragma unroll
  for (int n = 0; n < kSize; ++n) narrowed.values[n] = narrow<W>(pack.values[n]);
  return narrowed;
}

/// Whether rows of `width` elements at these addresses can be taken by 16 bytes.
template <typename T, typename... Pointers>
bool has_packs(int64_t width, const Pointers*... at) {
  return width % kPackSize<T> == 0 && ((reinterpret_cast<uintptr_t>(at) % 16 == 0) && ...);
}

}  // namespace cohort::kernels
