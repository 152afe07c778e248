// What an AdamW holds. Seen by checkpoints.
#pragma once

#include <vector>

#include "cohort/optim.hpp"

namespace cohort {

struct AdamW::State {
  struct Moments {
    at::Tensor master, m, v;  // float32, the parameter's shape
    bool decays = false;
  };

  Policy& policy;
  AdamWOptions options;
  std::vector<Moments> moments;  // in the order of the policy's parameters
  int64_t steps = 0;
};

}  // namespace cohort
