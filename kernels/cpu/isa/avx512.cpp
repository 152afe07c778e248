// AVX-512 with BF16: twelve rows by thirty-two columns; products of bfloat16 pairs by vdpbf16ps, of
// bytes by vpdpbusd.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in g++ 12's own header (its bug 105593)
#include <immintrin.h>

namespace {
constexpr int kVectorBytes = 64;
constexpr int kTileRows = 12;
constexpr int kFewRows = 4;
constexpr int kMostPairs = 2;
constexpr int kThinRows = 16;
}  // namespace

#include "kernels/cpu/isa/bodies.hpp"
#include "kernels/cpu/isa/inner.hpp"
#include "kernels/cpu/isa/pairs.hpp"

namespace cohort::kernels {
namespace {

// vdpbf16ps adds both products of a pair to the sum: one instruction for what Pairs does in four steps.
struct Dot {
  using A = bfloat16;
  using B = bfloat16;
  using C = float;
  using V = Vector<float>::type;
  static constexpr int kGroup = 2, kParts = 1;
  struct Columns {
    __m512bh b0, b1;
  };
  template <int Part>
  static inline Columns read(const bfloat16* b) {
    return {(__m512bh)_mm512_loadu_si512(b), (__m512bh)_mm512_loadu_si512(b + 32)};
  }
  template <int Part>
  static inline void add(const bfloat16* a, const Columns& columns, V& sum0, V& sum1) {
    int32_t pair;
    memcpy(&pair, a, sizeof pair);
    const __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
    sum0 = (V)_mm512_dpbf16_ps((__m512)sum0, x, columns.b0);
    sum1 = (V)_mm512_dpbf16_ps((__m512)sum1, x, columns.b1);
  }
};

// vpdpbusd adds the four products of a word to the sum.
struct DotBytes : Quads {
  template <int Part>
  static inline void add(const int8_t* a, const Columns& columns, V& sum0, V& sum1) {
    int32_t word;
    memcpy(&word, a, sizeof word);
    const __m512i x = _mm512_set1_epi32(word);
    sum0 = (V)_mm512_dpbusd_epi32((__m512i)sum0, x, (__m512i)columns.b0);
    sum1 = (V)_mm512_dpbusd_epi32((__m512i)sum1, x, (__m512i)columns.b1);
  }
};

template <int64_t kWidth>
void convert_panels(const float* first, const float* second, uint32_t* words, int64_t n, int64_t next_panel) {
  for (int64_t j = 0; j < n; j += kWidth, words += next_panel)
    for (int64_t i = 0; i < kWidth; i += 16) {
      const int64_t in_panel = kWidth - i < 16 ? kWidth - i : 16, left = n - j - i;
      const auto mask_of = [](int64_t count) {
        return (__mmask16)(count >= 16 ? 0xffff : (1 << (count > 0 ? count : 0)) - 1);
      };
      const __mmask16 present = mask_of(left < in_panel ? left : in_panel);
      const __m512 low = _mm512_maskz_loadu_ps(present, first + j + i);
      _mm512_mask_storeu_epi32(words + i, mask_of(in_panel),
                               pairs(low, _mm512_maskz_loadu_ps(present, second + j + i)));
    }
}

void convert_to_panels(const float* first, const float* second, uint32_t* words, int64_t n, int64_t next_panel) {
  convert_panels<kPanelColumns>(first, second, words, n, next_panel);
}
void convert_to_left_panels(const float* const* rows, void* words, int64_t n, int64_t next_panel) {
  convert_panels<kPanelRows>(rows[0], rows[1], (uint32_t*)words, n, next_panel);
}

void interleave_to_panels(const bfloat16* first, const bfloat16* second, uint32_t* words, int64_t n,
                          int64_t next_panel) {
  alignas(64) uint16_t order[2][32];
  for (int i = 0; i < 16; ++i)
    for (int half = 0; half < 2; ++half) {
      order[half][2 * i] = (uint16_t)(16 * half + i);
      order[half][2 * i + 1] = (uint16_t)(32 + 16 * half + i);
    }
  const __m512i left_half = _mm512_load_si512(order[0]), right_half = _mm512_load_si512(order[1]);
  for (int64_t j = 0; j < n; j += kPanelColumns, words += next_panel) {
    const __mmask32 present = n - j >= kPanelColumns ? ~(__mmask32)0 : ((__mmask32)1 << (n - j)) - 1;
    const __m512i low = _mm512_maskz_loadu_epi16(present, first + j);
    const __m512i high = _mm512_maskz_loadu_epi16(present, second + j);
    _mm512_storeu_si512(words, _mm512_permutex2var_epi16(low, left_half, high));
    _mm512_storeu_si512(words + 16, _mm512_permutex2var_epi16(low, right_half, high));
  }
}

void interleave_to_left_panels(const bfloat16* const* rows, void* panels, int64_t n, int64_t next_panel) {
  constexpr __mmask16 kPanel = (1 << kPanelRows) - 1;
  uint32_t* words = (uint32_t*)panels;
  for (int64_t j = 0; j < n; j += kPanelRows, words += next_panel) {
    const __mmask16 present = n - j >= kPanelRows ? kPanel : (__mmask16)((1 << (n - j)) - 1);
    const auto load = [&](const bfloat16* row) {
      return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(present, row + j));
    };
    _mm512_mask_storeu_epi32(words, kPanel, _mm512_or_si512(load(rows[0]), _mm512_slli_epi32(load(rows[1]), 16)));
  }
}

void convert_to_left(const float* x, void* y, int64_t n) {
  uint16_t* const to = (uint16_t*)y;
  int64_t i = 0;
  for (; i + 32 <= n; i += 32)
    _mm512_storeu_si512(to + i, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + 16), _mm512_loadu_ps(x + i)));
  for (; i < n; i += 16) {
    const __mmask16 mask = n - i < 16 ? (__mmask16)((1 << (n - i)) - 1) : (__mmask16)0xffff;
    _mm256_mask_storeu_epi16(to + i, mask, (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, x + i)));
  }
}

// The instruction makes subnormal numbers zeros, which a product does as well, but not a conversion.
void convert_to_bfloat16(const float* x, bfloat16* y, int64_t n) {
  constexpr int kSubnormal = 0x20;
  int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const __m512 low = _mm512_loadu_ps(x + i), high = _mm512_loadu_ps(x + i + 16);
    if (_mm512_fpclass_ps_mask(low, kSubnormal) | _mm512_fpclass_ps_mask(high, kSubnormal)) {
      round_to_bfloat16(x + i, y + i, 32);
    } else {
      _mm512_storeu_si512(y + i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
  }
  round_to_bfloat16(x + i, y + i, n - i);
}

}  // namespace

const Isa kAvx512 = {"avx512",
                     {tile<Plain<float>, false>, tile<Plain<float>, true>},
                     {tile<Dot, false>, tile<Dot, true>},
                     sizeof(bfloat16),
                     kPanelRows,
                     2,
                     tile<DotBytes, false>,
                     false,
                     make_rows<float>(),
                     convert_to_bfloat16,
                     widen_bfloat16,
                     convert_to_left,
                     convert_to_panels,
                     convert_to_left_panels,
                     interleave_to_panels,
                     interleave_to_left_panels,
                     quantise,
                     dequantise,
                     adamw,
                     nullptr,
                     nullptr};

}  // namespace cohort::kernels
