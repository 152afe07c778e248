#include "kernels/cuda/check.cuh"
#include "kernels/swiglu.hpp"

namespace cohort::kernels {
namespace {

// One thread per element of y.
template <typename T>
__global__ void __launch_bounds__(kElementThreads) forward(SwigluForward<T> op) {
  const int64_t index = element_index();
  if (index >= op.rows * op.width) return;
  const T* gate = op.gate_up + index / op.width * 2 * op.width + index % op.width;
  const T* up = gate + op.width;
  op.y[index] = *gate / (1 + exp(-*gate)) * *up;
}

// One thread per element of dy. Both values are read before either is written: dgate_up may be gate_up.
template <typename T>
__global__ void __launch_bounds__(kElementThreads) backward(SwigluBackward<T> op) {
  const int64_t index = element_index();
  if (index >= op.rows * op.width) return;
  const int64_t at = index / op.width * 2 * op.width + index % op.width;
  const T dy = op.dy[index], gate = op.gate_up[at], up = op.gate_up[at + op.width];
  const T sigmoid = 1 / (1 + exp(-gate)), silu = gate * sigmoid;
  op.dgate_up[at] = dy * up * (sigmoid + silu * (1 - sigmoid));
  op.dgate_up[at + op.width] = dy * silu;
}

}  // namespace

template <typename T>
void SwigluForward<T>::run_cuda(cudaStream_t stream) const {
  launch_elements("swiglu forward", forward<T>, rows * width, stream, *this);
}

template <typename T>
void SwigluBackward<T>::run_cuda(cudaStream_t stream) const {
  launch_elements("swiglu backward", backward<T>, rows * width, stream, *this);
}

template struct SwigluForward<float>;
template struct SwigluForward<double>;
template struct SwigluBackward<float>;
template struct SwigluBackward<double>;

}  // namespace cohort::kernels
