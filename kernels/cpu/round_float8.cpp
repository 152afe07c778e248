#include "kernels/round_float8.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

template <typename W>
void RoundFloat8<W>::run_cpu() const {
  parallel_for(rows, std::max<int64_t>(1, 16'384 / std::max<int64_t>(width, 1)), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const W* const row = x + i * width;
      float largest = 0;
      for (int64_t j = 0; j < width; ++j) largest = std::max(largest, std::abs(to_float(row[j])));  // a NaN is none
      const float inverse = inverse_of(largest);
      for (int64_t j = 0; j < width; ++j) q[i * width + j] = to_float8(to_float(row[j]) * inverse);
      scales[i] = scale_of(largest);
    }
  });
}

template struct RoundFloat8<float>;
template struct RoundFloat8<bfloat16>;

}  // namespace cohort::kernels
