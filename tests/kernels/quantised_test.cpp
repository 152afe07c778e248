#include "kernels/quantised.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/ops.hpp"
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

// x and w rounded to eight bits as the header says, multiplied in float64.
at::Tensor reference(const at::Tensor& x, const at::Tensor& weight) {
  const auto rounded = [](const at::Tensor& rows) {
    const at::Tensor scale = std::get<0>(rows.to(at::kDouble).abs().max(1, true)) / 127;
    return at::round(rows.to(at::kDouble) / at::clamp_min(scale, 1e-300)) * scale;
  };
  return at::mm(rounded(x), rounded(weight.to(at::kFloat)).t());
}

}  // namespace

TEST_CASE("sums of bytes are those of integers, also at their extremes, in every body") {
  std::vector<int32_t> of_first_body;
  on_every_isa([&] {
    std::vector<int32_t> all;
    for (const int64_t m : {1, 3, 12, 29})
      for (const auto& [n, k] : {std::pair<int64_t, int64_t>{1, 1}, {31, 6}, {33, 64}, {70, 4097}}) {
        const int64_t ld = kernels::padded<int8_t>(k);
        std::vector<uint8_t> a(static_cast<size_t>(m * ld));
        std::vector<int8_t> b(static_cast<size_t>(n * k)),
            panels(static_cast<size_t>(kernels::panels_size<int8_t>(n, k)));
        for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<uint8_t>(i % 7 == 0 ? 255 : i * 89 % 256);
        for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<int8_t>(i % 5 == 0 ? -127 : i % 5 == 1 ? 127 : i * 31);
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
        all.insert(all.end(), c.begin(), c.end());
      }
    if (of_first_body.empty()) of_first_body = all;
    CHECK(all == of_first_body);
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
