#include "kernels/linear.hpp"

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/operand.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
enum Slot { kOperandA = 2, kOperandB, kResult, kWide };

template <typename W>
Left<W> left_operand(const Activation<W>* exact, const W* rounded, int64_t rows, int64_t k) {
  return with_either<W>(exact, rounded, [&](const auto* x) { return left_rows<W>(x, rows, k, kOperandA); });
}

}  // namespace

template <typename W>
void LinearForward<W>::run_cpu() const {
  gemm<W>(rows, out, in, left_operand<W>(x, rounded_x, rows, in), panels, y, out, Write::store);
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
  using T = Activation<W>;
  const Left<W> left = left_operand<W>(dy, rounded_dy, rows, out);
  T* const result = rounded_dx ? scratch<T>(kResult, rows * in) : dx;
  gemm<W>(rows, in, out, left, panels, result, in, Write::store);
  if (!rounded_dx) return;
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    round_to<W>(result + begin * in, rounded_dx + begin * in, (end - begin) * in);
  });
}

template <typename W>
void LinearBackwardWeight<W>::run_cpu() const {
  // Rows in blocks whose operands stay in the cache between packing and product.
  constexpr int64_t kRows = 512;
  for (int64_t first = 0; first < rows; first += kRows) {
    const int64_t count = std::min(kRows, rows - first);
    W* b = scratch<W>(kOperandB, panels_size<W>(in, count));
    with_either<W>(x, rounded_x, [&](const auto* from) { pack_rows<W>(from + first * in, in, count, in, b); });
    const Left<W> a = with_either<W>(dy, rounded_dy, [&](const auto* from) {
      return left_panels<W>(from + first * out, out, count, out, kOperandA);
    });
    gemm<W>(out, in, count, a, b, dweight, in, Write::resume);
  }
  if (!dbias) return;
  parallel_for(out, 64, [&](int64_t begin, int64_t end) {
    const auto axpy = row_functions<Activation<W>>().axpy;
    for (int64_t i = 0; i < rows; ++i)
      with_either<W>(dy, rounded_dy, [&](const auto* from) {
        axpy(1, widened(from + i * out + begin, end - begin, kWide), dbias + begin, end - begin);
      });
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
