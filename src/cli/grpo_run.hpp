// The loop of `cohort train`.
#pragma once

#include <cstdint>
#include <vector>

#include "cohort/task.hpp"
#include "src/cli/config.hpp"
#include "src/cli/model.hpp"
#include "src/cli/progress.hpp"
#include "src/cli/run_folder.hpp"

namespace cohort::cli {

/// A run that is ready to go: everything the user gave is known to be good.
struct GrpoRun {
  RunConfig config;
  RunFolder folder;
  Task task;
  std::vector<RewardTerm> rewards;  // the first one is accuracy
  Model model;                      // as it was before any step
};

/// Warm start, then rollout, score, advantages and update for every step from where the folder has it; metrics,
/// completions, checkpoints, curves and the final model. A signal saves a checkpoint and throws Interrupted.
void run_to_end(GrpoRun& run, Progress& progress);

}  // namespace cohort::cli
