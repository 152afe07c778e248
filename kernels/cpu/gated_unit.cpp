#include "kernels/gated_unit.hpp"

#include "kernels/cpu/operand.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {
namespace {

enum Slot { kWide = 2, kResult };  // of scratch

}  // namespace

template <typename W>
void GatedUnitForward<W>::run_cpu() const {
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    const auto forward = gate_functions<T>(kind).forward;
    T* const apart = rounded_y ? scratch<T>(kResult, width) : nullptr;
    for (int64_t i = begin; i < end; ++i) {
      const T* gate = gate_up + i * 2 * width;
      T* const row = apart ? apart : y + i * width;
      forward(gate, gate + width, row, width);
      if (apart) round_to<W>(row, rounded_y + i * width, width);
      if (kept) round_to<W>(gate, kept + i * 2 * width, 2 * width);
    }
  });
}

template <typename W>
void GatedUnitBackward<W>::run_cpu() const {
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    const auto backward = gate_functions<T>(kind).backward;
    T* const apart = rounded_y ? scratch<T>(kResult, 3 * width) : nullptr;
    for (int64_t i = begin; i < end; ++i) {
      const T* const gate = widened(kept + i * 2 * width, 2 * width, kWide);
      T* const row = apart ? apart : y + i * width;
      T* const dgate = apart ? apart + width : dgate_up + i * 2 * width;
      backward(dy + i * width, gate, gate + width, row, dgate, dgate + width, width);
      if (!apart) continue;
      round_to<W>(row, rounded_y + i * width, width);
      round_to<W>(dgate, rounded_dgate_up + i * 2 * width, 2 * width);
    }
  });
}

template struct GatedUnitForward<float>;
template struct GatedUnitForward<bfloat16>;
template struct GatedUnitForward<double>;
template struct GatedUnitBackward<float>;
template struct GatedUnitBackward<bfloat16>;
template struct GatedUnitBackward<double>;

}  // namespace cohort::kernels
