// AdamW with less memory (kernels/adamw_compact.hpp): what rounding may and may not do.
#include "kernels/adamw_compact.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "kernels/ops.hpp"

using namespace cohort;
using at::Tensor;
using kernels::to_float;

namespace {

ops::AdamWStep step_of(int64_t t, float lr) {
  const auto correction = [&](double beta) { return static_cast<float>(1 - std::pow(beta, static_cast<double>(t))); };
  return {lr, 0.9f, 0.999f, 1e-8f, 0, 1, correction(0.9), correction(0.999)};
}

// The way of 1000 parameters after 60 steps of noisy gradients, whose sizes differ thirtyfold.
Tensor way_of(const Tensor& start, bool has_master, bool has_codes) {
  at::manual_seed(5);
  const Tensor weight = start.clone(), size = at::pow(10.0, at::rand({start.size(0)}) * 1.5 - 3);
  const ops::CompactStates states = ops::compact_states(weight, at::kCPU, has_master, has_codes);
  for (int64_t t = 1; t <= 60; ++t) {
    const Tensor grad =
        ((at::randn(start.sizes()) * 0.5 + 1) * size).to(start.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
    ops::adamw(step_of(t, 1e-3f), states, {9, 4, t}, grad, weight);
  }
  return (states.master.defined() ? states.master : weight).to(at::kDouble) - start.to(at::kDouble);
}

}  // namespace

TEST_CASE("codes of moments keep zero, sign, order and the largest of a block, and no second moment is lost") {
  CHECK(kernels::first_moment(kernels::first_moment_code(0, 3, 0.9f), 3) == 0);
  CHECK(kernels::first_moment_code(1, 0, 0.5f) == 0);
  CHECK(kernels::second_moment_code(0, 3, 0.9f) == 0);
  CHECK(kernels::second_moment_code(0, 0, 0.9f) == 0);
  CHECK(kernels::first_moment(kernels::first_moment_code(-3, 3, 0), 3) == -3.0f);
  CHECK(kernels::second_moment(kernels::second_moment_code(3, 3, 0.9f), 3) == 3.0f);
  CHECK(kernels::second_moment(kernels::second_moment_code(1e-30f, 1, 0), 1) > 0);
  float last_m = 0, last_v = 0;
  for (int i = 1; i <= 10'000; ++i) {
    const float x = static_cast<float>(i) / 10'000;
    const float m = kernels::first_moment(kernels::first_moment_code(x, 1, 0.5f), 1);
    const float v = kernels::second_moment(kernels::second_moment_code(x, 1, 0.5f), 1);
    CHECK(m >= last_m);
    CHECK(v >= last_v);
    if (x > 0.01f) CHECK(std::abs(m - x) < 0.09f * x);
    CHECK(std::abs(std::sqrt(v) - std::sqrt(x)) < 0.05f * std::sqrt(x));
    CHECK(kernels::first_moment(kernels::first_moment_code(-x, 1, 0.5f), 1) == -m);
    last_m = m, last_v = v;
  }
}

TEST_CASE("rounding at random takes one of the two neighbours, and is right in the mean") {
  const float value = 1 + 0.3f / 128;  // bfloat16 near 1 are 1/128 apart
  double sum = 0;
  constexpr int kDraws = 40'000;
  for (int64_t n = 0; n < kDraws / 8; ++n) {
    const random::Philox4x32 bits = kernels::rounding_bits(1, 2, 3, n, kernels::RoundingOf::weights);
    for (int i = 0; i < 8; ++i) {
      const float rounded = to_float(kernels::round_at_random(value, kernels::random16_of(bits, i)));
      CHECK((rounded == 1 || rounded == 1 + 1.0f / 128));
      sum += rounded;
    }
  }
  // Five standard errors of a draw that is up with probability 0.3.
  CHECK(std::abs(sum / kDraws - value) < 5 * std::sqrt(0.3 * 0.7 / kDraws) / 128);
  CHECK(to_float(kernels::round_at_random(1.5f, 0xffff)) == 1.5f);  // exact
  CHECK(std::isinf(to_float(kernels::round_at_random(HUGE_VALF, 0xffff))));
  CHECK(std::isnan(to_float(kernels::round_at_random(NAN, 0xffff))));
}

TEST_CASE("steps too small for bfloat16 add up without a master; rounded to nearest they would be lost") {
  const Tensor weight = at::ones({4096}, at::kBFloat16), grad = at::ones({4096});
  const ops::CompactStates states = ops::compact_states(weight, at::kCPU, false, false);
  for (int64_t t = 1; t <= 100; ++t) ops::adamw(step_of(t, 1e-4f), states, {1, 0, t}, grad, weight);
  CHECK((weight.to(at::kDouble).mean() - 0.99).abs().item<double>() < 5e-4);
  CHECK((at::ones({1}, at::kBFloat16) - 1e-4).item<double>() == 1.0);
}

TEST_CASE(
    "second moments of eight bits follow gradients that shrink, though a step moves them by a small part of a code") {
  // One gradient of each block stays at 4, so that the scale does not move and take the others along.
  constexpr int64_t kSize = 2048;
  const Tensor weight = at::zeros({kSize}), is_large = at::arange(kSize) % 256 == 0;
  const Tensor grad = at::full({kSize}, 0.5).masked_fill(is_large, 4);
  const ops::CompactStates states = ops::compact_states(weight, at::kCPU, true, true);
  states.v.fill_(kernels::second_moment_code(1, 16, 0.5f)).masked_fill_(is_large, 255);
  states.v_scales.fill_(16);
  double exact = 1;
  for (int64_t t = 1; t <= 1000; ++t) {
    ops::adamw(step_of(t, 0), states, {1, 0, t}, grad, weight);
    exact = 0.999 * exact + 0.001 * 0.25;
  }
  double mean = 0;
  for (int64_t i = 0; i < kSize; ++i)
    if (i % 256 != 0)
      mean += kernels::second_moment(states.v.data_ptr<uint8_t>()[i], states.v_scales.data_ptr<float>()[i / 256]);
  mean /= kSize - kSize / 256;
  CHECK(std::abs(mean / exact - 1) < 0.05);  // rounded to nearest it would still be 1
}

TEST_CASE("with moments of eight bits, and without masters, parameters go nearly the same way") {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kDouble}) {
    at::manual_seed(3);
    const Tensor start = (at::randn({1000}) * 0.02).to(dtype);
    const Tensor exact = way_of(start, true, false);
    const auto away = [&](bool has_master, bool has_codes) {
      return ((way_of(start, has_master, has_codes) - exact).norm() / exact.norm()).item<double>();
    };
    CHECK(away(true, true) < 0.05);
    CHECK(away(true, true) > 0);
    CHECK(away(false, false) < (dtype == at::kBFloat16 ? 0.05 : 1e-4));
    CHECK(away(false, true) < (dtype == at::kBFloat16 ? 0.07 : 0.05));
  }
}

TEST_CASE("a compact step with master and whole moments is the step of AdamW") {
  const Tensor start = at::randn({777}), grad = at::randn({777});
  const Tensor weight = start.to(at::kBFloat16), other = weight.clone();
  const ops::CompactStates states = ops::compact_states(weight, at::kCPU, true, false);
  const Tensor master = states.master.clone(), m = at::zeros({777}), v = at::zeros({777});
  for (int64_t t = 1; t <= 5; ++t) {
    ops::adamw(step_of(t, 1e-2f), states, {1, 0, t}, grad, weight);
    ops::adamw(step_of(t, 1e-2f), master, m, v, grad, other);
  }
  CHECK((states.master - master).abs().max().item<double>() < 1e-6);
  CHECK((states.v - v).abs().max().item<double>() < 1e-6);
}
