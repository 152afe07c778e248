#include "kernels/cpu/gemm.hpp"

#include <xmmintrin.h>

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

// Calls pack(i, rows) for each step of `depth` rows of a source [k][n]; those that the last one lacks are zeros.
template <typename Source, typename Pack>
void for_each_step(const Source* rows, int64_t ld, int64_t k, int64_t n, int64_t depth, Pack pack) {
  constexpr int64_t kMostDepth = 32;
  const int64_t grain = std::max<int64_t>(1, 16'384 / std::max<int64_t>(depth * n, 1));
  parallel_for((k + depth - 1) / depth, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i * depth, present = std::min(depth, k - first);
      const Source* step[kMostDepth];
      for (int64_t j = 0; j < present; ++j) step[j] = rows + (first + j) * ld;
      if (present < depth) {
        Source* zeros = scratch<Source>(kZeros, n);
        std::fill_n(zeros, n, Source{});
        std::fill(step + present, step + depth, zeros);
      }
      pack(i, step);
    }
  });
}

// Panels of `width` columns from rows [k][n] whose elements need no rounding.
template <typename Operand>
void copy_to_panels(const Operand* rows, int64_t ld, int64_t k, int64_t n, int64_t width, Operand* panels) {
  constexpr int64_t group = Product<Operand>::kGroup;
  const int64_t next_panel = panel_size<Operand>(k, width) / group;
  parallel_for(padded<Operand>(k) / group, std::max<int64_t>(1, 8'192 / std::max<int64_t>(n, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const Operand* from = rows + i * group * ld;
                   Step<Operand>* steps = reinterpret_cast<Step<Operand>*>(panels) + i * width;
                   const bool whole = (i + 1) * group <= k;
                   int64_t first = 0;
                   for (; whole && first + width <= n; first += width, from += width, steps += next_panel)
                     for (int64_t j = 0; j < width; ++j)
                       for (int64_t g = 0; g < group; ++g) steps[j].elements[g] = from[g * ld + j];
                   for (; first < n; first += width, from += width, steps += next_panel)
                     for (int64_t j = 0; j < width; ++j)
                       for (int64_t g = 0; g < group; ++g)
                         steps[j].elements[g] = i * group + g < k && first + j < n ? from[g * ld + j] : Operand{};
                 }
               });
}

// Elements of A beside a B in bfloat16.
void to_left(const float* x, char* y, int64_t n) { isa().to_left(x, y, n); }
void to_left(const bfloat16* x, char* y, int64_t n) {
  if (left_bytes<bfloat16>() == sizeof(bfloat16)) {
    std::memcpy(y, x, static_cast<size_t>(n) * sizeof(bfloat16));
  } else {
    isa().from_bfloat16(x, reinterpret_cast<float*>(y), n);
  }
}

// The first steps, of four bytes, of a whole panel from its rows, `ld` steps apart: four of four columns at a time.
// Returns how many.
int64_t transpose_steps(const float* rows, int64_t ld, int64_t steps, float* panel) {
  constexpr int64_t kBlock = 16;  // steps of 32 columns that fit the first-level cache
  const int64_t whole = steps / kBlock * kBlock;
  for (int64_t first = 0; first < whole; first += kBlock)
    for (int64_t j = 0; j < kPanelColumns; j += 4)
      for (int64_t i = first; i < first + kBlock; i += 4) {
        __m128 a = _mm_loadu_ps(rows + j * ld + i), b = _mm_loadu_ps(rows + (j + 1) * ld + i);
        __m128 c = _mm_loadu_ps(rows + (j + 2) * ld + i), d = _mm_loadu_ps(rows + (j + 3) * ld + i);
        _MM_TRANSPOSE4_PS(a, b, c, d);
        _mm_storeu_ps(panel + i * kPanelColumns + j, a);
        _mm_storeu_ps(panel + (i + 1) * kPanelColumns + j, b);
        _mm_storeu_ps(panel + (i + 2) * kPanelColumns + j, c);
        _mm_storeu_ps(panel + (i + 3) * kPanelColumns + j, d);
      }
  return whole;
}

}  // namespace

template <typename Operand>
void pack_transposed(const Operand* rows, int64_t n, int64_t k, Operand* panels) {
  constexpr int64_t group = Product<Operand>::kGroup, kBlock = 16;
  parallel_for(num_panels(n), 1, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      const int64_t column = panel * kPanelColumns, columns = std::min(kPanelColumns, n - column);
      auto* steps = reinterpret_cast<Step<Operand>*>(panels + panel * panel_size<Operand>(k));
      const int64_t whole = k / group;
      int64_t done = 0;
      if (sizeof(Step<Operand>) == sizeof(float) && k % group == 0 && columns == kPanelColumns)
        done = transpose_steps(reinterpret_cast<const float*>(rows + column * k), whole, whole,
                               reinterpret_cast<float*>(steps));
      for (int64_t first = done; first < whole; first += kBlock)
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
void pack_rows(const Source* rows, int64_t ld, int64_t k, int64_t n, Operand* panels) {
  if constexpr (!std::is_same_v<Operand, bfloat16>) {
    copy_to_panels(rows, ld, k, n, kPanelColumns, panels);
  } else {
    const int64_t next_panel = panel_size<Operand>(k) / 2;
    for_each_step(rows, ld, k, n, 2, [&](int64_t i, const Source* const* step) {
      uint32_t* to = reinterpret_cast<uint32_t*>(panels) + i * kPanelColumns;
      if constexpr (std::is_same_v<Source, bfloat16>) {
        isa().bfloat16_to_panels(step[0], step[1], to, n, next_panel);
      } else {
        isa().to_panels(step[0], step[1], to, n, next_panel);
      }
    });
  }
}

template <typename Operand, typename Source>
Left<Operand> left_rows(const Source* x, int64_t rows, int64_t k, int slot) {
  if constexpr (!std::is_same_v<Operand, bfloat16>) {
    return {x, k};
  } else {
    const int64_t ld = padded<Operand>(k), bytes = left_bytes<Operand>();
    if (ld == k && std::is_same_v<Source, Operand> && bytes == static_cast<int64_t>(sizeof(Operand))) return {x, k};
    char* y = scratch<char>(slot, rows * ld * bytes);
    parallel_for(rows, std::max<int64_t>(1, 16'384 / std::max<int64_t>(k, 1)), [&](int64_t begin, int64_t end) {
      if (ld == k) return to_left(x + begin * k, y + begin * k * bytes, (end - begin) * k);
      for (int64_t i = begin; i < end; ++i) {
        to_left(x + i * k, y + i * ld * bytes, k);
        std::memset(y + (i * ld + k) * bytes, 0, static_cast<size_t>(bytes));
      }
    });
    return {y, ld};
  }
}

template <typename Operand, typename Source>
Left<Operand> left_panels(const Source* x, int64_t ld, int64_t k, int64_t n, int slot) {
  const int64_t bytes = left_bytes<Operand>(), width = left_panel_rows<Operand>(), depth = left_panel_depth<Operand>();
  const int64_t panel = panel_size<Operand>((k + depth - 1) / depth * depth, width);
  char* panels = scratch<char>(slot, num_panels(n, width) * panel * bytes);
  if constexpr (!std::is_same_v<Operand, bfloat16>) {
    copy_to_panels(x, ld, k, n, width, reinterpret_cast<Operand*>(panels));
  } else {
    for_each_step(x, ld, k, n, depth, [&](int64_t i, const Source* const* step) {
      char* to = panels + i * width * depth * bytes;
      if constexpr (std::is_same_v<Source, bfloat16>) {
        isa().bfloat16_to_left_panels(step, to, n, panel / 2);
      } else {
        isa().to_left_panels(step, to, n, panel / 2);
      }
    });
  }
  return {panels, panel, width};
}

template void pack_transposed<float>(const float*, int64_t, int64_t, float*);
template void pack_transposed<bfloat16>(const bfloat16*, int64_t, int64_t, bfloat16*);
template void pack_transposed<double>(const double*, int64_t, int64_t, double*);
template void pack_transposed<int8_t>(const int8_t*, int64_t, int64_t, int8_t*);
template void pack_rows<float, float>(const float*, int64_t, int64_t, int64_t, float*);
template void pack_rows<bfloat16, float>(const float*, int64_t, int64_t, int64_t, bfloat16*);
template void pack_rows<bfloat16, bfloat16>(const bfloat16*, int64_t, int64_t, int64_t, bfloat16*);
template void pack_rows<double, double>(const double*, int64_t, int64_t, int64_t, double*);
template Left<float> left_rows<float, float>(const float*, int64_t, int64_t, int);
template Left<bfloat16> left_rows<bfloat16, float>(const float*, int64_t, int64_t, int);
template Left<bfloat16> left_rows<bfloat16, bfloat16>(const bfloat16*, int64_t, int64_t, int);
template Left<double> left_rows<double, double>(const double*, int64_t, int64_t, int);
template Left<float> left_panels<float, float>(const float*, int64_t, int64_t, int64_t, int);
template Left<bfloat16> left_panels<bfloat16, float>(const float*, int64_t, int64_t, int64_t, int);
template Left<bfloat16> left_panels<bfloat16, bfloat16>(const bfloat16*, int64_t, int64_t, int64_t, int);
template Left<double> left_panels<double, double>(const double*, int64_t, int64_t, int64_t, int);

}  // namespace cohort::kernels
