// The inner loops themselves. Included by one source per instruction set, which defines kVectorBytes, kTileRows and
// kFewRows first; everything here is internal to that source, so no linker can mix bodies. Standard C headers only: an inline
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

// A product says what one step over k reads of B, and how an element of A (a pair of bfloat16) is added to the sums of
// its row. A step reads two vectors of columns.
template <typename T>
struct Plain {
  using A = T;
  using B = T;
  using C = T;
  using V = typename Vector<T>::type;
  static constexpr int kGroup = 1;
  struct Columns {
    V b0, b1;
  };
  static inline Columns read(const T* b) { return {*(const V*)b, *(const V*)(b + kLanes<T>)}; }
  static inline void add(const T* a, const Columns& columns, V& sum0, V& sum1) {
    const T x = *a;
    sum0 += x * columns.b0;
    sum1 += x * columns.b1;
  }
};

// A in float32, B in single bfloat16.
struct Mixed : Plain<float> {
  using B = bfloat16;
  using Bits = Vector<float>::bits;
  static inline Columns read(const bfloat16* b) {
    typedef uint16_t Half __attribute__((vector_size(kVectorBytes / 2), aligned(2), may_alias));
    const Half h0 = *(const Half*)b, h1 = *(const Half*)(b + kLanes<float>);
    return {(V)(__builtin_convertvector(h0, Bits) << 16), (V)(__builtin_convertvector(h1, Bits) << 16)};
  }
};

// A and B in pairs of bfloat16: one 32-bit word of B holds elements 2i and 2i + 1 of a column.
struct Pairs {
  using A = bfloat16;
  using B = bfloat16;
  using C = float;
  using V = Vector<float>::type;
  using Bits = Vector<float>::bits;
  static constexpr int kGroup = 2;
  struct Columns {
    V low0, low1, high0, high1;
  };
  static inline Columns read(const bfloat16* b) {
    const Bits w0 = *(const Bits*)b, w1 = *(const Bits*)(b + 2 * kLanes<float>);
    return {(V)(w0 << 16), (V)(w1 << 16), (V)(w0 & (int32_t)0xffff0000), (V)(w1 & (int32_t)0xffff0000)};
  }
  static inline void add(const bfloat16* a, const Columns& columns, V& sum0, V& sum1) {
    int32_t pair;
    memcpy(&pair, a, sizeof pair);
    const Bits word = pair - Bits{};
    const V low = (V)(word << 16), high = (V)(word & (int32_t)0xffff0000);
    sum0 += low * columns.low0;
    sum1 += low * columns.low1;
    sum0 += high * columns.high0;
    sum1 += high * columns.high1;
  }
};

// Where a tile finds what it multiplies and where it writes.
template <typename Product>
struct Place {
  const typename Product::A* a;
  int64_t lda;
  const typename Product::B* b;
  int64_t ldb;
  typename Product::C* c;
  int64_t ldc;
  const char* ahead;   // memory that will be read next, brought nearer a little in each step
  int64_t ahead_step;  // bytes
};

// `Rows` rows by `Pairs` pairs of vectors of columns, all sums in registers; the second pair of B lies `next_b` behind
// the first. Where A lies in panels, row r of step i is at a[(i · kPanelRows + r) · group]; else at a[r · lda + i · group].
template <typename Product, int Rows, int Pairs, bool InPanels>
[[gnu::noinline]] void piece(int64_t steps, Place<Product> place, int64_t next_b, Write write) {
  using C = typename Product::C;
  using V = typename Vector<C>::type;
  constexpr int64_t lanes = kLanes<C>, group = Product::kGroup;
  C* const __restrict c = place.c;
  V sums[Pairs][Rows][2];
#pragma GCC unroll 16
  for (int p = 0; p < Pairs; ++p)
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const C* from = c + r * place.ldc + 2 * lanes * p;
      sums[p][r][0] = write == Write::resume ? *(const V*)from : V{};
      sums[p][r][1] = write == Write::resume ? *(const V*)(from + lanes) : V{};
    }
  // A pointer for every third row: the two rows behind it are reached by an index register.
  constexpr int kBases = InPanels ? 1 : (Rows + 2) / 3;
  const int64_t lda = place.lda;
  const typename Product::A* base[kBases];
#pragma GCC unroll 16
  for (int j = 0; j < kBases; ++j) base[j] = place.a + 3 * j * lda;
  const typename Product::B* b = place.b;
  const int64_t ldb = place.ldb, ahead_step = place.ahead_step;
  const char* ahead = place.ahead;
  for (int64_t i = 0; i < steps; ++i) {
    typename Product::Columns columns[Pairs];
#pragma GCC unroll 16
    for (int p = 0; p < Pairs; ++p) columns[p] = Product::read(b + p * next_b);
    b += ldb;
    __builtin_prefetch(ahead);
    ahead += ahead_step;
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
      for (int p = 0; p < Pairs; ++p)
        Product::add(InPanels ? base[0] + r * group : base[r / 3] + r % 3 * lda, columns[p], sums[p][r][0],
                     sums[p][r][1]);
#pragma GCC unroll 16
    for (int j = 0; j < kBases; ++j) base[j] += InPanels ? kPanelRows * group : group;
  }
#pragma GCC unroll 16
  for (int p = 0; p < Pairs; ++p)
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      C* to = c + r * place.ldc + 2 * lanes * p;
      *(V*)to = sums[p][r][0];
      *(V*)(to + lanes) = sums[p][r][1];
    }
}

// The instance for a number of rows that is known at run time only.
template <typename Product, int Pairs, bool InPanels, int Rows>
inline auto piece_of(int64_t rows) -> decltype(&piece<Product, 1, Pairs, InPanels>) {
  if constexpr (Rows > 1) {
    if (rows < Rows) return piece_of<Product, Pairs, InPanels, Rows - 1>(rows);
  }
  return piece<Product, Rows, Pairs, InPanels>;
}

// Fewer columns than two vectors: a piece of whole width beside C, copied.
template <typename Product, bool InPanels>
void narrow_piece(int64_t rows, int64_t columns, int64_t steps, Place<Product> place, Write write) {
  using C = typename Product::C;
  constexpr int64_t width = 2 * kLanes<C>;
  C apart[kTileRows * width] = {};
  C* const c = place.c;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < columns && write == Write::resume; ++j) apart[r * width + j] = c[r * place.ldc + j];
  const int64_t ldc = place.ldc;
  place.c = apart;
  place.ldc = width;
  piece_of<Product, 1, InPanels, kTileRows>(rows)(steps, place, 0, write);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < columns; ++j) c[r * ldc + j] = apart[r * width + j];
}

// Rows in pieces, columns by two vectors, or by four where rows are too few to hide the latency of their sums. Rows that
// do not lie in panels are cut into pieces of nearly equal size, for the same reason.
template <typename Product, bool InPanels>
void tile(int64_t m, int64_t steps, const typename Product::A* a, int64_t lda, const typename Product::B* b,
          int64_t ldb, int64_t next_panel, typename Product::C* c, int64_t ldc, int64_t columns, Write write) {
  constexpr int64_t width = 2 * kLanes<typename Product::C>, group = Product::kGroup;
  static_assert(kPanelRows % kTileRows == 0 && kPanelColumns % width == 0);
  const auto panel_at = [&](int64_t j) { return b + j / kPanelColumns * next_panel + j % kPanelColumns * group; };
  const int64_t pieces = (m + kTileRows - 1) / kTileRows;
  for (int64_t j = 0; j < columns;) {
    const auto* const bj = panel_at(j);
    const bool twice = m <= kFewRows && columns - j >= 2 * width;
    for (int64_t index = 0, i = 0; index < pieces; ++index) {
      const int64_t even = m * (index + 1) / pieces, whole = i + kTileRows < m ? i + kTileRows : m;
      const int64_t end = InPanels ? whole : even, rows = end - i;
      const auto* from = InPanels ? a + i / kPanelRows * lda + i % kPanelRows * group : a + i * lda;
      // The next columns of B come while the rows of these pass by: each piece brings its share.
      const int64_t bytes = steps * ldb * (int64_t)sizeof(*b) / pieces;
      const Place<Product> place = {from,
                                    lda,
                                    bj,
                                    ldb,
                                    c + i * ldc + j,
                                    ldc,
                                    (const char*)panel_at(j + (twice ? 2 * width : width)) + index * bytes,
                                    bytes / (steps > 0 ? steps : 1)};
      if (twice) {
        piece_of<Product, 2, InPanels, kFewRows>(rows)(steps, place, panel_at(j + width) - bj, write);
      } else if (columns - j >= width) {
        piece_of<Product, 1, InPanels, kTileRows>(rows)(steps, place, 0, write);
      } else {
        narrow_piece<Product, InPanels>(rows, columns - j, steps, place, write);
      }
      i = end;
    }
    j += twice ? 2 * width : width;
  }
}

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

inline uint32_t bfloat16_bits(float x) {
  uint32_t wide;
  memcpy(&wide, &x, sizeof wide);
  const uint32_t rounded = (wide + 0x7fffu + ((wide >> 16) & 1u)) >> 16;
  return (wide & 0x7fffffffu) > 0x7f800000u ? (wide >> 16) | 0x40u : rounded;
}

void round_to_bfloat16(const float* __restrict x, bfloat16* __restrict y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i].bits = (uint16_t)bfloat16_bits(x[i]);
}

template <int64_t Width>
void round_panels(const float* first, const float* second, uint32_t* words, int64_t panels, int64_t next_panel) {
  for (int64_t p = 0; p < panels; ++p) {
    const float *__restrict low = first + p * Width, *__restrict high = second + p * Width;
    uint32_t* __restrict to = words + p * next_panel;
    for (int64_t j = 0; j < Width; ++j) to[j] = bfloat16_bits(low[j]) | bfloat16_bits(high[j]) << 16;
  }
}

void round_to_pairs(const float* first, const float* second, uint32_t* words, int64_t n, int64_t width,
                    int64_t next_panel) {
  const int64_t panels = n / width, rest = n % width;
  if (width == kPanelRows) {
    round_panels<kPanelRows>(first, second, words, panels, next_panel);
  } else {
    round_panels<kPanelColumns>(first, second, words, panels, next_panel);
  }
  for (int64_t j = 0; j < width && rest > 0; ++j) {
    const int64_t i = panels * width + j;
    words[panels * next_panel + j] = j < rest ? bfloat16_bits(first[i]) | bfloat16_bits(second[i]) << 16 : 0;
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
