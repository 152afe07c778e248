// An optimiser step in pieces, staged through host memory.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "cohort/error.hpp"
#include "cohort/optim.hpp"
#include "kernels/ops.hpp"
#include "src/optim_offload.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::tiny_policy;

TEST_CASE("pieces cover every element once, in order") {
  Policy policy = tiny_policy();
  for (const int64_t most : {1, 7, 100, 1'000'000}) {
    std::vector<int64_t> next(policy.parameters().size());
    size_t last = 0;
    for (const optim::Piece& piece : optim::pieces_of(policy.parameters(), most)) {
      CHECK(piece.parameter >= last);
      CHECK(piece.first == next[piece.parameter]);
      CHECK(piece.count > 0);
      CHECK(piece.count <= most);
      next[piece.parameter] += piece.count;
      last = piece.parameter;
    }
    for (size_t i = 0; i < next.size(); ++i) CHECK(next[i] == policy.parameters()[i].value.numel());
  }
}

TEST_CASE("a step through stages changes weights and moments as a step in place, to the bit") {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16})
    for (const int64_t most : {13, 500, 1 << 20}) {
      Policy in_place = tiny_policy({.dtype = dtype});
      Policy staged = in_place.clone();
      AdamW optimizer(in_place, {.lr = 1e-2f, .weight_decay = 0.1f});
      struct Moments {
        at::Tensor master, m, v;
      };
      std::vector<Moments> moments;
      at::manual_seed(1);
      for (size_t i = 0; i < staged.parameters().size(); ++i) {
        const at::Tensor master = staged.parameters()[i].value.to(at::kFloat).clone();
        moments.push_back({master, at::zeros_like(master), at::zeros_like(master)});
        in_place.parameters()[i].grad = at::randn_like(master);
        staged.parameters()[i].grad = in_place.parameters()[i].grad.clone();
      }
      for (int step = 1; step <= 3; ++step) {
        const auto t = static_cast<double>(step);
        optim::update_on_host(
            staged.parameters(), most,
            [&](const optim::Piece& piece, const at::Tensor& grad, const at::Tensor& weight) {
              const auto part = [&](const at::Tensor& whole) {
                return whole.view({-1}).narrow(0, piece.first, piece.count);
              };
              const Moments& of = moments[piece.parameter];
              const bool decays = staged.parameters()[piece.parameter].value.dim() == 2;
              ops::adamw({1e-2f, 0.9f, 0.999f, 1e-8f, decays ? 0.1f : 0.0f, 0.5f,
                          static_cast<float>(1 - std::pow(0.9f, t)), static_cast<float>(1 - std::pow(0.999f, t))},
                         part(of.master), part(of.m), part(of.v), grad, weight);
            });
        std::vector<at::Tensor> grads;
        for (const Parameter& parameter : in_place.parameters()) grads.push_back(parameter.grad.clone());
        optimizer.step(0.5);  // clears the gradients
        for (size_t i = 0; i < grads.size(); ++i) in_place.parameters()[i].grad.copy_(grads[i]);
        for (size_t i = 0; i < grads.size(); ++i) {
          CAPTURE(staged.parameters()[i].name);
          CHECK(at::equal(staged.parameters()[i].value, in_place.parameters()[i].value));
        }
      }
    }
}

TEST_CASE("offload is refused for a policy on a CPU, with the reason") {
  Policy policy = tiny_policy();
  CHECK_THROWS_WITH_AS(AdamW(policy, {.offload = true}), doctest::Contains("offload is for a policy on a GPU, got cpu"),
                       Error);
}
