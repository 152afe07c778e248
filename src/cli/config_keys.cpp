#include "src/cli/config_keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "src/cli/toml_text.hpp"

namespace cohort::cli {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Range any() { return {}; }
Range path() { return {.is_path = true}; }
Range at_least(double min) { return {.min = min}; }
Range above(double min, double max = kInfinity) { return {.min = min, .max = max, .open_below = true}; }
Range between(double min, double max) { return {.min = min, .max = max}; }
Range one_of(std::vector<std::string_view> choices) { return {.choices = std::move(choices)}; }

// Largest seed that TOML and JSON numbers carry.
constexpr double kMaxSeed = 9007199254740992.0;

const std::vector<Key>& table() {
  using C = RunConfig;
  using Int = int64_t& (*)(C&);
  using Num = double& (*)(C&);
  using Bool = bool& (*)(C&);
  using Str = std::string& (*)(C&);
  using List = std::vector<std::string>& (*)(C&);
  static const std::vector<Key> keys = {
      {"model.path", Str([](C & c) -> auto& { return c.model.path; }), path(),
       "a Hugging Face directory or a .gguf file to start from; or model.config"},
      {"model.config", Str([](C & c) -> auto& { return c.model.config; }), path(),
       "a Hugging Face config.json: start from a new model with random weights"},
      {"model.alphabet", Str([](C & c) -> auto& { return c.model.alphabet; }), any(),
       "characters a new model reads and writes, one token each"},
      {"model.tokenizer", Str([](C & c) -> auto& { return c.model.tokenizer; }), path(),
       "directory whose tokenizer a new model takes"},
      {"model.dtype", Str([](C & c) -> auto& { return c.model.dtype; }), one_of({"float32", "bfloat16"}),
       "of the weights"},
      {"model.device", Str([](C & c) -> auto& { return c.model.device; }), any(), "cpu, cuda or cuda:N"},
      {"model.seed", Int([](C & c) -> auto& { return c.model.seed; }), between(0, kMaxSeed),
       "of a new model's weights"},

      {"rollout.problems_per_step", Int([](C & c) -> auto& { return c.rollout.problems_per_step; }), at_least(1),
       "groups sampled in each step"},
      {"rollout.group_size", Int([](C & c) -> auto& { return c.rollout.group_size; }), at_least(2),
       "completions of each problem"},
      {"rollout.max_new_tokens", Int([](C & c) -> auto& { return c.rollout.max_new_tokens; }), at_least(1),
       "tokens of a completion at most"},
      {"rollout.temperature", Num([](C & c) -> auto& { return c.rollout.temperature; }), above(0),
       "what logits are divided by before drawing"},
      {"rollout.top_k", Int([](C & c) -> auto& { return c.rollout.top_k; }), at_least(0),
       "draw from the k likeliest tokens; 0: from all"},
      {"rollout.top_p", Num([](C & c) -> auto& { return c.rollout.top_p; }), above(0, 1),
       "draw from the smallest set of tokens with this mass"},
      {"rollout.min_p", Num([](C & c) -> auto& { return c.rollout.min_p; }), between(0, 0.999999),
       "draw from tokens at least this likely beside the likeliest"},
      {"rollout.stop", List([](C & c) -> auto& { return c.rollout.stop; }), any(), "strings that end a completion"},
      {"rollout.ignore_eos", Bool([](C & c) -> auto& { return c.rollout.ignore_eos; }), any(),
       "the model's stop tokens do not end a completion: all have max_new_tokens, as measurements want"},
      {"rollout.max_batch", Int([](C & c) -> auto& { return c.rollout.max_batch; }), at_least(1),
       "sequences decoded at once; bounds memory, never changes a result"},
      {"rollout.kv_cache_bytes", Int([](C & c) -> auto& { return c.rollout.kv_cache_bytes; }), at_least(0),
       "memory for keys and values; 0: what max_batch sequences at their longest need. With less, sequences wait or "
       "are read again; never changes a result"},

      {"rollout.precision", Str([](C & c) -> auto& { return c.rollout.precision; }),
       one_of({"exact", "int8", "fp8", "fast"}),
       "int8, on a CPU: sample with weights and activations of eight bits; fp8: likewise on a GPU of compute "
       "capability 9.0; neither with experts; fast, on a GPU: with sums in whatever order is quickest. The update then "
       "weights tokens by loss.importance_cap"},
      {"rollout.decode_window", Int([](C & c) -> auto& { return c.rollout.decode_window; }), at_least(0),
       "steps of decoding between two looks at what they drew; 0: 1 on a CPU, 8 on a GPU. Never changes a result"},
      {"rollout.activation_tokens", Int([](C & c) -> auto& { return c.rollout.activation_tokens; }), at_least(0),
       "tokens whose activations an exact rollout on a CPU keeps, so that the update need not compute them again; each "
       "takes about the memory of one of train.micro_batch_tokens. Never changes a result"},
      {"rollout.graphs", Str([](C & c) -> auto& { return c.rollout.graphs; }), one_of({"automatic", "off"}),
       "automatic: steps of decoding on a GPU are recorded and replayed. Never changes a result"},
      {"rollout.release_cache", Bool([](C & c) -> auto& { return c.rollout.release_cache; }), any(),
       "keys and values on a GPU give their memory back before each update, as a CPU's always do"},

      {"loss.name", Str([](C & c) -> auto& { return c.loss.name; }), one_of({"grpo", "dapo", "dr_grpo"}),
       "preset of clip_high, aggregation and advantage.scale_by_std"},
      {"loss.clip_low", Num([](C & c) -> auto& { return c.loss.clip_low; }), between(0, 1),
       "the ratio is clipped below 1 - clip_low"},
      {"loss.clip_high", Num([](C & c) -> auto& { return c.loss.clip_high; }), at_least(0),
       "the ratio is clipped above 1 + clip_high"},
      {"loss.kl_coefficient", Num([](C & c) -> auto& { return c.loss.kl_coefficient; }), at_least(0),
       "of the k3 KL to the policy that GRPO starts from; 0: no reference"},
      {"loss.aggregation", Str([](C & c) -> auto& { return c.loss.aggregation; }),
       one_of({"token_mean", "sequence_mean", "constant"}), "how token losses become one number"},
      {"loss.entropy_coefficient", Num([](C & c) -> auto& { return c.loss.entropy_coefficient; }), at_least(0),
       "of a bonus on the mean token entropy"},

      {"loss.importance_cap", Num([](C & c) -> auto& { return c.loss.importance_cap; }), above(0),
       "of a token's weight, policy over sampler, where rollout.precision is not exact"},

      {"advantage.scale_by_std", Bool([](C & c) -> auto& { return c.advantage.scale_by_std; }), any(),
       "divide a group's advantages by its standard deviation"},
      {"advantage.epsilon", Num([](C & c) -> auto& { return c.advantage.epsilon; }), above(0),
       "added to that standard deviation"},

      {"optimizer.lr", Num([](C & c) -> auto& { return c.optimizer.lr; }), above(0), "peak learning rate of AdamW"},
      {"optimizer.warmup_steps", Int([](C & c) -> auto& { return c.optimizer.warmup_steps; }), at_least(0),
       "updates before the peak"},
      {"optimizer.decay", Str([](C & c) -> auto& { return c.optimizer.decay; }),
       one_of({"constant", "linear", "cosine"}), "of the learning rate after the warm-up"},
      {"optimizer.decay_steps", Int([](C & c) -> auto& { return c.optimizer.decay_steps; }), at_least(0),
       "update at which the decay ends; 0: the last one"},
      {"optimizer.final_lr", Num([](C & c) -> auto& { return c.optimizer.final_lr; }), at_least(0),
       "where the decay ends"},
      {"optimizer.beta1", Num([](C & c) -> auto& { return c.optimizer.beta1; }), between(0, 0.999999),
       "of the mean of gradients"},
      {"optimizer.beta2", Num([](C & c) -> auto& { return c.optimizer.beta2; }), between(0, 0.999999),
       "of the mean of squares"},
      {"optimizer.epsilon", Num([](C & c) -> auto& { return c.optimizer.epsilon; }), above(0),
       "added to the root of that"},
      {"optimizer.weight_decay", Num([](C & c) -> auto& { return c.optimizer.weight_decay; }), at_least(0),
       "decoupled; not on norms and biases"},
      {"optimizer.max_grad_norm", Num([](C & c) -> auto& { return c.optimizer.max_grad_norm; }), at_least(0),
       "gradients are clipped to this norm; 0: not"},
      {"optimizer.offload", Bool([](C & c) -> auto& { return c.optimizer.offload; }), any(),
       "master weights and moments of a policy on a GPU lie in host memory and are updated there"},
      {"optimizer.float32_masters", Bool([](C & c) -> auto& { return c.optimizer.float32_masters; }), any(),
       "keep weights in float32 beside the policy's; off: round bfloat16 weights at random, right in the mean"},
      {"optimizer.moment_bits", Int([](C & c) -> auto& { return c.optimizer.moment_bits; }), between(8, 32),
       "of each mean AdamW keeps: 32, or 8 with a scale for each 256"},

      {"sft.steps", Int([](C & c) -> auto& { return c.sft.steps; }), at_least(0),
       "updates on the task's worked examples before GRPO"},
      {"sft.batch_size", Int([](C & c) -> auto& { return c.sft.batch_size; }), at_least(1), "examples in each"},
      {"sft.lr", Num([](C & c) -> auto& { return c.sft.lr; }), above(0), "peak learning rate"},
      {"sft.warmup_steps", Int([](C & c) -> auto& { return c.sft.warmup_steps; }), at_least(0),
       "updates before the peak"},
      {"sft.decay", Str([](C & c) -> auto& { return c.sft.decay; }), one_of({"constant", "linear", "cosine"}),
       "of the learning rate, down to 0 at the last of these updates"},

      {"train.steps", Int([](C & c) -> auto& { return c.train.steps; }), at_least(0), "of GRPO"},
      {"train.seed", Int([](C & c) -> auto& { return c.train.seed; }), between(0, kMaxSeed), "of sampling"},
      {"train.threads", Int([](C & c) -> auto& { return c.train.threads; }), between(0, 1024),
       "of the CPU kernels; 0: one for each core. Never changes a result"},
      {"train.reward_threads", Int([](C & c) -> auto& { return c.train.reward_threads; }), between(0, 1024),
       "that grade while others decode; 0: four for each core, at least 16, for most of them wait. Never changes a "
       "result"},
      {"train.micro_batch_tokens", Int([](C & c) -> auto& { return c.train.micro_batch_tokens; }), at_least(1),
       "tokens of a forward and backward at most; bounds memory"},
      {"train.skip_zero_advantages", Bool([](C & c) -> auto& { return c.train.skip_zero_advantages; }), any(),
       "the update does not read groups whose completions all earned the same; only where that changes nothing: "
       "without "
       "a KL term or an entropy bonus"},
      {"train.use_recorded_scores", Bool([](C & c) -> auto& { return c.train.use_recorded_scores; }), any(),
       "the update takes log-probabilities, entropies and the activations of rollout.activation_tokens from the "
       "sampler "
       "instead of computing them again, where the policy is still the one that sampled; never changes a result"},
      {"train.activation_checkpointing", Str([](C & c) -> auto& { return c.train.activation_checkpointing; }),
       one_of({"none", "attention", "mlp", "layer"}),
       "what the update computes again instead of keeping it: less memory, more time, the same result"},
      {"train.updates_per_rollout", Int([](C & c) -> auto& { return c.train.updates_per_rollout; }), at_least(1),
       "optimiser steps on the same completions; clipping acts from the second on"},
      {"train.overlap_update", Bool([](C & c) -> auto& { return c.train.overlap_update; }), any(),
       "groups that are graded are read forward and backward while others still decode, on a CPU; takes more "
       "memory, never changes a result"},
      {"train.checkpoint_every", Int([](C & c) -> auto& { return c.train.checkpoint_every; }), at_least(0),
       "steps; 0: only at the end and on a signal"},
      {"train.keep_checkpoints", Int([](C & c) -> auto& { return c.train.keep_checkpoints; }), at_least(1),
       "the newest ones; older ones are deleted"},
      {"train.eval_every", Int([](C & c) -> auto& { return c.train.eval_every; }), at_least(0),
       "steps between evaluations on held-out problems; 0: none"},
      {"train.target_accuracy", Num([](C & c) -> auto& { return c.train.target_accuracy; }), between(0, 1),
       "stop once held-out accuracy is this high; 0: go on"},
      {"train.show_samples", Int([](C & c) -> auto& { return c.train.show_samples; }), at_least(0),
       "completions shown after each step"},
      {"train.check_gold", Int([](C & c) -> auto& { return c.train.check_gold; }), at_least(0),
       "problems whose gold answers the rewards must find right before the run starts; 0: none"},
      {"train.max_bad_gold", Num([](C & c) -> auto& { return c.train.max_bad_gold; }), between(0, 1),
       "share of those that may fail; the run does not start if more do"},

      {"eval.n", Int([](C & c) -> auto& { return c.eval.n; }), at_least(1), "held-out problems"},
      {"eval.k", Int([](C & c) -> auto& { return c.eval.k; }), at_least(1), "completions of each, for pass@k"},
      {"eval.temperature", Num([](C & c) -> auto& { return c.eval.temperature; }), at_least(0), "0: greedy"},
      {"eval.max_new_tokens", Int([](C & c) -> auto& { return c.eval.max_new_tokens; }), at_least(0),
       "0: as in rollout"},
      {"eval.seed", Int([](C & c) -> auto& { return c.eval.seed; }), between(0, kMaxSeed), "of sampling"},
  };
  return keys;
}

}  // namespace

std::span<const Key> key_table() { return table(); }

const Key* find_key(std::string_view name) {
  const auto found = std::find_if(table().begin(), table().end(), [&](const Key& key) { return key.name == name; });
  return found == table().end() ? nullptr : &*found;
}

std::string type_name(const Field& field) {
  constexpr const char* kNames[] = {"an integer", "a number", "true or false", "a string", "a list of strings"};
  return kNames[field.index()];
}

std::string describe(const Range& range) {
  if (!range.choices.empty()) return fmt::format("one of {}", fmt::join(range.choices, ", "));
  const std::string low =
      std::isfinite(range.min) ? fmt::format("{} {}", range.open_below ? "above" : "at least", range.min) : "";
  const std::string high = std::isfinite(range.max) ? fmt::format("at most {}", range.max) : "";
  return low.empty() || high.empty() ? low + high : low + " and " + high;
}

std::vector<KeyHelp> config_keys() {
  RunConfig defaults;
  std::vector<KeyHelp> help;
  for (const Key& key : table()) {
    const std::string fallback = std::visit([&](auto field) { return toml_text(field(defaults)); }, key.field);
    help.push_back({std::string(key.name), type_name(key.field), fallback, describe(key.range), std::string(key.doc)});
  }
  return help;
}

}  // namespace cohort::cli
