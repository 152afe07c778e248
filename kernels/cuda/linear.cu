#include "kernels/cuda/product.cuh"
#include "kernels/linear.hpp"

namespace cohort::kernels {
namespace {

// One thread per column, which goes through the rows in order.
template <typename T>
__global__ void __launch_bounds__(kElementThreads) add_rows(const T* dy, T* dbias, int64_t rows, int64_t out) {
  const int64_t j = element_index();
  if (j >= out) return;
  T sum = dbias[j];
#pragma unroll 8  // loads of several rows at once; the sums stay in order
  for (int64_t i = 0; i < rows; ++i) sum += dy[i * out + j];
  dbias[j] = sum;
}

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
  if (dbias) launch_elements("linear backward bias", add_rows<Activation<W>>, out, stream, dy, dbias, rows, out);
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
