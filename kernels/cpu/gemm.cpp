#include "kernels/cpu/gemm.hpp"

#include <cstring>
#include <type_traits>

namespace cohort::kernels {
namespace {

constexpr int kZeros = 0;  // scratch slot

// One step of a panel's depth: an element, or the pair of bfloat16 that a product reads at once.
template <typename Operand>
struct Step {
  Operand elements[Product<Operand>::kGroup];
};

// One step of every panel, from the `count` rows of the source that it joins (absent ones are zero).
template <typename Operand, typename Source>
void pack_step(const Source* row, int64_t ld, int64_t count, int64_t n, int64_t width, Step<Operand>* steps,
               int64_t next_panel) {
  if constexpr (std::is_same_v<Operand, bfloat16> && std::is_same_v<Source, float>) {
    const float* second = row + ld;
    if (count < 2) {
      float* zeros = scratch<float>(kZeros, n);
      std::fill_n(zeros, n, 0.0f);
      second = zeros;
    }
    isa().to_bfloat16_pairs(row, second, reinterpret_cast<uint32_t*>(steps), n, width, next_panel);
  } else {
    for (int64_t j = 0; j < num_panels(n, width) * width; ++j) {
      Step<Operand>& step = steps[j / width * next_panel + j % width];
      for (int64_t g = 0; g < Product<Operand>::kGroup; ++g)
        step.elements[g] = g < count && j < n ? row[g * ld + j] : Operand{};
    }
  }
}

}  // namespace

template <typename Operand>
void pack_transposed(const Operand* rows, int64_t n, int64_t k, Operand* panels) {
  constexpr int64_t group = Product<Operand>::kGroup,
                    kBlock = 16;  // steps of 32 columns that fit the first-level cache
  parallel_for(num_panels(n), 1, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      const int64_t column = panel * kPanelColumns, columns = std::min(kPanelColumns, n - column);
      auto* steps = reinterpret_cast<Step<Operand>*>(panels + panel * panel_size<Operand>(k));
      const int64_t whole = k / group;
      for (int64_t first = 0; first < whole; first += kBlock)
        for (int64_t j = 0; j < kPanelColumns; ++j) {
          const Operand* from = rows + (column + j) * k;
          for (int64_t i = first; i < std::min(whole, first + kBlock); ++i) {
            if (j < columns) {
              std::memcpy(&steps[i * kPanelColumns + j], from + i * group, sizeof(Step<Operand>));
            } else {
              steps[i * kPanelColumns + j] = {};
            }
          }
        }
      for (int64_t j = 0; j < kPanelColumns && whole * group < k; ++j) {
        Step<Operand>& last = steps[whole * kPanelColumns + j] = {};
        for (int64_t i = whole * group; i < k && j < columns; ++i)
          last.elements[i - whole * group] = rows[(column + j) * k + i];
      }
    }
  });
}

template <typename Operand, typename Source>
void pack_rows(const Source* rows, int64_t ld, int64_t k, int64_t n, int64_t width, Operand* panels) {
  constexpr int64_t group = Product<Operand>::kGroup;
  const int64_t next_panel = panel_size<Operand>(k, width) / group;
  parallel_for(padded<Operand>(k) / group, std::max<int64_t>(1, 8'192 / std::max<int64_t>(n, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i)
                   pack_step<Operand>(rows + i * group * ld, ld, std::min(group, k - i * group), n, width,
                                      reinterpret_cast<Step<Operand>*>(panels) + i * width, next_panel);
               });
}

template <typename Operand, typename T>
Left<Operand> operand_rows(const T* x, int64_t rows, int64_t k, int slot) {
  if constexpr (std::is_same_v<Operand, T>) {
    return {x, k};
  } else {
    const int64_t ld = padded<Operand>(k);
    Operand* y = scratch<Operand>(slot, rows * ld);
    parallel_for(rows, std::max<int64_t>(1, 16'384 / std::max<int64_t>(k, 1)), [&](int64_t begin, int64_t end) {
      if (ld == k) return isa().to_bfloat16(x + begin * k, y + begin * k, (end - begin) * k);
      for (int64_t i = begin; i < end; ++i) {
        isa().to_bfloat16(x + i * k, y + i * ld, k);
        y[i * ld + k] = {};
      }
    });
    return {y, ld};
  }
}

template void pack_transposed<float>(const float*, int64_t, int64_t, float*);
template void pack_transposed<bfloat16>(const bfloat16*, int64_t, int64_t, bfloat16*);
template void pack_transposed<double>(const double*, int64_t, int64_t, double*);
template void pack_transposed<int8_t>(const int8_t*, int64_t, int64_t, int8_t*);
template void pack_rows<float, float>(const float*, int64_t, int64_t, int64_t, int64_t, float*);
template void pack_rows<bfloat16, float>(const float*, int64_t, int64_t, int64_t, int64_t, bfloat16*);
template void pack_rows<bfloat16, bfloat16>(const bfloat16*, int64_t, int64_t, int64_t, int64_t, bfloat16*);
template void pack_rows<double, double>(const double*, int64_t, int64_t, int64_t, int64_t, double*);
template Left<float> operand_rows<float, float>(const float*, int64_t, int64_t, int);
template Left<bfloat16> operand_rows<bfloat16, float>(const float*, int64_t, int64_t, int);
template Left<double> operand_rows<double, double>(const double*, int64_t, int64_t, int);

}  // namespace cohort::kernels
