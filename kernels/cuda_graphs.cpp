#include "kernels/cuda_graphs.hpp"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace cohort::kernels {
namespace {

class CudaGraph final : public Recording {
 public:
  void replay() override { graph.replay(); }

  at::cuda::CUDAGraph graph;
};

class CudaRecorder final : public Recorder {
 public:
  explicit CudaRecorder(c10::Device device)
      : stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())),
        pool_(at::cuda::graph_pool_handle()) {}

  std::unique_ptr<Recording> record(const std::function<void()>& work) override {
    auto recording = std::make_unique<CudaGraph>();
    at::cuda::CUDAGraph& graph = recording->graph;
    c10::cuda::getCurrentCUDAStream().synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream_);
    // Of this thread alone: others, which grade, may use the device as they like. No two graphs of an engine run at the
    // same time and none reads what another left, so all take their memory from one pool.
    graph.capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        graph.capture_end();  // ends the stream's recording; the first error is the one to tell
      } catch (...) {         // NOLINT
      }
      throw;
    }
    graph.capture_end();
    return recording;
  }

  void forget() override {
    pool_ = at::cuda::graph_pool_handle();  // LibTorch gives up a pool whose last graph is gone
  }

 private:
  c10::cuda::CUDAStream stream_;
  at::cuda::MempoolId_t pool_;
};

}  // namespace

std::unique_ptr<Recorder> make_cuda_recorder(c10::Device device) { return std::make_unique<CudaRecorder>(device); }

}  // namespace cohort::kernels
