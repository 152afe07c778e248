#include "src/cli/run_setup.hpp"

#include <fmt/format.h>

#include "cohort/threads.hpp"
#include "src/cli/catalogue.hpp"
#include "src/cli/fresh_model.hpp"
#include "src/cli/sampling_options.hpp"

namespace cohort::cli {
namespace {

Decay parse_decay(const std::string& name) {
  return name == "linear" ? Decay::linear : name == "cosine" ? Decay::cosine : Decay::constant;
}

Aggregation parse_aggregation(const std::string& name) {
  return name == "token_mean"      ? Aggregation::token_mean
         : name == "sequence_mean" ? Aggregation::sequence_mean
                                   : Aggregation::constant;
}

ActivationCheckpointing parse_activation_checkpointing(const std::string& name) {
  return name == "attention" ? ActivationCheckpointing::attention
         : name == "mlp"     ? ActivationCheckpointing::mlp
         : name == "layer"   ? ActivationCheckpointing::layer
                             : ActivationCheckpointing::none;
}

AdamWOptions adamw_options(const RunConfig& config) {
  return {.beta1 = static_cast<float>(config.optimizer.beta1),
          .beta2 = static_cast<float>(config.optimizer.beta2),
          .epsilon = static_cast<float>(config.optimizer.epsilon),
          .weight_decay = static_cast<float>(config.optimizer.weight_decay),
          .offload = config.optimizer.offload,
          .float32_masters = config.optimizer.float32_masters,
          .moment_bits = static_cast<int>(config.optimizer.moment_bits),
          .seed = static_cast<uint64_t>(config.train.seed)};
}

}  // namespace

Override parse_override(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError(fmt::format("--set: expected section.key=value, got \"{}\"", text));
  return {text.substr(0, equals), text.substr(equals + 1), fmt::format("--set {}", text)};
}

std::vector<Override> overrides_of(const Arguments& arguments) {
  std::vector<Override> overrides;
  for (const std::string& text : arguments.texts("set")) overrides.push_back(parse_override(text));
  for (const auto& [option, key] : {std::pair{"steps", "train.steps"},
                                    {"samples", "train.show_samples"},
                                    {"model", "model.path"},
                                    {"seed", "train.seed"},
                                    {"device", "model.device"},
                                    {"dtype", "model.dtype"},
                                    {"threads", "train.threads"}})
    if (arguments.has(option)) overrides.push_back({key, arguments.text(option), fmt::format("--{}", option)});
  return overrides;
}

PolicyOptions policy_options(const RunConfig& config, c10::Device device) {
  return {.dtype = parse_dtype(config.model.dtype),
          .device = device,
          .activation_checkpointing = parse_activation_checkpointing(config.train.activation_checkpointing)};
}

Task configured_task(const RunConfig& config, const std::filesystem::path& file) {
  if (config.task.name.empty())
    throw UsageError(fmt::format("{}: task.name is missing: see cohort tasks", file.string()));
  return make_task(config.task);
}

std::vector<RewardTerm> configured_rewards(const RunConfig& config, const Task& task) {
  std::vector<RewardTerm> terms = config.rewards.empty() ? task.rewards : make_rewards(config.rewards);
  if (config.rewards.empty() && !terms.empty()) {
    // As a section [[reward]] would have it.
    for (RewardTerm& term : terms) term.on_error = RewardConfig().on_error;
    terms.front().reads_answer = true;
  }
  if (terms.empty())
    throw UsageError(fmt::format("task {} has no rewards of its own: expected a section [[reward]]", config.task.name));
  return terms;
}

Model configured_model(const RunConfig& config) {
  if (config.train.threads > 0) set_num_threads(config.train.threads);
  const PolicyOptions options = policy_options(config, parse_device("model.device", config.model.device));
  if (!config.model.path.empty()) return load_model(config.model.path, options);
  if (config.model.config.empty())
    throw UsageError("model.path is missing: a model to start from, or model.config for a new one");
  return fresh_model({.config = config.model.config,
                      .alphabet = config.model.alphabet,
                      .tokenizer = config.model.tokenizer,
                      .dtype = config.model.dtype,
                      .device = config.model.device,
                      .seed = config.model.seed,
                      .activation_checkpointing = options.activation_checkpointing});
}

RolloutOptions rollout_options(const RunConfig& config) {
  RolloutOptions options;
  options.group_size = config.rollout.group_size;
  options.max_new_tokens = config.rollout.max_new_tokens;
  options.sampling = {.temperature = static_cast<float>(config.rollout.temperature),
                      .top_k = config.rollout.top_k,
                      .top_p = static_cast<float>(config.rollout.top_p),
                      .min_p = static_cast<float>(config.rollout.min_p)};
  options.seed = static_cast<uint64_t>(config.train.seed);
  options.stop = config.rollout.stop;
  options.ignore_eos = config.rollout.ignore_eos;
  options.max_batch = config.rollout.max_batch;
  options.kv_cache_bytes = config.rollout.kv_cache_bytes;
  options.precision = parse_precision(config.rollout.precision);
  options.decode_window = config.rollout.decode_window;
  // Elsewhere nothing is computed that an update could go on from; or it is told to compute all.
  const bool is_of_use = config.model.device == "cpu" && options.precision == Precision::exact;
  if (is_of_use && config.train.use_recorded_scores) options.activation_tokens = config.rollout.activation_tokens;
  options.graphs = config.rollout.graphs == "off" ? Graphs::off : Graphs::automatic;
  return options;
}

RolloutOptions eval_options(const RunConfig& config) {
  RolloutOptions options = rollout_options(config);
  options.group_size = config.eval.k;
  options.precision = Precision::exact;
  options.activation_tokens = 0;
  if (config.eval.max_new_tokens > 0) options.max_new_tokens = config.eval.max_new_tokens;
  options.sampling.temperature = static_cast<float>(config.eval.temperature);
  options.seed = static_cast<uint64_t>(config.eval.seed);
  return options;
}

LossFn configured_loss(const RunConfig& config) {
  return grpo_loss({.clip_low = static_cast<float>(config.loss.clip_low),
                    .clip_high = static_cast<float>(config.loss.clip_high),
                    .kl_coefficient = static_cast<float>(config.loss.kl_coefficient),
                    .aggregation = parse_aggregation(config.loss.aggregation),
                    .max_tokens = config.loss.aggregation == "constant" ? config.rollout.max_new_tokens : 0,
                    .entropy_coefficient = static_cast<float>(config.loss.entropy_coefficient),
                    .importance_cap = static_cast<float>(config.loss.importance_cap)});
}

GroupRelativeOptions advantage_options(const RunConfig& config) {
  return {.scale_by_std = config.advantage.scale_by_std, .epsilon = static_cast<float>(config.advantage.epsilon)};
}

AdamWOptions grpo_optimizer_options(const RunConfig& config) {
  AdamWOptions options = adamw_options(config);
  options.lr = static_cast<float>(config.optimizer.lr);
  options.warmup_steps = config.optimizer.warmup_steps;
  options.decay = parse_decay(config.optimizer.decay);
  const int64_t updates = config.train.steps * config.train.updates_per_rollout;
  options.total_steps = config.optimizer.decay_steps > 0 ? config.optimizer.decay_steps : updates;
  options.final_lr = static_cast<float>(config.optimizer.final_lr);
  return options;
}

AdamWOptions sft_optimizer_options(const RunConfig& config) {
  AdamWOptions options = adamw_options(config);
  options.lr = static_cast<float>(config.sft.lr);
  options.warmup_steps = config.sft.warmup_steps;
  options.decay = parse_decay(config.sft.decay);
  options.total_steps = config.sft.steps;
  return options;
}

}  // namespace cohort::cli
