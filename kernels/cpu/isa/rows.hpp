// Loops over one row, or over elementwise spans. Part of inner.hpp.
#pragma once

#include "kernels/cpu/isa/gates.hpp"

namespace cohort::kernels {
namespace {

// Sums keep kSumLanes partial sums, element i in lane i mod kSumLanes, added up pairwise at the end: the same order on
// every machine of one body, whatever the length, and zeros behind the end change nothing.
constexpr int64_t kSumLanes = 32;

template <typename T>
inline T sum_lanes(T* lanes) {
  for (int64_t width = kSumLanes / 2; width > 0; width /= 2)
    for (int64_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}

template <typename T>
T rms_norm(const T* __restrict x, const T* __restrict weight, T* __restrict y, int64_t n, T epsilon) {
  T lanes[kSumLanes] = {};
  int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (int64_t j = 0; j < kSumLanes; ++j) lanes[j] += x[i + j] * x[i + j];
  for (int64_t j = 0; i + j < n; ++j) lanes[j] += x[i + j] * x[i + j];
  const T inv = 1 / (T)sqrt(sum_lanes(lanes) / n + epsilon);
  for (int64_t j = 0; j < n; ++j) y[j] = x[j] * inv * weight[j];
  return inv;
}

template <typename T>
T dot(const T* __restrict x, const T* __restrict y, int64_t n) {
  T lanes[kSumLanes] = {};
  int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (int64_t j = 0; j < kSumLanes; ++j) lanes[j] += x[i + j] * y[i + j];
  for (int64_t j = 0; i + j < n; ++j) lanes[j] += x[i + j] * y[i + j];
  return sum_lanes(lanes);
}

template <typename T>
void rms_norm_backward(const T* __restrict dy, const T* __restrict x, const T* __restrict weight, T inv,
                       T* __restrict dx, int64_t n) {
  T lanes[kSumLanes] = {};
  int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (int64_t j = 0; j < kSumLanes; ++j) lanes[j] += dy[i + j] * weight[i + j] * x[i + j];
  for (int64_t j = 0; i + j < n; ++j) lanes[j] += dy[i + j] * weight[i + j] * x[i + j];
  const T along_x = sum_lanes(lanes) * inv * inv / n;
  for (int64_t j = 0; j < n; ++j) dx[j] += inv * (dy[j] * weight[j] - x[j] * along_x);
}

template <typename T>
void rms_norm_weight_grad(const T* __restrict dy, const T* __restrict x, T inv, T* __restrict dweight, int64_t n) {
  for (int64_t j = 0; j < n; ++j) dweight[j] += dy[j] * (x[j] * inv);
}

template <typename Kind, typename T>
void gate_forward(const T* __restrict gate, const T* __restrict up, T* __restrict y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = Kind::through(gate[i]) * up[i];
}

template <typename Kind, typename T>
void gate_backward(const T* __restrict dy, const T* __restrict gate, const T* __restrict up, T* __restrict y,
                   T* __restrict dgate, T* __restrict dup, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const T open = Kind::open(gate[i]), through = gate[i] * open;
    y[i] = through * up[i];
    dgate[i] = dy[i] * up[i] * Kind::slope(gate[i], open, through);
    dup[i] = dy[i] * through;
  }
}

template <typename T>
void rope(const T* __restrict x, T* __restrict y, const T* __restrict cos, const T* __restrict sin, T sign,
          int64_t half) {
  for (int64_t i = 0; i < half; ++i) {
    const T s = sign * sin[i], a = x[i], b = x[i + half];
    y[i] = a * cos[i] - b * s;
    y[i + half] = b * cos[i] + a * s;
  }
}

template <typename T>
T row_maximum(const T* x, int64_t n) {
  T lanes[kSumLanes];
  for (int64_t j = 0; j < kSumLanes; ++j) lanes[j] = x[0];
  int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (int64_t j = 0; j < kSumLanes; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  for (int64_t j = 0; i + j < n; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  T max = lanes[0];
  for (int64_t j = 1; j < kSumLanes; ++j) max = lanes[j] > max ? lanes[j] : max;
  return max;
}

template <typename T>
T softmax(T* __restrict x, int64_t n, int64_t padded) {
  for (int64_t i = n; i < padded; ++i) x[i] = -(T)INFINITY;
  const T max = row_maximum(x, n);
  T lanes[kSumLanes] = {};
  for (int64_t i = 0; i < padded; i += kSumLanes)
    for (int64_t j = 0; j < kSumLanes; ++j) {
      x[i + j] = exponential(x[i + j] - max);
      lanes[j] += x[i + j];
    }
  return sum_lanes(lanes);
}

template <typename T>
void softmax_backward(T* __restrict p, T* __restrict dp, T factor, T expected, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    p[i] *= factor;
    dp[i] = p[i] * (dp[i] - expected);
  }
}

template <typename T>
SoftmaxStats exponentials(const T* x, T* y, T scale, int64_t n) {
  const T highest = row_maximum(x, n), max = highest * scale;  // scale > 0
  T lanes[kSumLanes] = {};
  int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (int64_t j = 0; j < kSumLanes; ++j) {
      const T e = exponential(x[i + j] * scale - max);
      y[i + j] = e;
      lanes[j] += e;
    }
  for (int64_t j = 0; i + j < n; ++j) {
    const T e = exponential(x[i + j] * scale - max);
    y[i + j] = e;
    lanes[j] += e;
  }
  return {highest, sum_lanes(lanes)};
}

template <typename T>
void softmax_gradient(T* x, T factor, T scale, T logsumexp, int64_t n) {
  for (int64_t i = 0; i < n; ++i) x[i] = factor * exponential(x[i] * scale - logsumexp);
}

template <typename T>
void axpy(T a, const T* __restrict x, T* __restrict y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] += a * x[i];
}

template <typename T>
void scale(T a, const T* x, T* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = a * x[i];
}

template <typename T>
double sum_of_squares(const T* x, int64_t n) {
  double lanes[kSumLanes] = {};
  int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (int64_t j = 0; j < kSumLanes; ++j) lanes[j] += (double)x[i + j] * x[i + j];
  for (int64_t j = 0; i + j < n; ++j) lanes[j] += (double)x[i + j] * x[i + j];
  return sum_lanes(lanes);
}

inline uint32_t bfloat16_bits(float x) {
  uint32_t wide;
  memcpy(&wide, &x, sizeof wide);
  const uint32_t rounded = (wide + 0x7fffu + ((wide >> 16) & 1u)) >> 16;
  return (wide & 0x7fffffffu) > 0x7f800000u ? (wide >> 16) | 0x40u : rounded;
}

void round_to_bfloat16(const float* __restrict x, bfloat16* __restrict y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i].bits = (uint16_t)bfloat16_bits(x[i]);
}

inline float wide(uint32_t bits) {
  const uint32_t shifted = bits << 16;
  float result;
  memcpy(&result, &shifted, sizeof result);
  return result;
}
inline float wide(bfloat16 x) { return wide((uint32_t)x.bits); }

void widen_bfloat16(const bfloat16* __restrict x, float* __restrict y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = wide(x[i]);
}

[[maybe_unused]] inline float rounded(float x) { return wide(bfloat16_bits(x)); }

[[maybe_unused]] void round_wide(const float* __restrict x, void* y, int64_t n) {
  float* __restrict to = (float*)y;
  for (int64_t i = 0; i < n; ++i) to[i] = rounded(x[i]);
}

// A panel of each step: pair(low, high) for the columns that there are, zeros behind them.
template <int64_t kWidth, typename Source, typename Pair, typename F>
inline void fill_panels(const Source* first, const Source* second, Pair* pairs, int64_t n, int64_t next_panel, F pair) {
  int64_t j = 0;
  for (; j + kWidth <= n; j += kWidth, pairs += next_panel)
    for (int64_t i = 0; i < kWidth; ++i) pairs[i] = pair(first[j + i], second[j + i]);
  for (int64_t i = 0; i < kWidth && j < n; ++i) pairs[i] = j + i < n ? pair(first[j + i], second[j + i]) : Pair{};
}

[[maybe_unused]] void round_to_panels(const float* __restrict first, const float* __restrict second,
                                      uint32_t* __restrict pairs, int64_t n, int64_t next_panel) {
  fill_panels<kPanelColumns>(first, second, pairs, n, next_panel,
                             [](float low, float high) { return bfloat16_bits(low) | bfloat16_bits(high) << 16; });
}

struct WidePair {
  float low, high;
};

[[maybe_unused]] void round_to_left_panels(const float* const* rows, void* pairs, int64_t n, int64_t next_panel) {
  fill_panels<kPanelRows>(rows[0], rows[1], (WidePair*)pairs, n, next_panel, [](float low, float high) {
    return WidePair{rounded(low), rounded(high)};
  });
}

[[maybe_unused]] void pair_to_panels(const bfloat16* __restrict first, const bfloat16* __restrict second,
                                     uint32_t* __restrict pairs, int64_t n, int64_t next_panel) {
  fill_panels<kPanelColumns>(first, second, pairs, n, next_panel, [](bfloat16 low, bfloat16 high) {
    return (uint32_t)low.bits | (uint32_t)high.bits << 16;
  });
}

[[maybe_unused]] void pair_to_left_panels(const bfloat16* const* rows, void* pairs, int64_t n, int64_t next_panel) {
  fill_panels<kPanelRows>(rows[0], rows[1], (WidePair*)pairs, n, next_panel, [](bfloat16 low, bfloat16 high) {
    return WidePair{wide(low), wide(high)};
  });
}

float quantise(const float* __restrict x, uint8_t* __restrict q, int64_t n) {
  float lanes[kSumLanes] = {}, zeros[kSumLanes] = {};  // zeros: NaN where x is not finite
  int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (int64_t j = 0; j < kSumLanes; ++j) {
      lanes[j] = fabsf(x[i + j]) > lanes[j] ? fabsf(x[i + j]) : lanes[j];
      zeros[j] += x[i + j] * 0;
    }
  for (int64_t j = 0; i + j < n; ++j) {
    lanes[j] = fabsf(x[i + j]) > lanes[j] ? fabsf(x[i + j]) : lanes[j];
    zeros[j] += x[i + j] * 0;
  }
  float largest = 0;
  for (int64_t j = 0; j < kSumLanes; ++j) largest = lanes[j] > largest ? lanes[j] : largest;
  const float inverse = largest > 0 ? 127 / largest : 0;
  for (int64_t j = 0; j < n; ++j) {
    const float byte = x[j] * inverse + 128.5f;
    q[j] = (uint8_t)(int32_t)(byte < 255.5f ? (byte > 1 ? byte : 1) : 255);
  }
  return largest / 127 + sum_lanes(zeros);
}

void dequantise(const int32_t* __restrict sums, const int32_t* __restrict offsets, const float* __restrict scales,
                float scale, float* __restrict y, int64_t n) {
  for (int64_t j = 0; j < n; ++j) y[j] = (float)(sums[j] - offsets[j]) * (scale * scales[j]);
}

void adamw(const AdamWStep& s, float* __restrict master, float* __restrict m, float* __restrict v,
           const float* __restrict grad, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const float g = grad[i] * s.grad_scale;
    m[i] = s.beta1 * m[i] + (1 - s.beta1) * g;
    v[i] = s.beta2 * v[i] + (1 - s.beta2) * g * g;
    const float step = (m[i] / s.correction1) / (sqrtf(v[i] / s.correction2) + s.epsilon);
    master[i] -= s.lr * (step + s.weight_decay * master[i]);
  }
}

template <typename Kind, typename T>
constexpr GateFunctions<T> make_gate() {
  return {gate_forward<Kind, T>, gate_backward<Kind, T>};
}

template <typename T>
constexpr RowFunctions<T> make_rows() {
  return {rms_norm<T>,
          rms_norm_backward<T>,
          rms_norm_weight_grad<T>,
          {make_gate<Silu<T>, T>(), make_gate<GeluTanh<T>, T>(), make_gate<Gelu<T>, T>()},
          rope<T>,
          softmax<T>,
          softmax_backward<T>,
          exponentials<T>,
          softmax_gradient<T>,
          dot<T>,
          axpy<T>,
          scale<T>,
          sum_of_squares<T>};
}

}  // namespace
}  // namespace cohort::kernels
