#include "kernels/linear.hpp"

#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 and 1 belong to gemm.
constexpr int kOperandA = 2, kOperandB = 3;

}  // namespace

template <typename W>
void LinearForward<W>::run_cpu() const {
  const W* a = operand_rows<W>(x, rows, in, kOperandA);
  gemm<W>(rows, out, in, a, padded<W>(in), PanelSource<W>::from_packed(panels), y, out, Write::store);
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
  const W* a = operand_rows<W>(dy, rows, out, kOperandA);
  gemm<W>(rows, in, out, a, padded<W>(out), PanelSource<W>::from_rows(weight, in), dx, in, Write::store);
}

template <typename W>
void LinearBackwardWeight<W>::run_cpu() const {
  W* dy_columns = scratch<W>(kOperandA, out * padded<W>(rows));
  transpose<W>(dy, rows, out, dy_columns);
  const W* b = operand_rows<W>(x, rows, in, kOperandB);
  gemm<W>(out, in, rows, dy_columns, padded<W>(rows), PanelSource<W>::from_rows(b, padded<W>(in)), dweight, in,
          Write::resume);
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
