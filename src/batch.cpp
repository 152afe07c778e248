#include "cohort/batch.hpp"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "cohort/error.hpp"

namespace cohort {
namespace {

bool is_rescored(const Completion& completion) { return !completion.policy_logprobs.empty(); }

// All that the head says of its tokens is recorded.
bool has_summary(const Completion& completion) {
  const size_t size = completion.tokens.size();
  return completion.entropy.size() == size && completion.max_logit.size() == size && completion.log_sum.size() == size;
}

constexpr float kNoCutoff = -std::numeric_limits<float>::infinity();

// What all groups of a step have in common.
struct HowSampled {
  Sampling sampling;
  Precision precision;
  bool is_rescored;

  explicit HowSampled(const Group& group)
      : sampling(group.sampling),
        precision(group.precision),
        is_rescored(!group.completions.empty() && cohort::is_rescored(group.completions.front())) {}

  // Records are those of the policy itself, over all tokens of its vocabulary.
  bool is_plain() const {
    return precision == Precision::exact && !is_rescored && sampling.top_k == 0 && sampling.top_p == 1 &&
           sampling.min_p == 0;
  }
};

// One batch while it is being filled; finish() turns the columns into tensors.
struct Columns {
  std::vector<int64_t> tokens, positions, predicted_at, targets;
  std::vector<float> old_logprobs, sampler_logprobs, entropy, summary, advantages;
  bool has_summaries = true, has_activations = false;
  std::vector<std::shared_ptr<const RecordedActivations>> activations;
  std::vector<int32_t> cu_seqlens{0}, cu_completions{0};

  void append(const std::vector<int64_t>& prompt, const Completion& completion, float advantage) {
    const auto start = std::ssize(tokens);
    has_summaries &= has_summary(completion);
    tokens.insert(tokens.end(), prompt.begin(), prompt.end());
    tokens.insert(tokens.end(), completion.tokens.begin(), completion.tokens.end());
    for (auto t = start; t < std::ssize(tokens); ++t) positions.push_back(t - start);

    for (size_t i = 0; i < completion.tokens.size(); ++i) {
      predicted_at.push_back(start + std::ssize(prompt) + static_cast<int64_t>(i) - 1);
      targets.push_back(completion.tokens[i]);
      old_logprobs.push_back(is_rescored(completion) ? completion.policy_logprobs[i] : completion.logprobs[i]);
      sampler_logprobs.push_back(completion.logprobs[i]);
      advantages.push_back(advantage);
      if (!has_summaries) continue;
      entropy.push_back(completion.entropy[i]);
      for (const float number : {completion.max_logit[i], completion.log_sum[i], completion.entropy[i], kNoCutoff})
        summary.push_back(number);
    }
    activations.push_back(completion.activations);
    has_activations |= completion.activations != nullptr;
    cu_seqlens.push_back(static_cast<int32_t>(tokens.size()));
    cu_completions.push_back(static_cast<int32_t>(targets.size()));
  }

  PackedBatch finish(c10::Device device, const HowSampled& how) const {
    const auto ids = [device](const std::vector<int64_t>& values) { return at::tensor(values, at::kLong).to(device); };
    const auto reals = [device](const std::vector<float>& values) { return at::tensor(values, at::kFloat).to(device); };
    const bool is_exact = how.precision == Precision::exact, is_known = has_summaries && how.is_plain();
    return {
        .tokens = ids(tokens),
        .positions = ids(positions),
        .cu_seqlens = at::tensor(cu_seqlens, at::kInt),
        .predicted_at = ids(predicted_at),
        .targets = ids(targets),
        .old_logprobs = reals(old_logprobs),
        .sampler_logprobs = is_exact ? at::Tensor() : reals(sampler_logprobs),
        .entropy = is_known ? reals(entropy) : at::Tensor(),
        .summary = is_known ? reals(summary).view({-1, 4}) : at::Tensor(),
        .advantages = reals(advantages),
        .cu_completions = at::tensor(cu_completions, at::kInt).to(device),
        .activations = has_activations ? activations : decltype(activations)(),
        .sampling = how.sampling,
        .is_rescored = is_exact || how.is_rescored,
    };
  }
};

int64_t num_tokens(const Group& group) {
  int64_t tokens = 0;
  for (const Completion& completion : group.completions)
    tokens += std::ssize(group.prompt_tokens) + std::ssize(completion.tokens);
  return tokens;
}

void check_group(const Group& group, int64_t index, const HowSampled& how, size_t num_advantages) {
  check(!group.prompt_tokens.empty(), "pack: group {} has an empty prompt: nothing predicts its first token", index);
  check(group.completions.size() == num_advantages, "pack: group {} has {} completions but {} advantages", index,
        group.completions.size(), num_advantages);
  check(group.sampling == how.sampling && group.precision == how.precision,
        "pack: group {} was sampled differently from group 0", index);
  for (const Completion& completion : group.completions) {
    check(is_rescored(completion) == how.is_rescored &&
              (!is_rescored(completion) || completion.policy_logprobs.size() == completion.tokens.size()),
          "pack: a completion of group {} has {} policy_logprobs for {} tokens; rescore() fills those of all groups",
          index, completion.policy_logprobs.size(), completion.tokens.size());
    check(completion.tokens.size() == completion.logprobs.size(),
          "pack: a completion of group {} has {} tokens but {} logprobs", index, completion.tokens.size(),
          completion.logprobs.size());
  }
}

}  // namespace

struct Packer::State {
  int64_t max_tokens;
  c10::Device device;
  int64_t num_groups = 0;  // so far
  std::optional<HowSampled> how = std::nullopt;
  Columns columns = {};

  std::optional<PackedBatch> flush() {
    std::optional<PackedBatch> batch;
    if (!columns.targets.empty()) batch = columns.finish(device, *how);
    columns = {};
    return batch;
  }
};

Packer::Packer(int64_t max_tokens, c10::Device device)
    : state_(std::make_unique<State>(State{.max_tokens = max_tokens, .device = device})) {}
Packer::~Packer() = default;

std::vector<PackedBatch> Packer::add(const Group& group, std::span<const float> advantages) {
  auto& [max_tokens, device, num_groups, how, columns] = *state_;
  if (!how) how.emplace(group);
  check_group(group, num_groups, *how, advantages.size());
  ++num_groups;

  std::vector<PackedBatch> batches;
  const auto flush = [&] {
    if (auto batch = state_->flush()) batches.push_back(std::move(*batch));
  };
  // A group that fits into a batch stays whole: its prompt is then read once, wherever the step is cut.
  const int64_t whole = num_tokens(group);
  if (whole <= max_tokens && std::ssize(columns.tokens) + whole > max_tokens) flush();
  for (size_t i = 0; i < group.completions.size(); ++i) {
    const Completion& completion = group.completions[i];
    const int64_t length = std::ssize(group.prompt_tokens) + std::ssize(completion.tokens);
    check(length <= max_tokens, "pack: a sequence of {} tokens does not fit in a batch of {}", length, max_tokens);
    if (std::ssize(columns.tokens) + length > max_tokens) flush();
    columns.append(group.prompt_tokens, completion, advantages[i]);
  }
  return batches;
}

std::optional<PackedBatch> Packer::finish() {
  std::optional<PackedBatch> batch = state_->flush();
  state_->num_groups = 0;
  state_->how.reset();
  return batch;
}

std::vector<PackedBatch> pack(std::span<const Group> groups, const GroupArray& advantages, int64_t max_tokens,
                              c10::Device device) {
  check(advantages.rows() == std::ssize(groups), "pack: {} groups but {} rows of advantages", groups.size(),
        advantages.rows());
  Packer packer(max_tokens, device);
  std::vector<PackedBatch> batches;
  for (size_t g = 0; g < groups.size(); ++g) {
    const auto row = advantages.row(static_cast<Eigen::Index>(g));
    std::ranges::move(packer.add(groups[g], {row.data(), static_cast<size_t>(row.size())}),
                      std::back_inserter(batches));
  }
  if (auto rest = packer.finish()) batches.push_back(std::move(*rest));
  return batches;
}

}  // namespace cohort
