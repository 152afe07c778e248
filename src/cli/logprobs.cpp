#include "src/cli/logprobs.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <span>
#include <vector>

#include "cohort/batch.hpp"
#include "src/cli/jsonl.hpp"
#include "src/cli/model.hpp"
#include "src/cli/prompts.hpp"

namespace cohort::cli {
namespace {

// Enough rows that the weights are read once for many of them; results do not depend on it.
constexpr int64_t kBatchTokens = 2048;

/// A text as a prompt of its first token and a completion of the others: what the policy scores.
Group as_group(const std::vector<int64_t>& tokens) {
  Completion rest;
  rest.tokens.assign(tokens.begin() + 1, tokens.end());
  rest.logprobs.assign(rest.tokens.size(), 0.0f);
  return {.prompt_tokens = {tokens.front()}, .completions = {std::move(rest)}};
}

void write(const std::vector<int64_t>& tokens, std::span<const float> logprobs) {
  nlohmann::ordered_json values = nlohmann::ordered_json::array();
  if (!tokens.empty()) values.push_back(nullptr);
  for (const float logprob : logprobs) values.push_back(logprob);
  write_line({{"tokens", tokens}, {"logprobs", std::move(values)}});
}

void score_texts(Policy& policy, std::span<const std::vector<int64_t>> texts) {
  std::vector<Group> groups;
  int64_t longest = kBatchTokens;
  for (const auto& tokens : texts) {
    if (tokens.size() >= 2) groups.push_back(as_group(tokens));
    longest = std::max(longest, static_cast<int64_t>(tokens.size()));
  }
  std::vector<std::vector<float>> scores;
  const GroupArray advantages = GroupArray::Zero(static_cast<int64_t>(groups.size()), 1);
  const auto batches =
      groups.empty() ? std::vector<PackedBatch>() : pack(groups, advantages, longest, policy.options().device);
  for (const PackedBatch& batch : batches) {
    const at::Tensor logprobs = policy.score(batch).logprobs.cpu().contiguous();
    const at::Tensor bounds = batch.cu_completions.cpu();
    const float* values = logprobs.const_data_ptr<float>();
    const int* ends = bounds.const_data_ptr<int>();
    for (int64_t i = 0; i + 1 < bounds.numel(); ++i) scores.emplace_back(values + ends[i], values + ends[i + 1]);
  }
  size_t next = 0;
  for (const auto& tokens : texts) write(tokens, tokens.size() >= 2 ? scores.at(next++) : std::vector<float>());
}

}  // namespace

void logprobs(const Arguments& arguments) {
  Model model = load_model(arguments);
  std::vector<std::vector<int64_t>> texts;
  for_each_line(line_source(arguments), [&](const nlohmann::json& object) {
    const std::string key = only_key(object, {"text", "tokens"});
    std::vector<int64_t> tokens = key == "text" ? model.tokenizer.encode_with_special(required_string(object, "text"))
                                                : required_integers(object, "tokens");
    if (!tokens.empty()) check_tokens(model.policy.config(), tokens, /*room=*/0);
    texts.push_back(std::move(tokens));
  });
  work([&] {
    const at::NoGradGuard no_grad;
    for (size_t first = 0; first < texts.size();) {
      size_t last = first, tokens = 0;
      while (last < texts.size() && (last == first || tokens + texts[last].size() <= kBatchTokens))
        tokens += texts[last++].size();
      score_texts(model.policy, std::span(texts).subspan(first, last - first));
      first = last;
    }
  });
}

}  // namespace cohort::cli
