// AVX2 and FMA: six rows by sixteen columns keep twelve sums in registers.
namespace {
constexpr int kVectorBytes = 32;
constexpr int kTileRows = 6;
constexpr int kFewRows = 2;
}  // namespace

#include "kernels/cpu/isa/bodies.hpp"
#include "kernels/cpu/isa/inner.hpp"

namespace cohort::kernels {

const Isa kAvx2 = {"avx2",
                   {tile<Plain<float>, false>, tile<Plain<float>, true>},
                   {tile<Pairs, false>, tile<Pairs, true>},
                   tile<Mixed, false>,
                   make_rows<float>(),
                   round_to_bfloat16,
                   round_to_pairs,
                   adamw};

}  // namespace cohort::kernels
