#include "kernels/move_rows.hpp"

#include <algorithm>

#include "kernels/cpu/operand.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {
namespace {

enum Slot { kRow = 2, kUps };  // of scratch

}  // namespace

template <typename W>
void GatherRows<W>::run_cpu() const {
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::copy_n(x + from[i] / per_row * width, width, y + i * width);
  });
}

template <typename W>
void WeighRows<W>::run_cpu() const {
  using T = Activation<W>;
  parallel_for(visits, 16, [&](int64_t begin, int64_t end) {
    T* const row = scratch<T>(kRow, width);
    for (int64_t i = begin; i < end; ++i) {
      const T* const source = x + order[i] / per_row * width;
      const T weight = weights[order[i]];
      for (int64_t c = 0; c < width; ++c) row[c] = weight * source[c];
      round_to<W>(row, y + i * width, width);
    }
  });
}

template <typename T>
void CombineRows<T>::run_cpu() const {
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    const auto axpy = row_functions<T>().axpy;
    for (int64_t row = begin; row < end; ++row) {
      T* const to = y + row * width;
      if (residual != y) std::copy_n(residual + row * width, width, to);
      for (int64_t visit = row * per_row; visit < (row + 1) * per_row; ++visit)
        axpy(weights ? weights[visit] : T(1), x + places[visit] * width, to, width);
    }
  });
}

template <typename W>
void PullWeights<W>::run_cpu() const {
  using T = Activation<W>;
  parallel_for(visits, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t at = i * 2 * width + width;
      const T *const dup = widened(dgate_up + at, width, kRow), *const up = widened(kept + at, width, kUps);
      pulls[order[i]] = row_functions<T>().dot(dup, up, width);
    }
  });
}

template struct GatherRows<float>;
template struct GatherRows<bfloat16>;
template struct GatherRows<double>;
template struct WeighRows<float>;
template struct WeighRows<bfloat16>;
template struct WeighRows<double>;
template struct CombineRows<float>;
template struct CombineRows<double>;
template struct PullWeights<float>;
template struct PullWeights<bfloat16>;
template struct PullWeights<double>;

}  // namespace cohort::kernels
