#include "kernels/cpu/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {
namespace {

// The smallest logit that the filters keep.
template <typename T>
T cutoff(const T* logits, int64_t vocab, T max_logit, T sum, const Filters& filters) {
  T lowest = -std::numeric_limits<T>::infinity();
  if (filters.top_k > 0 || filters.top_p < 1) {
    T* sorted = scratch<T>(8, vocab);
    std::copy_n(logits, vocab, sorted);
    // Sorted as far as needed: the kept set is mostly small.
    int64_t ready = 0;
    const auto sort_to = [&](int64_t count) {
      if (count <= ready) return;
      std::partial_sort(sorted + ready, sorted + count, sorted + vocab, std::greater<T>());
      ready = count;
    };
    int64_t kept = vocab;
    if (filters.top_k > 0 && filters.top_k < vocab) {
      sort_to(filters.top_k);
      lowest = sorted[filters.top_k - 1];
      kept = filters.top_k;
      while (kept < vocab) {  // ties with the k-th
        sort_to(std::min(vocab, kept + 16));
        if (sorted[kept] < lowest) break;
        ++kept;
      }
    }
    if (filters.top_p < 1) {
      const T scale = 1 / static_cast<T>(filters.temperature);
      const auto weight = [&](int64_t i) { return std::exp(static_cast<double>((sorted[i] - max_logit) * scale)); };
      double total = sum;
      if (kept < vocab) {
        total = 0;
        for (int64_t i = 0; i < kept; ++i) total += weight(i);
      }
      double mass = 0;
      for (int64_t i = 0; i < kept; ++i) {
        if (i >= ready) sort_to(std::min(vocab, std::max<int64_t>(64, ready * 4)));
        mass += weight(i);
        lowest = sorted[i];
        if (mass >= filters.top_p * total) break;
      }
    }
  }
  if (filters.min_p > 0)
    lowest =
        std::max(lowest, max_logit + std::log(static_cast<T>(filters.min_p)) * static_cast<T>(filters.temperature));
  return lowest;
}

// Sums side by side: one would wait for the addition before it.
template <typename Sum, int64_t kLanes, typename T>
Sum sum_in_lanes(const T* weights, int64_t count) {
  Sum lanes[kLanes] = {};
  int64_t v = 0;
  for (; v + kLanes <= count; v += kLanes)
    for (int64_t j = 0; j < kLanes; ++j) lanes[j] += static_cast<Sum>(weights[v + j]);
  for (int64_t j = 0; v + j < count; ++j) lanes[j] += static_cast<Sum>(weights[v + j]);
  Sum sum = 0;
  for (const Sum lane : lanes) sum += lane;
  return sum;
}

}  // namespace

template <typename T>
RowSummary<T> Distribution<T>::summary(const T* logits, int64_t vocab) const {
  const T log_sum = std::log(sum), expected = row_functions<T>().dot(weights, logits, vocab) * scale / sum;
  return {max_logit, log_sum, std::max(T(0), log_sum + max_logit * scale - expected), cutoff};
}

template <typename T>
T logprob_of(T logit, const RowSummary<T>& row, T scale) {
  return (logit * scale - row.max_logit * scale) - row.log_sum;
}

template <typename T>
Distribution<T> normalise(const T* logits, T* weights, int64_t vocab, const Filters& filters, int64_t always_kept) {
  const T scale = 1 / static_cast<T>(filters.temperature);
  const SoftmaxStats stats = row_functions<T>().exponentials(logits, weights, scale, vocab);
  Distribution<T> distribution{weights, static_cast<T>(stats.max), static_cast<T>(stats.sum), scale,
                               -std::numeric_limits<T>::infinity()};
  if (!filters.active()) return distribution;

  distribution.cutoff = cutoff(logits, vocab, distribution.max_logit, distribution.sum, filters);
  for (int64_t v = 0; v < vocab; ++v)
    if (logits[v] < distribution.cutoff && v != always_kept) weights[v] = 0;
  distribution.sum = sum_in_lanes<T, 32>(weights, vocab);
  return distribution;
}

template <typename T>
int64_t draw(const Distribution<T>& distribution, int64_t vocab, double uniform) {
  constexpr int64_t kBlock = 256;
  const T* weights = distribution.weights;
  const int64_t num_blocks = (vocab + kBlock - 1) / kBlock;
  double* blocks = scratch<double>(9, num_blocks);
  double total = 0;
  for (int64_t b = 0; b < num_blocks; ++b) {
    const int64_t first = b * kBlock;
    blocks[b] = sum_in_lanes<double, 8>(weights + first, std::min(kBlock, vocab - first));
    total += blocks[b];
  }
  const double wanted = uniform * total;
  double mass = 0;
  for (int64_t b = 0; b < num_blocks; ++b) {
    if (mass + blocks[b] <= wanted) {
      mass += blocks[b];
      continue;
    }
    const int64_t end = std::min(vocab, (b + 1) * kBlock);
    for (int64_t v = b * kBlock; v < end; ++v) {
      mass += weights[v];
      if (weights[v] > 0 && mass > wanted) return v;
    }
  }
  // Rounding left the last token's share just short of 1.
  int64_t last_kept = vocab - 1;
  while (last_kept > 0 && !(weights[last_kept] > 0)) --last_kept;
  return last_kept;
}

template <typename T>
int64_t likeliest(const T* logits, int64_t vocab) {
  return std::max_element(logits, logits + vocab) - logits;
}

template <typename T>
void logits_backward(const RowSummary<T>& row, T scale, T* logits, int64_t first, int64_t count, int64_t target,
                     T dlogprob, T dentropy) {
  const int64_t target_here = target - first;
  const bool has_target = target_here >= 0 && target_here < count;
  const T logsumexp = row.max_logit * scale + row.log_sum;
  if (dentropy == 0 && row.cutoff == -std::numeric_limits<T>::infinity()) {
    row_functions<T>().softmax_gradient(logits, -dlogprob * scale, scale, logsumexp, count);
  } else {
    for (int64_t v = 0; v < count; ++v) {
      const T logp = logits[v] * scale - logsumexp;
      const bool is_kept = logits[v] >= row.cutoff || v == target_here;
      const T p = is_kept ? std::exp(logp) : T(0);
      logits[v] = p > 0 ? scale * p * (-dlogprob - dentropy * (logp + row.entropy)) : T(0);
    }
  }
  if (has_target) logits[target_here] += scale * dlogprob;
}

#define COHORT_INSTANTIATE(T)                                                            \
  template struct Distribution<T>;                                                       \
  template T logprob_of<T>(T, const RowSummary<T>&, T);                                  \
  template Distribution<T> normalise<T>(const T*, T*, int64_t, const Filters&, int64_t); \
  template int64_t draw<T>(const Distribution<T>&, int64_t, double);                     \
  template int64_t likeliest<T>(const T*, int64_t);                                      \
  template void logits_backward<T>(const RowSummary<T>&, T, T*, int64_t, int64_t, int64_t, T, T);
COHORT_INSTANTIATE(float)
COHORT_INSTANTIATE(double)
#undef COHORT_INSTANTIATE

}  // namespace cohort::kernels
