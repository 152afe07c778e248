// Matrix products over panels of B, in which a row of the result does not know its neighbours.
#pragma once

#include <algorithm>
#include <type_traits>

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"
#include "kernels/types.hpp"

namespace cohort::kernels {

/// What the operands of a product are, and what its sums are kept in: bfloat16 and float32 sum in float32, bytes in
/// int32.
template <typename Operand>
struct Product;
template <>
struct Product<float> {
  using Sum = float;
  static constexpr int64_t kGroup = 1;  // elements of k that stand side by side in a panel
  static auto tiles() { return isa().tile; }
};
template <>
struct Product<bfloat16> {
  using Sum = float;
  static constexpr int64_t kGroup = 2;
  static auto tiles() { return isa().tile_bfloat16; }
};
template <>
struct Product<int8_t> {  // A in unsigned bytes
  using Sum = int32_t;
  static constexpr int64_t kGroup = 4;
  static TileFunctions<int8_t, int32_t> tiles() { return {isa().tile_int8, nullptr}; }
};
template <>
struct Product<double> {
  using Sum = double;
  static constexpr int64_t kGroup = 1;
  static auto tiles() { return tile_double(); }
};

template <typename Operand>
constexpr int64_t padded(int64_t k) {
  return (k + Product<Operand>::kGroup - 1) / Product<Operand>::kGroup * Product<Operand>::kGroup;
}

constexpr int64_t num_panels(int64_t n, int64_t width = kPanelColumns) { return (n + width - 1) / width; }

/// Elements from one panel of depth `k` to the next. Panels are filled side by side: were they a multiple of 4 KiB
/// apart, their lines would fight for the same places in the cache.
template <typename Operand>
constexpr int64_t panel_size(int64_t k, int64_t width = kPanelColumns) {
  const int64_t size = padded<Operand>(k) * width, line = 64 / static_cast<int64_t>(sizeof(Operand));
  const int64_t whole = (size + line - 1) / line * line;
  return whole % (64 * line) == 0 ? whole + line : whole;
}
template <typename Operand>
constexpr int64_t panels_size(int64_t n, int64_t k, int64_t width = kPanelColumns) {
  return num_panels(n, width) * panel_size<Operand>(k, width);
}

/// Panels of B [k, n] from rows [n][k], as weights lie in memory. Absent columns and the odd last k are zero.
template <typename Operand>
void pack_transposed(const Operand* rows, int64_t n, int64_t k, Operand* panels);

/// Column j of B [k, n] out of its panels.
template <typename Operand>
void unpack_column(const Operand* panels, int64_t k, int64_t j, Activation<Operand>* column) {
  constexpr int64_t group = Product<Operand>::kGroup;
  const Operand* const from = panels + j / kPanelColumns * panel_size<Operand>(k) + j % kPanelColumns * group;
  for (int64_t i = 0; i < k; ++i) column[i] = to_float(from[i / group * group * kPanelColumns + i % group]);
}

/// Panels of B [k, n] from rows [k][n], `ld` elements apart, rounded to Operand on the way.
template <typename Operand, typename Source>
void pack_rows(const Source* rows, int64_t ld, int64_t k, int64_t n, Operand* panels);

/// Bytes of an element of A beside a B of type Operand. A body may want bfloat16 as rounded float32.
template <typename Operand>
int64_t left_bytes() {
  if constexpr (std::is_same_v<Operand, bfloat16>) return isa().left_bytes;
  return sizeof(Operand);
}

/// Rows of a panel of such an A, and elements of k that stand together in it.
template <typename Operand>
int64_t left_panel_rows() {
  if constexpr (std::is_same_v<Operand, bfloat16>) return isa().left_panel_rows;
  return kPanelRows;
}
template <typename Operand>
int64_t left_panel_depth() {
  if constexpr (std::is_same_v<Operand, bfloat16>) return isa().left_panel_depth;
  return Product<Operand>::kGroup;
}

/// The left operand of a product: rows `stride` elements apart, or panels of `panel_rows` rows.
template <typename Operand>
struct Left {
  const void* data;
  int64_t stride;
  int64_t panel_rows = 0;  // 0: it lies in rows

  /// The same without its first elements.
  Left from(int64_t element) const {
    return {static_cast<const char*>(data) + element * left_bytes<Operand>(), stride, panel_rows};
  }
};

/// x as A: rows of padded(k) elements. x itself where that is what it is, else a copy in scratch `slot`, rounded to
/// Operand if x is not.
template <typename Operand, typename Source>
Left<Operand> left_rows(const Source* x, int64_t rows, int64_t k, int slot);
/// The transpose of x [k][n], `ld` elements apart, as A in panels, in scratch `slot`.
template <typename Operand, typename Source>
Left<Operand> left_panels(const Source* x, int64_t ld, int64_t k, int64_t n, int slot);

/// Panels of B, `stride` elements from one to the next: more than they hold where a product takes a part of their
/// depth.
template <typename Operand>
struct Panels {
  const Operand* data;
  int64_t stride;
};

/// The part of a product in rows [row_begin, row_end) and panels [panel_begin, panel_end), in the calling thread.
/// Where A lies in panels, row_begin is a multiple of their rows.
template <typename Operand>
void gemm_part(int64_t n, int64_t k, Left<Operand> a, Panels<Operand> b, typename Product<Operand>::Sum* c, int64_t ldc,
               Write write, int64_t row_begin, int64_t row_end, int64_t panel_begin, int64_t panel_end) {
  // A panel's block stays in the first-level cache while rows pass by, and the block of rows in the second-level cache
  // while panels do. Sums go on from block to block of k, so that the cut changes no bit.
  constexpr int64_t kPanelBytes = 36 * 1024, kRowBytes = 664 * 1024, kRows = 96;
  constexpr int64_t most_depth = kPanelBytes / (kPanelColumns * static_cast<int64_t>(sizeof(Operand)));
  constexpr int64_t group = Product<Operand>::kGroup, kLine = 64 / static_cast<int64_t>(sizeof(Operand));
  const int64_t blocks = std::max<int64_t>(1, (k + most_depth - 1) / most_depth);
  // Whole lines of k: some bodies take so much in one instruction.
  const int64_t depth = std::max<int64_t>(1, (k + blocks * kLine - 1) / (blocks * kLine)) * kLine;
  const int64_t row_block = std::max<int64_t>(1, kRowBytes / (depth * left_bytes<Operand>() * kRows)) * kRows;
  const auto tiles = Product<Operand>::tiles();
  const auto tile = a.panel_rows ? tiles.panels : tiles.rows;
  const ManyProducts registers_set_up_once;
  const int64_t column = panel_begin * kPanelColumns, columns = std::min(n, panel_end * kPanelColumns) - column;
  for (int64_t row = row_begin; row < row_end; row += row_block) {
    const int64_t rows = std::min(row_block, row_end - row);
    const Left<Operand> from = a.from(a.panel_rows ? row / a.panel_rows * a.stride : row * a.stride);
    for (int64_t k0 = 0; k0 < std::max<int64_t>(k, 1); k0 += depth) {
      const int64_t steps = padded<Operand>(std::min(depth, k - k0)) / group;
      const Write mode = k0 > 0 ? Write::resume : write;
      tile(rows, steps, from.from(k0 * (a.panel_rows ? a.panel_rows : 1)).data, a.stride,
           b.data + panel_begin * b.stride + k0 * kPanelColumns, kPanelColumns * group, b.stride,
           c + row * ldc + column, ldc, columns, mode);
    }
  }
}

/// C[m, n] from A[m, k] and packed panels of B, on all threads. The longer side is cut.
template <typename Operand>
void gemm(int64_t m, int64_t n, int64_t k, Left<Operand> a, Panels<Operand> b, typename Product<Operand>::Sum* c,
          int64_t ldc, Write write) {
  if (m == 0 || n == 0) return;
  constexpr int64_t kUnit = 96, kLeastWork = 65'536;  // multiply-adds: a few microseconds
  const int64_t columns = num_panels(n), units = (m + kUnit - 1) / kUnit;
  const auto grain = [](int64_t work) { return std::max<int64_t>(1, kLeastWork / std::max<int64_t>(work, 1)); };
  if (units > columns) {
    parallel_for(units, grain(kUnit * k * n), [&](int64_t begin, int64_t end) {
      gemm_part<Operand>(n, k, a, b, c, ldc, write, begin * kUnit, std::min(m, end * kUnit), 0, columns);
    });
  } else {
    parallel_for(columns, grain(m * k * kPanelColumns),
                 [&](int64_t begin, int64_t end) { gemm_part<Operand>(n, k, a, b, c, ldc, write, 0, m, begin, end); });
  }
}

/// The same over all of the panels' depth.
template <typename Operand>
void gemm(int64_t m, int64_t n, int64_t k, Left<Operand> a, const Operand* panels, typename Product<Operand>::Sum* c,
          int64_t ldc, Write write) {
  gemm<Operand>(m, n, k, a, Panels<Operand>{panels, panel_size<Operand>(k)}, c, ldc, write);
}

}  // namespace cohort::kernels
