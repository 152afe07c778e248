#include "cohort/policy.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cohort/error.hpp"
#include "kernels/cpu/threads.hpp"
#include "src/models/lay_out.hpp"
#include "src/models/policy_state.hpp"
#include "src/random/philox.hpp"
#include "src/trace/range.hpp"

namespace cohort {
namespace {

using models::KvCache;
using models::LaidOut;
using models::SavedActivations;
using models::Transformer;

// Normal numbers from one parameter's own stream: the same whatever the order, the device or the other parameters.
void fill_normal(at::Tensor& value, double std, uint64_t seed, uint64_t stream) {
  at::Tensor host = at::empty(value.sizes(), at::kDouble);
  double* out = host.data_ptr<double>();
  kernels::parallel_for((host.numel() + 1) / 2, 4096, [&](int64_t begin, int64_t end) {
    for (int64_t i = 2 * begin; i < 2 * end; i += 2) {
      const random::Philox4x32 draw = random::philox(seed, stream, static_cast<uint64_t>(i));
      const double radius = std * std::sqrt(-2 * std::log(1 - random::to_unit_double(draw.words[0], draw.words[1])));
      const double angle = 2 * std::numbers::pi * random::to_unit_double(draw.words[2], draw.words[3]);
      out[i] = radius * std::cos(angle);
      if (i + 1 < host.numel()) out[i + 1] = radius * std::sin(angle);
    }
  });
  value.copy_(host.to(value.scalar_type()));
}

kernels::Filters filters_of(const Sampling& sampling) {
  return {sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p};
}

// Tokens whose records are held against the head: a product that costs next to nothing beside a micro-batch, and a
// policy that has moved since differs in nearly all of them.
constexpr int64_t kComparedTokens = 64;

// Everything the backward of one score() needs.
struct Scored {
  Policy::State* policy;
  bool is_differentiable = false;
  LaidOut laid_out;
  KvCache cache;
  SavedActivations saved;
  at::Tensor targets, summary;
  at::Tensor hidden, normed, inv_rms;  // rows that predicted something: before and after the last norm
  at::Tensor found_logprobs;           // of scores that are records
  kernels::Filters filters;
};

// Final hidden states of the rows that `batch` brings, of all rows or of those that are not recorded. Keeps what a
// backward needs.
at::Tensor forward(Scored& scored, Transformer& model, const models::TokenBatch& batch) {
  scored.saved = SavedActivations(scored.laid_out.share);
  const models::Keep keep{
      .projections = !scored.laid_out.share.recorded.empty(),
      .take = [&](size_t, models::LayerActivations activations) { scored.saved.add(std::move(activations)); }};
  return model.forward(batch, scored.cache, Precision::exact, scored.is_differentiable ? &keep : nullptr);
}

// Final hidden states of all rows: computed, or as decoding left them.
at::Tensor hidden_states(Scored& scored, Transformer& model) {
  models::RecordedShare& share = scored.laid_out.share;
  if (share.recorded.empty()) return forward(scored, model, scored.laid_out.batch);
  const at::Tensor hidden = share.join_hidden(forward(scored, model, scored.laid_out.computed));
  if (share.passes_audit(hidden)) return hidden;
  share = {};
  return forward(scored, model, scored.laid_out.batch);
}

// The records of a batch, where it has them and those of some tokens, spread evenly over it, are the policy's to the
// bit; else undefined. The device is waited for.
ops::Scores own_records(const PackedBatch& batch, const Scored& scored, const ops::PackedWeight& head) {
  if (!batch.summary.defined() || batch.summary.size(0) == 0) return {};
  // Tensors of their own: these are to be part of a graph.
  const auto record = [&](const at::Tensor& rows) { return ops::upload(rows, scored.normed.device()).detach(); };
  ops::Scores records{record(batch.old_logprobs), record(batch.entropy), record(batch.summary)};
  const int64_t tokens = scored.targets.size(0), compared = std::min(tokens, kComparedTokens);
  at::Tensor places = at::empty({compared}, at::kLong);
  for (int64_t i = 0; i < compared; ++i) places.data_ptr<int64_t>()[i] = i * tokens / compared;
  places = ops::upload(places, scored.targets.device());
  const auto part = [&](const at::Tensor& rows) { return rows.index_select(0, places); };
  const ops::Scores own = ops::token_scores(part(scored.normed), head, part(scored.targets), scored.filters);
  const bool are_own =
      ops::have_equal_bits(at::cat({own.logprobs, own.entropy, own.summary.flatten()}),
                           at::cat({part(records.logprobs), part(records.entropy), part(records.summary).flatten()}));
  return are_own ? records : ops::Scores();
}

void backward(Scored& scored, const at::Tensor& dlogprobs, const at::Tensor& dentropy) {
  Transformer& model = scored.policy->model;
  model.refresh();
  model.allocate_gradients();
  models::Weight& head = model.head_weight();
  const at::Tensor dnormed = [&] {
    const models::ReadByBackward forms{&head};
    return ops::token_scores_backward(dlogprobs, dentropy, scored.normed, head.packed, scored.targets, scored.summary,
                                      scored.filters, head.grad, scored.found_logprobs);
  }();
  const at::Tensor dhidden = ops::zeros(scored.hidden.sizes(), scored.hidden.options());
  ops::rms_norm_backward(dnormed, scored.hidden, model.norm.compute, scored.inv_rms, dhidden, model.norm.grad);
  at::Tensor grad = ops::zeros({scored.laid_out.batch.tokens.size(0), dhidden.size(1)}, dhidden.options());
  grad.index_copy_(0, scored.laid_out.predicted_at, dhidden);  // each row predicts one token: no two gradients meet
  model.backward(scored.laid_out.batch, scored.cache, scored.saved, grad);
}

// The policy as one node of LibTorch's graph: gradients of the weights are added to where they live, so that no
// tensor of all gradients passes through autograd.
class ScoreNode : public torch::autograd::Node {
 public:
  explicit ScoreNode(Scored scored) : scored_(std::move(scored)) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
    const trace::Range range("backward");
    TORCH_CHECK(!done_, "policy: backward through the same scores a second time; call score() again");
    done_ = true;
    const at::NoGradGuard no_grad;
    const models::SerialLibTorch serial;
    const auto contiguous = [](const at::Tensor& grad) { return grad.defined() ? grad.contiguous() : grad; };
    at::Tensor dlogprobs = contiguous(grads[0]);
    if (!dlogprobs.defined()) dlogprobs = at::zeros({scored_.targets.size(0)}, scored_.normed.options());
    backward(scored_, dlogprobs, contiguous(grads[1]));
    scored_ = {};
    return {};
  }

 private:
  Scored scored_;
  bool done_ = false;
};

}  // namespace

Policy::Policy(std::unique_ptr<State> state) : state_(std::move(state)) {}
Policy::~Policy() = default;
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;

Policy::Policy(ModelConfig config, PolicyOptions options)
    : state_(std::make_unique<State>(std::move(config), options)) {
  Transformer& model = state_->model;
  check(!options.packed_only, "policy: a new policy cannot be packed_only: its weights are drawn, and then packed");
  for (size_t i = 0; i < model.parameters.size(); ++i) {
    Parameter& parameter = model.parameters[i];
    if (parameter.value.dim() == 2) {
      fill_normal(parameter.value, model.config.init_std, options.seed, i);
    } else {
      const bool is_one = parameter.name.ends_with("norm.weight") && !model.config.centred_norms;
      parameter.value.fill_(is_one ? 1 : 0);
    }
  }
}

const ModelConfig& Policy::config() const { return state_->model.config; }
const PolicyOptions& Policy::options() const { return state_->model.options; }
std::vector<Parameter>& Policy::parameters() {
  check(!options().packed_only, "policy: it was made packed_only, to be sampled from and scored: it has no parameters");
  return state_->model.parameters;
}
const std::vector<Parameter>& Policy::parameters() const { return const_cast<Policy*>(this)->parameters(); }
void Policy::weights_changed() { state_->model.weights_changed(); }

int64_t Policy::num_parameters() const {
  int64_t total = 0;
  for (const Parameter& parameter : state_->model.parameters) total += parameter.value.numel();
  return total;
}

TokenScores Policy::score(const PackedBatch& batch) { return score(batch, From::head); }
TokenScores Policy::score_by_records(const PackedBatch& batch) { return score(batch, From::records); }

TokenScores Policy::score(const PackedBatch& batch, From from) {
  const trace::Range range("score");
  Transformer& model = state_->model;
  const bool differentiable = at::GradMode::is_enabled() && !model.options.packed_only;
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  const c10::Device device = model.options.device;
  check(batch.sampling.temperature > 0, "policy: greedy completions have no distribution to score; temperature is {}",
        batch.sampling.temperature);
  check(batch.tokens.size(0) > 0, "policy: an empty batch");
  state_->check_tokens(batch.tokens);

  Scored scored;
  scored.policy = state_.get();
  scored.is_differentiable = differentiable;
  const bool by_records = from == From::records && differentiable;
  scored.laid_out =
      models::lay_out(batch, model.config.max_position, device, by_records ? model.records.get() : nullptr);
  scored.cache = KvCache(model.config, scored.laid_out.num_blocks, model.options);
  scored.targets = ops::upload(batch.targets, device);
  scored.filters = filters_of(batch.sampling);

  const at::Tensor hidden = hidden_states(scored, model);
  scored.hidden = hidden.index_select(0, scored.laid_out.predicted_at);
  ops::Normed normed = model.final_norm(scored.hidden);
  scored.normed = normed.y;
  scored.inv_rms = normed.inv_rms;
  const ops::PackedWeight& head = model.head_weight().packed;
  ops::Scores scores;
  if (by_records && scored.normed.scalar_type() == at::kFloat) scores = own_records(batch, scored, head);
  if (scores.summary.defined())
    scored.found_logprobs = scores.logprobs.clone();
  else
    scores = ops::token_scores(scored.normed, head, scored.targets, scored.filters);
  scored.summary = scores.summary;
  TokenScores result{scores.logprobs, scores.entropy, scored.found_logprobs, scored.laid_out.share.num_recorded()};
  if (differentiable) {
    const auto node = std::make_shared<ScoreNode>(std::move(scored));
    torch::autograd::create_gradient_edge(result.logprobs, node);
    torch::autograd::create_gradient_edge(result.entropy, node);
  }
  return result;
}

at::Tensor Policy::logits(std::span<const int64_t> tokens) {
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  Transformer& model = state_->model;
  const auto length = static_cast<int64_t>(tokens.size());
  check(length > 0, "policy: logits of no tokens");
  const at::Tensor ids = at::tensor(at::ArrayRef<int64_t>(tokens.data(), tokens.size()), at::kLong);
  state_->check_tokens(ids);
  const LaidOut laid_out =
      models::lay_out({.tokens = ids,
                       .cu_seqlens = at::tensor({int32_t{0}, static_cast<int32_t>(length)}, at::kInt),
                       .predicted_at = at::empty({0}, at::kLong),
                       .cu_completions = at::zeros({2}, at::kInt)},
                      model.config.max_position, model.options.device);
  const KvCache cache(model.config, laid_out.num_blocks, model.options);
  const at::Tensor hidden = model.forward(laid_out.batch, cache);
  return ops::linear(model.final_norm(hidden).y, model.head_weight().packed, {});
}

void Policy::zero_grad() {
  if (!parameters().front().grad.defined()) return;
  for (Parameter& parameter : parameters()) parameter.grad.zero_();
}

uint64_t Policy::weight_hash() const {
  uint64_t hash = 0xcbf29ce484222325u;
  std::vector<const Parameter*> sorted;
  for (const Parameter& parameter : parameters()) sorted.push_back(&parameter);
  std::ranges::sort(sorted, {}, &Parameter::name);
  for (const Parameter* parameter : sorted) {
    const at::Tensor host = parameter->value.cpu().contiguous();
    const auto* bytes = static_cast<const unsigned char*>(host.data_ptr());
    for (int64_t i = 0; i < static_cast<int64_t>(host.nbytes()); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  }
  return hash;
}

Policy Policy::clone(bool packed_only) const {
  check(!options().packed_only, "policy: a policy that is packed_only cannot be copied");
  const at::NoGradGuard no_grad;
  PolicyOptions copied = options();
  copied.packed_only = packed_only;
  auto copy = std::make_unique<State>(config(), copied);
  std::vector<const models::Weight*> from;
  state_->model.for_each_weight([&](const models::Weight& weight) { from.push_back(&weight); });
  auto next = from.begin();
  copy->model.for_each_weight([&](models::Weight& weight) { copy->model.assign(weight, (*next++)->value); });
  return Policy(std::move(copy));
}

void Policy::State::check_tokens(const at::Tensor& tokens) const {
  const int64_t highest = tokens.max().item<int64_t>(), lowest = tokens.min().item<int64_t>();
  check(lowest >= 0 && highest < model.config.vocab_size, "policy: token {} is outside the vocabulary of {}",
        lowest < 0 ? lowest : highest, model.config.vocab_size);
}

}  // namespace cohort
