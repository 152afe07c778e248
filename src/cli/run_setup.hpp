// From a configuration to the library's options.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cohort/advantage.hpp"
#include "cohort/loss.hpp"
#include "cohort/optim.hpp"
#include "cohort/rollout.hpp"
#include "cohort/task.hpp"
#include "src/cli/config.hpp"
#include "src/cli/model.hpp"

namespace cohort::cli {

/// "key=value". Throws UsageError for anything else.
Override parse_override(const std::string& text);

/// What --set and the options that stand for a key say: --steps, --samples, --model, --seed, --device, --dtype,
/// --threads.
std::vector<Override> overrides_of(const Arguments& arguments);

/// Of the configuration's model on `device`, which need not be there.
PolicyOptions policy_options(const RunConfig& config, c10::Device device);

/// The task of a configuration. Throws UsageError naming `file` if there is none.
Task configured_task(const RunConfig& config, const std::filesystem::path& file);

/// The rewards of the configuration, or else the task's own. The first one is accuracy: a completion is right if it
/// gives 1. Throws UsageError if there is none.
std::vector<RewardTerm> configured_rewards(const RunConfig& config, const Task& task);

/// Loads or makes the model, and sets the number of threads. Throws UsageError if the configuration names none.
Model configured_model(const RunConfig& config);

RolloutOptions rollout_options(const RunConfig& config);
RolloutOptions eval_options(const RunConfig& config);
LossFn configured_loss(const RunConfig& config);
GroupRelativeOptions advantage_options(const RunConfig& config);
AdamWOptions grpo_optimizer_options(const RunConfig& config);
AdamWOptions sft_optimizer_options(const RunConfig& config);

}  // namespace cohort::cli
