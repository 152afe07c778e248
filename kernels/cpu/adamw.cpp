#include "kernels/adamw.hpp"

#include <cmath>

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

template <typename W>
void AdamWUpdate<W>::run_cpu() const {
  const AdamWStep step{lr, beta1, beta2, epsilon, weight_decay, grad_scale, correction1, correction2};
  parallel_for(n, 16'384, [&](int64_t begin, int64_t end) {
    const int64_t count = end - begin;
    if constexpr (std::is_same_v<Activation<W>, float>) {
      isa().adamw(step, master + begin, m + begin, v + begin, grad + begin, count);
    } else {
      for (int64_t i = begin; i < end; ++i) {
        const float g = static_cast<float>(grad[i]);
        isa().adamw(step, master + i, m + i, v + i, &g, 1);
      }
    }
    if constexpr (std::is_same_v<W, bfloat16>) {
      isa().to_bfloat16(master + begin, weight + begin, count);
    } else {
      for (int64_t i = begin; i < end; ++i) weight[i] = master[i];
    }
  });
}

template <typename T>
void SumOfSquares<T>::run_cpu() const {
  parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t first = n * part / parts, last = n * (part + 1) / parts;
      partial[part] = row_functions<T>().sum_of_squares(x + first, last - first);
    }
  });
}

template struct AdamWUpdate<float>;
template struct AdamWUpdate<bfloat16>;
template struct AdamWUpdate<double>;
template struct SumOfSquares<float>;
template struct SumOfSquares<double>;

}  // namespace cohort::kernels
