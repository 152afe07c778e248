#include "kernels/cuda/check.cuh"
#include "kernels/cuda/numbers.cuh"
#include "kernels/swiglu.hpp"

namespace cohort::kernels {
namespace {

// One thread per element of y.
template <typename W>
__global__ void __launch_bounds__(kElementThreads) forward(SwigluForward<W> op) {
  const int64_t index = element_index();
  if (index >= op.rows * op.width) return;
  const int64_t at = index / op.width * 2 * op.width + index % op.width;
  const Activation<W> gate = op.gate_up[at], up = op.gate_up[at + op.width];
  op.y[index] = gate / (1 + exp(-gate)) * up;
  if (!op.kept) return;
  op.kept[at] = narrow<W>(gate);
  op.kept[at + op.width] = narrow<W>(up);
}

// One thread per element of dy.
template <typename W>
__global__ void __launch_bounds__(kElementThreads) backward(SwigluBackward<W> op) {
  using T = Activation<W>;
  const int64_t index = element_index();
  if (index >= op.rows * op.width) return;
  const int64_t at = index / op.width * 2 * op.width + index % op.width;
  const T dy = op.dy[index], gate = to_float(op.kept[at]), up = to_float(op.kept[at + op.width]);
  const T sigmoid = 1 / (1 + exp(-gate)), silu = gate * sigmoid;
  op.y[index] = silu * up;
  op.dgate_up[at] = dy * up * (sigmoid + silu * (1 - sigmoid));
  op.dgate_up[at + op.width] = dy * silu;
}

}  // namespace

template <typename W>
void SwigluForward<W>::run_cuda(cudaStream_t stream) const {
  launch_elements("swiglu forward", forward<W>, rows * width, stream, *this);
}

template <typename W>
void SwigluBackward<W>::run_cuda(cudaStream_t stream) const {
  launch_elements("swiglu backward", backward<W>, rows * width, stream, *this);
}

template struct SwigluForward<float>;
template struct SwigluForward<bfloat16>;
template struct SwigluForward<double>;
template struct SwigluBackward<float>;
template struct SwigluBackward<bfloat16>;
template struct SwigluBackward<double>;

}  // namespace cohort::kernels
