// Any x86-64: SSE2, no fused multiply-add. Also the float64 loops, which only tests use.
namespace {
constexpr int kVectorBytes = 16;
constexpr int kTileRows = 4;
constexpr int kFewRows = 1;
constexpr int kMostPairs = 2;
constexpr int kThinRows = 4;
}  // namespace

#include "kernels/cpu/isa/bodies.hpp"
#include "kernels/cpu/isa/inner.hpp"

namespace cohort::kernels {

const Isa kPortable = {"portable",
                       {tile<Plain<float>, false>, tile<Plain<float>, true>},
                       {tile<Pairs, false>, tile<Pairs, true>},
                       sizeof(float),
                       kPanelRows,
                       2,
                       tile<Quads, false>,
                       false,
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

const RowFunctions<double> kRowsDouble = make_rows<double>();
const TileFunctions<double, double> kTileDouble = {tile<Plain<double>, false>, tile<Plain<double>, true>};

}  // namespace cohort::kernels
