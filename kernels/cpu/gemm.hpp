// Matrix products over panels of B, in which a row of the result does not know its neighbours.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

/// What the operands of a product are, and what its sums are kept in: bfloat16 and float32 sum in float32.
template <typename Operand>
struct Product;
template <>
struct Product<float> {
  using Sum = float;
  static constexpr int64_t kGroup = 1;  // elements of k that stand side by side in a panel
  static auto tile() { return isa().tile; }
};
template <>
struct Product<bfloat16> {
  using Sum = float;
  static constexpr int64_t kGroup = 2;
  static auto tile() { return isa().tile_bfloat16_pairs; }
};
template <>
struct Product<double> {
  using Sum = double;
  static constexpr int64_t kGroup = 1;
  static auto tile() { return tile_double(); }
};

template <typename Operand>
constexpr int64_t padded(int64_t k) {
  return (k + Product<Operand>::kGroup - 1) / Product<Operand>::kGroup * Product<Operand>::kGroup;
}

/// Elements of one panel of `k` rows.
template <typename Operand>
constexpr int64_t panel_size(int64_t k) {
  return padded<Operand>(k) * kPanelColumns;
}

inline int64_t num_panels(int64_t n) { return (n + kPanelColumns - 1) / kPanelColumns; }

/// Fills one panel of up to 32 columns; element (k, n) lies at b[k · stride_k + n · stride_n]. Absent columns and the
/// odd last k are zero.
template <typename Operand, typename Source>
void pack_panel(const Source* b, int64_t stride_k, int64_t stride_n, int64_t k, int64_t columns, Operand* panel);

/// Where the panels of B come from: packed beforehand, or packed on the way from a matrix in memory.
template <typename Operand>
struct PanelSource {
  const Operand* packed = nullptr;  // [num_panels(n)][panel_size(k)]
  const Operand* matrix = nullptr;  // element (k, n) at matrix[k · stride_k + n · stride_n]
  int64_t stride_k = 0, stride_n = 0;

  static PanelSource from_packed(const Operand* panels) { return {.packed = panels}; }
  static PanelSource from_rows(const Operand* rows, int64_t ld) { return {nullptr, rows, ld, 1}; }        // B[k][n]
  static PanelSource from_columns(const Operand* columns, int64_t ld) { return {nullptr, columns, 1, ld}; }  // B[n][k]
};

/// C[m, n] from A[m, k] and B[k, n], in the calling thread. For bfloat16, A's rows hold padded(k) elements, the odd
/// one zero. Columns [panel_begin, panel_end) · 32 only.
template <typename Operand>
void gemm_panels(int64_t m, int64_t n, int64_t k, const Operand* a, int64_t lda, PanelSource<Operand> b,
                 typename Product<Operand>::Sum* c, int64_t ldc, Write write, int64_t panel_begin, int64_t panel_end) {
  // A panel and the rows of A that meet it stay in the second-level cache.
  constexpr int64_t kBlock = 2048;
  const auto tile = Product<Operand>::tile();
  constexpr int64_t group = Product<Operand>::kGroup;
  for (int64_t panel = panel_begin; panel < panel_end; ++panel) {
    const int64_t column = panel * kPanelColumns, columns = std::min(kPanelColumns, n - column);
    for (int64_t k0 = 0; k0 < k || (k == 0 && k0 == 0); k0 += kBlock) {
      const int64_t depth = std::min(kBlock, k - k0), steps = padded<Operand>(depth) / group;
      // The sum of a later block goes on from the first's; `add` needs the finished sum first.
      const Write mode = k0 > 0 ? Write::resume : write;
      const Operand* block = b.packed ? b.packed + panel * panel_size<Operand>(k) + k0 * kPanelColumns : nullptr;
      if (!block) {
        Operand* buffer = scratch<Operand>(0, panel_size<Operand>(kBlock));
        pack_panel<Operand>(b.matrix + k0 * b.stride_k + column * b.stride_n, b.stride_k, b.stride_n, depth, columns,
                            buffer);
        block = buffer;
      }
      if (write == Write::add && k > kBlock) {
        // Sums over several blocks are finished apart and added once.
        auto* sums = scratch<typename Product<Operand>::Sum>(1, m * kPanelColumns);
        tile(m, steps, a + k0, lda, block, kPanelColumns * group, sums, kPanelColumns, columns,
             k0 == 0 ? Write::store : Write::resume);
        if (k0 + kBlock >= k)
          for (int64_t i = 0; i < m; ++i)
            for (int64_t j = 0; j < columns; ++j) c[i * ldc + column + j] += sums[i * kPanelColumns + j];
        continue;
      }
      tile(m, steps, a + k0, lda, block, kPanelColumns * group, c + column, ldc, columns, mode);
    }
  }
}

template <typename Operand>
void gemm_serial(int64_t m, int64_t n, int64_t k, const Operand* a, int64_t lda, PanelSource<Operand> b,
                 typename Product<Operand>::Sum* c, int64_t ldc, Write write) {
  gemm_panels<Operand>(m, n, k, a, lda, b, c, ldc, write, 0, num_panels(n));
}

/// The same on all threads: by panels where there are enough of them, else by rows.
template <typename Operand>
void gemm(int64_t m, int64_t n, int64_t k, const Operand* a, int64_t lda, PanelSource<Operand> b,
          typename Product<Operand>::Sum* c, int64_t ldc, Write write) {
  if (m == 0 || n == 0) return;
  const int64_t panels = num_panels(n);
  const int64_t work = m * k * kPanelColumns;             // multiply-adds of one panel
  const int64_t grain = std::max<int64_t>(1, 65'536 / std::max<int64_t>(work, 1));  // a few microseconds
  if (panels >= 16 || m < 64) {
    parallel_for(panels, grain, [&](int64_t begin, int64_t end) {
      gemm_panels<Operand>(m, n, k, a, lda, b, c, ldc, write, begin, end);
    });
  } else {
    parallel_for(m, std::max<int64_t>(16, 65'536 / std::max<int64_t>(k * n, 1)), [&](int64_t begin, int64_t end) {
      gemm_panels<Operand>(end - begin, n, k, a + begin * lda, lda, b, c + begin * ldc, ldc, write, 0, panels);
    });
  }
}

/// Packs all panels of B on all threads.
template <typename Operand, typename Source>
void pack_panels(const Source* b, int64_t stride_k, int64_t stride_n, int64_t k, int64_t n, Operand* panels);

/// y[j, i] = x[i, j] for x [rows, columns]; y's rows hold padded(rows) elements, the odd one zero.
template <typename Operand, typename Source>
void transpose(const Source* x, int64_t rows, int64_t columns, Operand* y);

/// x as operand rows of padded(k) elements: x itself where that is what it is, else a copy in scratch `slot`.
template <typename Operand, typename T>
const Operand* operand_rows(const T* x, int64_t rows, int64_t k, int slot);

}  // namespace cohort::kernels
