// The inner loops themselves. Included by one source per instruction set, which defines kVectorBytes and kTileRows
// first; everything here is internal to that source, so no linker can mix bodies. Standard C headers only: an inline
// function of the C++ library, compiled with wide instructions, could end up in the portable path.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernels/cpu/isa.hpp"

namespace cohort::kernels {
namespace {

// ---------------------------------------------------------------- vectors

template <typename T>
struct Vector;
template <>
struct Vector<float> {
  typedef float type __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
  typedef int32_t bits __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
};
template <>
struct Vector<double> {
  typedef double type __attribute__((vector_size(kVectorBytes), aligned(8), may_alias));
};

template <typename T>
constexpr int64_t kLanes = kVectorBytes / sizeof(T);

// ---------------------------------------------------------------- tiles


template <typename T>
void write_columns(const typename Vector<T>::type* sums, T* c, int64_t columns, Write write) {
  constexpr int64_t width = 2 * kLanes<T>;
  T values[width];
  memcpy(values, sums, sizeof values);
  for (int64_t j = 0; j < columns; ++j) c[j] = write == Write::add ? c[j] + values[j] : values[j];
}

template <typename T>
void read_columns(const T* c, typename Vector<T>::type* sums, int64_t columns) {
  constexpr int64_t width = 2 * kLanes<T>;
  T values[width] = {};
  for (int64_t j = 0; j < columns; ++j) values[j] = c[j];
  memcpy(sums, values, sizeof values);
}

// `Rows` rows by two vectors of columns. Step is one iteration over k: it adds to the sums.
template <int Rows, typename T, typename Step>
inline void tile_columns(int64_t k, T* c, int64_t ldc, int64_t columns, Write write, Step step) {
  using V = typename Vector<T>::type;
  V sums[Rows][2];
  const bool whole = columns >= 2 * kLanes<T>;
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    if (write != Write::resume) {
      sums[r][0] = sums[r][1] = V{};
    } else if (whole) {
      memcpy(sums[r], c + r * ldc, sizeof sums[r]);
    } else {
      read_columns<T>(c + r * ldc, sums[r], columns);
    }
  }
  for (int64_t i = 0; i < k; ++i) step(i, sums);
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    if (whole && write == Write::add) {
      V old[2];
      memcpy(old, c + r * ldc, sizeof old);
      old[0] += sums[r][0];
      old[1] += sums[r][1];
      memcpy(c + r * ldc, old, sizeof old);
    } else if (whole) {
      memcpy(c + r * ldc, sums[r], sizeof sums[r]);
    } else {
      write_columns<T>(sums[r], c + r * ldc, columns, write);
    }
  }
}

// A in T, B in T.
struct PlainProduct {
  template <int Rows, typename T>
  static inline void run(int64_t k, const T* a, int64_t lda, const T* b, int64_t ldb, T* c, int64_t ldc,
                         int64_t columns, Write write) {
    using V = typename Vector<T>::type;
    tile_columns<Rows>(k, c, ldc, columns, write, [&](int64_t i, V(*sums)[2]) {
      const V b0 = *(const V*)(b + i * ldb), b1 = *(const V*)(b + i * ldb + kLanes<T>);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const T x = a[r * lda + i];
        sums[r][0] += x * b0;
        sums[r][1] += x * b1;
      }
    });
  }
};

// A in float32, B in single bfloat16.
struct MixedProduct {
  template <int Rows>
  static inline void run(int64_t k, const float* a, int64_t lda, const bfloat16* b, int64_t ldb, float* c, int64_t ldc,
                         int64_t columns, Write write) {
    using V = Vector<float>::type;
    using Bits = Vector<float>::bits;
    constexpr int64_t lanes = kLanes<float>;
    tile_columns<Rows>(k, c, ldc, columns, write, [&](int64_t i, V(*sums)[2]) {
      typedef uint16_t Half __attribute__((vector_size(kVectorBytes / 2), aligned(2), may_alias));
      Half h0, h1;
      memcpy(&h0, b + i * ldb, sizeof h0);
      memcpy(&h1, b + i * ldb + lanes, sizeof h1);
      const V b0 = (V)(__builtin_convertvector(h0, Bits) << 16), b1 = (V)(__builtin_convertvector(h1, Bits) << 16);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const float x = a[r * lda + i];
        sums[r][0] += x * b0;
        sums[r][1] += x * b1;
      }
    });
  }
};

// A and B in pairs of bfloat16: one 32-bit word of B holds rows 2i and 2i + 1 of a column.
struct PairsProduct {
  template <int Rows>
  static inline void run(int64_t k, const bfloat16* a, int64_t lda, const bfloat16* b, int64_t ldb, float* c,
                         int64_t ldc, int64_t columns, Write write) {
    using V = Vector<float>::type;
    using Bits = Vector<float>::bits;
    tile_columns<Rows>(k, c, ldc, columns, write, [&](int64_t i, V(*sums)[2]) {
      Bits w0, w1;
      memcpy(&w0, b + i * ldb, kVectorBytes);
      memcpy(&w1, b + i * ldb + 2 * kLanes<float>, kVectorBytes);
      const V low0 = (V)(w0 << 16), low1 = (V)(w1 << 16);
      const V high0 = (V)(w0 & (int32_t)0xffff0000), high1 = (V)(w1 & (int32_t)0xffff0000);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        int32_t pair;
        memcpy(&pair, a + r * lda + 2 * i, sizeof pair);
        const Bits word = pair - Bits{};
        const V low = (V)(word << 16), high = (V)(word & (int32_t)0xffff0000);
        sums[r][0] += low * low0;
        sums[r][1] += low * low1;
        sums[r][0] += high * high0;
        sums[r][1] += high * high1;
      }
    });
  }
};

// Finds the instance for `rows` rows, a number known only at run time.
template <typename Product, int Rows, typename A, typename B, typename C>
inline void piece_of(int64_t rows, int64_t k, const A* a, int64_t lda, const B* b, int64_t ldb, C* c, int64_t ldc,
                     int64_t columns, Write write) {
  if constexpr (Rows > 0) {
    if (rows == Rows) return Product::template rows<Rows>(k, a, lda, b, ldb, c, ldc, columns, write);
    piece_of<Product, Rows - 1>(rows, k, a, lda, b, ldb, c, ldc, columns, write);
  }
}

// Calls Product for all rows and for all pairs of vectors of a panel. Rows are cut into pieces of nearly equal size:
// a last piece of one row would wait for the latency of its own sums.
template <typename Product, typename A, typename B, typename C>
void tile(int64_t m, int64_t k, const A* a, int64_t lda, const B* b, int64_t ldb, C* c, int64_t ldc, int64_t columns,
          Write write) {
  constexpr int64_t width = 2 * kLanes<C>;
  const int64_t pieces = (m + kTileRows - 1) / kTileRows;
  for (int64_t j = 0; j < columns; j += width) {
    const B* bj = b + j * Product::kElementsPerColumn;
    for (int64_t piece = 0, i = 0; piece < pieces; ++piece) {
      const int64_t end = m * (piece + 1) / pieces;
      piece_of<Product, kTileRows>(end - i, k, a + i * lda, lda, bj, ldb, c + i * ldc + j, ldc, columns - j, write);
      i = end;
    }
  }
}

template <typename T>
struct PlainTile {
  static constexpr int64_t kElementsPerColumn = 1;
  template <int Rows>
  static void rows(int64_t k, const T* a, int64_t lda, const T* b, int64_t ldb, T* c, int64_t ldc, int64_t n,
                   Write write) {
    PlainProduct::run<Rows, T>(k, a, lda, b, ldb, c, ldc, n, write);
  }
};
struct MixedTile {
  static constexpr int64_t kElementsPerColumn = 1;
  template <int Rows>
  static void rows(int64_t k, const float* a, int64_t lda, const bfloat16* b, int64_t ldb, float* c, int64_t ldc,
                   int64_t n, Write write) {
    MixedProduct::run<Rows>(k, a, lda, b, ldb, c, ldc, n, write);
  }
};
struct PairsTile {
  static constexpr int64_t kElementsPerColumn = 2;
  template <int Rows>
  static void rows(int64_t k, const bfloat16* a, int64_t lda, const bfloat16* b, int64_t ldb, float* c, int64_t ldc,
                   int64_t n, Write write) {
    PairsProduct::run<Rows>(k, a, lda, b, ldb, c, ldc, n, write);
  }
};

// ---------------------------------------------------------------- rows

// Sums keep kSumLanes partial sums, element i in lane i mod kSumLanes, added up pairwise at the end: the same order on
// every machine of one body, whatever the length, and zeros behind the end change nothing.
constexpr int64_t kSumLanes = 32;

template <typename T>
inline T sum_lanes(T* lanes) {
  for (int64_t width = kSumLanes / 2; width > 0; width /= 2)
    for (int64_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}

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

template <typename T>
void swiglu(const T* __restrict gate, const T* __restrict up, T* __restrict y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = gate[i] / (1 + exponential(-gate[i])) * up[i];
}

template <typename T>
void swiglu_backward(const T* __restrict dy, const T* gate, const T* up, T* dgate, T* dup, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {  // dgate may be gate and dup may be up: element i depends on element i alone
    const T sigmoid = 1 / (1 + exponential(-gate[i])), silu = gate[i] * sigmoid;
    dgate[i] = dy[i] * up[i] * (sigmoid + silu * (1 - sigmoid));
    dup[i] = dy[i] * silu;
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
SoftmaxStats exponentials(const T* x, T* y, T scale, int64_t n) {
  const T max = row_maximum(x, n) * scale;  // scale > 0
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
  return {max, sum_lanes(lanes)};
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

void round_to_bfloat16(const float* __restrict x, bfloat16* __restrict y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    uint32_t wide;
    memcpy(&wide, x + i, sizeof wide);
    const uint32_t rounded = (wide + 0x7fffu + ((wide >> 16) & 1u)) >> 16;
    y[i].bits = (uint16_t)((wide & 0x7fffffffu) > 0x7f800000u ? (wide >> 16) | 0x40u : rounded);
  }
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

template <typename T>
constexpr RowFunctions<T> make_rows() {
  return {rms_norm<T>, rms_norm_backward<T>, rms_norm_weight_grad<T>, swiglu<T>, swiglu_backward<T>, rope<T>, softmax<T>,
          exponentials<T>, dot<T>, axpy<T>, scale<T>, sum_of_squares<T>};
}

}  // namespace
}  // namespace cohort::kernels
