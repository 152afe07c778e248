// AVX2 and FMA: six rows by sixteen columns keep twelve sums in registers.
#include <immintrin.h>

namespace {
constexpr int kVectorBytes = 32;
constexpr int kTileRows = 6;
constexpr int kFewRows = 3;
constexpr int kMostPairs = 4;  // of vectors of columns, for one row
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
    V next0 = sum0, next1 = sum1;
    __m256 x;
    asm("vbroadcastss %3, %2\n\tvfmadd231ps %4, %2, %0\n\tvfmadd231ps %5, %2, %1"
        : "+&x"(next0), "+&x"(next1), "=&x"(x)
        : "m"(a[Part]), "x"(columns.b0), "x"(columns.b1));
    sum0 = next0;
    sum1 = next1;
  }
};

// vpmaddubsw sums two products in 16 bits, and weights are rounded so that this is exact (int8_in_pairs): products of
// bytes widened first take half as long again. Twelve sums, two vectors of columns, a word and its products fill all
// sixteen registers, so that the ones stay in memory.
alignas(kVectorBytes) constexpr int16_t kOnes[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
struct QuadsAvx2 : Quads {
  template <int Part>
  static inline void add(const int8_t* a, const Columns& columns, V& sum0, V& sum1) {
    V next0 = sum0, next1 = sum1;
    __m256i word, products;
    using Word [[gnu::may_alias, gnu::aligned(1)]] = int32_t;
    asm("vpbroadcastd %4, %2\n\tvpmaddubsw %5, %2, %3\n\tvpmaddwd %7, %3, %3\n\tvpaddd %3, %0, %0"
        "\n\tvpmaddubsw %6, %2, %2\n\tvpmaddwd %7, %2, %2\n\tvpaddd %2, %1, %1"
        : "+&x"(next0), "+&x"(next1), "=&x"(word), "=&x"(products)
        : "m"(*(const Word*)a), "x"(columns.b0), "x"(columns.b1), "m"(kOnes));
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
                   true,
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
