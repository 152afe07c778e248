#include "kernels/linear.hpp"

#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
constexpr int kOperandA = 2, kOperandB = 3;

}  // namespace

template <typename W>
void LinearForward<W>::run_cpu() const {
  gemm<W>(rows, out, in, left_rows<W>(x, rows, in, kOperandA), panels, y, out, Write::store);
  if (!bias && !residual) return;
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    const auto axpy = row_functions<Activation<W>>().axpy;
    for (int64_t i = begin; i < end; ++i) {
      if (bias) axpy(1, bias, y + i * out, out);
      if (residual) axpy(1, residual + i * out, y + i * out, out);
    }
  });
}

template <typename W>
void LinearBackwardInput<W>::run_cpu() const {
  gemm<W>(rows, in, out, left_rows<W>(dy, rows, out, kOperandA), panels, dx, in, Write::store);
}

template <typename W>
void LinearBackwardWeight<W>::run_cpu() const {
  // Rows in blocks whose operands stay in the cache between packing and product.
  constexpr int64_t kRows = 512;
  for (int64_t first = 0; first < rows; first += kRows) {
    const int64_t count = std::min(kRows, rows - first);
    W* b = scratch<W>(kOperandB, panels_size<W>(in, count));
    pack_rows<W>(x + first * in, in, count, in, b);
    gemm<W>(out, in, count, left_panels<W>(dy + first * out, out, count, out, kOperandA), b, dweight, in,
            Write::resume);
  }
  if (!dbias) return;
  parallel_for(out, 64, [&](int64_t begin, int64_t end) {
    const auto axpy = row_functions<Activation<W>>().axpy;
    for (int64_t i = 0; i < rows; ++i) axpy(1, dy + i * out + begin, dbias + begin, end - begin);
  });
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
