#include "kernels/quantised.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
enum Slot { kBytes = 2, kScales = 3, kSums = 4 };

}  // namespace

template <typename W>
void QuantiseWeight<W>::run_cpu() const {
  int8_t* bytes = scratch<int8_t>(kBytes, out * in);
  parallel_for(out, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const W* row = weight + i * in;
      float largest = 0;
      for (int64_t j = 0; j < in; ++j) largest = std::max(largest, std::abs(to_float(row[j])));
      const float inverse = largest > 0 ? 127 / largest : 0;
      int32_t sum = 0;
      for (int64_t j = 0; j < in; ++j) {
        const auto byte = static_cast<int8_t>(std::lrint(to_float(row[j]) * inverse));
        bytes[i * in + j] = byte;
        sum += byte;
      }
      scales[i] = largest / 127;
      offsets[i] = 128 * sum;
    }
  });
  pack_transposed<int8_t>(bytes, out, in, panels);
}

void QuantisedLinear::run_cpu() const {
  const int64_t ld = padded<int8_t>(in);
  int8_t* bytes = scratch<int8_t>(kBytes, rows * ld);
  float* row_scales = scratch<float>(kScales, rows);
  parallel_for(rows, std::max<int64_t>(1, 16'384 / std::max<int64_t>(in, 1)), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      row_scales[i] = isa().quantise(x + i * in, reinterpret_cast<uint8_t*>(bytes) + i * ld, in);
      std::fill(bytes + i * ld + in, bytes + (i + 1) * ld, int8_t{});
    }
  });
  int32_t* sums = scratch<int32_t>(kSums, rows * out);
  gemm<int8_t>(rows, out, in, {bytes, ld}, panels, sums, out, Write::store);
  parallel_for(rows, std::max<int64_t>(1, 16'384 / std::max<int64_t>(out, 1)), [&](int64_t begin, int64_t end) {
    const auto axpy = isa().rows.axpy;
    for (int64_t i = begin; i < end; ++i) {
      isa().dequantise(sums + i * out, offsets, scales, row_scales[i], y + i * out, out);
      if (bias) axpy(1, bias, y + i * out, out);
      if (residual) axpy(1, residual + i * out, y + i * out, out);
    }
  });
}

template struct QuantiseWeight<float>;
template struct QuantiseWeight<bfloat16>;

}  // namespace cohort::kernels
