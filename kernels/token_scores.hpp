// The last step of sampling and of training: from hidden states to the next token's distribution, in chunks of rows,
// so that no logits tensor of the whole batch exists.
//
//   z = hidden · weightᵀ / temperature, restricted to the tokens that the filters keep
//   log p[v] = z[v] − log Σ_kept exp(z),  entropy = −Σ_kept p · log p
//
// Filters, as in Sampling: top_k, then top_p, then min_p, each on what the one before kept; ties with the last kept
// value are kept. Scoring keeps the target as well, so that its log-probability stays finite after an update.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"
#include "src/random/philox.hpp"

namespace cohort::kernels {

/// The one uniform number in [0, 1) that a token is drawn with.
COHORT_HOST_DEVICE inline double sampling_uniform(uint64_t seed, int64_t step, int64_t problem, int64_t completion,
                                                  int64_t position) {
  const auto low = [](int64_t value) { return static_cast<uint32_t>(value); };
  const auto high = [](int64_t value) { return static_cast<uint32_t>(static_cast<uint64_t>(value) >> 32); };
  const random::Philox4x32 draw = random::philox4x32_10(
      random::Philox4x32{{low(position), low(completion), low(problem), low(step)}}, static_cast<uint32_t>(seed),
      static_cast<uint32_t>(seed >> 32) ^ (high(problem) * 0x9E3779B9u) ^ (high(step) * 0x85EBCA6Bu));
  return random::to_unit_double(draw.words[0], draw.words[1]);
}

struct Filters {
  float temperature;  // > 0
  int64_t top_k;      // 0: off
  float top_p;        // 1: off
  float min_p;        // 0: off
  COHORT_HOST_DEVICE bool active() const { return top_k > 0 || top_p < 1 || min_p > 0; }
};

/// Logits that exist at once on a GPU. Fewer would leave its products too small and add up the gradient of the weights
/// in too many parts.
constexpr int64_t kCudaLogitBytes = int64_t{1} << 30;

/// What the backward needs of a row, so that it can walk the vocabulary in blocks or once. The two parts of
/// log Σ_kept exp(z) = max_logit / temperature + log_sum are kept apart: a log-probability is what is left of the one
/// and then of the other, and their sum would round it.
template <typename T>
struct RowSummary {
  T max_logit;
  T log_sum;  // log Σ_kept exp(z − max z)
  T entropy;
  T cutoff;  // the smallest logit that is kept, besides the target; −∞ without filters
};

template <typename W>
struct TokenScoresForward {
  using T = Activation<W>;
  const T* hidden;         // [rows, width]
  const W* weight;         // [vocab, width]
  const W* panels;         // the same, packed for the CPU
  const int64_t* targets;  // [rows]
  T* logprobs;             // [rows] out
  T* entropy;              // [rows] out
  RowSummary<T>* summary;  // [rows] out, or null
  int64_t rows, width, vocab;
  Filters filters;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

template <typename W>
struct TokenScoresBackward {
  using T = Activation<W>;
  const T* dlogprobs;            // [rows]
  const T* dentropy;             // [rows] or null
  const T* hidden;               // [rows, width]
  const W* weight;               // [vocab, width]
  const W* panels;               // the same, packed for the CPU
  const W* transposed_panels;    // its transpose, packed for the CPU
  const int64_t* targets;        // [rows]
  const RowSummary<T>* summary;  // [rows], as the forward or the sampler left it
  T* logprobs;                   // [rows] out, or null: of the targets, by `summary` and the logits as they are now;
                                 // rows without a gradient may be left as they were
  T* dhidden;                    // [rows, width] out
  T* dweight;                    // [vocab, width] in and out
  int64_t rows, width, vocab;
  Filters filters;

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

// One token a row. The uniform number of row i is Philox(seed; step, problem[i], completion[i], position[i]); the token
// is the first whose cumulative probability exceeds it, in the order of ids. Greedy: the likeliest, the first of
// equals.
template <typename W>
struct SampleTokens {
  using T = Activation<W>;
  const T* hidden;            // [rows, width]
  const W* weight;            // [vocab, width]
  const W* panels;            // the same, packed for the CPU
  const int64_t* problem;     // [rows]
  const int64_t* completion;  // [rows]
  const int64_t* position;    // [rows]
  int64_t* tokens;            // [rows] out
  T* logprobs;                // [rows] out, equal to what TokenScoresForward gives for these tokens
  RowSummary<T>* summary;     // [rows] out, likewise
  int64_t rows, width, vocab;
  Filters filters;
  bool greedy;
  uint64_t seed;
  const int64_t* step;  // [1], where the rows are: a recorded step reads it anew

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
