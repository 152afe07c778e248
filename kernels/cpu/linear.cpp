#include "kernels/linear.hpp"

#include "kernels/cpu/gemm_blocks.hpp"
#include "kernels/cpu/operand.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
enum Slot { kOperandA = 2, kOperandB, kSums, kWide };

template <typename W>
Left<W> left_operand(const Activation<W>* exact, const W* rounded, int64_t rows, int64_t k) {
  return with_either<W>(exact, rounded, [&](const auto* x) { return left_rows<W>(x, rows, k, kOperandA); });
}

}  // namespace

template <typename W>
void LinearForward<W>::run_cpu() const {
  const Left<W> left = left_operand<W>(x, rounded_x, rows, in);
  if (!bias && !residual) return gemm<W>(rows, out, in, left, panels, y, out, Write::store);
  for_each_block(rows, num_panels(out), in, kPanelColumns, [&](const Block& block) {
    gemm_part<W>(out, in, left, {panels, panel_size<W>(in)}, y, out, Write::store, block.row, block.row + block.rows,
                 block.panel, block.panel + block.panels);
    const auto axpy = row_functions<Activation<W>>().axpy;
    const int64_t first = block.column(), columns = block.columns(out);
    for (int64_t i = block.row; i < block.row + block.rows; ++i) {
      if (bias) axpy(1, bias + first, y + i * out + first, columns);
      if (residual) axpy(1, residual + i * out + first, y + i * out + first, columns);
    }
  });
}

template <typename W>
void LinearBackwardInput<W>::run_cpu() const {
  using T = Activation<W>;
  const Left<W> left = left_operand<W>(dy, rounded_dy, rows, out);
  if (!rounded_dx) return gemm<W>(rows, in, out, left, panels, dx, in, Write::store);
  for_each_block(rows, num_panels(in), out, kPanelColumns, [&](const Block& block) {
    const int64_t ld = apart_stride(block.panels);
    T* const sums = scratch<T>(kSums, block.rows * ld);
    gemm_block<W>(block, out, left, panels, sums, ld);
    for (int64_t i = 0; i < block.rows; ++i)
      round_to<W>(sums + i * ld, rounded_dx + (block.row + i) * in + block.column(), block.columns(in));
  });
}

template <typename W>
void LinearBackwardWeight<W>::run_cpu() const {
  // Rows in blocks whose operands stay in the cache between packing and product.
  constexpr int64_t kRows = 1024;
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
