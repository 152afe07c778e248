#include "cohort/error.hpp"
#include "src/rollout/step_runner.hpp"

namespace cohort::rollout {

std::unique_ptr<StepRunner> make_graph_runner(c10::Device device) {
  throw Error("rollout: cohort was built without CUDA, so there are no graphs for " + device.str());
}

}  // namespace cohort::rollout
