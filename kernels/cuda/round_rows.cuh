// Rounding to bfloat16, in rows that copies of 16 bytes can read.
#pragma once

#include <type_traits>

#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/matrix.cuh"

namespace cohort::kernels {

// One thread per chunk of eight: to[i, j] = bfloat16(from[i, j]) for j < columns.
template <typename Element>
__global__ void __launch_bounds__(kElementThreads)
    round_rows(const Element* from, int64_t rows, int64_t columns, bfloat16* to, int64_t pitch) {
  follow();
  const int64_t index = element_index(), chunks = pitch / kChunkElements;
  if (index >= rows * chunks) return;
  const int64_t row = index / chunks, column = index % chunks * kChunkElements;
  const Element* const source = from + row * columns + column;
  struct alignas(kChunkBytes) Chunk {
    uint32_t pairs[kChunkElements / 2];
  } chunk;
  if (std::is_same_v<Element, float> && columns % kChunkElements == 0) {
    const auto low = reinterpret_cast<const float4*>(source)[0], high = reinterpret_cast<const float4*>(source)[1];
    chunk = {{pack_bfloat16(low.x, low.y), pack_bfloat16(low.z, low.w), pack_bfloat16(high.x, high.y),
              pack_bfloat16(high.z, high.w)}};
  } else {
#pragma unroll
    for (int n = 0; n < kChunkElements; n += 2) {
      const auto at = [&](int m) { return column + m < columns ? to_float(source[m]) : 0.0f; };
      chunk.pairs[n / 2] = pack_bfloat16(at(n), at(n + 1));
    }
  }
  reinterpret_cast<Chunk*>(to + row * pitch)[column / kChunkElements] = chunk;
}

}  // namespace cohort::kernels
