#include "kernels/token_scores.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/distribution.hpp"
#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm, 8 and 9 to distributions.
enum Slot {
  kHidden = 2,
  kGradRows = 3,
  kLogits = 4,
  kWeights = 5,
  kGradPanels = 6,
  kHiddenPanels = 7,
  kRowGradients = 10
};

// Rows whose logits exist at once: enough to reuse a panel of the head well, 50 MB at a vocabulary of 49k.
constexpr int64_t kChunk = 256;

// The same in the backward, by blocks of the vocabulary: 4 MB of logits.
constexpr int64_t kBackwardChunk = 512, kVocabBlock = 2048;
static_assert(kVocabBlock % kPanelColumns == 0);

template <typename T>
struct Chunk {
  T* logits;
  int64_t first, rows;
};

// Calls use(chunk) for the logits of all rows, chunk after chunk.
template <typename W, typename Use>
void for_each_chunk(const Activation<W>* hidden, const W* panels, int64_t rows, int64_t width, int64_t vocab, Use use) {
  using T = Activation<W>;
  T* logits = scratch<T>(kLogits, std::min(rows, kChunk) * vocab);
  for (int64_t first = 0; first < rows; first += kChunk) {
    const int64_t count = std::min(kChunk, rows - first);
    gemm<W>(count, vocab, width, left_rows<W>(hidden + first * width, count, width, kHidden), panels, logits, vocab,
            Write::store);
    use(Chunk<T>{logits, first, count});
  }
}

}  // namespace

template <typename W>
void TokenScoresForward<W>::run_cpu() const {
  for_each_chunk<W>(hidden, panels, rows, width, vocab, [&](const Chunk<T>& chunk) {
    parallel_for(chunk.rows, 1, [&](int64_t begin, int64_t end) {
      T* weights = scratch<T>(kWeights, vocab);
      for (int64_t i = begin; i < end; ++i) {
        const T* row = chunk.logits + i * vocab;
        const int64_t target = targets[chunk.first + i];
        const Distribution<T> distribution = normalise(row, weights, vocab, filters, target);
        const RowSummary<T> of_row = distribution.summary(row, vocab);
        logprobs[chunk.first + i] = logprob_of(row[target], of_row, distribution.scale);
        entropy[chunk.first + i] = of_row.entropy;
        if (summary) summary[chunk.first + i] = of_row;
      }
    });
  });
}

// Blocks of the vocabulary are made, turned into gradients and multiplied with while they lie in the cache. Rows whose
// token has no gradient, for its advantage is zero or its ratio clipped, are left out: they would add zeros.
template <typename W>
void TokenScoresBackward<W>::run_cpu() const {
  std::vector<int64_t> live;
  for (int64_t i = 0; i < rows; ++i)
    if (dlogprobs[i] != 0 || (dentropy && dentropy[i] != 0)) live.push_back(i);
  std::fill_n(dhidden, rows * width, T(0));
  const int64_t most = std::min(std::ssize(live), kBackwardChunk);
  T* logits = scratch<T>(kLogits, most * kVocabBlock);
  T* chunk_hidden = scratch<T>(kWeights, most * width);
  T* chunk_dhidden = scratch<T>(kRowGradients, most * width);
  const T scale = 1 / static_cast<T>(filters.temperature);
  for (int64_t first = 0; first < std::ssize(live); first += kBackwardChunk) {
    const int64_t count = std::min(kBackwardChunk, std::ssize(live) - first);
    const int64_t* chunk = live.data() + first;
    for (int64_t i = 0; i < count; ++i) std::copy_n(hidden + chunk[i] * width, width, chunk_hidden + i * width);
    const Left<W> by_rows = left_rows<W>(chunk_hidden, count, width, kHidden);
    W* by_columns = scratch<W>(kHiddenPanels, panels_size<W>(width, count));
    pack_rows<W>(chunk_hidden, width, count, width, by_columns);

    for (int64_t token = 0; token < vocab; token += kVocabBlock) {
      const int64_t size = std::min(kVocabBlock, vocab - token);
      gemm<W>(count, size, width, by_rows, panels + token / kPanelColumns * panel_size<W>(width), logits, size,
              Write::store);
      parallel_for(count, 4, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t row = chunk[i], target = targets[row] - token;
          if (logprobs && target >= 0 && target < size)
            logprobs[row] = logprob_of(logits[i * size + target], summary[row], scale);
          logits_backward(summary[row], scale, logits + i * size, token, size, targets[row], dlogprobs[row],
                          dentropy ? dentropy[row] : T(0));
        }
      });
      gemm<W>(count, width, size, left_rows<W>(logits, count, size, kGradRows),
              Panels<W>{transposed_panels + token * kPanelColumns, panel_size<W>(vocab)}, chunk_dhidden, width,
              token == 0 ? Write::store : Write::resume);
      gemm<W>(size, width, count, left_panels<W>(logits, size, count, size, kGradPanels), by_columns,
              dweight + token * width, width, Write::resume);
    }
    for (int64_t i = 0; i < count; ++i) std::copy_n(chunk_dhidden + i * width, width, dhidden + chunk[i] * width);
  }
}

template <typename W>
void SampleTokens<W>::run_cpu() const {
  for_each_chunk<W>(hidden, panels, rows, width, vocab, [&](const Chunk<T>& chunk) {
    parallel_for(chunk.rows, 1, [&](int64_t begin, int64_t end) {
      T* weights = scratch<T>(kWeights, vocab);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = chunk.first + i;
        const T* row = chunk.logits + i * vocab;
        const Distribution<T> distribution = normalise(row, weights, vocab, filters, int64_t{-1});
        tokens[at] = greedy ? likeliest(row, vocab)
                            : draw(distribution, vocab,
                                   sampling_uniform(seed, *step, problem[at], completion[at], position[at]));
        summary[at] = distribution.summary(row, vocab);
        logprobs[at] = logprob_of(row[tokens[at]], summary[at], distribution.scale);
      }
    });
  });
}

template struct TokenScoresForward<float>;
template struct TokenScoresForward<bfloat16>;
template struct TokenScoresForward<double>;
template struct TokenScoresBackward<float>;
template struct TokenScoresBackward<bfloat16>;
template struct TokenScoresBackward<double>;
template struct SampleTokens<float>;
template struct SampleTokens<bfloat16>;
template struct SampleTokens<double>;

}  // namespace cohort::kernels
