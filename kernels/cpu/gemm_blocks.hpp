// Products by blocks of the result that stay in the second-level cache, for what follows a product to find them there.
#pragma once

#include <algorithm>

#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {

/// Some rows and panels of a product.
struct Block {
  int64_t row, rows, panel, panels;

  int64_t column() const { return panel * kPanelColumns; }
  /// Columns of the block, where the product has n.
  int64_t columns(int64_t n) const { return std::min(n - column(), panels * kPanelColumns); }
};

/// Calls use(block), on all threads, for blocks that cover m rows and `panels` panels. For each row and panel `sums`
/// numbers are kept at once, and k multiplied with each. A thread stays with some rows while panels pass by: what it
/// reads of A, and a block's sums, lie in the second-level cache.
template <typename Use>
void for_each_block(int64_t m, int64_t panels, int64_t k, int64_t sums, Use use) {
  if (m == 0 || panels == 0) return;
  constexpr int64_t kMostRows = 288, kUnit = 32, kSums = 128 * 1024;  // 512 KiB of float32
  constexpr int64_t kLeastWork = 65'536;                              // multiply-adds: a few microseconds
  const int64_t most_bands = (m + kMostRows - 1) / kMostRows;
  const int64_t rows = std::min(m, (m + most_bands * kUnit - 1) / (most_bands * kUnit) * kUnit);
  const int64_t bands = (m + rows - 1) / rows, most_panels = std::max<int64_t>(1, kSums / (rows * sums));
  const int64_t grain = std::max<int64_t>(1, kLeastWork / std::max<int64_t>(rows * k * sums, 1));
  parallel_for(bands * panels, grain, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t row = begin / panels * rows, panel = begin % panels;
      const int64_t count = std::min({end - begin, panels - panel, most_panels});
      use(Block{row, std::min(rows, m - row), panel, count});
      begin += count;
    }
  });
}

/// From row to row of a block that is kept apart: not a multiple of 4 KiB, which would fight for places in the cache.
constexpr int64_t apart_stride(int64_t panels) { return panels * kPanelColumns + 16; }

/// A block of A·B, all of its panels' columns, in c.
template <typename Operand>
void gemm_block(const Block& block, int64_t k, Left<Operand> a, const Operand* panels,
                typename Product<Operand>::Sum* c, int64_t ldc) {
  const int64_t next = panel_size<Operand>(k);
  gemm_part<Operand>(block.panels * kPanelColumns, k, a.from(block.row * a.stride),
                     Panels<Operand>{panels + block.panel * next, next}, c, ldc, Write::store, 0, block.rows, 0,
                     block.panels);
}

}  // namespace cohort::kernels
