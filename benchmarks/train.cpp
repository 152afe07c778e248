// Tokens a second of supervised steps, with the share of the machine's ceiling, as JSON.
//
//   build/release/benchmark_train --model FILE [--dtype bfloat16] [--sequence 512] [--tokens 4096] [--steps 3]
//                                 [--micro-batch-tokens 4096] [--threads 2]
//
// A step packs sequences of random tokens, computes the cross-entropy of every token but the first of each, goes
// backward and takes a step of AdamW. The first step warms up. Operations of a token: 6 for each weight of a product
// (2 forward, 4 backward; the head is one, the embedding's rows are none), and attention's 12 · heads · head_dim ·
// layers · (sequence + 1) / 2. What a checkpoint of activations computes again does not count.
#include <ATen/ops/ones.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/arguments.hpp"
#include "benchmarks/ceiling.hpp"
#include "cohort/optim.hpp"
#include "cohort/update.hpp"

namespace {

using namespace cohort;
using namespace cohort::benchmarks;

double operations_per_token(const ModelConfig& config, int64_t sequence) {
  const int64_t queries = config.num_heads * config.head_dim, keys = config.num_kv_heads * config.head_dim;
  const int64_t attention = config.hidden_size * (queries + 2 * keys) + queries * config.hidden_size;
  int64_t products = config.vocab_size * config.hidden_size;
  for (int64_t layer = 0; layer < config.num_layers; ++layer)
    products += attention + 3 * config.hidden_size * config.gated_size(layer) +
                (config.has_experts(layer) ? config.experts.count * config.hidden_size : 0);
  return 6.0 * static_cast<double>(products) +
         12.0 * static_cast<double>(queries * config.num_layers) * static_cast<double>(sequence + 1) / 2;
}

// A text of random tokens, of which all but the first are predicted.
Group text(int64_t sequence, int64_t vocab_size, std::mt19937_64& random) {
  Completion completion{.tokens = random_tokens(sequence - 1, vocab_size, random)};
  completion.logprobs.assign(completion.tokens.size(), 0.0f);
  return {.prompt_tokens = random_tokens(1, vocab_size, random), .completions = {std::move(completion)}};
}

struct Times {
  double forward = 0, backward = 0, optimizer = 0, loss = 0;
};

// As update() does it, with a clock between the stages.
Times step(Policy& policy, AdamW& optimizer, std::span<const Group> groups, int64_t micro_batch_tokens) {
  Times times;
  const auto rows = static_cast<Eigen::Index>(groups.size());
  int64_t predicted = 0;
  for (const Group& group : groups) predicted += std::ssize(group.completions.front().tokens);
  const LossFn loss = sft_loss();
  double start = seconds_now();
  const auto lap = [&](double& stage) {
    const double now = seconds_now();
    stage += now - start;
    start = now;
  };
  for (const PackedBatch& batch : pack(groups, GroupArray::Ones(rows, 1), micro_batch_tokens, c10::kCPU)) {
    const TokenScores scores = policy.score(batch);
    const LossOutput out = loss({.logprobs = scores.logprobs,
                                 .entropy = scores.entropy,
                                 .old_logprobs = batch.old_logprobs,
                                 .advantages = batch.advantages,
                                 .cu_completions = batch.cu_completions,
                                 .step_tokens = predicted,
                                 .step_sequences = rows});
    times.loss += out.loss.item<double>();
    lap(times.forward);
    out.loss.backward();
    lap(times.backward);
  }
  optimizer.grad_norm();
  optimizer.step();
  lap(times.optimizer);
  return times;
}

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv,
                            {{"model", ""},
                             {"dtype", "bfloat16"},
                             {"sequence", "512"},
                             {"tokens", "4096"},
                             {"steps", "3"},
                             {"micro-batch-tokens", "4096"},
                             {"threads", "2"}});
  set_num_threads(arguments.integer("threads"));
  const at::ScalarType dtype = arguments.dtype("dtype");
  const int64_t sequence = arguments.integer("sequence"), tokens = arguments.integer("tokens");
  check(sequence >= 2 && tokens % sequence == 0, "--tokens: expected a multiple of the sequence of {}, got {}",
        sequence, tokens);
  Policy policy = load_policy(arguments.text("model"), {.dtype = dtype});
  AdamW optimizer(policy, {.lr = 1e-6f});
  std::mt19937_64 random(1);
  std::vector<Group> groups;
  for (int64_t i = 0; i < tokens / sequence; ++i) groups.push_back(text(sequence, policy.config().vocab_size, random));

  const double ceiling = dtype == at::kFloat ? ceiling_flops<float>() : ceiling_flops<kernels::bfloat16>();
  const double operations = operations_per_token(policy.config(), sequence);
  nlohmann::json steps = nlohmann::json::array();
  for (int64_t i = 0; i <= arguments.integer("steps"); ++i) {
    const Times times = step(policy, optimizer, groups, arguments.integer("micro-batch-tokens"));
    if (i == 0) continue;
    const double rate = static_cast<double>(tokens) / (times.forward + times.backward + times.optimizer);
    steps.push_back({{"tokens_per_second", rate},
                     {"share_of_ceiling", rate * operations / ceiling},
                     {"forward", times.forward},
                     {"backward", times.backward},
                     {"optimizer", times.optimizer},
                     {"loss", times.loss}});
  }
  std::cout << nlohmann::json{{"ceiling_gflops", ceiling / 1e9}, {"operations_per_token", operations}, {"steps", steps}}
                   .dump()
            << "\n";
} catch (const cohort::Error& error) {
  std::cerr << "benchmark_train: " << error.what() << "\n";
  return 2;
}
