// AVX2 and FMA: six rows by sixteen columns keep twelve sums in registers.
#include <immintrin.h>

namespace {
constexpr int kVectorBytes = 32;
constexpr int kTileRows = 6;
constexpr int kFewRows = 2;
constexpr int kThinRows = 12;
}  // namespace

#include "kernels/cpu/isa/bodies.hpp"
#include "kernels/cpu/isa/inner.hpp"

namespace cohort::kernels {
namespace {

// Twelve sums, two vectors of columns, an element and a mask take all sixteen registers. Left to itself the compiler
// multiplies into the element's register, and moves one of the sums through memory in every step. And a sum that an asm
// names where it lies in its array stays in memory for good, which halves the speed: it is copied.
struct PairsAvx2 : Pairs {
  template <int Part>
  static inline void add(const float* a, const Columns& columns, V& sum0, V& sum1) {
    const __m256 x = _mm256_broadcast_ss(a + Part);
    V next0 = sum0, next1 = sum1;
    asm("vfmadd231ps %2, %1, %0" : "+x"(next0) : "x"(x), "x"(columns.b0));
    asm("vfmadd231ps %2, %1, %0" : "+x"(next1) : "x"(x), "x"(columns.b1));
    sum0 = next0;
    sum1 = next1;
  }
};

// Bytes in fours, widened to 16 bits: vpmaddubsw would be one instruction less, but its sums of two saturate.
struct QuadsAvx2 : Quads {
  struct Columns {
    __m256i even0, odd0, even1, odd1;
  };
  template <int Part>
  static inline Columns read(const int8_t* b) {
    const __m256i b0 = _mm256_loadu_si256((const __m256i*)b), b1 = _mm256_loadu_si256((const __m256i*)(b + 32));
    return {_mm256_srai_epi16(_mm256_slli_epi16(b0, 8), 8), _mm256_srai_epi16(b0, 8),
            _mm256_srai_epi16(_mm256_slli_epi16(b1, 8), 8), _mm256_srai_epi16(b1, 8)};
  }
  template <int Part>
  static inline void add(const int8_t* a, const Columns& columns, V& sum0, V& sum1) {
    int32_t word;
    memcpy(&word, a, sizeof word);
    const __m256i quad = _mm256_set1_epi32(word);
    const __m256i even = _mm256_and_si256(quad, _mm256_set1_epi16(0xff)), odd = _mm256_srli_epi16(quad, 8);
    const auto add_to = [&](V& sum, __m256i even_columns, __m256i odd_columns) {
      sum += (V)_mm256_madd_epi16(even, even_columns) + (V)_mm256_madd_epi16(odd, odd_columns);
    };
    add_to(sum0, columns.even0, columns.odd0);
    add_to(sum1, columns.even1, columns.odd1);
  }
};

}  // namespace

const Isa kAvx2 = {"avx2",
                   {tile<Plain<float>, false>, tile<Plain<float>, true>},
                   {tile<PairsAvx2, false>, tile<PairsAvx2, true>},
                   sizeof(float),
                   kPanelRows,
                   2,
                   tile<QuadsAvx2, false>,
                   make_rows<float>(),
                   round_to_bfloat16,
                   widen_bfloat16,
                   round_wide,
                   round_to_panels,
                   round_to_left_panels,
                   pair_to_panels,
                   pair_to_left_panels,
                   quantise,
                   dequantise,
                   adamw,
                   nullptr,
                   nullptr};

}  // namespace cohort::kernels
