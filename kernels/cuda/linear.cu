#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/product.cuh"
#include "kernels/linear.hpp"

namespace cohort::kernels {
namespace {

template <typename T>
struct Element {
  const T* data;
  int64_t columns;
  __device__ T operator()(int64_t i, int64_t j) const { return data[i * columns + j]; }
};

}  // namespace

template <typename W>
void LinearForward<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const Operand<W, Activation<W>, true> a{x, rows, in};
  const Operand<W, W, true> b{weight, out, in};
  launch_product("linear forward", a, b, in, Result<Activation<W>>{y, false, bias, residual}, stream, mode);
}

template <typename W>
void LinearBackwardInput<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const Operand<W, Activation<W>, true> a{dy, rows, out};
  const Operand<W, W, false> b{weight, in, in};
  launch_product("linear backward input", a, b, out, Result<Activation<W>>{dx}, stream, Mode::fast);
}

template <typename W>
void LinearBackwardWeight<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const Operand<W, Activation<W>, false> a{dy, out, out};
  const Operand<W, Activation<W>, false> b{x, in, in};
  launch_product("linear backward weight", a, b, rows, Result<Activation<W>>{dweight, true}, stream, Mode::fast);
  if (dbias) add_column_sums("linear backward bias", Element<Activation<W>>{dy, out}, rows, out, dbias, stream);
}

template struct LinearForward<float>;
template struct LinearForward<bfloat16>;
template struct LinearForward<double>;
template struct LinearBackwardInput<float>;
template struct LinearBackwardInput<bfloat16>;
template struct LinearBackwardInput<double>;
template struct LinearBackwardWeight<float>;
template struct LinearBackwardWeight<bfloat16>;
template struct LinearBackwardWeight<double>;

}  // namespace cohort::kernels
