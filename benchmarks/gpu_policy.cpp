// A policy on a GPU with random weights: decoding, training, and a whole GRPO step, as JSON.
//
//   build/release/benchmark_gpu_policy --what decode|train|grpo [--shape qwen2.5-0.5b] [--dtype bfloat16]
//       [--batch 1,64,512] [--prompt 256] [--new 256] [--group-size 8] [--window 8] [--graphs automatic]
//       [--precision exact] [--problems 64] [--sequence 1024] [--tokens 16384] [--micro-batch-tokens 8192]
//       [--checkpointing none] [--offload 0] [--kv-bytes 0] [--recorded-scores 1] [--steps 3] [--device cuda]
//
// decode: tokens a second at each batch, beside what the copy's rate allows for the bytes of weights, keys and values.
// train: supervised steps, tokens a second and share of the product's rate by 6 N + attention. grpo: rollout of
// problems × group size completions of --new tokens, then the update; the share of the ratios that are exactly 1 is
// logp_difference_max == 0. The first step warms up. Ceilings are measured in the same run. Exit code 77: no device.
#include <iostream>

#include "benchmarks/device.hpp"
#include "cohort/memory_plan.hpp"
#include "cohort/rollout.hpp"
#include "cohort/update.hpp"

namespace {

using namespace cohort;
using namespace cohort::benchmarks;

RolloutOptions rollout_options(const Arguments& arguments) {
  const std::string &graphs = arguments.text("graphs"), &precision = arguments.text("precision");
  check(graphs == "automatic" || graphs == "off", "--graphs: expected automatic or off, got {}", graphs);
  check(precision == "exact" || precision == "fp8" || precision == "fast",
        "--precision: expected exact, fp8 or fast, got {}", precision);
  return {.group_size = arguments.integer("group-size"),
          .max_new_tokens = arguments.integer("new"),
          .ignore_eos = true,
          .precision = precision == "fast"  ? Precision::fast
                       : precision == "fp8" ? Precision::fp8
                                            : Precision::exact,
          .kv_cache_bytes = arguments.integer("kv-bytes"),
          .decode_window = arguments.integer("window"),
          .graphs = graphs == "off" ? Graphs::off : Graphs::automatic};
}

std::vector<std::vector<int64_t>> random_prompts(int64_t count, int64_t length, int64_t vocab) {
  std::mt19937_64 random(1);
  std::vector<std::vector<int64_t>> prompts;
  for (int64_t i = 0; i < count; ++i) prompts.push_back(random_tokens(length, vocab, random));
  return prompts;
}

nlohmann::json decode(Policy& policy, const Tokenizer& tokenizer, const Arguments& arguments, const Ceilings& ceiling) {
  nlohmann::json rows = nlohmann::json::array();
  const int64_t prompt = arguments.integer("prompt"), new_tokens = arguments.integer("new");
  for (const int64_t batch : arguments.integers("batch")) {
    RolloutOptions options = rollout_options(arguments);
    options.group_size = std::min(options.group_size, batch);
    check(batch % options.group_size == 0, "--batch: expected a multiple of the group size {}, got {}",
          options.group_size, batch);
    options.max_batch = batch;
    ++options.max_new_tokens;  // the first is drawn at the end of reading
    RolloutEngine engine(policy, tokenizer, options);
    const auto prompts = random_prompts(batch / options.group_size, prompt, policy.config().vocab_size);
    engine.rollout_tokens(prompts);  // records the steps
    std::vector<double> rates;
    for (int64_t round = 0; round < arguments.integer("steps"); ++round) {
      int64_t drawn = 0;
      double read = 0;
      const int64_t rows_of_batch = std::ssize(prompts) * options.group_size;
      // The host hears of a window as one: the clock starts with the second.
      const int64_t first = rows_of_batch * std::max<int64_t>(1, options.decode_window);
      const double start = seconds_now();
      engine.rollout_tokens(prompts, round + 1, {}, [&](int64_t, int64_t, int64_t) {
        if (++drawn == first) read = seconds_now();
      });
      const double end = seconds_now();
      rates.push_back(static_cast<double>(drawn - first) / (end - (read > 0 ? read : start)));
    }
    std::ranges::sort(rates);
    const double context = static_cast<double>(prompt) + static_cast<double>(new_tokens) / 2;
    const double bytes = decode_bytes(policy.config(), batch, context, 2);
    const double bound = static_cast<double>(batch) * ceiling.bytes_per_second / bytes;
    rows.push_back({{"batch", batch},
                    {"prompt", prompt},
                    {"new", new_tokens},
                    {"tokens_per_second", spread(rates, 1)},
                    {"share_of_ceiling", rates[rates.size() / 2] / bound},
                    {"windows", engine.stats().windows},
                    {"steps", engine.stats().steps}});
  }
  return rows;
}

nlohmann::json train(Policy& policy, const Arguments& arguments, const Ceilings& ceiling) {
  const int64_t sequence = arguments.integer("sequence"), tokens = arguments.integer("tokens");
  check(sequence >= 2 && tokens % sequence == 0, "--tokens: expected a multiple of the sequence of {}, got {}",
        sequence, tokens);
  AdamW optimizer(policy, {.lr = 1e-6f, .offload = arguments.integer("offload") != 0});
  std::mt19937_64 random(1);
  std::vector<Group> groups;
  for (int64_t i = 0; i < tokens / sequence; ++i) {
    Completion completion{.tokens = random_tokens(sequence - 1, policy.config().vocab_size, random)};
    completion.logprobs.assign(completion.tokens.size(), 0.0f);
    groups.push_back(
        {.prompt_tokens = random_tokens(1, policy.config().vocab_size, random), .completions = {completion}});
  }
  std::vector<double> rates;
  for (int64_t step = 0; step <= arguments.integer("steps"); ++step) {
    const double start = seconds_now();
    sft_update(policy, optimizer, groups, {.micro_batch_tokens = arguments.integer("micro-batch-tokens")});
    synchronize(policy.options().device);
    if (step > 0) rates.push_back(static_cast<double>(tokens) / (seconds_now() - start));
  }
  std::ranges::sort(rates);
  const double operations = training_operations(policy.config(), sequence);
  return {{"sequence", sequence},
          {"tokens", tokens},
          {"tokens_per_second", spread(rates, 1)},
          {"operations_per_token", operations},
          {"share_of_ceiling", rates[rates.size() / 2] * operations / ceiling.flops}};
}

nlohmann::json grpo(Policy& policy, const Tokenizer& tokenizer, const Arguments& arguments) {
  const int64_t problems = arguments.integer("problems"), group_size = arguments.integer("group-size");
  RolloutOptions options = rollout_options(arguments);
  options.max_batch = problems * group_size;
  RolloutEngine engine(policy, tokenizer, options);
  AdamW optimizer(policy, {.lr = 1e-6f, .offload = arguments.integer("offload") != 0});
  const LossFn loss = grpo_loss({});
  const auto prompts = random_prompts(problems, arguments.integer("prompt"), policy.config().vocab_size);
  GroupArray advantages(problems, group_size);
  for (Eigen::Index i = 0; i < advantages.size(); ++i) advantages.data()[i] = i % 2 == 0 ? 1.0f : -1.0f;
  std::vector<double> rollouts, updates, steps;
  double difference = 0;
  int64_t tokens = 0, recorded_tokens = 0;
  for (int64_t step = 0; step <= arguments.integer("steps"); ++step) {
    const double start = seconds_now();
    const auto groups = engine.rollout_tokens(prompts, step);
    const double sampled = seconds_now();
    engine.release_cache();
    const UpdateStats stats = update(policy, optimizer, loss, groups, advantages,
                                     {.micro_batch_tokens = arguments.integer("micro-batch-tokens"),
                                      .use_recorded_scores = arguments.integer("recorded-scores") != 0});
    synchronize(policy.options().device);
    const double end = seconds_now();
    difference = std::max(difference, stats.logp_difference_max);
    tokens += problems * group_size * arguments.integer("new");
    recorded_tokens += stats.recorded_tokens;
    if (step == 0 && arguments.integer("steps") > 0) continue;
    rollouts.push_back(sampled - start);
    updates.push_back(end - sampled);
    steps.push_back(end - start);
  }
  for (auto* seconds : {&rollouts, &updates, &steps}) std::ranges::sort(*seconds);
  return {{"problems", problems},
          {"group_size", group_size},
          {"prompt", arguments.integer("prompt")},
          {"new", arguments.integer("new")},
          {"step_seconds", spread(steps, 1)},
          {"rollout_seconds", spread(rollouts, 1)},
          {"update_seconds", spread(updates, 1)},
          {"sampled_tokens", tokens},
          {"recorded_tokens", recorded_tokens},
          {"logp_difference_max", difference}};
}

ActivationCheckpointing checkpointing(const std::string& name) {
  check(name == "none" || name == "attention" || name == "mlp" || name == "layer",
        "--checkpointing: expected none, attention, mlp or layer, got {}", name);
  return name == "attention" ? ActivationCheckpointing::attention
         : name == "mlp"     ? ActivationCheckpointing::mlp
         : name == "layer"   ? ActivationCheckpointing::layer
                             : ActivationCheckpointing::none;
}

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv,
                            {{"what", ""},
                             {"shape", "qwen2.5-0.5b"},
                             {"dtype", "bfloat16"},
                             {"batch", "1,64,512"},
                             {"prompt", "256"},
                             {"new", "256"},
                             {"group-size", "8"},
                             {"window", "8"},
                             {"graphs", "automatic"},
                             {"precision", "exact"},
                             {"problems", "64"},
                             {"sequence", "1024"},
                             {"tokens", "16384"},
                             {"micro-batch-tokens", "8192"},
                             {"checkpointing", "none"},
                             {"offload", "0"},
                             {"kv-bytes", "0"},
                             {"recorded-scores", "1"},
                             {"steps", "3"},
                             {"device", "cuda"}});
  const std::string& what = arguments.text("what");
  check(what == "decode" || what == "train" || what == "grpo", "--what: expected decode, train or grpo, got \"{}\"",
        what);
  const ModelConfig config = shape(arguments.text("shape"));
  const PolicyOptions options{.dtype = arguments.dtype("dtype"),
                              .device = device_or_exit("benchmark_gpu_policy", arguments.text("device")),
                              .activation_checkpointing = checkpointing(arguments.text("checkpointing"))};
  const Ceilings ceiling = ceilings(options.device);
  Policy policy(config, options);
  const Tokenizer tokenizer = any_tokenizer(config.vocab_size);
  nlohmann::json result{{"what", what},
                        {"shape", arguments.text("shape")},
                        {"precision", arguments.text("precision")},
                        {"parameters", policy.num_parameters()},
                        {"ceilings", ceiling.json()}};
  if (what == "decode") result["rows"] = decode(policy, tokenizer, arguments, ceiling);
  if (what == "train") result["rows"] = nlohmann::json::array({train(policy, arguments, ceiling)});
  if (what == "grpo") result["rows"] = nlohmann::json::array({grpo(policy, tokenizer, arguments)});
  result["device_peak_bytes"] = peak_device_bytes(options.device);
  std::cout << result.dump() << "\n";
} catch (const std::exception& error) {
  std::cerr << "benchmark_gpu_policy: " << error.what() << "\n";
  return 1;
}
