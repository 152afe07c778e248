#include "kernels/swiglu.hpp"

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

template <typename T>
void SwigluForward<T>::run_cpu() const {
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    const auto swiglu = row_functions<T>().swiglu;
    for (int64_t i = begin; i < end; ++i) {
      const T* gate = gate_up + i * 2 * width;
      swiglu(gate, gate + width, y + i * width, width);
    }
  });
}

template <typename T>
void SwigluBackward<T>::run_cpu() const {
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    const auto backward = row_functions<T>().swiglu_backward;
    for (int64_t i = begin; i < end; ++i) {
      const T* gate = gate_up + i * 2 * width;
      T* dgate = dgate_up + i * 2 * width;
      backward(dy + i * width, gate, gate + width, dgate, dgate + width, width);
    }
  });
}

template struct SwigluForward<float>;
template struct SwigluForward<double>;
template struct SwigluBackward<float>;
template struct SwigluBackward<double>;

}  // namespace cohort::kernels
