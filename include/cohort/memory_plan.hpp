#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cohort/optim.hpp"
#include "cohort/policy.hpp"
#include "cohort/rollout.hpp"

namespace cohort {

/// One thing that takes memory, and when it is there.
struct MemoryPart {
  std::string name;
  int64_t bytes = 0;
  bool on_host = false;  // of a policy on a GPU: in host memory all the same
  bool in_rollout = true, in_update = true;
};

struct MemoryPlan {
  std::vector<MemoryPart> parts;
  int64_t sequences = 0;             // decoded at once
  int64_t sequences_at_longest = 0;  // that find room in the cache if all grow to their longest; the others wait
  int64_t tokens_of_sequence = 0;    // prompt and completion, at their longest

  int64_t rollout_bytes() const;  // on the policy's device
  int64_t update_bytes() const;   // likewise
  int64_t peak_bytes() const;     // the larger of the two
  int64_t host_bytes() const;     // in host memory besides, at most
};

/// What a run is to do, as far as its memory depends on it.
struct PlannedRun {
  PolicyOptions policy;
  RolloutOptions rollout;
  AdamWOptions optimizer;
  int64_t sequences = 0;       // of a rollout: problems × group_size
  int64_t longest_prompt = 0;  // tokens
  int64_t micro_batch_tokens = 4096;
  bool has_reference = false;   // a frozen copy of the policy
  bool releases_cache = false;  // RolloutEngine::release_cache() before each update; a CPU's always does
  bool overlaps = false;        // a StreamedUpdate runs beside each rollout
};

/// Memory of a rollout and of an update, part by part, without a device and without weights. Weights, gradients,
/// moments, keys and values, and what a forward keeps are counted as they will be allocated; what a layer passes
/// through and what a GPU's libraries take are estimates, and called so. Throws Error as the run would.
MemoryPlan plan_memory(const ModelConfig& config, const PlannedRun& run);

/// The most bytes that were ever taken from a GPU for tensors; 0 for a CPU.
int64_t peak_device_bytes(c10::Device device);

}  // namespace cohort
