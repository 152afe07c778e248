#include "kernels/swiglu.hpp"

#include <algorithm>
#include <type_traits>

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

template <typename W>
void SwigluForward<W>::run_cpu() const {
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    const auto swiglu = row_functions<T>().swiglu;
    for (int64_t i = begin; i < end; ++i) {
      const T* gate = gate_up + i * 2 * width;
      swiglu(gate, gate + width, y + i * width, width);
      if (!kept) continue;
      if constexpr (std::is_same_v<W, T>) {
        std::copy_n(gate, 2 * width, kept + i * 2 * width);
      } else {
        isa().to_bfloat16(gate, kept + i * 2 * width, 2 * width);
      }
    }
  });
}

template <typename W>
void SwigluBackward<W>::run_cpu() const {
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    const auto backward = row_functions<T>().swiglu_backward;
    for (int64_t i = begin; i < end; ++i) {
      const T* gate;
      if constexpr (std::is_same_v<W, T>) {
        gate = kept + i * 2 * width;
      } else {
        T* wide = scratch<T>(2, 2 * width);
        isa().from_bfloat16(kept + i * 2 * width, wide, 2 * width);
        gate = wide;
      }
      T* dgate = dgate_up + i * 2 * width;
      backward(dy + i * width, gate, gate + width, y + i * width, dgate, dgate + width, width);
    }
  });
}

template struct SwigluForward<float>;
template struct SwigluForward<bfloat16>;
template struct SwigluForward<double>;
template struct SwigluBackward<float>;
template struct SwigluBackward<bfloat16>;
template struct SwigluBackward<double>;

}  // namespace cohort::kernels
