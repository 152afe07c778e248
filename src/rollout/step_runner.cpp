#include "src/rollout/step_runner.hpp"

#include <c10/core/DeviceGuard.h>

#include <map>

#include "kernels/cuda_library.hpp"
#include "src/rollout/buckets.hpp"

namespace cohort::rollout {
namespace {

class DirectRunner final : public StepRunner {
 public:
  explicit DirectRunner(bool pads) : pads_(pads) {}
  int64_t padded(int64_t rows) const override { return pads_ ? bucket_for(rows) : rows; }
  void run(int64_t, const std::function<void()>& step) override { step(); }
  void forget() override {}

 private:
  bool pads_;
};

// What it replays is tested on the CPU, by a runner that only pads.
class RecordedRunner final : public StepRunner {
 public:
  explicit RecordedRunner(c10::Device device)
      : device_(device), recorder_(kernels::cuda_library().make_recorder(device)) {}

  int64_t padded(int64_t rows) const override { return bucket_for(rows); }

  void run(int64_t rows, const std::function<void()>& step) override {
    const c10::DeviceGuard guard(device_);
    const auto found = recordings_.find(rows);
    if (found != recordings_.end()) return found->second->replay();
    // The first time as it is: so it does its work, and whatever a library makes on first use is there before
    // recording.
    step();
    recordings_.emplace(rows, recorder_->record(step));
  }

  void forget() override {
    recordings_.clear();
    recorder_->forget();
  }

 private:
  c10::Device device_;
  std::unique_ptr<kernels::Recorder> recorder_;
  std::map<int64_t, std::unique_ptr<kernels::Recording>> recordings_;  // by number of rows
};

}  // namespace

std::unique_ptr<StepRunner> make_step_runner(c10::Device device, Graphs graphs) {
  if (graphs == Graphs::automatic && device.is_cuda()) return std::make_unique<RecordedRunner>(device);
  return std::make_unique<DirectRunner>(graphs == Graphs::padding_only);
}

}  // namespace cohort::rollout
