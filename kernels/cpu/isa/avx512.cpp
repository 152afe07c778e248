// AVX-512 with BF16: twelve rows by thirty-two columns; products of bfloat16 pairs by vdpbf16ps, of
// bytes by vpdpbusd.
#include <immintrin.h>

namespace {
constexpr int kVectorBytes = 64;
constexpr int kTileRows = 12;
constexpr int kFewRows = 4;
}  // namespace

#include "kernels/cpu/isa/bodies.hpp"
#include "kernels/cpu/isa/inner.hpp"

namespace cohort::kernels {
namespace {

// vdpbf16ps adds both products of a pair to the sum: one instruction for what Pairs does in four steps.
struct Dot {
  using A = bfloat16;
  using B = bfloat16;
  using C = float;
  using V = Vector<float>::type;
  static constexpr int kGroup = 2;
  struct Columns {
    __m512bh b0, b1;
  };
  static inline Columns read(const bfloat16* b) {
    return {(__m512bh)_mm512_loadu_si512(b), (__m512bh)_mm512_loadu_si512(b + 32)};
  }
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
  static inline void add(const int8_t* a, const Columns& columns, V& sum0, V& sum1) {
    int32_t word;
    memcpy(&word, a, sizeof word);
    const __m512i x = _mm512_set1_epi32(word);
    sum0 = (V)_mm512_dpbusd_epi32((__m512i)sum0, x, (__m512i)columns.b0);
    sum1 = (V)_mm512_dpbusd_epi32((__m512i)sum1, x, (__m512i)columns.b1);
  }
};

}  // namespace

const Isa kAvx512 = {"avx512",
                     {tile<Plain<float>, false>, tile<Plain<float>, true>},
                     {tile<Dot, false>, tile<Dot, true>},
                     tile<Mixed, false>,
                     tile<DotBytes, false>,
                     make_rows<float>(),
                     round_to_bfloat16,
                     round_to_pairs,
                     quantise,
                     dequantise,
                     adamw};

}  // namespace cohort::kernels
