// Eight bits as OCP's E4M3 has them: a sign, four bits of exponent, three of mantissa; 448 is the largest, there is no
// infinity (OCP 8-bit Floating Point Specification, revision 1.0). For code that knows no LibTorch.
#pragma once

#include "kernels/bfloat16.hpp"

namespace cohort::kernels {

struct float8 {
  uint8_t bits;
};

constexpr float kLargestFloat8 = 448;

/// Rounds to nearest, ties to even; what is larger than 448 becomes 448, and a NaN stays a NaN.
COHORT_HOST_DEVICE inline float8 to_float8(float value) {
  uint32_t wide;
  memcpy(&wide, &value, sizeof wide);
  const uint32_t sign = wide >> 24 & 0x80u;
  wide &= 0x7fffffffu;
  constexpr uint32_t kLargest = 0x43e00000u, kInfinity = 0x7f800000u, kLeastNormal = 0x3c800000u;  // 448, 2⁻⁶
  if (wide > kInfinity) return {static_cast<uint8_t>(sign | 0x7fu)};
  if (wide >= kLargest) return {static_cast<uint8_t>(sign | 0x7eu)};
  if (wide < kLeastNormal) {  // steps of 2⁻⁹, which are those of a float32 behind 2¹⁴
    float magnitude;
    memcpy(&magnitude, &wide, sizeof magnitude);
    const float stepped = magnitude + 16384.0f;
    memcpy(&wide, &stepped, sizeof wide);
    return {static_cast<uint8_t>(sign | (wide & 0xfu))};
  }
  constexpr uint32_t kRebias = (127 - 7) << 3;
  return {static_cast<uint8_t>(sign | (((wide + 0x7ffffu + (wide >> 20 & 1u)) >> 20) - kRebias))};
}

}  // namespace cohort::kernels
