// bfloat16 as the upper half of a float32, for code that knows no LibTorch.
#pragma once

#include <stdint.h>
#include <string.h>

#ifdef __CUDACC__
#define COHORT_HOST_DEVICE __host__ __device__
#else
#define COHORT_HOST_DEVICE
#endif

namespace cohort::kernels {

struct bfloat16 {
  uint16_t bits;
};

COHORT_HOST_DEVICE inline float to_float(bfloat16 value) {
  const uint32_t wide = static_cast<uint32_t>(value.bits) << 16;
  float result;
  memcpy(&result, &wide, sizeof result);
  return result;
}
COHORT_HOST_DEVICE inline float to_float(float value) { return value; }
COHORT_HOST_DEVICE inline double to_float(double value) { return value; }

/// Rounds to nearest, ties to even; a NaN stays a NaN.
COHORT_HOST_DEVICE inline bfloat16 to_bfloat16(float value) {
  uint32_t wide;
  memcpy(&wide, &value, sizeof wide);
  if ((wide & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>((wide >> 16) | 0x40u)};
  return {static_cast<uint16_t>((wide + 0x7fffu + ((wide >> 16) & 1u)) >> 16)};
}

}  // namespace cohort::kernels
