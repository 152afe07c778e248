// One row of logits as a distribution over the vocabulary, worked on by one block: the same few lines for sampling and
// scoring, so that their log-probabilities are the same bits. A row is read once: each warp has a segment of the
// vocabulary, and the segments' sums also tell where a drawn token lies. Everything here is called by all threads of
// the block, and all get the same results.
#pragma once

#include <cmath>
#include <type_traits>

#include "kernels/cuda/check.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/token_scores.hpp"

namespace cohort::kernels {

constexpr int kRowThreads = 512, kRowWarps = kRowThreads / kWarpSize;

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

/// What a row's probabilities need of some of its logits z: the largest, Σ exp(z − max) and Σ exp(z − max) · (z − max).
template <typename T>
struct Totals {
  T max_logit, sum, expected;

  __device__ static Totals none() { return {-INFINITY, 0, 0}; }

  /// As if all had been seen from max_logit on, z = logits · scale.
  __device__ void raise(T new_max, T scale) {
    if (sum != 0) {
      const T shift = (max_logit - new_max) * scale, kept = exp(shift);
      expected = kept * fma(sum, shift, expected);
      sum *= kept;
    }
    max_logit = new_max;
  }
  /// Both orders of the two give the same bits.
  __device__ void merge(Totals other, T scale) {
    const T larger = fmax(max_logit, other.max_logit);
    raise(larger, scale);
    other.raise(larger, scale);
    sum += other.sum;
    expected += other.expected;
  }
};

template <typename T>
struct Distribution {
  const T* logits;             // [vocab]
  int64_t vocab, always_kept;  // a token that filters spare, or −1
  T scale;                     // 1 / temperature
  T cutoff;
  Totals<T> totals;             // of what is kept
  const Totals<T>* of_segment;  // [kRowWarps] in shared memory, until the next normalise()

  __device__ bool keeps(int64_t v) const { return !(logits[v] < cutoff) || v == always_kept; }
  // z − max z, z = logits / temperature
  __device__ T below_max(int64_t v) const { return (logits[v] - totals.max_logit) * scale; }
  __device__ T weight(int64_t v) const { return keeps(v) ? exp(below_max(v)) : T(0); }

  __device__ RowSummary<T> summary() const {
    const T log_sum = log(totals.sum);
    return {totals.max_logit, log_sum, fmax(T(0), log_sum - totals.expected / totals.sum), cutoff};
  }
};

/// log p of a token that is kept, by its logit. `scale` is 1 / temperature.
template <typename T>
__device__ T logprob_of(T logit, const RowSummary<T>& row, T scale) {
  return fma(logit - row.max_logit, scale, -row.log_sum);
}

/// Tokens are dealt to the warps by segments: the next ⌈vocab / kRowWarps⌉, up to a multiple of 128, each.
struct Segment {
  int64_t first, end;
  __device__ static Segment of(int64_t first, int64_t end, int part, int64_t multiple) {
    const int64_t size = ceil_divide(ceil_divide(end - first, kRowWarps), multiple) * multiple;
    return {min(end, first + part * size), min(end, first + (part + 1) * size)};
  }
};
constexpr int64_t kSegmentMultiple = 128;

/// Totals of the tokens of a segment that the row keeps; lanes take kSize neighbours in turn.
template <int kSize, typename T>
__device__ Totals<T> totals_of(const Distribution<T>& row, Segment segment) {
  constexpr int kPacks = 16 / kSize;  // that are under way at once
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  auto totals = Totals<T>::none();
  for (int64_t first = segment.first + lane * kSize; first < segment.end; first += kPacks * kWarpSize * kSize) {
    T logits[kPacks][kSize];
    T max = totals.max_logit;
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
      const int64_t v = first + p * kWarpSize * kSize;
      Pack<T, kSize> pack;
      if (v < segment.end) pack = load_pack<kSize>(row.logits + v);
#pragma unroll
      for (int n = 0; n < kSize; ++n) {
        const bool counts = v < segment.end && (!(pack.values[n] < row.cutoff) || v + n == row.always_kept);
        logits[p][n] = counts ? pack.values[n] : -INFINITY;
      }
    }
#pragma unroll
    for (int p = 0; p < kPacks; ++p)
#pragma unroll
      for (int n = 0; n < kSize; ++n) max = fmax(max, logits[p][n]);
    if (max > totals.max_logit) totals.raise(max, row.scale);
    const T base = max == -INFINITY ? T(0) : max;  // −∞ alone have no weight, and NaN stays
#pragma unroll
    for (int p = 0; p < kPacks; ++p)
#pragma unroll
      for (int n = 0; n < kSize; ++n) {
        const T z = (logits[p][n] - base) * row.scale, w = exp(z);
        totals.sum += w;
        if (w > 0) totals.expected = fma(w, z, totals.expected);
      }
  }
  return totals;
}

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
  return found < ordered(row.totals.max_logit) ? from_ordered(found) : row.totals.max_logit;
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
    cutoff =
        fmax(cutoff, row.totals.max_logit + log(static_cast<T>(filters.min_p)) * static_cast<T>(filters.temperature));
  return cutoff;
}

/// Applies temperature and filters.
template <typename T>
__device__ Distribution<T> normalise(const T* logits, int64_t vocab, const Filters& filters, int64_t always_kept) {
  __shared__ Totals<T> of_segment[kRowWarps];
  Distribution<T> row{
      logits, vocab, always_kept, 1 / static_cast<T>(filters.temperature), -INFINITY, Totals<T>::none(), of_segment};
  if (filters.active()) {
    T max = -INFINITY;
    for (int64_t v = threadIdx.x; v < vocab; v += kRowThreads) max = fmax(max, logits[v]);
    row.totals.max_logit = block_reduce<kRowThreads>(max, Max());
    row.cutoff = filter_cutoff(row, filters);
  }
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const Segment segment = Segment::of(0, vocab, warp, kSegmentMultiple);
  Totals<T> totals = vocab % kPackSize<T> == 0 && reinterpret_cast<uintptr_t>(logits) % 16 == 0
                         ? totals_of<kPackSize<T>>(row, segment)
                         : totals_of<1>(row, segment);
  for (int offset = kWarpSize / 2; offset > 0; offset /= 2)
    totals.merge(
        {__shfl_xor_sync(kWholeWarp, totals.max_logit, offset), __shfl_xor_sync(kWholeWarp, totals.sum, offset),
         __shfl_xor_sync(kWholeWarp, totals.expected, offset)},
        row.scale);
  if (threadIdx.x % kWarpSize == 0) of_segment[warp] = totals;
  __syncthreads();
  row.totals = of_segment[0];
  for (int w = 1; w < kRowWarps; ++w) row.totals.merge(of_segment[w], row.scale);
  return row;
}

/// Where a cumulative sum of parts passes `wanted`: the first such part and what lies before it. Rounding may leave the
/// whole just short of it: then the last part that weighs anything.
struct Passed {
  int part;
  double before;
};
template <typename Mass>
__device__ Passed first_past(int parts, double wanted, Mass mass) {
  Passed last{0, 0};
  double before = 0;
  for (int part = 0; part < parts; ++part) {
    const double own = mass(part);
    if (own > 0) last = {part, before};
    if (own > 0 && before + own > wanted) break;
    before += own;
  }
  return last;
}

/// The first token whose cumulative probability exceeds `uniform` in [0, 1): its segment, a part of that, and the token
/// among the part's.
template <typename T>
__device__ int64_t draw(const Distribution<T>& row, double uniform) {
  __shared__ double of_part[kRowWarps];
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize, lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const double wanted = uniform * static_cast<double>(row.totals.sum);
  const Passed in_row = first_past(kRowWarps, wanted, [&](int part) {
    Totals<T> totals = row.of_segment[part];
    totals.raise(row.totals.max_logit, row.scale);
    return static_cast<double>(totals.sum);
  });
  const Segment segment = Segment::of(0, row.vocab, in_row.part, kSegmentMultiple);

  const Segment own = Segment::of(segment.first, segment.end, warp, 1);
  double mass = 0;
  for (int64_t v = own.first + lane; v < own.end; v += kWarpSize) mass += row.weight(v);
  mass = warp_reduce(mass, Sum());
  if (lane == 0) of_part[warp] = mass;
  __syncthreads();
  const Passed in_segment = first_past(kRowWarps, wanted - in_row.before, [&](int part) { return of_part[part]; });
  const Segment part = Segment::of(segment.first, segment.end, in_segment.part, 1);

  // Every warp does the same.
  double before = in_row.before + in_segment.before;
  int64_t last_kept = -1;
  for (int64_t first = part.first; first < part.end; first += kWarpSize) {
    const int64_t v = first + lane;
    const double weight = v < part.end ? static_cast<double>(row.weight(v)) : 0.0;
    double up_to = weight;
    for (int offset = 1; offset < kWarpSize; offset *= 2) {
      const double shifted = __shfl_up_sync(kWholeWarp, up_to, offset);
      if (lane >= offset) up_to += shifted;
    }
    up_to += before;
    const unsigned past = __ballot_sync(kWholeWarp, weight > 0 && up_to > wanted);
    if (past != 0) return first + __ffs(static_cast<int>(past)) - 1;
    const unsigned kept = __ballot_sync(kWholeWarp, weight > 0);
    if (kept != 0) last_kept = first + kWarpSize - 1 - __clz(static_cast<int>(kept));
    before = __shfl_sync(kWholeWarp, up_to, kWarpSize - 1);
  }
  return last_kept < 0 ? 0 : last_kept;  // −1: the row has no number
}

/// The likeliest token, the first of equals.
template <typename T>
__device__ int64_t likeliest(const Distribution<T>& row) {
  int64_t first = row.vocab;
  for (int64_t v = threadIdx.x; v < row.vocab; v += kRowThreads)
    if (v < first && row.logits[v] == row.totals.max_logit) first = v;
  first = block_reduce<kRowThreads>(first, Min());
  return first < row.vocab ? first : 0;  // no number among the logits
}

}  // namespace cohort::kernels
