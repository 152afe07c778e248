#include "kernels/policy_loss.hpp"

#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

template <typename T>
void PolicyLoss<T>::run_cpu() const {
  parallel_for(parts, 4, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      PolicyLossSums sums;
      for (int64_t i = tokens * part / parts; i < tokens * (part + 1) / parts; ++i) add(i, sums);
      partial[part] = sums;
    }
  });
}

template struct PolicyLoss<float>;
template struct PolicyLoss<double>;

}  // namespace cohort::kernels
