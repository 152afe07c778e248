// Where the policy meets tokens: their scores, their draws, and the rows that go on.
#include "kernels/advance_rows.hpp"
#include "kernels/launch.hpp"
#include "kernels/memory.hpp"
#include "kernels/ops.hpp"

namespace cohort::ops {
namespace {

using kernels::Activation;
using kernels::launch;
using kernels::pointer;
using kernels::with_activation_type;
using kernels::with_weight_type;

constexpr int64_t kSummaryNumbers = 4;

template <typename T>
kernels::RowSummary<T>* summary_pointer(const Tensor& summary) {
  static_assert(sizeof(kernels::RowSummary<T>) == kSummaryNumbers * sizeof(T));
  return reinterpret_cast<kernels::RowSummary<T>*>(pointer<T>(summary));
}

}  // namespace

Scores token_scores(const Tensor& hidden, const PackedWeight& head, const Tensor& targets, kernels::Filters filters) {
  const int64_t rows = hidden.size(0), width = hidden.size(1), vocab = head.weight.size(0);
  Scores scores{empty({rows}, hidden.options()), empty({rows}, hidden.options()),
                empty({rows, kSummaryNumbers}, hidden.options())};
  with_weight_type(head.weight.scalar_type(), [&](auto type) {
    using W = decltype(type);
    using T = Activation<W>;
    launch(kernels::TokenScoresForward<W>{pointer<T>(hidden), pointer<W>(head.weight), pointer<W>(head.panels),
                                          pointer<int64_t>(targets), pointer<T>(scores.logprobs),
                                          pointer<T>(scores.entropy), summary_pointer<T>(scores.summary), rows, width,
                                          vocab, filters},
           hidden.device());
  });
  return scores;
}

Tensor token_scores_backward(const Tensor& dlogprobs, const Tensor& dentropy, const Tensor& hidden,
                             const PackedWeight& head, const Tensor& targets, const Tensor& summary,
                             kernels::Filters filters, const Tensor& dweight, const Tensor& logprobs) {
  Tensor dhidden = empty(hidden.sizes(), hidden.options());
  with_weight_type(head.weight.scalar_type(), [&](auto type) {
    using W = decltype(type);
    using T = Activation<W>;
    launch(kernels::TokenScoresBackward<W>{pointer<T>(dlogprobs), pointer<T>(dentropy), pointer<T>(hidden),
                                           pointer<W>(head.weight), pointer<W>(head.panels),
                                           pointer<W>(head.transposed_panels), pointer<int64_t>(targets),
                                           summary_pointer<T>(summary), pointer<T>(logprobs), pointer<T>(dhidden),
                                           pointer<T>(dweight), hidden.size(0), hidden.size(1), head.weight.size(0),
                                           filters},
           hidden.device());
  });
  return dhidden;
}

Drawn sample(const Tensor& hidden, const PackedWeight& head, kernels::Filters filters, bool greedy,
             const DrawKeys& keys) {
  const int64_t rows = hidden.size(0);
  Drawn drawn{empty({rows}, hidden.options().dtype(at::kLong)), empty({rows}, hidden.options()),
              empty({rows, kSummaryNumbers}, hidden.options())};
  with_weight_type(head.weight.scalar_type(), [&](auto type) {
    using W = decltype(type);
    using T = Activation<W>;
    launch(kernels::SampleTokens<W>{pointer<T>(hidden), pointer<W>(head.weight), pointer<W>(head.panels),
                                    pointer<int64_t>(keys.problem), pointer<int64_t>(keys.completion),
                                    pointer<int64_t>(keys.position), pointer<int64_t>(drawn.tokens),
                                    pointer<T>(drawn.logprobs), summary_pointer<T>(drawn.summary), rows, hidden.size(1),
                                    head.weight.size(0), filters, greedy, keys.seed, pointer<int64_t>(keys.step)},
           hidden.device());
  });
  return drawn;
}

void advance_rows(const Drawn& drawn, const DecodedRows& rows, const Tensor& results) {
  with_activation_type(drawn.logprobs.scalar_type(), [&](auto type) {
    using T = decltype(type);
    launch(kernels::AdvanceRows<T>{pointer<int64_t>(drawn.tokens), pointer<T>(drawn.logprobs),
                                   summary_pointer<T>(drawn.summary), pointer<int32_t>(rows.block_table),
                                   pointer<int64_t>(rows.limits), pointer<int64_t>(rows.stops),
                                   pointer<int64_t>(rows.tokens), pointer<int64_t>(rows.positions),
                                   pointer<int64_t>(rows.slots), pointer<int32_t>(rows.first_position),
                                   pointer<int64_t>(rows.draws), pointer<int64_t>(rows.ended),
                                   reinterpret_cast<kernels::DrawnToken*>(pointer<int64_t>(results)),
                                   drawn.tokens.size(0), rows.block_table.size(1), rows.stops.size(0)},
           drawn.tokens.device());
  });
}

}  // namespace cohort::ops
