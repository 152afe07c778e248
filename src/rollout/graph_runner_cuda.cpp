// CUDA graphs of decoding steps. The whole of decoding that only a GPU has; what it replays is tested on the CPU.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <map>

#include "src/rollout/buckets.hpp"
#include "src/rollout/step_runner.hpp"

namespace cohort::rollout {
namespace {

class GraphRunner final : public StepRunner {
 public:
  explicit GraphRunner(c10::Device device)
      : device_(device),
        recording_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())),
        pool_(at::cuda::graph_pool_handle()) {}

  int64_t padded(int64_t rows) const override { return bucket_for(rows); }

  void run(int64_t rows, const std::function<void()>& step) override {
    const c10::cuda::CUDAGuard guard(device_);
    const auto found = graphs_.find(rows);
    if (found != graphs_.end()) return found->second->replay();
    // The first time as it is: so it does its work, and whatever a library makes on first use is there before
    // recording.
    step();
    graphs_.emplace(rows, record(step));
  }

  void forget() override {
    graphs_.clear();
    pool_ = at::cuda::graph_pool_handle();  // LibTorch gives up a pool whose last graph is gone
  }

 private:
  std::unique_ptr<at::cuda::CUDAGraph> record(const std::function<void()>& step) const {
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    c10::cuda::getCurrentCUDAStream().synchronize();
    const c10::cuda::CUDAStreamGuard guard(recording_);
    // Of this thread alone: others, which grade, may use the device as they like. No two graphs of an engine run at the
    // same time and none reads what another left, so all take their memory from one pool.
    graph->capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
    try {
      step();
    } catch (...) {
      try {
        graph->capture_end();  // ends the stream's recording; the first error is the one to tell
      } catch (...) {          // NOLINT
      }
      throw;
    }
    graph->capture_end();
    return graph;
  }

  c10::Device device_;
  c10::cuda::CUDAStream recording_;
  at::cuda::MempoolId_t pool_;
  std::map<int64_t, std::unique_ptr<at::cuda::CUDAGraph>> graphs_;  // by number of rows
};

}  // namespace

std::unique_ptr<StepRunner> make_graph_runner(c10::Device device) { return std::make_unique<GraphRunner>(device); }

}  // namespace cohort::rollout
