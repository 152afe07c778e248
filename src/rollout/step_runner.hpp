// How a step of decoding is started: call by call, or recorded once for each size of batch and replayed.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "cohort/rollout.hpp"

namespace cohort::rollout {

class StepRunner {
 public:
  virtual ~StepRunner() = default;

  /// Rows that a step over `rows` rows is to have.
  virtual int64_t padded(int64_t rows) const = 0;

  /// Does what `step` does for `rows` rows, a number that padded() gave. What `step` reads and writes must lie where it
  /// lay when this number was run first, and its calls must be the same; what is there may differ.
  virtual void run(int64_t rows, const std::function<void()>& step) = 0;

  /// Something lies elsewhere now.
  virtual void forget() = 0;
};

/// The runner that `graphs` asks for on this device. Throws Error where cohort was built without CUDA and it is one.
std::unique_ptr<StepRunner> make_step_runner(c10::Device device, Graphs graphs);

}  // namespace cohort::rollout
