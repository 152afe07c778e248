// What each instruction set's source exports.
#pragma once

#include "kernels/cpu/isa.hpp"

namespace cohort::kernels {

extern const Isa kPortable, kAvx2, kAvx512;
extern const RowFunctions<double> kRowsDouble;
extern const TileFunctions<double, double> kTileDouble;

}  // namespace cohort::kernels
