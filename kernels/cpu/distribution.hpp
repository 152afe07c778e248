// One row of logits as a distribution over the vocabulary: the same few lines for sampling, scoring and gradients.
#pragma once

#include "kernels/token_scores.hpp"

namespace cohort::kernels {

/// What is known of a row after normalise(): p[v] = weights[v] / sum.
template <typename T>
struct Distribution {
  T* weights;        // [vocab] exp(z − max z) of kept tokens, 0 of the others; z = logits / temperature
  T max_logit, sum;  // of the weights
  T scale;           // 1 / temperature
  T cutoff;          // the smallest logit that filters keep

  RowSummary<T> summary(const T* logits, int64_t vocab) const;
};

/// log p of a token that is kept, by its logit. `scale` is 1 / temperature.
template <typename T>
T logprob_of(T logit, const RowSummary<T>& row, T scale);

/// Applies temperature and filters. `weights` is scratch of [vocab]. `always_kept` is a token that filters spare, or
/// −1.
template <typename T>
Distribution<T> normalise(const T* logits, T* weights, int64_t vocab, const Filters& filters, int64_t always_kept);

/// The first token whose cumulative probability exceeds `uniform` in [0, 1).
template <typename T>
int64_t draw(const Distribution<T>& distribution, int64_t vocab, double uniform);

/// The likeliest token, the first of equals.
template <typename T>
int64_t likeliest(const T* logits, int64_t vocab);

/// logits[v] ← dlogprob · ∂log p[target]/∂logits[v] + dentropy · ∂entropy/∂logits[v], for the tokens first … of a row.
template <typename T>
void logits_backward(const RowSummary<T>& row, T scale, T* logits, int64_t first, int64_t count, int64_t target,
                     T dlogprob, T dentropy);

}  // namespace cohort::kernels
