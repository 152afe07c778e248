// AdamW that keeps less: moments of eight bits, and bfloat16 weights without float32 masters. The arithmetic of an
// element stands here once, for the CPU and for CUDA, and uses what both round alike: the same bits on either.
//
// Moments lie in blocks of 256 with a scale each, the largest of the block. Small ones matter as well as large ones, so
// that the codes follow a root: m ≈ sign · (q / 127)² · scale, v ≈ (q / 255)⁴ · scale. A v that is not 0 keeps a code
// above 0: nothing divides by a second moment that was rounded away.
//
// Codes, and weights without a master, are rounded at random, up with the probability of how far up they are: a step
// that is too small for one rounding adds up in the mean. To nearest, a v that changes by a part of a code would stay.
// Elements 8 · n … 8 · n + 7 draw from Philox(seed; n, step, parameter).
#pragma once

#include <math.h>

#include <cstdint>

#include "kernels/types.hpp"
#include "src/random/philox.hpp"

namespace cohort::kernels {

constexpr int64_t kMomentBlock = 256;

/// `uniform` in [0, 1) decides between two neighbours.
COHORT_HOST_DEVICE inline int8_t first_moment_code(float m, float scale, float uniform) {
  if (!(scale > 0)) return 0;
  const float root = sqrtf(fabsf(m) / scale) * 127 + uniform;
  const int q = root < 127 ? static_cast<int>(root) : 127;  // also of no number
  return static_cast<int8_t>(m < 0 ? -q : q);
}
COHORT_HOST_DEVICE inline float first_moment(int8_t code, float scale) {
  const float q = static_cast<float>(code) / 127;
  return fabsf(q) * q * scale;
}
COHORT_HOST_DEVICE inline uint8_t second_moment_code(float v, float scale, float uniform) {
  if (!(scale > 0) || v == 0) return 0;
  const float root = sqrtf(sqrtf(v / scale)) * 255 + uniform;
  const int q = root < 255 ? static_cast<int>(root) : 255;
  return static_cast<uint8_t>(q > 1 ? q : 1);
}
COHORT_HOST_DEVICE inline float second_moment(uint8_t code, float scale) {
  const float q = static_cast<float>(code) / 255, square = q * q;
  return square * square * scale;
}

/// `value` rounded to one of its two neighbours among bfloat16, by 16 random bits. Not finite: to nearest.
COHORT_HOST_DEVICE inline bfloat16 round_at_random(float value, uint32_t random16) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7f800000u) == 0x7f800000u) return to_bfloat16(value);
  return {static_cast<uint16_t>((bits + random16) >> 16)};
}

/// 16 random bits for each of eight elements' weights, or for their codes.
enum class RoundingOf { weights, codes };
COHORT_HOST_DEVICE inline random::Philox4x32 rounding_bits(uint64_t seed, int64_t parameter, int64_t step, int64_t n,
                                                           RoundingOf what) {
  return random::philox4x32_10(
      random::Philox4x32{{static_cast<uint32_t>(n), static_cast<uint32_t>(static_cast<uint64_t>(n) >> 32),
                          static_cast<uint32_t>(step),
                          static_cast<uint32_t>(2 * parameter + (what == RoundingOf::codes))}},
      static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
}
COHORT_HOST_DEVICE inline uint32_t random16_of(const random::Philox4x32& bits, int i) {
  return bits.words[i / 2] >> (i % 2 * 16) & 0xffffu;
}
/// Eight bits as a number in (0, 1).
COHORT_HOST_DEVICE inline float uniform_of(uint32_t byte) { return (static_cast<float>(byte & 0xffu) + 0.5f) / 256; }

// As AdamWUpdate. Either m and v, or the codes and their scales; without `master`, the weight is where the value lives.
template <typename W>
struct AdamWCompact {
  float* master;              // [n] in and out, or null
  float* m;                   // [n] in and out, or null
  float* v;                   // [n] in and out, or null
  int8_t* m_codes;            // [n] in and out, or null
  uint8_t* v_codes;           // [n] in and out, or null
  float* m_scales;            // [⌈n / 256⌉] in and out, or null
  float* v_scales;            // [⌈n / 256⌉] in and out, or null
  const Activation<W>* grad;  // [n]
  W* weight;                  // [n] out; in as well without a master
  int64_t n;
  float lr, beta1, beta2, epsilon, weight_decay, grad_scale;
  float correction1, correction2;  // 1 − βᵗ
  uint64_t seed;
  int64_t parameter, step;

  COHORT_HOST_DEVICE float value_of(int64_t i) const {
    return master ? master[i] : static_cast<float>(to_float(weight[i]));
  }
  COHORT_HOST_DEVICE float first_of(int64_t i) const {
    return m ? m[i] : first_moment(m_codes[i], m_scales[i / kMomentBlock]);
  }
  COHORT_HOST_DEVICE float second_of(int64_t i) const {
    return v ? v[i] : second_moment(v_codes[i], v_scales[i / kMomentBlock]);
  }

  /// New moments of element i in `first` and `second`; returns its new value.
  COHORT_HOST_DEVICE float update(int64_t i, float& first, float& second) const {
    const float g = static_cast<float>(grad[i]) * grad_scale, value = value_of(i);
    first = beta1 * first_of(i) + (1 - beta1) * g;
    second = beta2 * second_of(i) + (1 - beta2) * g * g;
    const float direction = (first / correction1) / (sqrtf(second / correction2) + epsilon);
    return value - lr * (direction + weight_decay * value);
  }
  COHORT_HOST_DEVICE void store_value(int64_t i, float value, uint32_t random16) const {
    if (master) master[i] = value;
    if constexpr (sizeof(W) == sizeof(bfloat16)) {
      weight[i] = master ? to_bfloat16(value) : round_at_random(value, random16);
    } else {
      weight[i] = static_cast<W>(value);
    }
  }
  /// Bits for elements 8 · n …; none are drawn where nothing is rounded.
  COHORT_HOST_DEVICE random::Philox4x32 weight_bits(int64_t n) const {
    return master || sizeof(W) != sizeof(bfloat16) ? random::Philox4x32{}
                                                   : rounding_bits(seed, parameter, step, n, RoundingOf::weights);
  }
  COHORT_HOST_DEVICE random::Philox4x32 code_bits(int64_t n) const {
    return m ? random::Philox4x32{} : rounding_bits(seed, parameter, step, n, RoundingOf::codes);
  }
  COHORT_HOST_DEVICE void store_moments(int64_t i, float first, float second, float m_scale, float v_scale,
                                        uint32_t random16) const {
    if (m) {
      m[i] = first;
      v[i] = second;
    } else {
      m_codes[i] = first_moment_code(first, m_scale, uniform_of(random16));
      v_codes[i] = second_moment_code(second, v_scale, uniform_of(random16 >> 8));
    }
  }

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
