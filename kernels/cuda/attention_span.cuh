// What attention of bfloat16 on the tensor cores computes for a row, a query's head, to the bit, whoever else is there.
//
// Keys come in spans of 128, four blocks of the cache. Each span stands alone:
//   scores   s = Σ query · key over the head, from zero, in steps of 16; −∞ behind the row's last key
//   maximum  m' = max(s) · scale, where scale carries log₂ e
//   weights  p = 2^(s · scale − m'), s · scale − m' by one fma
//   sum      l' = Σ p in float32: a thread of a quad adds its own keys 8n + 2t and 8n + 2t + 1 as they come, then the
//            threads meet, t with t ⊕ 1, then with t ⊕ 2
//   values   o' = Σ p · value over the span, from zero, in steps of 16, p rounded to bfloat16
// and joins those before it, in their order:
//   M = max(m, m'),  a = 2^(m − M),  b = 2^(m' − M):  l = fma(l, a, l' · b),  o = fma(o, a, o' · b),  m = M
// The output is o · (1 / l). A span of which a row sees nothing changes nothing: p = 0, a = 1, b = 0. Nor does a step
// of keys that a row does not see: it adds zeros. So kernels may leave out what no row of theirs sees.
//
// As spans stand alone, warps of a decoding step take one each, and prefill and training walk them one after the other.
#pragma once

#include "kernels/attention.hpp"
#include "kernels/cuda/attention_view.cuh"
#include "kernels/cuda/matrix.cuh"
#include "kernels/cuda/numbers.cuh"

namespace cohort::kernels {

constexpr int kBlockKeys = static_cast<int>(kBlockTokens);
constexpr int kSpanBlocks = 4, kSpanKeys = kSpanBlocks * kBlockKeys;
constexpr float kLog2E = 1.4426950408889634f;

// Sixteen rows of a warp by the keys of a span, or by elements of the head, eight columns after eight: with g = lane /
// 4 and t = lane mod 4, x[4n + m] is element (g + 8 · (m / 2), 8n + 2t + m mod 2). So a thread has two rows, g and g
// + 8.
constexpr int kSpanScores = kSpanKeys / 2;
constexpr int kSpanSteps = kSpanKeys / 16;
constexpr int kThreadRows = 2;

template <int kCount>
__device__ inline float (&eight_columns(float (&x)[kCount], int n))[4] {
  return reinterpret_cast<float(&)[4]>(x[4 * n]);
}

/// The maximum and the sum of a row's spans so far, or of one span; the maximum is −∞ where no key is seen.
struct RowSums {
  float maximum, sum;
};

/// What sums are multiplied by where a span joins others.
struct Joined {
  float before, span;
};
__device__ inline Joined join(RowSums& row, RowSums span) {
  const float maximum = fmax(row.maximum, span.maximum), from = maximum == -INFINITY ? 0.0f : maximum;
  const Joined factors{power_of_two(row.maximum - from), power_of_two(span.maximum - from)};
  row = {maximum, fma(row.sum, factors.before, span.sum * factors.span)};
  return factors;
}
__device__ inline float join(float before, float span, Joined factors) {
  return fma(before, factors.before, span * factors.span);
}
/// The same for columns first … of the sixteen rows, both of a thread.
template <int kCount, int kSpanCount>
__device__ inline void join(float (&out)[kCount], const float (&span)[kSpanCount], int first_column,
                            const Joined (&factors)[kThreadRows]) {
#pragma unroll
  for (int i = 0; i < kSpanCount; ++i) {
    float& to = out[first_column / 2 + i];
    to = join(to, span[i], factors[i / 2 % 2]);
  }
}

/// Scores of keys behind `last` of each row become −∞. Keys are counted from the beginning of the span.
__device__ inline void hide_keys(float (&scores)[kSpanScores], const int (&last)[kThreadRows]) {
  const int t = static_cast<int>(threadIdx.x) % 4;
#pragma unroll
  for (int i = 0; i < kSpanScores; ++i)
    if (i / 4 * 8 + 2 * t + i % 2 > last[i / 2 % 2]) scores[i] = -INFINITY;
}

__device__ inline void span_maxima(const float (&scores)[kSpanScores], float scale, float (&maxima)[kThreadRows]) {
#pragma unroll
  for (int row = 0; row < kThreadRows; ++row) {
    float maximum = -INFINITY;
#pragma unroll
    for (int i = 0; i < kSpanScores / 2; ++i) maximum = fmax(maximum, scores[i / 2 * 4 + row * 2 + i % 2]);
    maximum = fmax(maximum, __shfl_xor_sync(kWholeWarp, maximum, 1));
    maximum = fmax(maximum, __shfl_xor_sync(kWholeWarp, maximum, 2));
    maxima[row] = maximum * scale;
  }
}

/// Weights of the columns of eight keys kFrom … kTo − 1 in place of their scores, and their sums of this thread.
template <int kFrom, int kTo>
__device__ inline void weigh(float (&scores)[kSpanScores], float scale, const float (&maxima)[kThreadRows],
                             float (&sums)[kThreadRows]) {
  float from[kThreadRows];
#pragma unroll
  for (int row = 0; row < kThreadRows; ++row) from[row] = maxima[row] == -INFINITY ? 0.0f : maxima[row];
#pragma unroll
  for (int i = 4 * kFrom; i < 4 * kTo; ++i) {
    const int row = i / 2 % 2;
    scores[i] = power_of_two(fma(scores[i], scale, -from[row]));
    sums[row] += scores[i];
  }
}

/// What the threads of a quad have summed becomes the sums of their rows.
__device__ inline void join_quad(float (&sums)[kThreadRows]) {
#pragma unroll
  for (int row = 0; row < kThreadRows; ++row) {
    sums[row] += __shfl_xor_sync(kWholeWarp, sums[row], 1);
    sums[row] += __shfl_xor_sync(kWholeWarp, sums[row], 2);
  }
}

/// Weights as first factors [16 rows, 16 keys], a step each.
__device__ inline void round_weights(const float (&weights)[kSpanScores], uint32_t (&rounded)[kSpanSteps][4]) {
#pragma unroll
  for (int step = 0; step < kSpanSteps; ++step)
#pragma unroll
    for (int n = 0; n < 4; ++n)
      rounded[step][n] = pack_bfloat16(weights[8 * step + 2 * n], weights[8 * step + 2 * n + 1]);
}

/// Two neighbours of q as products read them, the first at an even place.
__device__ inline uint32_t query_pair(const AttentionForward<bfloat16>& op, int64_t at) {
  if (op.rounded_q) return *reinterpret_cast<const uint32_t*>(op.rounded_q + at);
  const auto pair = *reinterpret_cast<const float2*>(op.q + at);
  return pack_bfloat16(pair.x, pair.y);
}

/// Two neighbours of the output, the first at an even place.
__device__ inline void store_pair(float* exact, bfloat16* rounded, int64_t at, float low, float high) {
  if (rounded) {
    *reinterpret_cast<uint32_t*>(rounded + at) = pack_bfloat16(low, high);
  } else {
    *reinterpret_cast<float2*>(exact + at) = float2{low, high};
  }
}

/// All of a span but its values.
__device__ inline void weigh_span(float (&scores)[kSpanScores], float scale, RowSums (&span)[kThreadRows],
                                  uint32_t (&rounded)[kSpanSteps][4]) {
  float maxima[kThreadRows], sums[kThreadRows] = {};
  span_maxima(scores, scale, maxima);
  weigh<0, kSpanKeys / 8>(scores, scale, maxima, sums);
  join_quad(sums);
  round_weights(scores, rounded);
#pragma unroll
  for (int row = 0; row < kThreadRows; ++row) span[row] = {maxima[row], sums[row]};
}

}  // namespace cohort::kernels
