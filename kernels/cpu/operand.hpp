// Numbers on their way from one op to the next: exact, or rounded to the type of the weights that they meet.
#pragma once

#include <algorithm>
#include <type_traits>

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"
#include "kernels/types.hpp"

namespace cohort::kernels {

/// y = x rounded to a weight's type.
template <typename W>
void round_to(const Activation<W>* x, W* y, int64_t n) {
  if constexpr (std::is_same_v<W, bfloat16>) {
    isa().to_bfloat16(x, y, n);
  } else {
    std::copy_n(x, n, y);
  }
}

/// y = x as computing reads it.
template <typename W>
void widen(const W* x, Activation<W>* y, int64_t n) {
  if constexpr (std::is_same_v<W, bfloat16>) {
    isa().from_bfloat16(x, y, n);
  } else {
    std::copy_n(x, n, y);
  }
}

/// The same: x itself where it is what computing reads, else a copy in scratch `slot`.
template <typename Source>
const Activation<Source>* widened(const Source* x, int64_t n, [[maybe_unused]] int slot) {
  if constexpr (std::is_same_v<Source, Activation<Source>>) {
    return x;
  } else {
    Activation<Source>* const y = scratch<Activation<Source>>(slot, n);
    widen<Source>(x, y, n);
    return y;
  }
}

/// use(x) of whichever is there.
template <typename W, typename Use>
auto with_either(const Activation<W>* exact, const W* rounded, Use use) {
  return rounded ? use(rounded) : use(exact);
}

}  // namespace cohort::kernels
