// The inner loops themselves. Included by one source per instruction set, which defines kVectorBytes, kTileRows,
// kFewRows, kMostPairs and kThinRows first; everything here is internal to that source, so no linker can mix bodies.
// Standard C headers only: an inline function of the C++ library, compiled with wide instructions, could end up in the
// portable path.
#pragma once

#include "kernels/cpu/isa/rows.hpp"
#include "kernels/cpu/isa/tiles.hpp"
