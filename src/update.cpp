#include "cohort/update.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>

#include "cohort/error.hpp"
#include "kernels/memory.hpp"
#include "src/models/transformer.hpp"
#include "src/trace/range.hpp"

namespace cohort {
namespace {

struct StepSize {
  int64_t tokens = 0, sequences = 0;
};

StepSize count(std::span<const Group> groups) {
  StepSize size;
  for (const Group& group : groups)
    for (const Completion& completion : group.completions) {
      check(completion.finish != FinishReason::cancelled,
            "update: a completion of problem {} was cancelled after {} tokens; leave its group out",
            group.problem.index, completion.tokens.size());
      size.tokens += std::ssize(completion.tokens);
      ++size.sequences;
    }
  return size;
}

LossInputs loss_inputs(Policy& policy, const PackedBatch& batch, const StepSize& size, const UpdateOptions& options) {
  LossInputs in{.old_logprobs = batch.old_logprobs,
                .ref_logprobs = {},
                .advantages = batch.advantages,
                .cu_completions = batch.cu_completions,
                .step_tokens = size.tokens,
                .step_sequences = size.sequences};
  if (options.reference) {
    const at::NoGradGuard no_grad;
    in.ref_logprobs = options.reference->score(batch).logprobs;
  }
  const at::AutoGradMode grad(true);
  const TokenScores scores = policy.score(batch);
  in.logprobs = scores.logprobs;
  in.entropy = scores.entropy;
  if (batch.sampler_logprobs.defined()) in.sampler_logprobs = batch.sampler_logprobs;
  if (!batch.is_rescored) in.old_logprobs = scores.logprobs.detach();
  return in;
}

// Groups that have something to say, with their advantages; and the entropy that was recorded in the others. Where none
// has, the first is read all the same, for what the step reports.
struct Read {
  std::vector<Group> groups;
  GroupArray advantages;
  double entropy_of_others = 0;
};

Read skip_zero_advantages(std::span<const Group> groups, const GroupArray& advantages) {
  Read read{.groups = {}, .advantages = GroupArray(advantages.rows(), advantages.cols())};
  const bool has_none = (advantages == 0).all();
  for (size_t g = 0; g < groups.size(); ++g) {
    const auto row = static_cast<Eigen::Index>(g);
    if ((advantages.row(row) != 0).any() || (has_none && g == 0)) {
      read.advantages.row(static_cast<Eigen::Index>(read.groups.size())) = advantages.row(row);
      read.groups.push_back(groups[g]);
      continue;
    }
    for (const Completion& completion : groups[g].completions)
      for (const float entropy : completion.entropy) read.entropy_of_others += entropy;
  }
  read.advantages.conservativeResize(std::ssize(read.groups), Eigen::NoChange);
  return read;
}

// What a loss reads, on the policy's device and in the type of the recomputed log-probabilities: float64 only in tests.
// Tokens stay where they are, on the host: the batch is laid out there while the device is busy with the one before.
PackedBatch for_loss(PackedBatch batch, const Policy& policy) {
  for (at::Tensor* tensor : {&batch.old_logprobs, &batch.sampler_logprobs, &batch.advantages, &batch.cu_completions})
    *tensor = ops::upload(*tensor, policy.options().device);
  if (policy.options().dtype == at::kDouble) {
    batch.old_logprobs = batch.old_logprobs.to(at::kDouble);
    batch.advantages = batch.advantages.to(at::kDouble);
  }
  return batch;
}

// The loss, the sum of the entropies, the largest difference of log-probabilities, and the metrics in their order: the
// device is waited for once.
std::vector<double> numbers_of(const LossInputs& in, const LossOutput& out) {
  const at::NoGradGuard no_grad;
  const at::Tensor recorded = in.sampler_logprobs.value_or(in.old_logprobs);
  std::vector<at::Tensor> values{out.loss.detach(), in.entropy.detach().sum(),
                                 at::abs(in.logprobs.detach() - recorded).max()};
  for (const auto& metric : out.metrics) values.push_back(metric.second.detach());
  for (at::Tensor& value : values) value = value.to(out.loss.device(), at::kDouble).reshape({});
  const at::Tensor host = at::stack(values).cpu();
  const auto* const numbers = host.data_ptr<double>();
  return {numbers, numbers + host.numel()};
}

}  // namespace

UpdateStats update(Policy& policy, AdamW& optimizer, const LossFn& loss, std::span<const Group> groups,
                   const GroupArray& advantages, UpdateOptions options) {
  const StepSize size = count(groups);
  check(size.tokens > 0, "update: no sampled tokens in {} groups", groups.size());
  check(options.max_grad_norm >= 0, "update: max_grad_norm must be at least 0, got {}", options.max_grad_norm);
  check(options.reference != &policy, "update: the reference is the policy itself");
  const trace::Range range("update");

  const models::SerialLibTorch serial;
  UpdateStats stats;
  policy.zero_grad();
  const auto give_up = [&](bool ok, const char* what, double value) {
    if (!ok) policy.zero_grad();
    const double shown = std::isnan(value) ? std::fabs(value) : value;  // the sign of a NaN says nothing
    check(ok, "update: {} is {} at optimiser step {}; no weight was changed", what, shown, optimizer.steps());
  };
  Read read;
  if (options.skip_zero_advantages) {
    check(advantages.rows() == std::ssize(groups), "update: {} groups but {} rows of advantages", groups.size(),
          advantages.rows());
    read = skip_zero_advantages(groups, advantages);
    stats.entropy = read.entropy_of_others / static_cast<double>(size.tokens);
  }
  const auto batches = options.skip_zero_advantages
                           ? pack(read.groups, read.advantages, options.micro_batch_tokens, at::kCPU)
                           : pack(groups, advantages, options.micro_batch_tokens, at::kCPU);
  for (const PackedBatch& packed : batches) {
    const PackedBatch batch = for_loss(packed, policy);
    const LossInputs in = loss_inputs(policy, batch, size, options);
    const at::AutoGradMode grad(true);
    const LossOutput out = loss(in);
    const std::vector<double> seen = numbers_of(in, out);
    give_up(std::isfinite(seen[0]), "the loss", seen[0]);
    if (out.loss.requires_grad()) out.loss.backward();

    stats.loss += seen[0];
    stats.entropy += seen[1] / static_cast<double>(size.tokens);
    stats.logp_difference_max = std::max(stats.logp_difference_max, seen[2]);
    stats.tokens += batch.tokens.size(0);
    size_t next = 3;
    for (const auto& metric : out.metrics) stats.metrics[metric.first] += seen[next++];
  }

  stats.grad_norm = optimizer.grad_norm();
  give_up(std::isfinite(stats.grad_norm), "the gradient's norm", stats.grad_norm);
  stats.learning_rate = optimizer.learning_rate();
  const bool clip = options.max_grad_norm > 0 && stats.grad_norm > options.max_grad_norm;
  optimizer.step(clip ? options.max_grad_norm / stats.grad_norm : 1.0);
  return stats;
}

void rescore(Policy& policy, std::span<Group> groups, int64_t micro_batch_tokens) {
  const at::NoGradGuard no_grad;
  std::vector<Completion*> completions;
  for (Group& group : groups)
    for (Completion& completion : group.completions) {
      completion.policy_logprobs.clear();
      if (!completion.tokens.empty()) completions.push_back(&completion);
    }
  const GroupArray zeros = GroupArray::Zero(std::ssize(groups), groups.empty() ? 0 : std::ssize(groups[0].completions));
  auto next = completions.begin();
  for (const PackedBatch& batch : pack(groups, zeros, micro_batch_tokens, policy.options().device)) {
    const at::Tensor logprobs = policy.score(batch).logprobs.to(at::kFloat).cpu();
    const float* from = logprobs.data_ptr<float>();
    for (const float* const end = from + logprobs.numel(); from < end; ++next) {
      (*next)->policy_logprobs.assign(from, from + (*next)->tokens.size());
      from += (*next)->tokens.size();
    }
  }
}

Group demonstration(const Tokenizer& tokenizer, const Problem& problem, const std::string& text) {
  Group group{
      .problem = problem, .prompt_tokens = tokenizer.encode_problem(problem), .completions = {}, .sampling = {}};
  Completion completion{.tokens = tokenizer.encode(text), .logprobs = {}, .text = text};
  check(!tokenizer.stop_tokens().empty(), "demonstration: the tokenizer has no stop token to end the text with");
  completion.tokens.push_back(tokenizer.stop_tokens().front());
  completion.logprobs.assign(completion.tokens.size(), 0.0f);  // nobody sampled it: sft_loss() does not read them
  group.completions.push_back(std::move(completion));
  return group;
}

UpdateStats sft_update(Policy& policy, AdamW& optimizer, std::span<const Group> demonstrations, UpdateOptions options) {
  const auto groups = static_cast<Eigen::Index>(demonstrations.size());
  UpdateStats stats = update(policy, optimizer, sft_loss(), demonstrations, GroupArray::Ones(groups, 1), options);
  stats.logp_difference_max = 0;  // there is no sampler to differ from
  return stats;
}

}  // namespace cohort
