#include "src/rollout/step_runner.hpp"

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

}  // namespace

std::unique_ptr<StepRunner> make_step_runner(c10::Device device, Graphs graphs) {
  if (graphs == Graphs::automatic && device.is_cuda()) return make_graph_runner(device);
  return std::make_unique<DirectRunner>(graphs == Graphs::padding_only);
}

}  // namespace cohort::rollout
