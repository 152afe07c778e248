#include "kernels/rms_norm.hpp"

#include "kernels/cpu/operand.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {
namespace {

constexpr int kResult = 2;  // scratch slot

}  // namespace

template <typename T>
void RmsNormForward<T>::run_cpu() const {
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    const auto rms_norm = row_functions<T>().rms_norm;
    T* const apart = rounded ? scratch<T>(kResult, width) : nullptr;
    for (int64_t i = begin; i < end; ++i) {
      const T inv = rms_norm(x + i * width, weight, apart ? apart : y + i * width, width, epsilon);
      if (inv_rms) inv_rms[i] = inv;
      if constexpr (std::is_same_v<T, float>) {
        if (apart) round_to<bfloat16>(apart, rounded + i * width, width);
      }
    }
  });
}

template <typename T>
void RmsNormBackward<T>::run_cpu() const {
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    const auto backward = row_functions<T>().rms_norm_backward;
    for (int64_t i = begin; i < end; ++i)
      backward(dy + i * width, x + i * width, weight, inv_rms[i], dx + i * width, width);
  });
  parallel_for(width, 64, [&](int64_t begin, int64_t end) {
    const auto weight_grad = row_functions<T>().rms_norm_weight_grad;
    for (int64_t i = 0; i < rows; ++i)
      weight_grad(dy + i * width + begin, x + i * width + begin, inv_rms[i], dweight + begin, end - begin);
  });
}

template struct RmsNormForward<float>;
template struct RmsNormForward<double>;
template struct RmsNormBackward<float>;
template struct RmsNormBackward<double>;

}  // namespace cohort::kernels
