// What an update saves by the sampler's records, beside one that computes all again, as JSON.
//
//   build/release/benchmark_recorded_scores [--model 17m] [--vocab 49152] [--dtype bfloat16] [--problems 4]
//       [--group-size 8] [--prompt 80] [--new 128] [--micro-batch-tokens 2048] [--rounds 7] [--threads 2] [--device
//       cpu]
//
// The models are Llamas of random weights, of the shapes of grpo_step.py (5m, 17m) and of SmolLM2 (135m), named by
// their size with 512 tokens. Completions are sampled once; updates with a learning rate of 0 leave their policy in
// place. In turns, after one of each that does not count. Seconds of update(), the optimiser's step included.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/arguments.hpp"
#include "benchmarks/device.hpp"
#include "cohort/rollout.hpp"
#include "cohort/threads.hpp"
#include "cohort/update.hpp"

namespace {

using namespace cohort;
using namespace cohort::benchmarks;

ModelConfig config_of(const std::string& model, int64_t vocab) {
  ModelConfig config;
  config.architecture = "LlamaForCausalLM";
  config.vocab_size = vocab;
  config.max_position = 2048;
  config.head_dim = 64;
  config.tied_embeddings = true;
  const auto shape = [&](int64_t hidden, int64_t intermediate, int64_t layers, int64_t heads, int64_t kv_heads) {
    config.hidden_size = hidden;
    config.intermediate_size = intermediate;
    config.num_layers = layers;
    config.num_heads = heads;
    config.num_kv_heads = kv_heads;
    return config;
  };
  if (model == "5m") return shape(256, 704, 6, 4, 4);
  if (model == "17m") return shape(384, 1088, 10, 6, 3);
  check(model == "135m", "--model: expected 5m, 17m or 135m, got {}", model);
  return shape(576, 1536, 30, 9, 3);
}

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv,
                            {{"model", "17m"},
                             {"vocab", "49152"},
                             {"dtype", "bfloat16"},
                             {"problems", "4"},
                             {"group-size", "8"},
                             {"prompt", "80"},
                             {"new", "128"},
                             {"micro-batch-tokens", "2048"},
                             {"rounds", "7"},
                             {"threads", "2"},
                             {"device", "cpu"}});
  set_num_threads(arguments.integer("threads"));
  const c10::Device device = device_or_exit("benchmark_recorded_scores", arguments.text("device"));
  Policy policy(config_of(arguments.text("model"), arguments.integer("vocab")),
                {.dtype = arguments.dtype("dtype"), .device = device});
  std::mt19937_64 random(1);
  std::vector<std::vector<int64_t>> prompts;
  for (int64_t i = 0; i < arguments.integer("problems"); ++i)
    prompts.push_back(random_tokens(arguments.integer("prompt"), policy.config().vocab_size, random));
  RolloutEngine engine(
      policy, any_tokenizer(policy.config().vocab_size),
      {.group_size = arguments.integer("group-size"), .max_new_tokens = arguments.integer("new"), .ignore_eos = true});
  const std::vector<Group> groups = engine.rollout_tokens(prompts);
  GroupArray advantages(std::ssize(groups), arguments.integer("group-size"));
  for (Eigen::Index i = 0; i < advantages.size(); ++i) advantages.data()[i] = i % 2 == 0 ? 1.0f : -1.0f;

  AdamW optimizer(policy, {.lr = 0.0f});
  std::vector<double> seconds[2];
  int64_t recorded = 0;
  for (int64_t round = 0; round <= arguments.integer("rounds"); ++round)
    for (const bool by_records : {false, true}) {
      const double start = seconds_now();
      const UpdateStats stats =
          update(policy, optimizer, grpo_loss(), groups, advantages,
                 {.micro_batch_tokens = arguments.integer("micro-batch-tokens"), .use_recorded_scores = by_records});
      synchronize(device);
      if (round > 0) seconds[by_records].push_back(seconds_now() - start);
      check(stats.logp_difference_max == 0, "a record differs by {}", stats.logp_difference_max);
      if (by_records) recorded = stats.recorded_tokens;
    }
  for (auto& of_one : seconds) std::ranges::sort(of_one);
  const size_t middle = seconds[0].size() / 2;
  std::cout << nlohmann::json{{"model", arguments.text("model")},    {"vocab", policy.config().vocab_size},
                              {"dtype", arguments.text("dtype")},    {"parameters", policy.num_parameters()},
                              {"recorded_tokens", recorded},         {"computed", spread(seconds[0], 1)},
                              {"by_records", spread(seconds[1], 1)}, {"ratio", seconds[1][middle] / seconds[0][middle]}}
                   .dump()
            << "\n";
} catch (const cohort::Error& error) {
  std::cerr << "benchmark_recorded_scores: " << error.what() << "\n";
  return 2;
}
