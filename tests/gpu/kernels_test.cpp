// Every op on a CUDA device: near float64, the same bits for a row whoever stands beside it and whichever kernel runs,
// and nothing read that nobody wrote: new memory is NaN here.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <doctest/doctest.h>

#include <cmath>
#include <iostream>

#include "cohort/device.hpp"
#include "cohort/loss.hpp"
#include "kernels/grouped_linear.hpp"
#include "kernels/launch.hpp"
#include "kernels/move_rows.hpp"
#include "kernels/ops.hpp"
#include "kernels/route.hpp"
#include "support/packed.hpp"

using namespace cohort;
using at::Tensor;
using cohort::ops::Gate;
using cohort::testing::packed;

namespace {

constexpr Gate kAllGates[] = {Gate::silu, Gate::gelu_tanh, Gate::gelu};

bool has_device() {
  static const bool found = num_cuda_devices() > 0;
  if (!found) std::cout << "skipped: no CUDA device in this machine, or cohort was built without CUDA\n";
  return found;
}

// While it lives LibTorch fills new memory with NaN.
struct Poison {
  Poison() { at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true); }
  ~Poison() { at::globalContext().setDeterministicAlgorithms(false, false); }
};

at::TensorOptions on_device(at::ScalarType dtype = at::kFloat) {
  return at::TensorOptions().dtype(dtype).device(at::kCUDA);
}
Tensor noise(at::IntArrayRef sizes, at::ScalarType dtype = at::kFloat) {
  return at::randn(sizes, on_device()).to(dtype);
}
Tensor wide(const Tensor& x) { return x.to(at::kDouble); }

// ‖got − expected‖ / ‖expected‖; infinite where there is a NaN.
double distance(const Tensor& got, const Tensor& expected) {
  const Tensor difference = wide(got) - wide(expected);
  const double size = wide(expected).norm().item<double>(), error = difference.norm().item<double>();
  return std::isfinite(error) ? error / std::max(size, 1e-30) : INFINITY;
}

constexpr at::ScalarType kDtypes[] = {at::kFloat, at::kBFloat16};
double tolerance(at::ScalarType dtype) { return dtype == at::kFloat ? 2e-6 : 6e-3; }

}  // namespace

TEST_CASE("on a device, a row of a product does not know how many there are, and is near float64") {
  if (!has_device()) return;
  const Poison poison;
  for (const at::ScalarType dtype : kDtypes)
    for (const auto& [out, in] : {std::pair<int64_t, int64_t>{1152, 896},
                                  {896, 4864},
                                  {1000, 1032},
                                  {257, 2056},
                                  {9728, 896},
                                  {64, 64},
                                  {33, 40},
                                  {5, 1}}) {
      CAPTURE(std::string(c10::toString(dtype)));
      CAPTURE(out);
      CAPTURE(in);
      const ops::PackedWeight weight = packed(noise({out, in}, dtype));
      const Tensor x = noise({2500, in}), bias = noise({out}), residual = noise({2500, out});
      const Tensor all = ops::linear(x, weight, bias, residual);
      const Tensor expected =
          at::matmul(wide(ops::as_operand(x, dtype)), wide(weight.weight).t()) + wide(bias) + wide(residual);
      CHECK(distance(all, expected) < (dtype == at::kFloat ? 2e-6 : 1e-5));
      if (dtype == at::kBFloat16) CHECK(at::equal(ops::linear(x.to(dtype), weight, bias, residual), all));
      for (const int64_t rows : {1, 7, 8, 9, 16, 17, 32, 33, 64, 65, 100, 128, 192, 200, 500, 1000, 2000})
        for (const int64_t first : {int64_t{0}, 2500 - rows}) {
          CAPTURE(rows);
          CHECK(at::equal(ops::linear(x.narrow(0, first, rows), weight, bias, residual.narrow(0, first, rows)),
                          all.narrow(0, first, rows)));
        }
      CHECK(ops::linear(x.narrow(0, 0, 0), weight, bias).size(0) == 0);

      const Tensor dy = noise({2500, out}), dweight = noise({out, in}), before = dweight.clone(), dbias = noise({out});
      const Tensor bias_before = dbias.clone();
      const Tensor dx = ops::linear_backward_input(dy, weight);
      CHECK(distance(dx, at::matmul(wide(dy), wide(weight.weight))) < tolerance(dtype));
      ops::linear_backward_weight(dtype, dy, x, dweight, dbias);
      CHECK(distance(dweight, wide(before) + at::matmul(wide(dy).t(), wide(x))) < tolerance(dtype));
      CHECK(distance(dbias, wide(bias_before) + wide(dy).sum(0)) < 1e-5);
    }
}

TEST_CASE("on a device, a product in float8 is that of the rounded operands, for every number of rows") {
  if (!has_device() || !kernels::is_hopper(c10::Device(c10::kCUDA, 0))) return;
  const Poison poison;
  for (const auto& [out, in] :
       {std::pair<int64_t, int64_t>{1152, 896}, {896, 4864}, {1536, 8960}, {64, 64}, {16, 2048}}) {
    const Tensor weight = noise({out, in}, at::kBFloat16), bias = noise({out});
    ops::QuantisedWeight quantised;
    ops::quantise_float8(weight, quantised);
    const auto rounded = [](const Tensor& rows) {
      const Tensor scales = rows.to(at::kFloat).abs().amax(1, true) / 448;
      return wide((rows.to(at::kFloat) / scales).to(at::kFloat8_e4m3fn).to(at::kFloat)) * wide(scales);
    };
    for (const int64_t rows : {1, 2, 7, 16, 64, 127, 256, 257, 333}) {
      CAPTURE(out);
      CAPTURE(rows);
      const Tensor x = noise({rows, in}, at::kBFloat16), residual = noise({rows, out});
      const Tensor expected = at::mm(rounded(x), rounded(weight).t()), exact = at::mm(wide(x), wide(weight).t());
      CHECK(distance(ops::linear(x, quantised, {}), expected) < 1e-2);
      CHECK(distance(ops::linear(x, quantised, {}), exact) < 0.06);
      CHECK(distance(ops::linear(x, quantised, {}), exact) > 1e-3);  // it is another product
      const Tensor y = at::full({rows, out}, NAN, on_device());
      ops::linear(x, quantised, bias, residual, y);
      CHECK(distance(y, expected + wide(bias) + wide(residual)) < 1e-2);
    }
  }
}

TEST_CASE("on a device, a gated product has the bits of a product that is gated") {
  if (!has_device()) return;
  const Poison poison;
  const at::ScalarType dtype = at::kBFloat16;
  for (const auto& [width, in] : {std::pair<int64_t, int64_t>{4864, 896}, {100, 1536}, {34, 72}}) {
    CAPTURE(width);
    const ops::PackedWeight weight = packed(noise({2 * width, in}, dtype));
    for (const Tensor& bias : {noise({2 * width}), Tensor()})
      for (const int64_t rows : {1, 16, 17, 64, 200, 1000}) {
        CAPTURE(rows);
        const Tensor x = noise({rows, in}, dtype), kept = at::full({rows, 2 * width}, NAN, on_device(dtype));
        const Tensor kept_alone = at::full_like(kept, NAN);
        for (const Gate kind : kAllGates) {
          const Tensor y = ops::gated_linear(x, weight, bias, kind, kept);
          CHECK(at::equal(y, ops::gated_unit(ops::linear(x, weight, bias), kind, dtype, kept_alone)));
          CHECK(at::equal(kept, kept_alone));
          CHECK(at::equal(ops::gated_linear(x, weight, bias, kind), y));
        }
      }
  }
}

TEST_CASE("on a device, gating, norms and lookups and their gradients are near float64") {
  if (!has_device()) return;
  const Poison poison;
  for (const int64_t width : {1, 31, 64, 577, 896, 4096, 8192}) {
    CAPTURE(width);
    const int64_t rows = 37;
    const Tensor x = noise({rows, width}), weight = noise({width}), dy = noise({rows, width});
    const Tensor x64 = wide(x).requires_grad_(true), w64 = wide(weight).requires_grad_(true);
    const Tensor y64 = x64 * at::rsqrt(x64.square().mean(-1, true) + 1e-5) * w64;
    y64.backward(wide(dy));
    const ops::Normed normed = ops::rms_norm(x, weight, 1e-5);
    CHECK(distance(normed.y, y64.detach()) < 1e-6);
    CHECK(at::equal(ops::rms_norm(x, weight, 1e-5, at::kBFloat16).y, normed.y.to(at::kBFloat16)));
    CHECK(at::equal(ops::rms_norm(x.narrow(0, 5, 1), weight, 1e-5).y, normed.y.narrow(0, 5, 1)));
    const Tensor start = noise({rows, width}), dx = start.clone(), dweight = at::zeros_like(weight);
    ops::rms_norm_backward(dy, x, weight, normed.inv_rms, dx, dweight);
    CHECK(distance(dx, x64.grad() + wide(start)) < 1e-5);
    CHECK(distance(dweight, w64.grad()) < 1e-5);

    for (const at::ScalarType dtype : kDtypes) {
      const Tensor gate_up = noise({rows, 2 * width}), kept = at::full({rows, 2 * width}, NAN, on_device(dtype));
      for (const Gate kind : kAllGates) {
        const Tensor y = ops::gated_unit(gate_up, kind, dtype, kept), g64 = wide(kept).requires_grad_(true);
        const auto halves = g64.chunk(2, 1);
        const Tensor through =
            kind == Gate::silu ? at::silu(halves[0]) : at::gelu(halves[0], kind == Gate::gelu ? "none" : "tanh");
        const Tensor gated = through * halves[1];
        gated.backward(wide(dy));
        CHECK(at::equal(kept, gate_up.to(dtype)));
        CHECK(distance(y, gated.detach()) < 2 * tolerance(dtype));
        const auto [again, dgate_up] = ops::gated_unit_backward(dy, kept, kind);
        CHECK(distance(again, gated.detach()) < tolerance(dtype));
        CHECK(distance(dgate_up, g64.grad()) < tolerance(dtype));
      }

      const Tensor table = noise({50, width}, dtype), tokens = at::randint(50, {rows}, on_device(at::kLong));
      CHECK(at::equal(ops::embedding(table, tokens), table.index_select(0, tokens).to(at::kFloat)));
    }
    const Tensor tokens = at::randint(5, {rows}, on_device(at::kLong)), dtable = noise({5, width});
    const Tensor expected = wide(dtable).index_add(0, tokens, wide(dy));
    ops::embedding_backward(dy, tokens, dtable);
    CHECK(distance(dtable, expected) < 1e-6);
  }
}

TEST_CASE("on a device, rows are routed and sorted as on the CPU, and the gradients are near its float64") {
  if (!has_device()) return;
  const Poison poison;
  using kernels::pointer;
  struct Shape {
    int64_t rows, experts, per_row;
  };
  struct Routes {
    Tensor chosen, weights, order, places, ends;
  };
  for (const auto& [rows, experts, per_row] :
       {Shape{1, 8, 2}, {70, 60, 4}, {64, 128, 8}, {3000, 128, 8}, {20'000, 130, 8}, {9, 300, 40}, {0, 8, 2}})
    for (const bool normalised : {false, true}) {
      CAPTURE(rows);
      CAPTURE(experts);
      CAPTURE(normalised);
      const Tensor logits = (noise({rows, experts}) * 8).round() / 4;  // many are equal
      const auto route = [&, rows = rows, experts = experts, per_row = per_row](const Tensor& logits) {
        const at::TensorOptions numbers = logits.options().dtype(at::kInt);
        const int64_t visits = rows * per_row;
        Routes to{at::empty({rows, per_row}, numbers), at::empty({rows, per_row}, logits.options()),
                  at::empty({visits}, numbers), at::empty({visits}, numbers), at::empty({experts}, numbers)};
        kernels::with_activation_type(logits.scalar_type(), [&](auto zero) {
          using T = decltype(zero);
          kernels::launch(kernels::RouteRows<T>{pointer<T>(logits), pointer<int32_t>(to.chosen), pointer<T>(to.weights),
                                                rows, experts, per_row, normalised},
                          logits.device());
        });
        kernels::launch(kernels::SortVisits{pointer<int32_t>(to.chosen), pointer<int32_t>(to.order),
                                            pointer<int32_t>(to.places), pointer<int32_t>(to.ends), visits, experts},
                        logits.device());
        return to;
      };
      const Routes got = route(logits), expected = route(wide(logits).cpu());
      CHECK(at::equal(got.chosen.cpu(), expected.chosen));
      CHECK(at::equal(got.order.cpu(), expected.order));
      CHECK(at::equal(got.places.cpu(), expected.places));
      CHECK(at::equal(got.ends.cpu(), expected.ends));
      CHECK(distance(got.weights.cpu(), expected.weights) < 1e-6);
      if (rows == 0) continue;

      const Tensor pulls = noise({rows, per_row});
      const auto gradient = [&, rows = rows, experts = experts, per_row = per_row](
                                const Tensor& logits, const Routes& routes, const Tensor& pulls) {
        const Tensor dlogits = at::empty_like(logits);
        kernels::with_activation_type(logits.scalar_type(), [&](auto zero) {
          using T = decltype(zero);
          kernels::launch(kernels::RouteRowsBackward<T>{pointer<T>(logits), pointer<int32_t>(routes.chosen),
                                                        pointer<T>(routes.weights), pointer<T>(pulls),
                                                        pointer<T>(dlogits), rows, experts, per_row, normalised},
                          logits.device());
        });
        return dlogits;
      };
      CHECK(distance(gradient(logits, got, pulls).cpu(), gradient(wide(logits).cpu(), expected, wide(pulls).cpu())) <
            1e-5);
    }
}

TEST_CASE("on a device, rows move to experts and back as on the CPU") {
  if (!has_device()) return;
  const Poison poison;
  using kernels::pointer;
  for (const at::ScalarType dtype : kDtypes)
    for (const int64_t width : {1, 37, 768, 2048})
      for (const int64_t rows : {1, 70, 1000}) {
        CAPTURE(std::string(c10::toString(dtype)));
        CAPTURE(width);
        const int64_t per_row = 4, visits = rows * per_row;
        const Tensor order = at::randperm(visits, on_device(at::kLong)), numbers = order.to(at::kInt);
        const Tensor from = order.div(per_row, "floor"), places = order.argsort().to(at::kInt);
        const Tensor x = noise({rows, width}, dtype), exact = noise({rows, width}), weights = noise({rows, per_row}),
                     outputs = noise({visits, width});
        const Tensor kept = noise({visits, 2 * width}, dtype), dgate_up = noise({visits, 2 * width}, dtype);
        const Tensor gathered = at::empty({visits, width}, x.options()), weighed = at::empty_like(gathered),
                     y = at::empty_like(exact), pulls = at::empty_like(weights);
        kernels::with_weight_type(dtype, [&](auto zero) {
          using W = decltype(zero);
          if constexpr (std::is_same_v<kernels::Activation<W>, float>) {
            kernels::launch(kernels::GatherRows<W>{pointer<W>(x), pointer<int32_t>(numbers), pointer<W>(gathered),
                                                   visits, width, per_row},
                            x.device());
            kernels::launch(
                kernels::WeighRows<W>{pointer<float>(exact), pointer<float>(weights), pointer<int32_t>(numbers),
                                      pointer<W>(weighed), visits, width, per_row},
                x.device());
            kernels::launch(kernels::PullWeights<W>{pointer<W>(dgate_up), pointer<W>(kept), pointer<int32_t>(numbers),
                                                    pointer<float>(pulls), visits, width},
                            x.device());
          }
        });
        kernels::launch(
            kernels::CombineRows<float>{pointer<float>(outputs), pointer<int32_t>(places), pointer<float>(weights),
                                        pointer<float>(exact), pointer<float>(y), rows, width, per_row},
            x.device());
        const Tensor weights_by_place = weights.flatten().index_select(0, order).unsqueeze(1);
        CHECK(at::equal(gathered, x.index_select(0, from)));
        CHECK(at::equal(weighed, (weights_by_place * exact.index_select(0, from)).to(dtype)));
        const Tensor added = wide(outputs).index_select(0, order.argsort()).view({rows, per_row, width});
        CHECK(distance(y, wide(exact) + (wide(weights).unsqueeze(2) * added).sum(1)) < 1e-6);
        const Tensor products = (wide(dgate_up) * wide(kept)).narrow(1, width, width).sum(1);
        CHECK((wide(pulls).flatten().index_select(0, order) - products).abs().max().item<double>() < 1e-3);
      }
}

TEST_CASE("on a device, rows of an expert are multiplied as alone, and their gradients are near float64") {
  if (!has_device()) return;
  const Poison poison;
  using kernels::pointer;
  std::vector<int64_t> sparse(128, 0), uneven(60), few(128, 3);
  sparse[3] = 1000, sparse[4] = 1, sparse[127] = 130;
  for (int64_t e = 0; e < 60; ++e) uneven[e] = e * e % 61;
  struct Shape {
    std::vector<int64_t> counts;  // rows of each expert
    int64_t in, out;
  };
  for (const at::ScalarType dtype : kDtypes)
    for (const auto& [counts, in, out] : {Shape{{1}, 8, 8},
                                          {few, 2048, 1536},
                                          {few, 768, 2048},
                                          {sparse, 200, 136},
                                          {uneven, 1032, 257},
                                          {{300, 0, 700, 1500, 9}, 1400, 2050},
                                          {{0, 5, 0}, 17, 33}}) {
      CAPTURE(std::string(c10::toString(dtype)));
      CAPTURE(in);
      CAPTURE(out);
      const int64_t experts = std::ssize(counts);
      const Tensor ends = at::tensor(counts).cumsum(0).to(at::kInt).to(at::kCUDA);
      const int64_t rows = ends[-1].item<int64_t>();
      const Tensor x = noise({rows, in}, dtype), dy = noise({rows, out}, dtype);
      const Tensor weight = noise({experts, out, in}, dtype), before = noise({experts, out, in});
      const Tensor y = at::empty({rows, out}, on_device()), dx = at::empty({rows, in}, on_device()),
                   dweight = before.clone();
      kernels::with_weight_type(dtype, [&, in = in, out = out](auto zero) {
        using W = decltype(zero);
        if constexpr (std::is_same_v<kernels::Activation<W>, float>) {
          kernels::launch(kernels::GroupedLinear<W>{pointer<W>(x), pointer<W>(weight), nullptr, pointer<int32_t>(ends),
                                                    pointer<float>(y), rows, in, out, experts},
                          x.device());
          kernels::launch(kernels::GroupedLinearBackwardInput<W>{pointer<W>(dy), pointer<W>(weight), nullptr,
                                                                 pointer<int32_t>(ends), pointer<float>(dx), rows, in,
                                                                 out, experts},
                          x.device());
          kernels::launch(kernels::GroupedLinearBackwardWeight<W>{pointer<W>(dy), pointer<W>(x), pointer<int32_t>(ends),
                                                                  pointer<float>(dweight), rows, in, out, experts},
                          x.device());
        }
      });
      int64_t first = 0;
      for (int64_t e = 0; e < experts; first += counts[e++]) {
        if (counts[e] == 0) {
          CHECK(at::equal(dweight[e], before[e]));
          continue;
        }
        const auto own = [&, count = counts[e]](const Tensor& rows) { return rows.narrow(0, first, count); };
        CHECK(at::equal(own(y), ops::linear(own(x), packed(weight[e]), {})));
        CHECK(distance(own(dx), at::matmul(wide(own(dy)), wide(weight[e]))) < 1e-5);
        CHECK(distance(dweight[e], wide(before[e]) + at::matmul(wide(own(dy)).t(), wide(own(x)))) < 1e-5);
      }
    }
}

TEST_CASE("on a device, scores and samples of a row are the same bits, near float64, and so are the gradients") {
  if (!has_device()) return;
  const Poison poison;
  for (const at::ScalarType dtype : kDtypes)
    for (const int64_t vocab : {1, 37, 1000, 50257, 151936})
      for (const kernels::Filters filters :
           {kernels::Filters{1, 0, 1, 0}, kernels::Filters{0.7f, 0, 1, 0}, kernels::Filters{1.2f, 40, 0.95f, 0.01f}}) {
        const int64_t rows = vocab > 100'000 ? 150 : 70, width = 64;
        CAPTURE(std::string(c10::toString(dtype)));
        CAPTURE(vocab);
        CAPTURE(filters.top_k);
        const ops::PackedWeight weight = packed(noise({vocab, width}, dtype) * 0.3);
        const Tensor hidden = noise({rows, width}), ids = at::arange(rows, on_device(at::kLong));
        const ops::DrawKeys keys{7, at::full({1}, 3, on_device(at::kLong)), ids, ids, ids};
        const ops::Drawn drawn = ops::sample(hidden, weight, filters, false, keys);
        CHECK(drawn.tokens.min().item<int64_t>() >= 0);
        CHECK(drawn.tokens.max().item<int64_t>() < vocab);
        const ops::Scores scores = ops::token_scores(hidden, weight, drawn.tokens, filters);
        CHECK(at::equal(scores.logprobs, drawn.logprobs));
        CHECK(at::equal(scores.summary, drawn.summary));
        CHECK(at::equal(scores.entropy, drawn.summary.select(1, 2)));
        const ops::DrawKeys key{7, keys.step, ids.narrow(0, 9, 1), ids.narrow(0, 9, 1), ids.narrow(0, 9, 1)};
        const ops::Drawn alone = ops::sample(hidden.narrow(0, 9, 1), weight, filters, false, key);
        CHECK(at::equal(alone.tokens, drawn.tokens.narrow(0, 9, 1)));
        CHECK(at::equal(alone.logprobs, drawn.logprobs.narrow(0, 9, 1)));

        const Tensor h64 = wide(ops::as_operand(hidden, dtype)).requires_grad_(true);
        const Tensor w64 = wide(weight.weight).requires_grad_(true);
        const Tensor z = at::matmul(h64, w64.t()) / filters.temperature;
        const Tensor likeliest = std::get<1>(z.max(1));
        if (dtype == at::kFloat) CHECK(at::equal(ops::sample(hidden, weight, filters, true, keys).tokens, likeliest));
        if (filters.active()) continue;
        const Tensor logp = at::log_softmax(z, 1), p = logp.exp();
        const Tensor chosen = logp.gather(1, drawn.tokens.unsqueeze(1)).squeeze(1), entropy = -(p * logp).sum(1);
        CHECK((wide(scores.logprobs) - chosen).abs().max().item<double>() < 2e-5);
        CHECK((wide(scores.entropy) - entropy).abs().max().item<double>() < 2e-5);
        const Tensor dlogprobs = noise({rows}), dentropy = noise({rows}),
                     dweight = at::zeros_like(weight.weight, at::kFloat), found = at::zeros_like(scores.logprobs);
        ((wide(dlogprobs) * chosen).sum() + (wide(dentropy) * entropy).sum()).backward();
        const Tensor dhidden = ops::token_scores_backward(dlogprobs, dentropy, hidden, weight, drawn.tokens,
                                                          scores.summary, filters, dweight, found);
        CHECK(at::equal(found, scores.logprobs));
        if (vocab == 1) continue;  // no gradient but rounding
        const double allowed = dtype == at::kFloat ? 2e-5 : 2 * tolerance(dtype);
        CHECK(distance(dhidden, h64.grad()) < allowed);
        CHECK(distance(dweight, w64.grad()) < allowed);
      }
}

TEST_CASE("on a device, sums of squares and steps of AdamW are the CPU's up to rounding") {
  if (!has_device()) return;
  const Poison poison;
  std::vector<Tensor> tensors;
  double expected = 0;
  for (const int64_t size : {1, 3, 1000, 100'003}) {
    tensors.push_back(noise({size}));
    expected += wide(tensors.back()).square().sum().item<double>();
  }
  CHECK(ops::sum_of_squares(tensors) == doctest::Approx(expected).epsilon(1e-12));
  for (const int64_t size : {1, 5, 1024, 4099}) {
    const ops::AdamWStep step{1e-3f, 0.9f, 0.999f, 1e-8f, 0.1f, 0.5f, 0.1f, 0.001f};
    const Tensor master = noise({size}), m = noise({size}), v = noise({size}).abs(), grad = noise({size});
    const Tensor weight = master.to(at::kBFloat16);
    const Tensor host_master = master.cpu(), host_m = m.cpu(), host_v = v.cpu(), host_weight = weight.cpu();
    ops::adamw(step, master, m, v, grad, weight);
    ops::adamw(step, host_master, host_m, host_v, grad.cpu(), host_weight);
    CHECK(distance(master.cpu(), host_master) < 1e-6);
    CHECK(distance(m.cpu(), host_m) < 1e-6);
    CHECK(distance(v.cpu(), host_v) < 1e-6);
    CHECK(distance(weight.cpu(), host_weight) < 1e-3);
  }
}

TEST_CASE("on a device, GRPO's loss, its gradient and its metrics are near the CPU's float64") {
  if (!has_device()) return;
  const Poison poison;
  for (const int64_t size : {1, 1000, 100'003}) {
    LossInputs in{.logprobs = noise({size}).set_requires_grad(true),
                  .entropy = noise({size}),
                  .old_logprobs = noise({size}),
                  .sampler_logprobs = noise({size}),
                  .ref_logprobs = noise({size}),
                  .advantages = noise({size}),
                  .cu_completions = at::tensor({0, static_cast<int>(size)}, at::kInt),
                  .step_tokens = size,
                  .step_sequences = 1};
    LossInputs host = in;
    host.logprobs = wide(in.logprobs.detach()).set_requires_grad(true);
    host.entropy = wide(in.entropy);
    host.old_logprobs = wide(in.old_logprobs);
    host.sampler_logprobs = wide(*in.sampler_logprobs);
    host.ref_logprobs = wide(*in.ref_logprobs);
    host.advantages = wide(in.advantages);
    const LossFn loss = grpo_loss({.kl_coefficient = 0.1f});
    const LossOutput out = loss(in), expected = loss(host);
    out.loss.backward();
    expected.loss.backward();
    CHECK(out.loss.item<double>() == doctest::Approx(expected.loss.item<double>()).epsilon(1e-4));
    CHECK(distance(in.logprobs.grad(), host.logprobs.grad()) < 1e-5);
    for (const auto& [name, value] : expected.metrics)
      CHECK(out.metrics.at(name).item<double>() == doctest::Approx(value.item<double>()).epsilon(1e-3));
  }
}
