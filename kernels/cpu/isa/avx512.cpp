// AVX-512 with BF16: twelve rows by thirty-two columns; products of bfloat16 pairs by vdpbf16ps.
#include <immintrin.h>

namespace {
constexpr int kVectorBytes = 64;
constexpr int kTileRows = 12;
}  // namespace

#include "kernels/cpu/isa/inner.hpp"

#include "kernels/cpu/isa/bodies.hpp"

namespace cohort::kernels {
namespace {

// vdpbf16ps adds both products of a pair to the sum: one instruction for what PairsProduct does in four steps.
struct DotTile {
  static constexpr int64_t kElementsPerColumn = 2;
  template <int Rows>
  static void rows(int64_t k, const bfloat16* a, int64_t lda, const bfloat16* b, int64_t ldb, float* c, int64_t ldc,
                   int64_t n, Write write) {
    using V = Vector<float>::type;
    tile_columns<Rows>(k, c, ldc, n, write, [&](int64_t i, V(*sums)[2]) {
      const __m512bh b0 = (__m512bh)_mm512_loadu_si512(b + i * ldb);
      const __m512bh b1 = (__m512bh)_mm512_loadu_si512(b + i * ldb + 32);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        int32_t pair;
        memcpy(&pair, a + r * lda + 2 * i, sizeof pair);
        const __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
        sums[r][0] = (V)_mm512_dpbf16_ps((__m512)sums[r][0], x, b0);
        sums[r][1] = (V)_mm512_dpbf16_ps((__m512)sums[r][1], x, b1);
      }
    });
  }
};

}  // namespace

const Isa kAvx512 = {"avx512",           tile<PlainTile<float>, float, float, float>,
                     tile<MixedTile, float, bfloat16, float>, tile<DotTile, bfloat16, bfloat16, float>,
                     make_rows<float>(), round_to_bfloat16,
                     adamw};

}  // namespace cohort::kernels
