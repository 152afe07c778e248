// A product by the kernel that fits it: float32 and float64 by gemm.cuh; bfloat16 on the tensor cores, by
// thin_rows.cuh, few_rows.cuh, many_rows.cuh or hopper_product.cuh. Which of them changes no bit.
#pragma once

#include "kernels/cuda/few_rows.cuh"
#include "kernels/cuda/hopper.hpp"
#include "kernels/cuda/library.hpp"
#include "kernels/cuda/many_rows.cuh"
#include "kernels/cuda/round_rows.cuh"
#include "kernels/cuda/scratch.cuh"
#include "kernels/cuda/thin_rows.cuh"

namespace cohort::kernels {

/// An operand as the tensor cores read it: itself, or a copy that is rounded and whose rows begin at multiples of 16
/// bytes.
template <bool kDepthContiguous>
class RoundedSide {
 public:
  template <typename Element>
  RoundedSide(const Operand<bfloat16, Element, kDepthContiguous>& operand, int64_t depth, bool is_weight,
              cudaStream_t stream)
      : rows_(kDepthContiguous ? operand.size : depth),
        columns_(kDepthContiguous ? depth : operand.size),
        copy_(can_be_read(operand) ? 0 : rows_ * pitch(), stream),
        side_{copy_.data(), operand.size, pitch()} {
    if constexpr (std::is_same_v<Element, bfloat16>)
      if (can_be_read(operand)) {
        side_ = {operand.data, operand.size, operand.stride, is_weight};
        return;
      }
    if (operand.stride != columns_) throw std::runtime_error("product: expected an operand without gaps between rows");
    launch_following_elements("product, rounded operand", round_rows<Element>, rows_ * (pitch() / kChunkElements),
                              stream, operand.data, rows_, columns_, copy_.data(), pitch());
  }

  const Side<kDepthContiguous>& side() const { return side_; }

 private:
  template <typename Element>
  static bool can_be_read(const Operand<bfloat16, Element, kDepthContiguous>& operand) {
    return std::is_same_v<Element, bfloat16> && operand.stride % kChunkElements == 0 &&
           reinterpret_cast<uintptr_t>(operand.data) % kChunkBytes == 0;
  }
  int64_t pitch() const { return ceil_divide(columns_, kChunkElements) * kChunkElements; }

  int64_t rows_, columns_;
  Scratch<bfloat16> copy_;
  Side<kDepthContiguous> side_;
};

/// Rows [rows, width] that several products read: rounded once, where the weights are bfloat16.
template <typename W>
class OperandCopy {
 public:
  using T = Activation<W>;
  OperandCopy(const T* exact, int64_t rows, int64_t width, cudaStream_t stream)
      : rows_(rows),
        width_(width),
        pitch_(std::is_same_v<W, T> ? width : ceil_divide(width, kChunkElements) * kChunkElements),
        copy_(std::is_same_v<W, T> ? 0 : rows * pitch_, stream) {
    if constexpr (std::is_same_v<W, T>) {
      data_ = exact;
    } else {
      data_ = copy_.data();
      launch_following_elements("rounded operand", round_rows<T>, rows * (pitch_ / kChunkElements), stream, exact, rows,
                                width, copy_.data(), pitch_);
    }
  }
  Operand<W, W, true> by_rows() const { return {data_, rows_, pitch_}; }
  Operand<W, W, false> by_columns() const { return {data_, width_, pitch_}; }

 private:
  int64_t rows_, width_, pitch_;
  Scratch<W> copy_;
  const W* data_;
};

/// With fewer tiles than this a GPU is not full: smaller ones are taken.
constexpr int64_t kFullGpu = 132;

template <typename Tile, bool kAByDepth, bool kBByDepth>
void launch_many_rows(const char* name, const Side<kAByDepth>& a, const Side<kBByDepth>& b, int64_t depth,
                      const Result<float>& result, cudaStream_t stream) {
  const int64_t tiles = ceil_divide(a.size, Tile::kRows) * ceil_divide(b.size, Tile::kColumns);
  launch_blocks(name, multiply_many_rows<Tile, kAByDepth, kBByDepth>,
                Blocks{tiles, Tile::kThreads, Tile::template kSharedBytes<kAByDepth, kBByDepth>}, stream, a, b, depth,
                result);
}

using LargeTile = ManyRowsTile<128, 128, 4, 2, 4>;
using SmallTile = ManyRowsTile<64, 64, 2, 2, 4>;

template <bool kAByDepth, bool kBByDepth>
void launch_many_rows(const char* name, const Side<kAByDepth>& a, const Side<kBByDepth>& b, int64_t depth,
                      const Result<float>& result, cudaStream_t stream) {
  if (ceil_divide(a.size, LargeTile::kRows) * ceil_divide(b.size, LargeTile::kColumns) >= kFullGpu)
    return launch_many_rows<LargeTile>(name, a, b, depth, result, stream);
  launch_many_rows<SmallTile>(name, a, b, depth, result, stream);
}

template <typename Tile>
void launch_few_rows(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth,
                     const Result<float>& result, cudaStream_t stream) {
  launch_blocks(name, multiply_few_rows<Tile>,
                Blocks{ceil_divide(b.size, Tile::kColumns), Tile::kThreads, Tile::kSharedBytes, true}, stream, a, b,
                depth, result);
}

template <int kSumWarps>
using SixteenRows = FewRowsTile<16, 16, 6, kSumWarps>;
template <int kSumWarps>
using ThirtyTwoRows = FewRowsTile<32, 32, 4, kSumWarps>;
template <int kSumWarps>
using SixtyFourRows = FewRowsTile<64, 32, 2, kSumWarps>;

/// As many warps to the sums as there are.
template <template <int> typename Tile>
void launch_few_rows(const char* name, const Side<true>& a, const Side<true>& b, int64_t depth,
                     const Result<float>& result, cudaStream_t stream) {
  const int64_t sums = ceil_divide(depth, kSumDepth);
  if (sums == 1) return launch_few_rows<Tile<1>>(name, a, b, depth, result, stream);
  if (sums == 2) return launch_few_rows<Tile<2>>(name, a, b, depth, result, stream);
  launch_few_rows<Tile<4>>(name, a, b, depth, result, stream);
}

/// The same on sides that the tensor cores can read.
template <bool kAByDepth, bool kBByDepth>
void launch_sides(const char* name, const Side<kAByDepth>& a, const Side<kBByDepth>& b, int64_t depth,
                  const Result<float>& result, cudaStream_t stream, Mode mode) {
  if constexpr (kAByDepth && kBByDepth) {
    if (mode == Mode::exact && !result.resume) {
      if (a.size <= kThinRows) return launch_thin_rows(name, a, b, depth, result, stream);
      if (a.size <= 16) return launch_few_rows<SixteenRows>(name, a, b, depth, result, stream);
      if (current_device(name).is_hopper()) return multiply_on_hopper(name, a, b, depth, result, stream);
      if (a.size <= 32) return launch_few_rows<ThirtyTwoRows>(name, a, b, depth, result, stream);
      if (a.size <= 64) return launch_few_rows<SixtyFourRows>(name, a, b, depth, result, stream);
    }
  }
  if (mode == Mode::fast &&
      run_by_library(name,
                     {a.data, b.data, a.size, b.size, depth, a.stride, b.stride, kAByDepth, kBByDepth, result.c,
                      result.bias, result.resume ? result.c : result.residual},
                     stream))
    return;
  launch_many_rows(name, a, b, depth, result, stream);
}

/// Σ_k a(i, k) · b(j, k), and what Result adds. In the fast mode products of bfloat16 are cuBLASLt's, where it knows
/// how.
template <typename W, typename AElement, bool kAByDepth, typename BElement, bool kBByDepth>
void launch_product(const char* name, const Operand<W, AElement, kAByDepth>& a,
                    const Operand<W, BElement, kBByDepth>& b, int64_t depth, const Result<Activation<W>>& result,
                    cudaStream_t stream, Mode mode = Mode::exact) {
  if constexpr (!std::is_same_v<W, bfloat16>) {
    launch_multiply(name, a, b, depth, result, stream);
  } else {
    if (a.size == 0 || b.size == 0) return;
    const RoundedSide<kAByDepth> rows(a, depth, false, stream);
    const RoundedSide<kBByDepth> columns(b, depth, kBByDepth, stream);  // a forward's second side is a weight
    launch_sides(name, rows.side(), columns.side(), depth, result, stream, mode);
  }
}

}  // namespace cohort::kernels
