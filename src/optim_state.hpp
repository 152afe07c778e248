// What an AdamW holds. Seen by checkpoints.
#pragma once

#include <vector>

#include "cohort/optim.hpp"
#include "kernels/ops.hpp"

namespace cohort {

struct AdamW::State {
  struct Moments {
    ops::CompactStates states;
    bool decays = false;
  };

  bool is_compact() const { return !options.float32_masters || options.moment_bits == 8; }

  Policy& policy;
  AdamWOptions options;
  std::vector<Moments> moments;  // in the order of the policy's parameters
  int64_t steps = 0;
};

}  // namespace cohort
