#pragma once

#include <filesystem>

#include "cohort/optim.hpp"
#include "cohort/policy.hpp"

namespace cohort {

/// Everything needed to go on: weights, optimiser state, and the number of steps done. Written beside `directory`
/// and renamed into place.
void save_checkpoint(const Policy& policy, AdamW& optimizer, int64_t step, const std::filesystem::path& directory);

/// Reads it back into a policy and an optimiser of the same shapes; returns the number of steps done. Throws Error,
/// with nothing changed, if a file is missing, damaged or of another model.
int64_t load_checkpoint(Policy& policy, AdamW& optimizer, const std::filesystem::path& directory);

}  // namespace cohort
