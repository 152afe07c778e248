// AMX: products of bfloat16 and of bytes by whole registers of rows and columns; all else is AVX-512's.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in g++ 12's own header (its bug 105593)
#include <immintrin.h>

#include "kernels/cpu/isa/amx_products.hpp"
#include "kernels/cpu/isa/bodies.hpp"
#include "kernels/cpu/isa/pairs.hpp"

namespace cohort::kernels {
namespace {

// Rows become columns, in four rounds of exchanges.
inline void transpose(__m512i (&rows)[kSide]) {
  __m512i next[kSide];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    next[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    next[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 4) {
    rows[i] = _mm512_unpacklo_epi64(next[i], next[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(next[i], next[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(next[i + 1], next[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(next[i + 1], next[i + 3]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 4; ++i) {
    next[i] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0x88);
    next[i + 4] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0xdd);
    next[i + 8] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0x88);
    next[i + 12] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0xdd);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    rows[i] = _mm512_shuffle_i32x4(next[i], next[i + 8], 0x88);
    rows[i + 8] = _mm512_shuffle_i32x4(next[i], next[i + 8], 0xdd);
  }
}

// A step of a panel is what a register holds: sixteen rows of thirty-two elements of k.
void transpose_to_left_panels(const float* const* rows, void* panels, int64_t n, int64_t next_panel) {
  char* to = (char*)panels;
  for (int64_t j = 0; j < n; j += kSide, to += 4 * next_panel) {
    const __mmask16 present = (__mmask16)(n - j >= kSide ? 0xffff : (1 << (n - j)) - 1);
    __m512i words[kSide];
#pragma GCC unroll 16
    for (int i = 0; i < kSide; ++i)
      words[i] =
          pairs(_mm512_maskz_loadu_ps(present, rows[2 * i] + j), _mm512_maskz_loadu_ps(present, rows[2 * i + 1] + j));
    transpose(words);
#pragma GCC unroll 16
    for (int i = 0; i < kSide; ++i) _mm512_storeu_si512(to + i * kLine, words[i]);
  }
}

// Two panels at a time: the words of a whole register of each row, in the order in which its halves interleave.
void transpose_bfloat16_to_left_panels(const bfloat16* const* rows, void* panels, int64_t n, int64_t next_panel) {
  char* to = (char*)panels;
  for (int64_t j = 0; j < n; j += 2 * kSide, to += 8 * next_panel) {
    const __mmask32 present = n - j >= 2 * kSide ? ~(__mmask32)0 : ((__mmask32)1 << (n - j)) - 1;
    for (int half = 0; half < 2; ++half) {
      __m512i words[kSide];
#pragma GCC unroll 16
      for (int i = 0; i < kSide; ++i) {
        const __m512i first = _mm512_maskz_loadu_epi16(present, rows[2 * i] + j);
        const __m512i second = _mm512_maskz_loadu_epi16(present, rows[2 * i + 1] + j);
        words[i] = half == 0 ? _mm512_unpacklo_epi16(first, second) : _mm512_unpackhi_epi16(first, second);
      }
      transpose(words);
#pragma GCC unroll 16
      for (int i = 0; i < kSide; ++i) {
        const int64_t column = i / 4 * 8 + half * 4 + i % 4, panel = column / kSide;
        if (j + panel * kSide < n) _mm512_storeu_si512(to + 4 * panel * next_panel + column % kSide * kLine, words[i]);
      }
    }
  }
}

}  // namespace

const AmxProducts kAmxProducts = {
    {tile<Dot, false>, tile<Dot, true>}, kSide, 2 * kSide, tile<DotBytes, false>, transpose_to_left_panels,
    transpose_bfloat16_to_left_panels,   hold,  release};

}  // namespace cohort::kernels
