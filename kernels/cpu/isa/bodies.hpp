// What each instruction set's source exports.
#pragma once

#include "kernels/cpu/isa.hpp"

namespace cohort::kernels {

extern const Isa kPortable, kAvx2, kAvx512;

/// What AMX does otherwise than AVX-512, field by field as in Isa. Not an Isa: making one from another runs code when
/// the library is loaded, which must not be code with wide instructions.
struct AmxProducts {
  TileFunctions<bfloat16, float> tile_bfloat16;
  int64_t left_panel_rows, left_panel_depth;
  TileFunction<int8_t, int32_t> tile_int8;
  void (*to_left_panels)(const float* const* rows, void* pairs, int64_t n, int64_t next_panel);
  void (*bfloat16_to_left_panels)(const bfloat16* const* rows, void* pairs, int64_t n, int64_t next_panel);
  void (*hold)();
  void (*release)();
};
extern const AmxProducts kAmxProducts;

extern const RowFunctions<double> kRowsDouble;
extern const TileFunctions<double, double> kTileDouble;

}  // namespace cohort::kernels
