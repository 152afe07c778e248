// A run's configuration: what a user may set, and what it is then set to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cohort/reward.hpp"

namespace cohort::cli {

/// A task or a reward by name, with its own options as text: the tables of tasks and rewards know them.
struct Named {
  std::string name;
  std::map<std::string, std::string> options;
  std::string where;  // "run.toml:12", for errors; empty: not from a file
};

struct RewardConfig {
  std::string name;  // in the log
  Named rule;
  double weight = 1.0;
  OnError on_error = OnError::skip;  // nobody wants to lose a run to a reward
  std::optional<Gate> gate;
  std::optional<Bounds> clip;
  std::optional<double> deadline;  // seconds; none: the default of the rule
  double max_failure_rate = 0.1;
};

/// Everything `cohort train` and `cohort eval` can be told. The defaults are the library's; config_keys() says what
/// each field means. Sections are those of the file.
struct RunConfig {
  struct Model {
    std::string path;
    std::string config;
    std::string alphabet;
    std::string tokenizer;
    std::string dtype = "float32";
    std::string device = "cpu";
    int64_t seed = 0;
  } model;

  Named task;
  std::vector<RewardConfig> rewards;  // empty: the task's own

  struct Rollout {
    int64_t problems_per_step = 8;
    int64_t group_size = 8;
    int64_t max_new_tokens = 512;
    double temperature = 1.0;
    int64_t top_k = 0;
    double top_p = 1.0;
    double min_p = 0.0;
    std::vector<std::string> stop;
    bool ignore_eos = false;
    int64_t max_batch = 256;
    int64_t kv_cache_bytes = 0;
    std::string precision = "exact";
    int64_t decode_window = 0;
    int64_t activation_tokens = 4096;  // the library's default is none: not every sampler trains
    std::string graphs = "automatic";
    bool release_cache = false;
  } rollout;

  struct Loss {
    std::string name = "grpo";
    double clip_low = 0.2;
    double clip_high = 0.2;
    double kl_coefficient = 0.0;
    std::string aggregation = "sequence_mean";
    double entropy_coefficient = 0.0;
    double importance_cap = 2.0;
  } loss;

  struct Advantage {
    bool scale_by_std = true;
    double epsilon = 1e-4;
  } advantage;

  struct Optimizer {
    double lr = 1e-6;
    int64_t warmup_steps = 0;
    std::string decay = "constant";
    int64_t decay_steps = 0;
    double final_lr = 0.0;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.0;
    double max_grad_norm = 1.0;
    bool offload = false;
    bool float32_masters = true;
    int64_t moment_bits = 32;
  } optimizer;

  struct Sft {
    int64_t steps = 0;
    int64_t batch_size = 32;
    double lr = 1e-3;
    int64_t warmup_steps = 0;
    std::string decay = "constant";
  } sft;

  struct Train {
    int64_t steps = 100;
    int64_t seed = 0;
    int64_t threads = 0;
    int64_t reward_threads = 0;
    int64_t micro_batch_tokens = 4096;
    std::string activation_checkpointing = "none";
    int64_t updates_per_rollout = 1;
    bool overlap_update = false;
    bool skip_zero_advantages = true;
    bool use_recorded_scores = true;
    int64_t checkpoint_every = 100;
    int64_t keep_checkpoints = 2;
    int64_t eval_every = 0;
    double target_accuracy = 0.0;
    int64_t show_samples = 0;
    int64_t check_gold = 1000;
    double max_bad_gold = 0.1;
  } train;

  struct Eval {
    int64_t n = 100;
    int64_t k = 1;
    double temperature = 0.0;
    int64_t max_new_tokens = 0;
    int64_t seed = 0;
  } eval;
};

/// `--set key=value`. Wins over the file.
struct Override {
  std::string key;
  std::string value;  // as in TOML; text that is not TOML is a string
  std::string from;   // how an error calls it: "--set rollout.top_k=5", "--steps"
};

/// A resolved configuration and what the loss's preset did to it.
struct LoadedConfig {
  RunConfig config;
  std::set<std::string> given;     // keys that the file or an override set
  std::vector<std::string> notes;  // "loss.clip_high = 0.2 wins over 0.28 of dapo"
};

/// Reads a file strictly: every unknown key, wrong type, value out of range and contradiction is a UsageError that
/// names the key and its line, and the nearest valid key. Paths in the file are looked for beside it, then in the
/// current directory; those of overrides in the current directory. The result has them absolute.
LoadedConfig load_config(const std::filesystem::path& file, const std::vector<Override>& overrides = {});
LoadedConfig parse_config(const std::string& toml, const std::filesystem::path& file,
                          const std::vector<Override>& overrides = {});

/// The whole configuration as TOML that load_config reads back to the same.
std::string to_toml(const RunConfig& config);

/// One key as --help and errors show it.
struct KeyHelp {
  std::string name;      // "rollout.group_size"
  std::string type;      // "integer", "number", "boolean", "string", "list of strings"
  std::string fallback;  // as TOML
  std::string range;     // "at least 2", "one of grpo, dapo, dr_grpo"; may be empty
  std::string doc;
};
std::vector<KeyHelp> config_keys();

}  // namespace cohort::cli
