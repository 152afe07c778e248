#include "cohort/update.hpp"

#include <ATen/core/grad_mode.h>

#include "cohort/error.hpp"
#include "src/models/transformer.hpp"
#include "src/trace/range.hpp"
#include "src/update/step.hpp"

namespace cohort {

UpdateStats update(Policy& policy, AdamW& optimizer, const LossFn& loss, std::span<const Group> groups,
                   const GroupArray& advantages, UpdateOptions options) {
  check(advantages.rows() == std::ssize(groups), "update: {} groups but {} rows of advantages", groups.size(),
        advantages.rows());
  const trace::Range range("update");
  const models::SerialLibTorch serial;
  UpdateStep::Size size;
  for (const Group& group : groups) {
    size.tokens += sampled_tokens(group);
    size.sequences += std::ssize(group.completions);
  }
  UpdateStep step(policy, optimizer, loss, size, options);
  for (size_t g = 0; g < groups.size(); ++g) {
    const auto row = advantages.row(static_cast<Eigen::Index>(g));
    step.add(groups[g], {row.data(), static_cast<size_t>(row.size())});
  }
  return step.finish();
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
