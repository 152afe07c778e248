// exp, and the kinds of gates by it, element by element. Part of inner.hpp.
#pragma once

#include "kernels/cpu/isa/vectors.hpp"

namespace cohort::kernels {
namespace {

// exp for float32: argument reduction by ln 2 and a degree-6 polynomial, below 2 ulp; 0 below −87.3.
inline float exponential(float x) {
  const float clamped = x < 88.3762626647949f ? (x > -87.3365447504f ? x : -87.3365447504f) : 88.3762626647949f;
  const float shifted = clamped * 1.44269504088896341f + 12582912.0f;  // 1.5 · 2²³ rounds to an integer
  const float n = shifted - 12582912.0f;
  const float r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  int32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits - 0x4b400000 + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  const float result = p * power;
  return x > -87.3365447504f ? result : (x == x ? 0.0f : x);
}
inline double exponential(double x) { return exp(x); }

// Kinds of gates (kernels/types.hpp): how far x opens one, x · open(x) by itself, and its derivative.
template <typename T>
struct Silu {
  static T through(T x) { return x / (1 + exponential(-x)); }
  static T open(T x) { return 1 / (1 + exponential(-x)); }
  static T slope(T, T open, T through) { return open + through * (1 - open); }
};

template <typename T>
struct GeluTanh {
  static T through(T x) { return x / (1 + exponential(-argument(x))); }
  static T open(T x) { return 1 / (1 + exponential(-argument(x))); }
  static T slope(T x, T open, T through) {
    const T square = bounded(x) * bounded(x);
    return open + through * (1 - open) * (kLinear + 3 * kCubic * square);
  }

 private:
  static constexpr T kLinear = 1.5957691216057308, kCubic = 0.044715 * 1.5957691216057308;  // √(8/π)
  // Where the gate is open or shut to the last bit of float32: x³ would go on to infinity.
  static T bounded(T x) { return x < 10 ? (x > -10 ? x : -10) : 10; }
  static T argument(T x) { return bounded(x) * (kLinear + kCubic * (bounded(x) * bounded(x))); }
};

// Φ(−|x|) = exp(−x²/2) · t · P(t) with t = 1 / (1 + 0.35·|x|), P fitted for least relative error: 3e-8, in float32
// 4e-7.
inline float normal_distribution(float x) {
  const float t = 1 / (1 + 0.35f * fabsf(x));
  float p = -0.02914592162f;
  p = p * t + 0.1439716551f;
  p = p * t - 0.2557141654f;
  p = p * t + 0.1591740584f;
  p = p * t - 0.0231097651f;
  p = p * t + 0.1055079746f;
  p = p * t + 0.119832875f;
  p = p * t + 0.1398618687f;
  p = p * t + 0.1396214044f;
  const float tail = exponential(-0.5f * x * x) * (p * t);
  return x < 0 ? tail : 1 - tail;
}
inline double normal_distribution(double x) { return 0.5 * erfc(-0.7071067811865475 * x); }

template <typename T>
struct Gelu {
  static T through(T x) { return x * normal_distribution(x); }
  static T open(T x) { return normal_distribution(x); }
  static T slope(T x, T open, T) {
    constexpr T kDensity = 0.3989422804014327;  // 1 / √(2π)
    return open + x * (kDensity * exponential(T(-0.5) * x * x));
  }
};

}  // namespace
}  // namespace cohort::kernels
