// kernels/cuda/tensor_core.cuh on the host: what the instructions do, lane by lane, as their documentation says it.
// Copies reach shared memory only when they are waited for; until then it holds NaN.
#pragma once

#include <array>

#include "cuda_runtime.h"
#include "kernels/bfloat16.hpp"

namespace cohort::kernels {

inline uint32_t pack_bfloat16(float low, float high) {
  return to_bfloat16(low).bits | static_cast<uint32_t>(to_bfloat16(high).bits) << 16;
}

inline float power_of_two(float x) {
  const float power = std::exp2(x);
  return power < 0x1p-126f ? 0 : power;
}

inline unsigned char* dynamic_shared_memory() { return emulation::block.dynamic_shared.data(); }

inline void copy_async(void* shared, const void* global, int valid) {
  const auto is_whole = [](const void* address) { return reinterpret_cast<uintptr_t>(address) % 16 == 0; };
  if (!is_whole(shared) || !is_whole(global) || valid < 0 || valid > 16)
    throw std::logic_error("emulated CUDA: a copy of 16 bytes from or to an address that is none of a multiple of 16");
  emulation::Copy copy{shared, {}};
  std::memcpy(copy.bytes, global, static_cast<size_t>(valid));
  std::memset(shared, 0xff, 16);
  emulation::block.current->open_copies.push_back(copy);
}
inline void commit_copies() {
  emulation::Thread& thread = *emulation::block.current;
  thread.copies.push_back(std::move(thread.open_copies));
  thread.open_copies.clear();
}
template <int kPending>
inline void wait_for_copies() {
  emulation::Thread& thread = *emulation::block.current;
  while (thread.copies.size() > kPending) {
    for (const emulation::Copy& copy : thread.copies.front()) std::memcpy(copy.to, copy.bytes, sizeof copy.bytes);
    thread.copies.pop_front();
  }
}

namespace emulated {

inline uint16_t element(const void* row, int column) {
  uint16_t bits;
  std::memcpy(&bits, static_cast<const unsigned char*>(row) + 2 * column, sizeof bits);
  return bits;
}

inline void load_matrices(uint32_t (&out)[4], const void* row, bool transposed) {
  if (reinterpret_cast<uintptr_t>(row) % 16 != 0)
    throw std::logic_error("emulated CUDA: a row of a matrix at an address that is no multiple of 16");
  emulation::exchange(row);
  const int lane = emulation::lane(), g = lane / 4, t = lane % 4;
  for (int matrix = 0; matrix < 4; ++matrix) {
    const auto at = [&](int i, int j) { return element(emulation::of_lane<const void*>(8 * matrix + i), j); };
    const uint32_t low = transposed ? at(2 * t, g) : at(g, 2 * t),
                   high = transposed ? at(2 * t + 1, g) : at(g, 2 * t + 1);
    out[matrix] = low | high << 16;
  }
  emulation::pause(emulation::State::at_exchange);
}

struct Operands {
  uint32_t a[4], b[2];
};

inline float half_of(uint32_t pair, int which) {
  return to_float(bfloat16{static_cast<uint16_t>(which ? pair >> 16 : pair)});
}

}  // namespace emulated

inline void load_matrices(uint32_t (&out)[4], const void* row) { emulated::load_matrices(out, row, false); }
inline void load_matrices_transposed(uint32_t (&out)[4], const void* row) { emulated::load_matrices(out, row, true); }

inline uint32_t transpose_matrix(uint32_t pair) {
  emulation::exchange(pair);
  const int g = emulation::lane() / 4, t = emulation::lane() % 4;
  const auto at = [&](int i, int j) {  // of what was given
    const auto owner = emulation::of_lane<uint32_t>(4 * i + j / 2);
    return j % 2 ? owner >> 16 : owner & 0xffffu;
  };
  const uint32_t transposed = at(2 * t, g) | at(2 * t + 1, g) << 16;
  emulation::pause(emulation::State::at_exchange);
  return transposed;
}

inline void multiply_add(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  emulation::exchange(emulated::Operands{{a[0], a[1], a[2], a[3]}, {b0, b1}});
  const int g = emulation::lane() / 4, t = emulation::lane() % 4;
  for (int k = 0; k < 16; ++k) {
    const int owner = k % 8 / 2, high = k / 8, half = k % 2;  // of column k of a, and of row k of b
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) {
        const auto of_a = emulation::of_lane<emulated::Operands>(4 * g + owner);
        const auto of_b = emulation::of_lane<emulated::Operands>(4 * (2 * t + j) + owner);
        float& sum = c[2 * i + j];
        sum = std::fma(emulated::half_of(of_a.a[2 * high + i], half), emulated::half_of(of_b.b[high], half), sum);
      }
  }
  emulation::pause(emulation::State::at_exchange);
}

}  // namespace cohort::kernels
