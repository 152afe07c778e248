#include "kernels/cpu/gemm_blocks.hpp"
#include "kernels/cpu/operand.hpp"
#include "kernels/linear.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
enum Slot { kOperand = 2, kSums, kRow, kWide };

}  // namespace

void GatedLinear::run_cpu() const {
  const Left<bfloat16> left = left_rows<bfloat16>(x, rows, in, kOperand);
  for_each_block(rows, num_panels(width), in, 2 * kPanelColumns, [&](const Block& gates) {
    const int64_t columns = gates.columns(width), first = gates.column();
    // What the gates let through may begin within a panel.
    const int64_t skipped = (width + first) % kPanelColumns;
    const Block ups{gates.row, gates.rows, (width + first) / kPanelColumns, num_panels(skipped + columns)};
    const int64_t ld = apart_stride(gates.panels + ups.panels);
    float* const sums = scratch<float>(kSums, gates.rows * ld);
    float* const up_sums = sums + gates.panels * kPanelColumns;
    gemm_block<bfloat16>(gates, in, left, panels, sums, ld);
    gemm_block<bfloat16>(ups, in, left, panels, up_sums, ld);

    const auto axpy = row_functions<float>().axpy;
    const auto forward = gate_functions<float>(kind).forward;
    float* const row = scratch<float>(kRow, columns);
    for (int64_t i = 0; i < gates.rows; ++i) {
      float *const gate = sums + i * ld, *const up = up_sums + i * ld + skipped;
      if (bias) {
        axpy(1, bias + first, gate, columns);
        axpy(1, bias + width + first, up, columns);
      }
      forward(gate, up, row, columns);
      const int64_t at = (gates.row + i) * width;
      round_to<bfloat16>(row, y + at + first, columns);
      if (!kept) continue;
      round_to<bfloat16>(gate, kept + 2 * at + first, columns);
      round_to<bfloat16>(up, kept + 2 * at + width + first, columns);
    }
  });
}

void GatedBackwardInput::run_cpu() const {
  const Left<bfloat16> left = left_rows<bfloat16>(dy, rows, out, kOperand);
  for_each_block(rows, num_panels(width), out, kPanelColumns, [&](const Block& block) {
    const int64_t columns = block.columns(width), first = block.column(), ld = apart_stride(block.panels);
    float* const sums = scratch<float>(kSums, block.rows * ld);
    gemm_block<bfloat16>(block, out, left, panels, sums, ld);

    const auto backward = gate_functions<float>(kind).backward;
    float* const row = scratch<float>(kRow, 3 * columns);
    float* const wide = scratch<float>(kWide, 2 * columns);
    for (int64_t i = 0; i < block.rows; ++i) {
      const int64_t at = (block.row + i) * width + first, gate_at = at + (block.row + i) * width;
      widen<bfloat16>(kept + gate_at, wide, columns);
      widen<bfloat16>(kept + gate_at + width, wide + columns, columns);
      backward(sums + i * ld, wide, wide + columns, row, row + columns, row + 2 * columns, columns);
      round_to<bfloat16>(row, y + at, columns);
      round_to<bfloat16>(row + columns, dgate_up + gate_at, columns);
      round_to<bfloat16>(row + 2 * columns, dgate_up + gate_at + width, columns);
    }
  });
}

}  // namespace cohort::kernels
