#include <cmath>

#include "kernels/cuda/hopper.hpp"
#include "kernels/cuda/hopper_product.cuh"

namespace cohort::kernels {
namespace {

using Large = HopperTile<3, 128, 5>;
using Medium = HopperTile<2, 128, 6>;
using Flat = HopperTile<2, 64, 8>;
using Small = HopperTile<1, 64, 8>;

// Calls run(tile, parts) with the tile and the parts that should take the least time; `across` numbers stand in a row
// of the result. Times are rough: of a slab of a tile, by how fast such tiles ran on an H200 that was full of them, in
// TFLOP/s; of what a tile begins and ends with; and of adding sums up.
template <typename Run>
void with_best_tile(int64_t rows, int64_t columns, int slabs, int most_parts, int multiprocessors, Run run) {
  struct Choice {
    int tile = 0, parts = 1;
    double microseconds = INFINITY;
  } best;
  const auto consider = [&](int number, auto tile, double speed) {
    using Tile = decltype(tile);
    const double slab = 2.0 * Tile::kRows * Tile::kColumns * kSlabDepth * multiprocessors / speed * 1e-6;
    for (const int parts : {1, most_parts}) {
      const double tasks = static_cast<double>(parts) * tiles_of<Tile>(rows, columns).count();
      double time = std::ceil(tasks / multiprocessors) * (1.5 + slab * (parts == 1 ? slabs : min(slabs, kSumSlabs)));
      if (parts > 1) time += 2 + 4.0 * static_cast<double>(rows * columns) * (parts + 1) / 3e6;
      if (time < best.microseconds) best = {number, parts, time};
    }
  };
  consider(0, Large(), 700);
  consider(1, Medium(), 620);
  consider(2, Flat(), 390);
  consider(3, Small(), 130);
  if (best.tile == 0) return run(Large(), best.parts);
  if (best.tile == 1) return run(Medium(), best.parts);
  if (best.tile == 2) return run(Flat(), best.parts);
  run(Small(), best.parts);
}

}  // namespace

void multiply_on_hopper(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth,
                        const Result<float>& result, cudaStream_t stream) {
  const int slabs = static_cast<int>(ceil_divide(depth, kSlabDepth));
  with_best_tile(
      a.size, b.size, slabs, static_cast<int>(ceil_divide(slabs, kSumSlabs)), current_device(name).multiprocessors,
      [&](auto tile, int parts) { multiply_in_tiles<decltype(tile)>(name, a, b, depth, result, parts, stream); });
}

void multiply_gated_on_hopper(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth, Gate kind,
                              const float* bias, bfloat16* y, bfloat16* kept, cudaStream_t stream) {
  const int slabs = static_cast<int>(ceil_divide(depth, kSlabDepth));
  with_best_tile(a.size, b.size, slabs, 1, current_device(name).multiprocessors, [&](auto tile, int) {
    gate_in_tiles<decltype(tile)>(name, a, b, depth, kind, bias, y, kept, stream);
  });
}

}  // namespace cohort::kernels
