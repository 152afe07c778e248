#include "kernels/cpu/gemm.hpp"

#include <type_traits>

namespace cohort::kernels {
namespace {

template <typename Operand, typename Source>
Operand convert(Source value) {
  if constexpr (std::is_same_v<Operand, Source>) {
    return value;
  } else if constexpr (std::is_same_v<Operand, bfloat16>) {
    return to_bfloat16(static_cast<float>(value));
  } else {
    return static_cast<Operand>(to_float(value));
  }
}

}  // namespace

template <typename Operand, typename Source>
void pack_panel(const Source* b, int64_t stride_k, int64_t stride_n, int64_t k, int64_t columns, Operand* panel) {
  constexpr int64_t group = Product<Operand>::kGroup;
  const int64_t depth = padded<Operand>(k);
  if (columns < kPanelColumns) std::fill(panel, panel + depth * kPanelColumns, Operand{});
  for (int64_t row = k; row < depth; ++row)
    for (int64_t j = 0; j < kPanelColumns; ++j)
      panel[row / group * kPanelColumns * group + j * group + row % group] = Operand{};
  if (stride_n == 1) {
    for (int64_t row = 0; row < k; ++row) {
      const Source* from = b + row * stride_k;
      Operand* to = panel + row / group * kPanelColumns * group + row % group;
      for (int64_t j = 0; j < columns; ++j) to[j * group] = convert<Operand>(from[j]);
    }
    return;
  }
  // Columns in blocks that fit the first-level cache while a column is walked.
  constexpr int64_t kBlock = 64;
  for (int64_t row0 = 0; row0 < k; row0 += kBlock) {
    const int64_t rows = std::min(kBlock, k - row0);
    for (int64_t j = 0; j < columns; ++j) {
      const Source* from = b + j * stride_n + row0 * stride_k;
      Operand* to = panel + row0 / group * kPanelColumns * group + j * group;
      for (int64_t row = 0; row < rows; ++row)
        to[row / group * kPanelColumns * group + row % group] = convert<Operand>(from[row * stride_k]);
    }
  }
}

template <typename Operand, typename Source>
void pack_panels(const Source* b, int64_t stride_k, int64_t stride_n, int64_t k, int64_t n, Operand* panels) {
  parallel_for(num_panels(n), 1, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      const int64_t column = panel * kPanelColumns;
      pack_panel<Operand>(b + column * stride_n, stride_k, stride_n, k, std::min(kPanelColumns, n - column),
                          panels + panel * panel_size<Operand>(k));
    }
  });
}

template <typename Operand, typename Source>
void transpose(const Source* x, int64_t rows, int64_t columns, Operand* y) {
  const int64_t ld = padded<Operand>(rows);
  constexpr int64_t kBlock = 32;
  parallel_for((columns + kBlock - 1) / kBlock, 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kBlock, last = std::min(columns, first + kBlock);
      for (int64_t row0 = 0; row0 < rows; row0 += kBlock) {
        const int64_t row1 = std::min(rows, row0 + kBlock);
        for (int64_t j = first; j < last; ++j)
          for (int64_t i = row0; i < row1; ++i) y[j * ld + i] = convert<Operand>(x[i * columns + j]);
      }
      for (int64_t j = first; j < last; ++j)
        for (int64_t i = rows; i < ld; ++i) y[j * ld + i] = Operand{};
    }
  });
}

template <typename Operand, typename T>
const Operand* operand_rows(const T* x, int64_t rows, int64_t k, int slot) {
  if constexpr (std::is_same_v<Operand, T>) {
    return x;
  } else {
    const int64_t ld = padded<Operand>(k);
    Operand* y = scratch<Operand>(slot, rows * ld);
    parallel_for(rows, std::max<int64_t>(1, 16'384 / std::max<int64_t>(k, 1)), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        isa().to_bfloat16(x + i * k, y + i * ld, k);
        for (int64_t j = k; j < ld; ++j) y[i * ld + j] = Operand{};
      }
    });
    return y;
  }
}

#define COHORT_INSTANTIATE(Operand, Source)                                                              \
  template void pack_panel<Operand, Source>(const Source*, int64_t, int64_t, int64_t, int64_t, Operand*);  \
  template void pack_panels<Operand, Source>(const Source*, int64_t, int64_t, int64_t, int64_t, Operand*); \
  template void transpose<Operand, Source>(const Source*, int64_t, int64_t, Operand*);
COHORT_INSTANTIATE(float, float)
COHORT_INSTANTIATE(bfloat16, float)
COHORT_INSTANTIATE(bfloat16, bfloat16)
COHORT_INSTANTIATE(double, double)
#undef COHORT_INSTANTIATE

template const float* operand_rows<float, float>(const float*, int64_t, int64_t, int);
template const bfloat16* operand_rows<bfloat16, float>(const float*, int64_t, int64_t, int);
template const double* operand_rows<double, double>(const double*, int64_t, int64_t, int);

}  // namespace cohort::kernels
