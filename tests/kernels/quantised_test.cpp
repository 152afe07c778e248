#include "kernels/quantised.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/ops.hpp"
#include "kernels/round_float8.hpp"
#include "support/isas.hpp"

using namespace cohort;
using cohort::testing::on_every_isa;

namespace {

at::Tensor normal(at::IntArrayRef sizes, uint64_t seed) {
  at::manual_seed(seed);
  return at::randn(sizes, at::kFloat);
}

ops::QuantisedWeight quantised(const at::Tensor& weight) {
  ops::QuantisedWeight result;
  ops::quantise(weight, result);
  return result;
}

// The largest sum of two elements side by side that have one sign, of each row.
at::Tensor largest_of_pairs(const at::Tensor& rows) {
  const at::Tensor pairs = rows.reshape({rows.size(0), -1, 2});
  return at::maximum(pairs.clamp_min(0).sum(2), pairs.clamp_max(0).sum(2).abs()).amax(1, true);
}

// x and w rounded to eight bits as the header says, multiplied in float64.
at::Tensor reference(const at::Tensor& x, const at::Tensor& weight) {
  const auto rounded = [](const at::Tensor& rows, const at::Tensor& largest) {
    const at::Tensor scale = largest / 127;
    return at::round(rows / at::clamp_min(scale, 1e-300)) * scale;
  };
  const at::Tensor rows = x.to(at::kDouble), weights = weight.to(at::kDouble);
  const at::Tensor largest = weights.abs().amax(1, true);
  return at::mm(rounded(rows, rows.abs().amax(1, true)),
                rounded(weights, kernels::isa().int8_in_pairs ? largest_of_pairs(weights) : largest).t());
}

}  // namespace

TEST_CASE("sums of bytes are those of integers, also at their extremes, in every body") {
  // Two side by side: as large as weights become in any body, and as large as in one that sums them in 16 bits.
  constexpr int kLarge[][2] = {{-127, -127}, {127, 127}, {-127, 127}, {90, 31}};
  constexpr int kLargeInPairs[][2] = {{-127, -1}, {64, 64}, {127, -127}, {1, 127}, {-64, -64}, {37, -90}};
  on_every_isa([&] {
    for (const int64_t m : {1, 3, 12, 29})
      for (const auto& [n, k] : {std::pair<int64_t, int64_t>{1, 1}, {31, 6}, {33, 64}, {70, 4097}}) {
        const int64_t ld = kernels::padded<int8_t>(k);
        std::vector<uint8_t> a(static_cast<size_t>(m * ld));
        std::vector<int8_t> b(static_cast<size_t>(n * k)),
            panels(static_cast<size_t>(kernels::panels_size<int8_t>(n, k)));
        for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<uint8_t>(i % 7 < 3 ? 255 : i * 89 % 256);
        for (int64_t j = 0; j < n; ++j)
          for (int64_t p = 0; p < k; ++p) {
            const int64_t pair = p / 2 + j;
            const int weight = kernels::isa().int8_in_pairs ? kLargeInPairs[pair % 6][p % 2] : kLarge[pair % 4][p % 2];
            b[static_cast<size_t>(j * k + p)] = static_cast<int8_t>(weight);
          }
        kernels::pack_transposed<int8_t>(b.data(), n, k, panels.data());
        std::vector<int32_t> c(static_cast<size_t>(m * n));
        kernels::gemm<int8_t>(m, n, k, {reinterpret_cast<int8_t*>(a.data()), ld}, panels.data(), c.data(), n,
                              kernels::Write::store);
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) {
            int64_t sum = 0;
            for (int64_t p = 0; p < k; ++p)
              sum += a[static_cast<size_t>(i * ld + p)] * b[static_cast<size_t>(j * k + p)];
            REQUIRE(c[static_cast<size_t>(i * n + j)] == sum);
          }
      }
  });
}

TEST_CASE("weights are as fine as a body's sums allow, and none is too large for them") {
  const at::Tensor weight = normal({64, 302}, 5);
  on_every_isa([&] {
    // Ones times a power of two are rounded to 127 exactly, so that a column of the identity gives back a weight.
    const at::Tensor rounded = ops::linear(at::eye(302), quantised(weight), {}).t();
    const at::Tensor largest = kernels::isa().int8_in_pairs ? largest_of_pairs(weight) : weight.abs().amax(1, true);
    CHECK((at::abs(rounded - weight) / largest).max().item<double>() < 0.51 / 127);  // half a step
    at::Tensor same_sign = at::full({8, 64}, 3.0f);                                  // the worst pairs: all of one sign
    CHECK(at::allclose(ops::linear(at::full({5, 64}, 2.0f), quantised(same_sign), {}), at::full({5, 8}, 384.0f), 1e-2));
  });
}

TEST_CASE("a product in eight bits is that of the rounded operands, and close to the exact one") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      const at::Tensor weight = normal({77, 130}, 1).to(dtype), x = normal({9, 130}, 2);
      const at::Tensor bias = normal({77}, 3), residual = normal({9, 77}, 4);
      const at::Tensor y = ops::linear(x, quantised(weight), bias, residual).to(at::kDouble);
      const at::Tensor expected = reference(x, weight) + bias + residual;
      const at::Tensor exact = at::mm(x.to(at::kDouble), weight.to(at::kDouble).t()) + bias + residual;
      // A tie may round either way: one step of one activation, 1/127 of the largest, times a weight.
      CHECK((y - expected).abs().max().item<double>() < 0.15);
      CHECK((y - expected).abs().mean().item<double>() < 2e-3);
      const double error = (y - exact).abs().mean().item<double>(), size = exact.abs().mean().item<double>();
      CHECK(error < 0.02 * size);
      CHECK(error > 1e-4 * size);  // it is another product
    }
  });
}

TEST_CASE("a row in eight bits does not know how many rows there are") {
  on_every_isa([] {
    const ops::QuantisedWeight weight = quantised(normal({200, 64}, 1));
    const at::Tensor x = normal({40, 64}, 2), all = ops::linear(x, weight, {});
    for (const int64_t rows : {1, 2, 7, 13})
      for (int64_t first = 0; first + rows <= 40; first += 9)
        CHECK(at::equal(ops::linear(x.narrow(0, first, rows).contiguous(), weight, {}), all.narrow(0, first, rows)));
  });
}

TEST_CASE("zeros give zeros, and what is not finite stays so") {
  on_every_isa([] {
    const ops::QuantisedWeight weight = quantised(normal({40, 64}, 1));
    CHECK(ops::linear(at::zeros({2, 64}), weight, {}).abs().max().item<double>() == 0);
    CHECK(ops::linear(normal({2, 64}, 2), quantised(at::zeros({40, 64})), {}).abs().max().item<double>() == 0);
    for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      at::Tensor x = normal({3, 64}, 2);
      x[1][5] = bad;
      const at::Tensor finite = ops::linear(x, weight, {}).isfinite();
      CHECK(finite[0].all().item<bool>());
      CHECK(!finite[1].any().item<bool>());
      CHECK(finite[2].all().item<bool>());
    }
  });
}

TEST_CASE("float8 is rounded as LibTorch rounds it, and ends at 448") {
  const auto same = [](float value) {
    const uint8_t bits = kernels::to_float8(value).bits;
    return std::isnan(value) ? (bits & 0x7f) == 0x7f : bits == c10::Float8_e4m3fn(value).x;
  };
  for (uint32_t upper = 0; upper < 1 << 16; ++upper)
    for (const uint32_t lower : {0x0000u, 0x0001u, 0x7fffu, 0x8000u, 0xffffu}) {  // at ties, and beside them
      const float value = std::bit_cast<float>(upper << 16 | lower);
      if (std::abs(value) <= kernels::kLargestFloat8 || std::isnan(value)) REQUIRE(same(value));
    }
  for (const float large : {449.0f, 463.9f, 480.0f, 1e30f, HUGE_VALF}) {
    CHECK(c10::Float8_e4m3fn(kernels::to_float8(large).bits, c10::Float8_e4m3fn::from_bits()) == 448.0f);
    CHECK(c10::Float8_e4m3fn(kernels::to_float8(-large).bits, c10::Float8_e4m3fn::from_bits()) == -448.0f);
  }
}

TEST_CASE("rows in float8 have their largest at 448, and what is not finite shows") {
  at::Tensor x = normal({6, 333}, 7);
  x[1].zero_();
  x[2].mul_(1e-38);
  x[3].mul_(1e38);
  x[4][5] = HUGE_VAL;
  x[5][6] = std::nan("");
  const at::Tensor q = at::zeros({6, 333}, at::kFloat8_e4m3fn), scales = at::full({6}, std::nan(""), at::kFloat);
  kernels::RoundFloat8<float>{x.data_ptr<float>(), static_cast<kernels::float8*>(q.data_ptr()),
                              scales.data_ptr<float>(), 6, 333}
      .run_cpu();
  const at::Tensor back = q.to(at::kFloat) * scales.view({6, 1});
  const at::Tensor largest = x.abs().amax(1, true);
  for (const int64_t row : {0, 3}) {
    CHECK(q[row].to(at::kFloat).abs().max().item<float>() == kernels::kLargestFloat8);
    // Half a step of three bits, or of the smallest numbers.
    CHECK(((back[row] - x[row]).abs() <= x[row].abs() / 15.99 + largest[row] * 0x1p-18).all().item<bool>());
  }
  CHECK(back[1].abs().max().item<float>() == 0);
  CHECK((back[2] - x[2]).abs().max().item<float>() <= 1e-37f);
  CHECK(!back[4].isfinite().all().item<bool>());
  CHECK(!back[5].isfinite().all().item<bool>());
}

TEST_CASE("a product in float8 is that of the rounded operands") {
  const auto rounded = [](const at::Tensor& rows) {
    const at::Tensor scales = rows.to(at::kFloat).abs().amax(1, true) / 448;
    return (rows.to(at::kFloat) / scales).to(at::kFloat8_e4m3fn).to(at::kDouble) * scales.to(at::kDouble);
  };
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const at::Tensor weight = normal({48, 96}, 1).to(dtype), x = normal({5, 96}, 2).to(dtype);
    const at::Tensor bias = normal({48}, 3), residual = normal({5, 48}, 4);
    ops::QuantisedWeight quantised;
    ops::quantise_float8(weight, quantised);
    const at::Tensor expected = at::mm(rounded(x), rounded(weight).t());
    const at::Tensor exact = at::mm(x.to(at::kDouble), weight.to(at::kDouble).t());
    const auto difference = [](const at::Tensor& a, const at::Tensor& b) {
      return ((a - b).norm() / b.norm()).item<double>();
    };
    // The quotient may be rounded otherwise than the product with its inverse.
    CHECK(difference(ops::linear(x, quantised, {}), expected) < 5e-3);
    CHECK(difference(ops::linear(x, quantised, {}), exact) < 0.06);
    CHECK(difference(ops::linear(x, quantised, bias, residual), expected + bias + residual) < 5e-3);
    CHECK(at::allclose(ops::linear(x, quantised, bias), ops::linear(x, quantised, {}) + bias, 1e-5, 1e-5));
    ops::quantise_float8(weight * 2, quantised);  // in place, where there are weights already
    CHECK(difference(ops::linear(x, quantised, {}), 2 * expected) < 5e-3);
  }
  ops::QuantisedWeight odd;
  CHECK_THROWS(ops::quantise_float8(normal({48, 97}, 1), odd));
}
