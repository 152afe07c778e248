#include "kernels/token_scores.hpp"

#include <algorithm>

#include "kernels/cpu/distribution.hpp"
#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm, 8 and 9 to distributions.
enum Slot { kHidden = 2, kGradRows = 3, kLogits = 4, kWeights = 5, kGradPanels = 6 };

// Rows whose logits exist at once: enough to reuse a panel of the head well, 50 MB at a vocabulary of 49k.
constexpr int64_t kChunk = 256;

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
    gemm<W>(count, vocab, width, operand_rows<W>(hidden + first * width, count, width, kHidden), panels, logits, vocab,
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
        logprobs[chunk.first + i] = distribution.logprob(row, target);
        entropy[chunk.first + i] = distribution.entropy(row, vocab);
      }
    });
  });
}

template <typename W>
void TokenScoresBackward<W>::run_cpu() const {
  for_each_chunk<W>(hidden, panels, rows, width, vocab, [&](const Chunk<T>& chunk) {
    parallel_for(chunk.rows, 1, [&](int64_t begin, int64_t end) {
      T* weights = scratch<T>(kWeights, vocab);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = chunk.first + i;
        T* row = chunk.logits + i * vocab;
        const Distribution<T> distribution = normalise(row, weights, vocab, filters, targets[at]);
        distribution_backward(distribution, row, vocab, targets[at], dlogprobs[at], dentropy ? dentropy[at] : T(0));
      }
    });
    gemm<W>(chunk.rows, width, vocab, operand_rows<W>(chunk.logits, chunk.rows, vocab, kGradRows), transposed_panels,
            dhidden + chunk.first * width, width, Write::store);

    W* a = scratch<W>(kGradPanels, panels_size<W>(vocab, chunk.rows, kPanelRows));
    W* b = scratch<W>(kHidden, panels_size<W>(width, chunk.rows));
    pack_rows<W>(chunk.logits, vocab, chunk.rows, vocab, kPanelRows, a);
    pack_rows<W>(hidden + chunk.first * width, width, chunk.rows, width, kPanelColumns, b);
    gemm<W>(vocab, width, chunk.rows, {a, panel_size<W>(chunk.rows, kPanelRows), true}, b, dweight, width,
            Write::resume);
  });
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
        tokens[at] =
            greedy ? likeliest(row, vocab)
                   : draw(distribution, vocab, sampling_uniform(seed, step, problem[at], completion[at], position[at]));
        logprobs[at] = distribution.logprob(row, tokens[at]);
        entropy[at] = distribution.entropy(row, vocab);
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
