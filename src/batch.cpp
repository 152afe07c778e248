#include "cohort/batch.hpp"

#include <ATen/ops/tensor.h>

#include "cohort/error.hpp"

namespace cohort {
namespace {

bool is_rescored(const Completion& completion) { return !completion.policy_logprobs.empty(); }

// One batch while it is being filled; finish() turns the columns into tensors.
struct Columns {
  std::vector<int64_t> tokens, positions, predicted_at, targets;
  std::vector<float> old_logprobs, sampler_logprobs, advantages;
  std::vector<int32_t> cu_seqlens{0}, cu_completions{0};

  void append(const std::vector<int64_t>& prompt, const Completion& completion, float advantage) {
    const auto start = std::ssize(tokens);
    tokens.insert(tokens.end(), prompt.begin(), prompt.end());
    tokens.insert(tokens.end(), completion.tokens.begin(), completion.tokens.end());
    for (auto t = start; t < std::ssize(tokens); ++t) positions.push_back(t - start);

    for (size_t i = 0; i < completion.tokens.size(); ++i) {
      predicted_at.push_back(start + std::ssize(prompt) + static_cast<int64_t>(i) - 1);
      targets.push_back(completion.tokens[i]);
      old_logprobs.push_back(is_rescored(completion) ? completion.policy_logprobs[i] : completion.logprobs[i]);
      sampler_logprobs.push_back(completion.logprobs[i]);
      advantages.push_back(advantage);
    }
    cu_seqlens.push_back(static_cast<int32_t>(tokens.size()));
    cu_completions.push_back(static_cast<int32_t>(targets.size()));
  }

  PackedBatch finish(c10::Device device, const Group& like) const {
    const auto ids = [device](const std::vector<int64_t>& values) { return at::tensor(values, at::kLong).to(device); };
    const auto reals = [device](const std::vector<float>& values) { return at::tensor(values, at::kFloat).to(device); };
    const bool is_exact = like.precision == Precision::exact;
    return {
        .tokens = ids(tokens),
        .positions = ids(positions),
        .cu_seqlens = at::tensor(cu_seqlens, at::kInt),
        .predicted_at = ids(predicted_at),
        .targets = ids(targets),
        .old_logprobs = reals(old_logprobs),
        .sampler_logprobs = is_exact ? at::Tensor() : reals(sampler_logprobs),
        .advantages = reals(advantages),
        .cu_completions = at::tensor(cu_completions, at::kInt).to(device),
        .sampling = like.sampling,
        .is_rescored = is_exact || is_rescored(like.completions.front()),
    };
  }
};

int64_t num_tokens(const Group& group) {
  int64_t tokens = 0;
  for (const Completion& completion : group.completions)
    tokens += std::ssize(group.prompt_tokens) + std::ssize(completion.tokens);
  return tokens;
}

void check_group(const Group& group, size_t index, const Group& first, int64_t num_advantages) {
  check(!group.prompt_tokens.empty(), "pack: group {} has an empty prompt: nothing predicts its first token", index);
  check(std::ssize(group.completions) == num_advantages, "pack: group {} has {} completions but {} advantages", index,
        group.completions.size(), num_advantages);
  check(group.sampling == first.sampling && group.precision == first.precision,
        "pack: group {} was sampled differently from group 0", index);
  for (const Completion& completion : group.completions) {
    check(is_rescored(completion) == is_rescored(first.completions.front()) &&
              (!is_rescored(completion) || completion.policy_logprobs.size() == completion.tokens.size()),
          "pack: a completion of group {} has {} policy_logprobs for {} tokens; rescore() fills those of all groups",
          index, completion.policy_logprobs.size(), completion.tokens.size());
    check(completion.tokens.size() == completion.logprobs.size(),
          "pack: a completion of group {} has {} tokens but {} logprobs", index, completion.tokens.size(),
          completion.logprobs.size());
  }
}

}  // namespace

std::vector<PackedBatch> pack(std::span<const Group> groups, const GroupArray& advantages, int64_t max_tokens,
                              c10::Device device) {
  check(advantages.rows() == std::ssize(groups), "pack: {} groups but {} rows of advantages", groups.size(),
        advantages.rows());
  if (groups.empty()) return {};

  std::vector<PackedBatch> batches;
  Columns columns;
  const auto flush = [&] {
    if (!columns.targets.empty()) batches.push_back(columns.finish(device, groups.front()));
    columns = {};
  };
  for (size_t g = 0; g < groups.size(); ++g) {
    const Group& group = groups[g];
    check_group(group, g, groups.front(), advantages.cols());
    // A group that fits into a batch stays whole: its prompt is then read once, wherever the step is cut.
    const int64_t whole = num_tokens(group);
    if (whole <= max_tokens && std::ssize(columns.tokens) + whole > max_tokens) flush();
    for (size_t i = 0; i < group.completions.size(); ++i) {
      const Completion& completion = group.completions[i];
      const int64_t length = std::ssize(group.prompt_tokens) + std::ssize(completion.tokens);
      check(length <= max_tokens, "pack: a sequence of {} tokens does not fit in a batch of {}", length, max_tokens);
      if (std::ssize(columns.tokens) + length > max_tokens) flush();
      columns.append(group.prompt_tokens, completion,
                     advantages(static_cast<Eigen::Index>(g), static_cast<Eigen::Index>(i)));
    }
  }
  flush();
  return batches;
}

}  // namespace cohort
