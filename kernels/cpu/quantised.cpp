#include "kernels/quantised.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/gemm.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots: 0 belongs to gemm.
enum Slot { kBytes = 2, kScales = 3, kSums = 4 };

template <typename W>
float largest_of(const W* row, int64_t n) {
  float largest = 0;
  for (int64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(to_float(row[i])));
  return largest;
}

// The largest sum of what two elements side by side have above zero, or below it. 127 of it, rounded, are at most 128.
template <typename W>
float largest_of_pairs(const W* row, int64_t n) {
  float largest = 0;
  for (int64_t i = 0; i < n; i += 2) {
    const float first = to_float(row[i]), second = i + 1 < n ? to_float(row[i + 1]) : 0;
    largest = std::max(
        {largest, std::max(first, 0.0f) + std::max(second, 0.0f), std::max(-first, 0.0f) + std::max(-second, 0.0f)});
  }
  return largest;
}

}  // namespace

template <typename W>
void QuantiseWeight<W>::run_cpu() const {
  int8_t* bytes = scratch<int8_t>(kBytes, out * in);
  parallel_for(out, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const W* row = weight + i * in;
      const float largest = isa().int8_in_pairs ? largest_of_pairs(row, in) : largest_of(row, in);
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
