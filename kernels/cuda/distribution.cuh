// One row of logits as a distribution over the vocabulary, worked on by one block: the same few lines for sampling,
// scoring and gradients, so that their log-probabilities are the same bits. Sums run over v = t, t + kThreads, … in
// thread t. Everything here is called by all threads of the block, and all get the same results.
#pragma once

#include <cmath>
#include <type_traits>

#include "kernels/cuda/reduce.cuh"
#include "kernels/token_scores.hpp"

namespace cohort::kernels {

constexpr int kRowThreads = 512;

/// An unsigned integer in the order of the floating-point numbers, −∞ least.
__device__ inline uint32_t ordered(float value) {
  const uint32_t bits = __float_as_uint(value);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}
__device__ inline uint64_t ordered(double value) {
  const uint64_t bits = static_cast<uint64_t>(__double_as_longlong(value));
  return bits >> 63 ? ~bits : bits | 0x8000000000000000u;
}
__device__ inline float from_ordered(uint32_t key) { return __uint_as_float(key >> 31 ? key & 0x7fffffffu : ~key); }
__device__ inline double from_ordered(uint64_t key) {
  return __longlong_as_double(static_cast<long long>(key >> 63 ? key & 0x7fffffffffffffffu : ~key));
}

template <typename T>
struct Distribution {
  const T* logits;             // [vocab]
  int64_t vocab, always_kept;  // a token that filters spare, or −1
  T scale;                     // 1 / temperature
  T max_logit, cutoff;
  T sum;  // Σ weight over the vocabulary

  __device__ bool keeps(int64_t v) const { return !(logits[v] < cutoff) || v == always_kept; }
  // z − max z, z = logits / temperature
  __device__ T below_max(int64_t v) const { return (logits[v] - max_logit) * scale; }
  __device__ T weight(int64_t v) const { return keeps(v) ? exp(below_max(v)) : T(0); }

  __device__ T logprob(int64_t token) const { return fma(logits[token] - max_logit, scale, -log(sum)); }

  __device__ T entropy() const {
    T expected = 0;
    for (int64_t v = threadIdx.x; v < vocab; v += kRowThreads) {
      const T w = weight(v);
      if (w > 0) expected = fma(w, below_max(v), expected);
    }
    return fmax(T(0), log(sum) - block_reduce<kRowThreads>(expected, Sum()) / sum);
  }
};

/// The largest logit c for which Σ measure(v) over the tokens with logits[v] ≥ c reaches `goal`; at least −∞, at most
/// the maximum. Finds its bits from the highest down. The sums are monotone in c, rounding included: their order is
/// fixed.
template <typename T, typename Measure, typename Total>
__device__ T largest_cutoff(const Distribution<T>& row, Measure measure, Total goal) {
  using Key = decltype(ordered(T()));
  Key found = 0;
  for (int bit = 8 * static_cast<int>(sizeof(Key)) - 1; bit >= 0; --bit) {
    const Key candidate = found | Key{1} << bit;
    Total total = 0;
    for (int64_t v = threadIdx.x; v < row.vocab; v += kRowThreads)
      if (ordered(row.logits[v]) >= candidate) total += measure(v);
    if (block_reduce<kRowThreads>(total, Sum()) >= goal) found = candidate;
  }
  return found < ordered(row.max_logit) ? from_ordered(found) : row.max_logit;
}

/// The smallest logit that the filters keep.
template <typename T>
__device__ T filter_cutoff(const Distribution<T>& row, const Filters& filters) {
  T cutoff = -INFINITY;
  if (filters.top_k > 0 && filters.top_k < row.vocab)
    cutoff = largest_cutoff(
        row, [](int64_t) { return int64_t{1}; }, filters.top_k);
  if (filters.top_p < 1) {
    const auto mass = [&](int64_t v) {
      return row.logits[v] < cutoff ? 0.0 : static_cast<double>(exp(row.below_max(v)));
    };
    double total = 0;
    for (int64_t v = threadIdx.x; v < row.vocab; v += kRowThreads) total += mass(v);
    const double goal = filters.top_p * block_reduce<kRowThreads>(total, Sum());
    cutoff = fmax(cutoff, largest_cutoff(row, mass, goal));
  }
  if (filters.min_p > 0)
    cutoff = fmax(cutoff, row.max_logit + log(static_cast<T>(filters.min_p)) * static_cast<T>(filters.temperature));
  return cutoff;
}

/// Applies temperature and filters.
template <typename T>
__device__ Distribution<T> normalise(const T* logits, int64_t vocab, const Filters& filters, int64_t always_kept) {
  T max = -INFINITY;
  for (int64_t v = threadIdx.x; v < vocab; v += kRowThreads) max = fmax(max, logits[v]);
  Distribution<T> row{
      logits,    vocab, always_kept, 1 / static_cast<T>(filters.temperature), block_reduce<kRowThreads>(max, Max()),
      -INFINITY, 0};
  row.cutoff = filter_cutoff(row, filters);
  T sum = 0;
  for (int64_t v = threadIdx.x; v < vocab; v += kRowThreads) sum += row.weight(v);
  row.sum = block_reduce<kRowThreads>(sum, Sum());
  return row;
}

/// The first token whose cumulative probability exceeds `uniform` in [0, 1).
template <typename T>
__device__ int64_t draw(const Distribution<T>& row, double uniform) {
  double total = 0;
  for (int64_t v = threadIdx.x; v < row.vocab; v += kRowThreads) total += row.weight(v);
  const double wanted = uniform * block_reduce<kRowThreads>(total, Sum());
  double mass = 0;  // of the tokens before `first`
  int64_t last_kept = 0;
  for (int64_t first = 0; first < row.vocab; first += kRowThreads) {
    const int64_t v = first + threadIdx.x;
    const double weight = v < row.vocab ? static_cast<double>(row.weight(v)) : 0.0;
    const double up_to = mass + block_inclusive_sum<kRowThreads>(weight);
    const bool is_past = weight > 0 && up_to > wanted;
    const int64_t token = block_reduce<kRowThreads>(is_past ? v : row.vocab, Min());
    if (token < row.vocab) return token;
    if (weight > 0) last_kept = v;
    mass = block_reduce<kRowThreads>(up_to, Max());  // weights are ≥ 0: the last thread's, or as near as rounding is
  }
  return block_reduce<kRowThreads>(last_kept, Max());  // rounding left the last token's share just short of 1
}

/// The likeliest token, the first of equals.
template <typename T>
__device__ int64_t likeliest(const Distribution<T>& row) {
  int64_t first = row.vocab;
  for (int64_t v = threadIdx.x; v < row.vocab; v += kRowThreads)
    if (v < first && row.logits[v] == row.max_logit) first = v;
  first = block_reduce<kRowThreads>(first, Min());
  return first < row.vocab ? first : 0;  // no number among the logits
}

}  // namespace cohort::kernels
