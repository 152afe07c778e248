// Pairs of bfloat16 from float32, for the bodies that have an instruction for it.
#pragma once

#include <immintrin.h>

namespace cohort::kernels {
namespace {

// Sixteen words of pairs. The instruction rounds like bfloat16_bits() but for subnormal numbers, which become zero.
inline __m512i pairs(__m512 first, __m512 second) {
  const auto halves = [](__m512 x) { return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x)); };
  return _mm512_or_si512(halves(first), _mm512_slli_epi32(halves(second), 16));
}

}  // namespace
}  // namespace cohort::kernels
