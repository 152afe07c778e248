// Any x86-64: SSE2, no fused multiply-add. Also the float64 loops, which only tests use.
namespace {
constexpr int kVectorBytes = 16;
constexpr int kTileRows = 4;
}  // namespace

#include "kernels/cpu/isa/inner.hpp"

#include "kernels/cpu/isa/bodies.hpp"

namespace cohort::kernels {

const Isa kPortable = {"portable",          tile<PlainTile<float>, float, float, float>,
                       tile<MixedTile, float, bfloat16, float>, tile<PairsTile, bfloat16, bfloat16, float>,
                       make_rows<float>(),  round_to_bfloat16,
                       adamw};

const RowFunctions<double> kRowsDouble = make_rows<double>();
const TileFunction<double, double, double> kTileDouble = tile<PlainTile<double>, double, double, double>;

}  // namespace cohort::kernels
