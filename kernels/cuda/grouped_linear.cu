#include <type_traits>

#include "kernels/cuda/product.cuh"
#include "kernels/grouped_linear.hpp"

namespace cohort::kernels {
namespace {

// Rows of one expert that a block has to do with.
struct ExpertRows {
  int64_t expert;
  int64_t first, count;   // the expert's
  int64_t first_of_tile;  // from its first row
};

// The tile-th of the tiles of kRows rows that all experts' rows make, each expert's beginning a new one. Of the expert
// `experts` where there are not so many. All threads of a block: a warp looks through 32 experts at once.
template <int kRows>
__device__ ExpertRows find_rows(const int32_t* ends, int64_t experts, int tile) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  int before = 0;  // tiles of the experts up to here
  for (int64_t base = 0; base < experts; base += kWarpSize) {
    const int64_t expert = base + lane;
    const int end = ends[min(expert, experts - 1)], first = expert == 0 ? 0 : ends[min(expert, experts) - 1];
    const int tiles = static_cast<int>(ceil_divide(end - first, kRows));
    int up_to = tiles;
    for (int offset = 1; offset < kWarpSize; offset *= 2) {
      const int lower = __shfl_up_sync(kWholeWarp, up_to, offset);
      if (lane >= offset) up_to += lower;
    }
    up_to += before;
    if (const unsigned further = __ballot_sync(kWholeWarp, up_to > tile)) {
      const int owner = __ffs(static_cast<int>(further)) - 1;
      const int tile_of_owner = tile - __shfl_sync(kWholeWarp, up_to - tiles, owner);
      const int first_of_owner = __shfl_sync(kWholeWarp, first, owner);
      const int count = __shfl_sync(kWholeWarp, end, owner) - first_of_owner;
      return {base + owner, first_of_owner, count, int64_t{tile_of_owner} * kRows};
    }
    before = __shfl_sync(kWholeWarp, up_to, kWarpSize - 1);
  }
  return {experts, 0, 0, 0};
}

// At most so many tiles of kRows rows: every expert that has rows may have a tile in part.
template <int kRows>
int64_t most_tiles(int64_t rows, int64_t experts) {
  return (rows + min(rows, experts) * (kRows - 1)) / kRows;
}

// c[i, j] = Σ_k a(i, k) · b_e(j, k) for the rows i of expert e, b_e being e · b_elements further. One block per tile;
// those of the same rows stand beside each other, then those of the same expert: who has few rows shares them, and who
// has many shares a weight that stays in the cache.
template <typename Tile, typename A, typename B, typename T>
__global__ void __launch_bounds__(Tile::kThreads)
    multiply_experts(A a, B b, int64_t b_elements, int64_t depth, const int32_t* ends, int64_t experts, T* c) {
  follow();
  const int64_t tiles_across = ceil_divide(b.size, Tile::kColumns);
  const ExpertRows rows = find_rows<Tile::kRows>(ends, experts, static_cast<int>(blockIdx.x / tiles_across));
  if (rows.expert == experts) return;
  a.data += rows.first * a.stride;
  a.size = rows.count;
  b.data += rows.expert * b_elements;
  multiply_tile<Tile>(a, b, depth, Result<T>{c + rows.first * b.size}, rows.first_of_tile,
                      blockIdx.x % tiles_across * Tile::kColumns);
}

// c_e[i, j] += Σ_k a(i, k) · b(j, k) over the rows k of expert e. One block per expert and tile.
template <typename Tile, typename A, typename B, typename T>
__global__ void __launch_bounds__(Tile::kThreads) multiply_over_rows(A a, B b, const int32_t* ends, T* c) {
  const int64_t tiles_down = ceil_divide(a.size, Tile::kRows), tiles = tiles_down * ceil_divide(b.size, Tile::kColumns);
  const int64_t expert = blockIdx.x / tiles, tile = blockIdx.x % tiles;
  const int64_t first = expert == 0 ? 0 : ends[expert - 1], count = ends[expert] - first;
  if (count == 0) return;
  a.data += first * a.stride;
  b.data += first * b.stride;
  multiply_tile<Tile>(a, b, count, Result<T>{c + expert * a.size * b.size, true}, tile % tiles_down * Tile::kRows,
                      tile / tiles_down * Tile::kColumns);
}

// Shared memory whose size a launch has to say.
template <typename Tile, typename W, bool kAByDepth, bool kBByDepth>
constexpr int shared_bytes() {
  if constexpr (std::is_same_v<W, bfloat16>) {
    return Tile::template kSharedBytes<kAByDepth, kBByDepth>;
  } else {
    return 0;
  }
}

// Calls use(a, b) with two operands of the given depths as the product's kernels read them.
template <typename W, bool kAByDepth, bool kBByDepth, typename Use>
void with_sides(const Operand<W, W, kAByDepth>& a, int64_t depth_of_a, const Operand<W, W, kBByDepth>& b,
                int64_t depth_of_b, cudaStream_t stream, Use use) {
  if constexpr (std::is_same_v<W, bfloat16>) {
    const RoundedSide<kAByDepth> a_side(a, depth_of_a, false, stream);
    const RoundedSide<kBByDepth> b_side(b, depth_of_b, false, stream);
    use(a_side.side(), b_side.side());
  } else {
    use(a, b);
  }
}

using FewRows = ManyRowsTile<16, 64, 1, 4, 6>;  // decoding: a weight passes by, and meets a few rows

// Calls use(tile) with the tile that fits where experts have rows / experts rows each.
template <typename W, typename Use>
void with_tile_of_rows(int64_t rows, int64_t experts, int64_t columns, Use use) {
  if constexpr (!std::is_same_v<W, bfloat16>) {
    if (rows <= 16 * experts) return use(GemmTile<16, 32, 1, 4>());
    use(GemmTile<64, 64, 4, 4>());
  } else {
    if (rows <= FewRows::kRows / 2 * experts) return use(FewRows());
    if (rows >= LargeTile::kRows * experts &&
        ceil_divide(rows, LargeTile::kRows) * ceil_divide(columns, LargeTile::kColumns) >= kFullGpu)
      return use(LargeTile());
    use(SmallTile());
  }
}

// The same for products that have `size` rows and `columns` columns whatever an expert's rows are.
template <typename W, typename Use>
void with_tile_of_weight(int64_t size, int64_t experts, int64_t columns, Use use) {
  if constexpr (!std::is_same_v<W, bfloat16>) {
    use(GemmTile<64, 64, 4, 4>());
  } else {
    if (experts * ceil_divide(size, LargeTile::kRows) * ceil_divide(columns, LargeTile::kColumns) >= kFullGpu)
      return use(LargeTile());
    use(SmallTile());
  }
}

// b: one expert's, the first of those that are b_elements apart.
template <typename W, typename A, typename B>
void launch_experts(const char* name, const A& a, const B& b, int64_t b_elements, int64_t depth, const int32_t* ends,
                    int64_t experts, Activation<W>* c, cudaStream_t stream) {
  with_tile_of_rows<W>(a.size, experts, b.size, [&](auto tile) {
    using Tile = decltype(tile);
    launch_blocks(name, multiply_experts<Tile, A, B, Activation<W>>,
                  Blocks{most_tiles<Tile::kRows>(a.size, experts) * ceil_divide(b.size, Tile::kColumns), Tile::kThreads,
                         shared_bytes<Tile, W, A::kByDepth, B::kByDepth>(), true},
                  stream, a, b, b_elements, depth, ends, experts, c);
  });
}

}  // namespace

template <typename W>
void GroupedLinear<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const Operand<W, W, true> a{x, rows, in}, weights{weight, experts * out, in};
  with_sides<W>(a, in, weights, in, stream, [&](const auto& a, auto b) {
    b.size = out;
    launch_experts<W>("grouped linear forward", a, b, out * b.stride, in, ends, experts, y, stream);
  });
}

template <typename W>
void GroupedLinearBackwardInput<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const Operand<W, W, true> a{dy, rows, out};
  const Operand<W, W, false> weights{weight, in, in};
  with_sides<W>(a, out, weights, experts * out, stream, [&](const auto& a, const auto& b) {
    launch_experts<W>("grouped linear backward input", a, b, out * b.stride, out, ends, experts, dx, stream);
  });
}

template <typename W>
void GroupedLinearBackwardWeight<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const Operand<W, W, false> a{dy, out, out}, b{x, in, in};
  with_sides<W>(a, rows, b, rows, stream, [&](const auto& a, const auto& b) {
    using A = std::decay_t<decltype(a)>;
    using B = std::decay_t<decltype(b)>;
    with_tile_of_weight<W>(out, experts, in, [&](auto tile) {
      using Tile = decltype(tile);
      launch_blocks("grouped linear backward weight", multiply_over_rows<Tile, A, B, Activation<W>>,
                    Blocks{experts * ceil_divide(out, Tile::kRows) * ceil_divide(in, Tile::kColumns), Tile::kThreads,
                           shared_bytes<Tile, W, A::kByDepth, B::kByDepth>()},
                    stream, a, b, ends, dweight);
    });
  });
}

template struct GroupedLinear<float>;
template struct GroupedLinear<bfloat16>;
template struct GroupedLinear<double>;
template struct GroupedLinearBackwardInput<float>;
template struct GroupedLinearBackwardInput<bfloat16>;
template struct GroupedLinearBackwardInput<double>;
template struct GroupedLinearBackwardWeight<float>;
template struct GroupedLinearBackwardWeight<bfloat16>;
template struct GroupedLinearBackwardWeight<double>;

}  // namespace cohort::kernels
