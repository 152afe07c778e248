#include <cmath>

#include "kernels/cuda/hopper.hpp"
#include "kernels/cuda/hopper_product.cuh"

namespace cohort::kernels {
namespace {

// A tile, and nanoseconds on an H200 that was full of them: of a tile, of each of its slabs, and once of a product, of
// a gated one so much more.
template <typename Tile, int kNsOfTile, int kNsOfSlab, int kNsOfProduct, int kNsOfGates>
struct Timed {
  using Type = Tile;
  static double microseconds(int64_t rounds, int slabs, bool is_gated) {
    return 1e-3 *
           (static_cast<double>(rounds) * (kNsOfTile + kNsOfSlab * slabs) + kNsOfProduct + is_gated * kNsOfGates);
  }
};
using Small = Timed<HopperTile<1, 64, 8>, 1150, 169, 3010, 0>;
using Flat = Timed<HopperTile<2, 64, 8>, 2190, 209, 2330, 9600>;
using Medium = Timed<HopperTile<2, 128, 6>, 2460, 350, 2300, 8100>;
using Wide = Timed<HopperTile<2, 192, 5>, 4110, 506, 1140, 7700>;
using Large = Timed<HopperTile<3, 128, 5>, 3440, 532, 2520, 8700>;
using Largest = Timed<HopperTile<3, 192, 4, true>, 80, 1121, 390, 13600>;

// Calls run(tile, parts) with the tile and the parts that should take the least time.
template <typename... Tiles>
struct Choice {
  template <typename Run>
  static void run_best(int64_t rows, int64_t columns, int slabs, int most_parts, bool is_gated, int multiprocessors,
                       Run run) {
    int best = -1, best_parts = 1, number = 0;
    double least = INFINITY;
    const auto consider = [&](auto timed) {
      using Tile = typename decltype(timed)::Type;
      const int own = number++;
      if (Tile::kHasOneSum && slabs > kSumSlabs) return;
      const int64_t tiles = ceil_divide(rows, Tile::kRows) * ceil_divide(columns, Tile::kColumns);
      for (const int parts : {1, most_parts}) {
        const int64_t rounds = ceil_divide(tiles * parts, multiprocessors);
        double time = timed.microseconds(rounds, parts == 1 ? slabs : min(slabs, kSumSlabs), is_gated);
        if (parts > 1) time += 2 + 4.0 * static_cast<double>(rows * columns) * (parts + 1) / 3e6;  // to add them up
        if (time < least) least = time, best = own, best_parts = parts;
      }
    };
    (consider(Tiles()), ...);
    number = 0;
    ((number++ == best ? run(typename Tiles::Type(), best_parts) : void()), ...);
  }
};
using AllTiles = Choice<Small, Flat, Medium, Wide, Large, Largest>;

}  // namespace

void multiply_on_hopper(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth,
                        const Result<float>& result, cudaStream_t stream) {
  const int slabs = static_cast<int>(ceil_divide(depth, kSlabDepth));
  AllTiles::run_best(a.size, b.size, slabs, static_cast<int>(ceil_divide(slabs, kSumSlabs)), false,
                     current_device(name).multiprocessors, [&](auto tile, int parts) {
                       multiply_in_tiles<decltype(tile)>(name, a, b, depth, result, parts, stream);
                     });
}

void multiply_gated_on_hopper(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth, Gate kind,
                              const float* bias, bfloat16* y, bfloat16* kept, cudaStream_t stream) {
  const int slabs = static_cast<int>(ceil_divide(depth, kSlabDepth));
  AllTiles::run_best(a.size, b.size, slabs, 1, true, current_device(name).multiprocessors, [&](auto tile, int) {
    gate_in_tiles<decltype(tile)>(name, a, b, depth, kind, bias, y, kept, stream);
  });
}

}  // namespace cohort::kernels
