#include "src/update/step.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/stack.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cohort/error.hpp"
#include "kernels/memory.hpp"
#include "src/models/transformer.hpp"

namespace cohort {
namespace {

// What a loss reads, on the policy's device and in the type of the recomputed log-probabilities: float64 only in tests.
// Tokens stay where they are, on the host: the batch is laid out there while the device is busy with the one before.
PackedBatch for_loss(PackedBatch batch, const Policy& policy) {
  for (at::Tensor* tensor : {&batch.old_logprobs, &batch.sampler_logprobs, &batch.entropy, &batch.summary,
                             &batch.advantages, &batch.cu_completions})
    *tensor = ops::upload(*tensor, policy.options().device);
  if (policy.options().dtype == at::kDouble) {
    batch.old_logprobs = batch.old_logprobs.to(at::kDouble);
    batch.advantages = batch.advantages.to(at::kDouble);
  }
  return batch;
}

struct Differentiated {
  LossOutput out;
  at::Tensor dlogprobs, dentropy;  // undefined where the loss does not depend on them
};

// The loss as a function of the policy's scores, which may be asked again without the policy.
Differentiated differentiate(const LossFn& loss, LossInputs in) {
  const at::AutoGradMode grad(true);
  in.logprobs = in.logprobs.detach().set_requires_grad(true);
  in.entropy = in.entropy.detach().set_requires_grad(true);
  Differentiated result{.out = loss(in), .dlogprobs = {}, .dentropy = {}};
  if (!result.out.loss.requires_grad()) return result;
  const auto gradients = torch::autograd::grad({result.out.loss}, {in.logprobs, in.entropy}, /*grad_outputs=*/{},
                                               /*retain_graph=*/std::nullopt, /*create_graph=*/false,
                                               /*allow_unused=*/true);
  result.dlogprobs = gradients[0];
  result.dentropy = gradients[1];
  return result;
}

void backward(const TokenScores& scores, const Differentiated& loss) {
  torch::autograd::variable_list roots, gradients;
  for (const auto& [root, gradient] : {std::pair{scores.logprobs, loss.dlogprobs}, {scores.entropy, loss.dentropy}})
    if (gradient.defined()) {
      roots.push_back(root);
      gradients.push_back(gradient);
    }
  if (!roots.empty()) torch::autograd::backward(roots, gradients);
}

// The loss, the sum of the entropies, the largest difference of log-probabilities, and the metrics in their order.
at::Tensor numbers_of(const LossInputs& in, const LossOutput& out, const at::Tensor& logprobs) {
  const at::NoGradGuard no_grad;
  const at::Tensor recorded = in.sampler_logprobs.value_or(in.old_logprobs);
  std::vector<at::Tensor> values{out.loss.detach(), in.entropy.detach().sum(), at::abs(logprobs - recorded).max()};
  for (const auto& metric : out.metrics) values.push_back(metric.second.detach());
  for (at::Tensor& value : values) value = value.to(out.loss.device(), at::kDouble).reshape({});
  return at::stack(values);
}

}  // namespace

int64_t sampled_tokens(const Group& group) {
  int64_t tokens = 0;
  for (const Completion& completion : group.completions) {
    check(completion.finish != FinishReason::cancelled,
          "update: a completion of problem {} was cancelled after {} tokens; leave its group out", group.problem.index,
          completion.tokens.size());
    tokens += std::ssize(completion.tokens);
  }
  return tokens;
}

UpdateStep::UpdateStep(Policy& policy, AdamW& optimizer, LossFn loss, Size size, UpdateOptions options)
    : policy_(policy),
      optimizer_(optimizer),
      loss_(std::move(loss)),
      size_(size),
      options_(options),
      packer_(options.micro_batch_tokens, at::kCPU),
      uses_records_(options.use_recorded_scores) {
  check(options.max_grad_norm >= 0, "update: max_grad_norm must be at least 0, got {}", options.max_grad_norm);
  check(options.reference != &policy, "update: the reference is the policy itself");
  const models::SerialLibTorch serial;
  policy.zero_grad();
}

UpdateStep::~UpdateStep() {
  if (!is_finished_) policy_.zero_grad();
}

void UpdateStep::add(const Group& group, std::span<const float> advantages) {
  const models::SerialLibTorch serial;
  const bool is_first = num_groups_++ == 0;
  num_tokens_ += sampled_tokens(group);
  const bool is_mute = std::ranges::all_of(advantages, [](float advantage) { return advantage == 0; });
  if (options_.skip_zero_advantages && is_mute) {
    if (is_first) first_ = {group, {advantages.begin(), advantages.end()}};
    double entropy = 0;
    for (const Completion& completion : group.completions)
      for (const float of_token : completion.entropy) entropy += of_token;
    entropies_unread_.push_back(entropy);
    return;
  }
  first_.reset();
  pack(group, advantages);
}

void UpdateStep::pack(const Group& group, std::span<const float> advantages) {
  for (const PackedBatch& batch : packer_.add(group, advantages)) read(batch);
}

// Forward, loss, backward.
void UpdateStep::read(const PackedBatch& packed) {
  const PackedBatch batch = for_loss(packed, policy_);
  at::Tensor ref_logprobs;
  if (options_.reference) {
    const at::NoGradGuard no_grad;
    ref_logprobs = options_.reference->score(batch).logprobs;
  }
  const at::AutoGradMode grad(true);
  if (uses_records_) computed_.push_back(packed);
  const TokenScores scores = uses_records_ ? policy_.score_by_records(batch) : policy_.score(batch);
  const bool by_records = scores.found_logprobs.defined();
  LossInputs in = loss_inputs(batch, scores);
  if (ref_logprobs.defined()) in.ref_logprobs = ref_logprobs;
  const Differentiated loss = differentiate(loss_, in);
  check(is_token_sum_.value_or(loss.out.is_token_sum) == loss.out.is_token_sum,
        "update: the loss of one micro-batch is a sum over tokens and that of another is not");
  is_token_sum_ = loss.out.is_token_sum;
  stats_.tokens += batch.tokens.size(0);
  if (by_records) stats_.recorded_tokens += batch.targets.size(0);
  stats_.recorded_activations += scores.recorded_activations;
  // What the head gives is told while the device goes back; what is found on the way back, when the step is whole.
  if (!by_records && size_.tokens > 0) note(in, loss.out, {}), tell();
  backward(scores, loss);
  if (size_.tokens == 0)
    unsettled_.push_back({std::move(in), loss.dlogprobs, loss.dentropy, scores.found_logprobs});
  else if (by_records)
    note(in, loss.out, scores.found_logprobs);
}

LossInputs UpdateStep::loss_inputs(const PackedBatch& batch, const TokenScores& scores) {
  LossInputs in{.logprobs = scores.logprobs.detach(),
                .entropy = scores.entropy.detach(),
                .old_logprobs = batch.is_rescored ? batch.old_logprobs : scores.logprobs.detach(),
                .ref_logprobs = {},
                .advantages = batch.advantages,
                .cu_completions = batch.cu_completions,
                .step_tokens = size_.tokens,
                .step_sequences = size_.sequences,
                .allows_token_sum = true};
  if (batch.sampler_logprobs.defined()) in.sampler_logprobs = batch.sampler_logprobs;
  return in;
}

void UpdateStep::note(const LossInputs& in, const LossOutput& out, const at::Tensor& found_logprobs) {
  const bool by_records = found_logprobs.defined();
  Numbers numbers{numbers_of(in, out, by_records ? found_logprobs : in.logprobs.detach()), {}, by_records};
  for (const auto& metric : out.metrics) numbers.metrics.push_back(metric.first);
  untold_.push_back(std::move(numbers));
}

// Waits for the device.
void UpdateStep::tell() {
  for (const Numbers& numbers : std::exchange(untold_, {})) {
    const at::Tensor host = numbers.values.cpu();
    const double* next = host.data_ptr<double>();
    const double loss = *next++, entropy = *next++, difference = *next++;
    check_finite("the loss", loss);
    stats_.loss += loss;
    entropies_.push_back(entropy);
    stats_.logp_difference_max = std::max(stats_.logp_difference_max, difference);
    if (numbers.are_of_records && difference != 0) are_records_refuted_ = true;
    for (const std::string& metric : numbers.metrics) stats_.metrics[metric] += *next++;
  }
}

// The same micro-batches by the head. No weight has changed since they were computed.
void UpdateStep::compute_anew() {
  policy_.zero_grad();
  stats_ = {};
  entropies_.clear();
  uses_records_ = false;
  for (const PackedBatch& batch : std::exchange(computed_, {})) read(batch);
}

// The loss again, now that the size of the step is known: for its numbers, and to hold its gradient against the one
// that the backward was given.
void UpdateStep::settle(const Given& given) {
  LossInputs in = given.in;
  in.step_tokens = size_.tokens;
  const Differentiated loss = differentiate(loss_, in);
  note(in, loss.out, given.found_logprobs);
  tell();
  check(ops::have_equal_bits(loss.dlogprobs, given.dlogprobs) && ops::have_equal_bits(loss.dentropy, given.dentropy) &&
            loss.out.is_token_sum == is_token_sum_,
        "update: the gradient of the loss depends on step_tokens, which are not known before the rollout has ended: "
        "such a loss cannot be streamed");
}

double UpdateStep::mean_entropy() const {
  const auto tokens = static_cast<double>(size_.tokens);
  double unread = 0, mean = 0;
  // Where no group has anything to say, the first one was read all the same.
  for (size_t i = first_ ? 1 : 0; i < entropies_unread_.size(); ++i) unread += entropies_unread_[i];
  mean += unread / tokens;
  for (const double entropy : entropies_) mean += entropy / tokens;
  return mean;
}

void UpdateStep::check_finite(const char* what, double value) const {
  const double shown = std::isnan(value) ? std::fabs(value) : value;  // the sign of a NaN says nothing
  check(std::isfinite(value), "update: {} is {} at optimiser step {}; no weight was changed", what, shown,
        optimizer_.steps());
}

UpdateStats UpdateStep::finish() {
  const models::SerialLibTorch serial;
  check(num_tokens_ > 0, "update: no sampled tokens in {} groups", num_groups_);
  if (first_) pack(first_->group, first_->advantages);
  if (const auto rest = packer_.finish()) read(*rest);
  size_.tokens = num_tokens_;
  for (const Given& given : unsettled_) settle(given);
  tell();
  if (are_records_refuted_) compute_anew();

  stats_.entropy = mean_entropy();
  const double share = is_token_sum_.value_or(false) ? 1 / static_cast<double>(size_.tokens) : 1;
  stats_.loss *= share;
  stats_.grad_norm = optimizer_.grad_norm() * share;
  check_finite("the gradient's norm", stats_.grad_norm);
  stats_.learning_rate = optimizer_.learning_rate();
  const bool clip = options_.max_grad_norm > 0 && stats_.grad_norm > options_.max_grad_norm;
  optimizer_.step(clip ? options_.max_grad_norm / stats_.grad_norm * share : share);
  is_finished_ = true;
  return std::move(stats_);
}

}  // namespace cohort
