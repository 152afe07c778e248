// Operands of bfloat16: what leaves an op rounded, what meets a product rounded, and what never passes through memory
// has the bits of the way by exact numbers and one op after the other. Under every CPU body.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "kernels/ops.hpp"
#include "support/isas.hpp"
#include "support/packed.hpp"

using namespace cohort;
using at::Tensor;
using cohort::ops::Gate;
using cohort::testing::on_every_isa;
using cohort::testing::packed;

namespace {

constexpr at::ScalarType kOperand = at::kBFloat16;
constexpr Gate kAllGates[] = {Gate::silu, Gate::gelu_tanh, Gate::gelu};

}  // namespace

TEST_CASE("what leaves an op rounded is what leaves it exact, rounded") {
  on_every_isa([] {
    for (const int64_t width : {1, 31, 64, 577}) {
      CAPTURE(width);
      const Tensor x = at::randn({70, width}), weight = at::randn({width});
      const ops::Normed exact = ops::rms_norm(x, weight, 1e-5), rounded = ops::rms_norm(x, weight, 1e-5, kOperand);
      CHECK(at::equal(rounded.y, exact.y.to(kOperand)));
      CHECK(at::equal(rounded.inv_rms, exact.inv_rms));
      const Tensor gate_up = at::randn({70, 2 * width});
      const Tensor kept = at::randn({70, 2 * width}).to(kOperand), dy = at::randn({70, width});
      for (const Gate kind : kAllGates) {
        const Tensor exact = ops::gated_unit(gate_up, kind, at::kFloat);
        CHECK(at::equal(ops::gated_unit(gate_up, kind, kOperand), exact.to(kOperand)));
        const auto [y, dgate_up] = ops::gated_unit_backward(dy, kept, kind);
        const auto [exact_y, exact_dgate_up] = ops::gated_unit_backward(dy, kept.to(at::kFloat), kind);
        CHECK(at::equal(y, exact_y.to(kOperand)));
        CHECK(at::equal(dgate_up, exact_dgate_up.to(kOperand)));
      }
      CHECK(at::equal(ops::as_operand(x, kOperand), x.to(kOperand)));
      for (const int64_t in : {40, 2049}) {
        const ops::PackedWeight between = packed(at::randn({width, in}).to(kOperand));
        CHECK(at::equal(ops::linear_backward_input(dy, between, kOperand),
                        ops::linear_backward_input(dy, between).to(kOperand)));
      }
    }
  });
}

TEST_CASE("a product takes an operand as it takes the exact numbers that round to it") {
  on_every_isa([] {
    for (const auto& [rows, out, in] :
         {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1}, {7, 45, 67}, {33, 16, 48}, {530, 200, 130}, {601, 33, 65}}) {
      CAPTURE(rows);
      const ops::PackedWeight weight = packed(at::randn({out, in}).to(kOperand));
      const Tensor x = at::randn({rows, in}), dy = at::randn({rows, out});
      const Tensor rounded_x = x.to(kOperand), rounded_dy = dy.to(kOperand);
      CHECK(at::equal(ops::linear(rounded_x, weight, {}), ops::linear(x, weight, {})));
      CHECK(at::equal(ops::linear_backward_input(rounded_dy, weight), ops::linear_backward_input(dy, weight)));
      const auto gradients = [&](const Tensor& dy, const Tensor& x) {
        const Tensor dweight = at::ones({out, in}), dbias = at::ones({out});
        ops::linear_backward_weight(kOperand, dy, x, dweight, dbias);
        return std::pair{dweight, dbias};
      };
      CHECK(at::equal(gradients(rounded_dy, rounded_x).first, gradients(dy, x).first));
      CHECK(at::equal(gradients(rounded_dy, x).second, gradients(rounded_dy.to(at::kFloat), x).second));
    }
  });
}

TEST_CASE("attention leaves its result rounded, and its gradients are those of the exact numbers that it rounds to") {
  on_every_isa([] {
    for (const int64_t dim : {12, 64}) {
      const ops::HeadShape shape{6, 2, dim};
      const int64_t tokens = 70, elements = 3 * 32 * shape.kv_heads * dim + 64;
      const ops::CacheLayer cache{at::zeros({elements}, kOperand), at::zeros({elements}, kOperand)};
      const ops::Sequences sequences{at::tensor({0, 70}, at::kInt), at::zeros({1}, at::kInt),
                                     at::arange(3, at::kInt).view({1, 3}), at::arange(2, at::kInt)};
      const ops::RotaryTables tables{at::randn({80, dim / 2}), at::randn({80, dim / 2})};
      const Tensor places = at::arange(tokens, at::kLong);
      const Tensor qkv = at::randn({tokens, (shape.heads + 2 * shape.kv_heads) * dim});
      for (const bool has_norms : {false, true}) {
        const ops::HeadNorms norms =
            has_norms ? ops::HeadNorms{at::randn({dim}), at::randn({dim}), at::zeros({dim}), at::zeros({dim}), 1e-6}
                      : ops::HeadNorms{};
        const Tensor q = ops::rotary(qkv, norms, tables, places, places, cache, shape);
        const Tensor exact = ops::attention(q, cache, sequences, shape, nullptr, at::kFloat);
        const Tensor out = ops::attention(q, cache, sequences, shape);
        CHECK(out.element_size() == 2);
        CHECK(at::equal(out, exact.to(kOperand)));
        const Tensor dout = at::randn(out.sizes()).to(kOperand);
        const auto [dq, dk, dv] = ops::attention_backward(q, cache, out, dout, sequences, shape);
        const auto wide = ops::attention_backward(q, cache, out.to(at::kFloat), dout.to(at::kFloat), sequences, shape);
        CHECK(at::equal(dq, wide.dq));
        CHECK(at::equal(dk, wide.dk));
        CHECK(at::equal(dv, wide.dv));
        CHECK(at::equal(ops::rotary_backward(dq, dk, dv, qkv, norms, tables, places, shape, kOperand),
                        ops::rotary_backward(dq, dk, dv, qkv, norms, tables, places, shape, at::kFloat).to(kOperand)));
      }
    }
  });
}

TEST_CASE("bias and residual are added to a product as they are behind it") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, kOperand})
      for (const int64_t rows : {1, 33, 700})
        for (const int64_t out : {1, 70, 577}) {
          CAPTURE(rows);
          CAPTURE(out);
          const ops::PackedWeight weight = packed(at::randn({out, 67}).to(dtype));
          const Tensor x = at::randn({rows, 67}), bias = at::randn({out}), residual = at::randn({rows, out});
          const Tensor plain = ops::linear(x, weight, {});
          CHECK(at::equal(ops::linear(x, weight, bias, residual), plain + bias + residual));
          CHECK(at::equal(ops::linear(x, weight, {}, residual), plain + residual));
          CHECK(at::equal(ops::linear(x, weight, bias), plain + bias));
        }
  });
}

TEST_CASE("a gated product has the bits of a product that is gated, and so have the gradients through it") {
  on_every_isa([] {
    for (const auto& [width, in, out] : {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1},
                                         {16, 32, 64},
                                         {37, 67, 33},
                                         {100, 130, 96},
                                         {1536, 576, 64}}) {
      CAPTURE(width);
      const ops::PackedWeight weight = packed(at::randn({2 * width, in}).to(kOperand));
      const ops::PackedWeight next = packed(at::randn({out, width}).to(kOperand));
      const at::TensorOptions as = at::TensorOptions().dtype(kOperand);
      for (const Tensor& bias : {at::randn({2 * width}), Tensor()})
        for (const int64_t rows : {0, 1, 2, 7, 16, 32, 33, 97, 600}) {
          CAPTURE(rows);
          const Tensor x = at::randn({rows, in}).to(kOperand), dy = at::randn({rows, out}).to(kOperand);
          const Tensor kept = at::full({rows, 2 * width}, NAN, as), kept_alone = at::full_like(kept, NAN);
          const Tensor products = ops::linear(x, weight, bias), dproducts = ops::linear_backward_input(dy, next);
          for (const Gate kind : kAllGates) {
            const Tensor y = ops::gated_linear(x, weight, bias, kind, kept);
            CHECK(at::equal(y, ops::gated_unit(products, kind, kOperand, kept_alone)));
            CHECK(at::equal(kept, kept_alone));
            CHECK(at::equal(ops::gated_linear(x, weight, bias, kind), y));
            const auto [again, dgate_up] = ops::gated_backward_input(dy, next, kept, kind);
            const auto apart = ops::gated_unit_backward(dproducts, kept, kind);
            CHECK(at::equal(again, apart.y));
            CHECK(at::equal(dgate_up, apart.dgate_up));
          }
        }
    }
  });
}
