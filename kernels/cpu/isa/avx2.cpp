// AVX2 and FMA: six rows by sixteen columns keep twelve sums in registers.
namespace {
constexpr int kVectorBytes = 32;
constexpr int kTileRows = 6;
}  // namespace

#include "kernels/cpu/isa/inner.hpp"

#include "kernels/cpu/isa/bodies.hpp"

namespace cohort::kernels {

const Isa kAvx2 = {"avx2",             tile<PlainTile<float>, float, float, float>,
                   tile<MixedTile, float, bfloat16, float>, tile<PairsTile, bfloat16, bfloat16, float>,
                   make_rows<float>(), round_to_bfloat16,
                   adamw};

}  // namespace cohort::kernels
