#include "kernels/cuda/distribution.cuh"
#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/product.cuh"
#include "kernels/cuda/scratch.cuh"
#include "kernels/token_scores.hpp"

namespace cohort::kernels {
namespace {

// Rows of a chunk, and columns of a slice, are a multiple of this where there are as many: whole tiles of the products.
constexpr int64_t kTileRows = 384, kTileColumns = 128;

// Logits of rows first … of the batch.
template <typename T>
struct Chunk {
  T* logits;  // [rows, vocab]
  int64_t first, rows;
};

// Calls use(chunk) for the logits of all rows, chunk after chunk.
template <typename Op, typename W, typename Use>
void for_each_chunk(const Op& op, const W* weight, cudaStream_t stream, Use use) {
  using T = Activation<W>;
  const int64_t most = max(kCudaLogitBytes / (op.vocab * static_cast<int64_t>(sizeof(T))), int64_t{1});
  const int64_t chunk_rows = min(op.rows, most > kTileRows ? most / kTileRows * kTileRows : most);
  const Scratch<T> logits(chunk_rows * op.vocab, stream);
  for (int64_t first = 0; first < op.rows; first += chunk_rows) {
    const Chunk<T> chunk{logits.data(), first, min(chunk_rows, op.rows - first)};
    const Operand<W, T, true> a{op.hidden + first * op.width, chunk.rows, op.width};
    const Operand<W, W, true> b{weight, op.vocab, op.width};
    launch_product("token_scores logits", a, b, op.width, Result<T>{chunk.logits}, stream);
    use(chunk);
  }
}

// One block per row.
template <typename W, typename T>
__global__ void __launch_bounds__(kRowThreads) forward(TokenScoresForward<W> op, Chunk<T> chunk) {
  const int64_t at = chunk.first + blockIdx.x, target = op.targets[at];
  const T* logits = chunk.logits + int64_t{blockIdx.x} * op.vocab;
  const Distribution<T> distribution = normalise(logits, op.vocab, op.filters, target);
  if (threadIdx.x != 0) return;
  const RowSummary<T> summary = distribution.summary();
  op.logprobs[at] = logprob_of(logits[target], summary, distribution.scale);
  op.entropy[at] = summary.entropy;
  if (op.summary) op.summary[at] = summary;
}

// Logits of all rows for the tokens from `first` on.
template <typename T>
struct Slice {
  const T* logits;  // [rows, columns]
  int64_t first, columns;
};

// One block per row: dlogits[v] = dlogprob · ∂log p[target]/∂logits[v] + dentropy · ∂entropy/∂logits[v], as it meets
// the weights. It may lie where the logits are.
template <int kSize, typename W, typename T>
__global__ void __launch_bounds__(kRowThreads) backward(TokenScoresBackward<W> op, Slice<T> slice, W* all_dlogits) {
  const int64_t row = blockIdx.x, target = op.targets[row] - slice.first;
  const T* logits = slice.logits + row * slice.columns;
  W* dlogits = all_dlogits + row * slice.columns;
  const RowSummary<T> summary = op.summary[row];
  const T scale = 1 / static_cast<T>(op.filters.temperature);
  const T logsumexp = fma(summary.max_logit, scale, summary.log_sum);
  const T dlogprob = op.dlogprobs[row], dentropy = op.dentropy ? op.dentropy[row] : T(0);
#pragma unroll 4  // loads under way at once
  for (int64_t first = threadIdx.x * kSize; first < slice.columns; first += kRowThreads * kSize) {
    const Pack<T, kSize> pack = load_pack<kSize>(logits + first);
    Pack<W, kSize> gradients;
#pragma unroll
    for (int n = 0; n < kSize; ++n) {
      const int64_t v = first + n;
      const bool is_kept = !(pack.values[n] < summary.cutoff) || v == target;
      const T logp = fma(pack.values[n], scale, -logsumexp), p = is_kept ? exp(logp) : T(0);
      T grad = -dlogprob * p;
      if (dentropy != 0 && p > 0) grad -= dentropy * p * (logp + summary.entropy);
      if (v == target) {
        grad += dlogprob;
        if (op.logprobs) op.logprobs[row] = logprob_of(pack.values[n], summary, scale);
      }
      gradients.values[n] = narrow<W>(grad * scale);
    }
    store_pack(dlogits + first, gradients);
  }
}

// One block per row.
template <typename W, typename T>
__global__ void __launch_bounds__(kRowThreads) sample(SampleTokens<W> op, Chunk<T> chunk) {
  follow();
  const int64_t at = chunk.first + blockIdx.x;
  const T* logits = chunk.logits + int64_t{blockIdx.x} * op.vocab;
  const Distribution<T> distribution = normalise(logits, op.vocab, op.filters, int64_t{-1});
  const int64_t token =
      op.greedy
          ? likeliest(distribution)
          : draw(distribution, sampling_uniform(op.seed, *op.step, op.problem[at], op.completion[at], op.position[at]));
  if (threadIdx.x != 0) return;
  const RowSummary<T> summary = distribution.summary();
  op.tokens[at] = token;
  op.logprobs[at] = logprob_of(logits[token], summary, distribution.scale);
  op.summary[at] = summary;
}

}  // namespace

template <typename W>
void TokenScoresForward<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  for_each_chunk(*this, weight, stream, [&](const Chunk<T>& chunk) {
    launch_blocks("token_scores forward", forward<W, T>, chunk.rows, kRowThreads, stream, *this, chunk);
  });
}

// The vocabulary comes in slices, each for all rows: the gradient of a weight is then one long sum, written once.
template <typename W>
void TokenScoresBackward<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const int64_t most = max(kCudaLogitBytes / (rows * static_cast<int64_t>(sizeof(T))), int64_t{1});
  const int64_t most_columns = min(vocab, most > kTileColumns ? most / kTileColumns * kTileColumns : most);
  const Scratch<T> logits(rows * most_columns, stream);
  const Scratch<W> rounded(std::is_same_v<W, T> ? 0 : rows * most_columns, stream);
  W* const gradients = std::is_same_v<W, T> ? reinterpret_cast<W*>(logits.data()) : rounded.data();
  const OperandCopy<W> inputs(hidden, rows, width, stream);
  for (int64_t first = 0; first < vocab; first += most_columns) {
    const int64_t columns = min(most_columns, vocab - first);
    const W* const weights = weight + first * width;
    launch_product("token_scores logits", inputs.by_rows(), Operand<W, W, true>{weights, columns, width}, width,
                   Result<T>{logits.data()}, stream);
    const bool packs = has_packs<T>(columns, logits.data(), gradients);
    launch_blocks("token_scores backward", packs ? backward<kPackSize<T>, W, T> : backward<1, W, T>, rows, kRowThreads,
                  stream, *this, Slice<T>{logits.data(), first, columns}, gradients);
    launch_product("token_scores backward hidden", Operand<W, W, true>{gradients, rows, columns},
                   Operand<W, W, false>{weights, width, width}, columns, Result<T>{dhidden, first > 0}, stream,
                   Mode::fast);
    launch_product("token_scores backward weight", Operand<W, W, false>{gradients, columns, columns},
                   inputs.by_columns(), rows, Result<T>{dweight + first * width, true}, stream, Mode::fast);
  }
}

template <typename W>
void SampleTokens<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  for_each_chunk(*this, weight, stream, [&](const Chunk<T>& chunk) {
    launch_blocks("sample_tokens", sample<W, T>, Blocks{chunk.rows, kRowThreads, 0, true}, stream, *this, chunk);
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
