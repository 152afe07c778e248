// Supervised fine-tuning on a task's own worked examples, before GRPO.
#pragma once

#include "cohort/policy.hpp"
#include "cohort/task.hpp"
#include "src/cli/config.hpp"
#include "src/cli/model.hpp"
#include "src/cli/progress.hpp"
#include "src/cli/run_folder.hpp"

namespace cohort::cli {

/// Runs the [sft] section from where `folder` has it, with one line of sft.jsonl a step. A signal saves a checkpoint
/// and throws Interrupted. Does nothing if sft.steps is 0.
void warm_start(Model& model, const Task& task, const RunConfig& config, const RunFolder& folder, Progress& progress);

/// The first problem of GRPO: those that the warm start saw are not asked again before the others.
int64_t first_grpo_problem(const RunConfig& config);

}  // namespace cohort::cli
