#include "kernels/advance_rows.hpp"

namespace cohort::kernels {

template <typename T>
void AdvanceRows<T>::run_cpu() const {
  for (int64_t row = 0; row < rows; ++row) advance(row);
}

template struct AdvanceRows<float>;
template struct AdvanceRows<double>;

}  // namespace cohort::kernels
