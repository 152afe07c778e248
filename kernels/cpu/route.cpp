#include "kernels/route.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {
namespace {

enum Slot { kProbabilities = 2, kIsChosen };  // of scratch

}  // namespace

template <typename T>
void RouteRows<T>::run_cpu() const {
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    auto* const is_chosen = scratch<bool>(kIsChosen, experts);
    for (int64_t row = begin; row < end; ++row) {
      const T* const from = logits + row * experts;
      int32_t* const choice = chosen + row * per_row;
      T* const weight = weights + row * per_row;
      std::fill_n(is_chosen, experts, false);
      for (int64_t j = 0; j < per_row; ++j) {
        int64_t best = -1;
        for (int64_t e = 0; e < experts; ++e)
          if (!is_chosen[e] && (best < 0 || from[e] > from[best])) best = e;
        is_chosen[best] = true;
        choice[j] = static_cast<int32_t>(best);
      }
      const T largest = from[choice[0]];
      T sum = 0;
      if (!normalised)
        for (int64_t e = 0; e < experts; ++e) sum += std::exp(from[e] - largest);
      for (int64_t j = 0; j < per_row; ++j) {
        weight[j] = std::exp(from[choice[j]] - largest);
        if (normalised) sum += weight[j];
      }
      for (int64_t j = 0; j < per_row; ++j) weight[j] /= sum;
    }
  });
}

// p of all experts that count: dlogits = p · dp − p · Σ p · dp.
template <typename T>
void RouteRowsBackward<T>::run_cpu() const {
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    T* const p = scratch<T>(kProbabilities, experts);
    for (int64_t row = begin; row < end; ++row) {
      const T* const from = logits + row * experts;
      const int32_t* const choice = chosen + row * per_row;
      const T* const pull = pulls + row * per_row;
      if (normalised) {
        std::fill_n(p, experts, T(0));
        for (int64_t j = 0; j < per_row; ++j) p[choice[j]] = weights[row * per_row + j];
      } else {
        T sum = 0;
        for (int64_t e = 0; e < experts; ++e) sum += p[e] = std::exp(from[e] - from[choice[0]]);
        for (int64_t e = 0; e < experts; ++e) p[e] /= sum;
      }
      T total = 0;
      for (int64_t j = 0; j < per_row; ++j) total += pull[j];
      T* const to = dlogits + row * experts;
      for (int64_t e = 0; e < experts; ++e) to[e] = -p[e] * total;
      for (int64_t j = 0; j < per_row; ++j) to[choice[j]] += pull[j];
    }
  });
}

void SortVisits::run_cpu() const {
  std::fill_n(ends, experts, 0);
  for (int64_t visit = 0; visit < visits; ++visit) ++ends[chosen[visit]];
  // Where each begins: every visit then moves that on, up to its end.
  int32_t first = 0;
  for (int64_t e = 0; e < experts; ++e) first += std::exchange(ends[e], first);
  for (int64_t visit = 0; visit < visits; ++visit) {
    const int32_t place = ends[chosen[visit]]++;
    places[visit] = place;
    order[place] = static_cast<int32_t>(visit);
  }
}

template struct RouteRows<float>;
template struct RouteRows<double>;
template struct RouteRowsBackward<float>;
template struct RouteRowsBackward<double>;

}  // namespace cohort::kernels
