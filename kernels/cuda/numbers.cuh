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

/// Calls use(std::integral_constant<Gate, kind>()): loops are compiled for each kind.
template <typename Use>
void with_gate(Gate kind, Use use) {
  if (kind == Gate::silu) return use(std::integral_constant<Gate, Gate::silu>());
  if (kind == Gate::gelu_tanh) return use(std::integral_constant<Gate, Gate::gelu_tanh>());
  use(std::integral_constant<Gate, Gate::gelu>());
}

/// What silu and gelu_tanh give to σ (kernels/types.hpp), and its derivative.
template <typename T>
struct GateArgument {
  T value, slope;
};
template <Gate kKind, typename T>
__device__ inline GateArgument<T> gate_argument(T gate) {
  if constexpr (kKind == Gate::silu) {
    return {gate, 1};
  } else {
    constexpr T kLinear = 1.5957691216057308, kCubic = 0.044715 * 1.5957691216057308;  // √(8/π)
    // Where the gate is open or shut to the last bit of float32: x³ would go on to infinity.
    const T x = gate < 10 ? (gate > -10 ? gate : -10) : 10, square = x * x;
    return {x * (kLinear + kCubic * square), kLinear + 3 * kCubic * square};
  }
}

/// Φ, of the normal distribution.
template <typename T>
__device__ inline T normal_distribution(T x) {
  return T(0.5) * erfc(T(-0.7071067811865475) * x);
}

/// gate · open(gate) · up: every kernel that gates has these operations in this order.
template <Gate kKind, typename T>
__device__ inline T gated(T gate, T up) {
  if constexpr (kKind == Gate::gelu) {
    return gate * normal_distribution(gate) * up;
  } else {
    return gate / (1 + exp(-gate_argument<kKind>(gate).value)) * up;
  }
}

/// How far a gate is open, and the derivative of gate · open(gate).
template <typename T>
struct GateSlope {
  T open, slope;
};
template <Gate kKind, typename T>
__device__ inline GateSlope<T> gate_slope(T gate) {
  if constexpr (kKind == Gate::gelu) {
    constexpr T kDensity = 0.3989422804014327;  // 1 / √(2π)
    const T open = normal_distribution(gate);
    return {open, open + gate * (kDensity * exp(T(-0.5) * gate * gate))};
  } else {
    const auto argument = gate_argument<kKind>(gate);
    const T open = 1 / (1 + exp(-argument.value));
    return {open, open + gate * open * (1 - open) * argument.slope};
  }
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
