// Conversions between weights and what is computed with them.
#pragma once

#include <type_traits>

#include "kernels/types.hpp"

namespace cohort::kernels {

/// A result as it is stored among weights of type W.
template <typename W, typename T>
__device__ inline W narrow(T value) {
  if constexpr (std::is_same_v<W, bfloat16>) {
    return to_bfloat16(value);
  } else {
    return static_cast<W>(value);
  }
}

/// A number where numbers go as they are, or rounded where `rounded` is not null.
template <typename W, typename T>
__device__ inline void store_either(T* exact, W* rounded, int64_t at, T value) {
  if (rounded) {
    rounded[at] = narrow<W>(value);
  } else {
    exact[at] = value;
  }
}

/// silu(gate) · up: every kernel that gates has these operations in this order.
template <typename T>
__device__ inline T gated(T gate, T up) {
  return gate / (1 + exp(-gate)) * up;
}

/// A value as it meets weights of type W: rounded to bfloat16 where they are.
template <typename W, typename Value>
__device__ inline Activation<W> operand(Value value) {
  if constexpr (std::is_same_v<W, Value>) {
    return to_float(value);
  } else {
    return to_float(narrow<W>(value));
  }
}

}  // namespace cohort::kernels
