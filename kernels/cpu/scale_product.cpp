#include "kernels/scale_product.hpp"

#include <algorithm>

#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

void ScaleProduct::run_cpu() const {
  parallel_for(rows, std::max<int64_t>(1, 16'384 / std::max<int64_t>(width, 1)), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < width; ++j) y[i * width + j] = value(i, j);
  });
}

}  // namespace cohort::kernels
