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

// Bytes in fours, widened to 16 bits: vpmaddubsw would be one instruction less, but its sums of two saturate. Even
// bytes, then odd ones: twelve sums, two vectors of columns and two of products take all sixteen registers. The
// compiler would load what both parts read once for all rows, and keep half of the sums in memory for it.
alignas(kVectorBytes) constexpr int16_t kEvenBytes[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
struct QuadsAvx2 : Quads {
  static constexpr int kParts = 2;
  struct Columns {
    __m256i b0, b1;
  };
  template <int Part>
  static inline Columns read(const int8_t* b) {
    const auto half = [](const int8_t* bytes) {
      const __m256i all = _mm256_loadu_si256((const __m256i*)bytes);
      return _mm256_srai_epi16(Part == 0 ? _mm256_slli_epi16(all, 8) : all, 8);
    };
    return {half(b), half(b + kVectorBytes)};
  }
  template <int Part>
  static inline void add(const int8_t* a, const Columns& columns, V& sum0, V& sum1) {
    V next0 = sum0, next1 = sum1;
    __m256i bytes, products;
    using Word [[gnu::may_alias, gnu::aligned(1)]] = int32_t;
    const Word& quad = *(const Word*)a;
    if constexpr (Part == 0) {
      asm("vpbroadcastd %4, %2\n\tvpand %5, %2, %2"
          "\n\tvpmaddwd %6, %2, %3\n\tvpaddd %3, %0, %0\n\tvpmaddwd %7, %2, %2\n\tvpaddd %2, %1, %1"
          : "+x"(next0), "+x"(next1), "=&x"(bytes), "=&x"(products)
          : "m"(quad), "m"(kEvenBytes), "x"(columns.b0), "x"(columns.b1));
    } else {
      asm("vpbroadcastd %4, %2\n\tvpsrlw $8, %2, %2"
          "\n\tvpmaddwd %5, %2, %3\n\tvpaddd %3, %0, %0\n\tvpmaddwd %6, %2, %2\n\tvpaddd %2, %1, %1"
          : "+x"(next0), "+x"(next1), "=&x"(bytes), "=&x"(products)
          : "m"(quad), "x"(columns.b0), "x"(columns.b1));
    }
    sum0 = next0;
    sum1 = next1;
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
