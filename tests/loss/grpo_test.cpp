#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "cohort/error.hpp"
#include "cohort/loss.hpp"

using namespace cohort;

namespace {

// Two completions, of 2 and 4 tokens, as half of a step of 4 completions and 12 tokens.
LossInputs example() {
  const at::Tensor old_logprobs = at::tensor({-0.5f, -1.0f, -0.2f, -2.0f, -0.7f, -1.3f});
  return {
      .logprobs = old_logprobs.clone().set_requires_grad(true),
      .entropy = at::tensor({0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f}).set_requires_grad(true),
      .old_logprobs = old_logprobs,
      .ref_logprobs = {},
      .advantages = at::tensor({1.f, 1.f, -2.f, -2.f, -2.f, -2.f}),
      .cu_completions = at::tensor({0, 2, 6}, at::kInt),
      .step_tokens = 12,
      .step_sequences = 4,
  };
}

// The per-token losses of a case as one step of one completion, by token mean.
LossInputs step_of(std::vector<float> ratios, std::vector<float> advantages) {
  const auto n = static_cast<int64_t>(ratios.size());
  return {.logprobs = at::tensor(ratios).log().set_requires_grad(true),
          .entropy = at::zeros({n}),
          .old_logprobs = at::zeros({n}),
          .ref_logprobs = {},
          .advantages = at::tensor(advantages),
          .cu_completions = at::tensor({0, static_cast<int>(n)}, at::kInt),
          .step_tokens = n,
          .step_sequences = 1};
}

}  // namespace

TEST_CASE("ratios 0.5, 1, 1.5 with advantages 1, -1, 2 lose -0.633333") {
  const LossOutput out = grpo_loss()(step_of({0.5f, 1.0f, 1.5f}, {1, -1, 2}));  // −0.5, 1, −2.4
  CHECK(out.loss.item<double>() == doctest::Approx(-0.633333).epsilon(1e-5));
  CHECK(out.metrics.at("clip_ratio/high_mean").item<double>() == doctest::Approx(1.0 / 3));
  CHECK(out.metrics.at("clip_ratio/low_mean").item<double>() == 0.0);
}

TEST_CASE("on-policy, a token's gradient is its advantage over the denominator of its aggregation") {
  const auto gradient = [](GrpoLossOptions options) {
    LossInputs in = example();
    grpo_loss(options)(in).loss.backward();
    return in.logprobs.grad();
  };
  const at::Tensor signs = at::tensor({-1.f, -1.f, 2.f, 2.f, 2.f, 2.f});
  CHECK(at::allclose(gradient({.aggregation = Aggregation::token_mean}), signs / 12));
  CHECK(
      at::allclose(gradient({.aggregation = Aggregation::sequence_mean}), signs / at::tensor({8, 8, 16, 16, 16, 16})));
  CHECK(at::allclose(gradient({.aggregation = Aggregation::constant, .max_tokens = 5}), signs / 20));
}

TEST_CASE("two halves of a step add up to the loss of the whole, for every aggregation") {
  LossInputs whole = example();
  whole.step_sequences = 2;
  whole.step_tokens = 6;
  whole.old_logprobs = whole.old_logprobs + at::tensor({0.1f, -0.3f, 0.2f, 0.f, -0.1f, 0.4f});
  for (const Aggregation aggregation : {Aggregation::token_mean, Aggregation::sequence_mean, Aggregation::constant}) {
    const LossFn loss = grpo_loss({.aggregation = aggregation, .max_tokens = 7});
    double parts = 0;
    for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, 2}, {2, 4}}) {
      LossInputs part = whole;
      part.logprobs = whole.logprobs.detach().narrow(0, first, count);
      part.entropy = whole.entropy.detach().narrow(0, first, count);
      part.old_logprobs = whole.old_logprobs.narrow(0, first, count);
      part.advantages = whole.advantages.narrow(0, first, count);
      part.cu_completions = at::tensor({0, static_cast<int>(count)}, at::kInt);
      parts += loss(part).loss.item<double>();
    }
    CHECK(parts == doctest::Approx(loss(whole).loss.item<double>()).epsilon(1e-6));
  }
}

TEST_CASE("a token clipped in the direction of its advantage has no gradient; one clipped against it keeps its own") {
  LossInputs in = step_of({1.5f, 0.5f, 1.5f, 0.5f}, {1, -1, -1, 1});
  grpo_loss({.clip_low = 0.2f, .clip_high = 0.28f})(in).loss.backward();
  const at::Tensor gradient = in.logprobs.grad();
  CHECK(gradient[0].item<float>() == 0.0f);
  CHECK(gradient[1].item<float>() == 0.0f);
  CHECK(gradient[2].item<float>() == doctest::Approx(1.5 / 4));
  CHECK(gradient[3].item<float>() == doctest::Approx(-0.5 / 4));
}

TEST_CASE("the upper clip is clip_high's and the lower is clip_low's") {
  const auto loss = [](float ratio, float advantage) {
    return grpo_loss({.clip_low = 0.1f, .clip_high = 0.4f})(step_of({ratio}, {advantage})).loss.item<double>();
  };
  CHECK(loss(2.0f, 1) == doctest::Approx(-1.4));
  CHECK(loss(0.2f, -1) == doctest::Approx(0.9));
}

TEST_CASE("the KL term is k3: zero at the reference, 0.0362054 in the published case, and it pulls back") {
  LossInputs in = step_of({1, 1, 1}, {0, 0, 0});
  in.logprobs = at::tensor({0.f, -1.f, -2.f}).set_requires_grad(true);
  in.old_logprobs = in.logprobs.detach();
  in.ref_logprobs = at::tensor({-1.f, -1.f, -1.f});
  const LossOutput out = grpo_loss({.kl_coefficient = 0.1f})(in);
  CHECK(out.loss.item<double>() == doctest::Approx(0.0362054).epsilon(1e-5));
  CHECK(out.metrics.at("kl").item<double>() == doctest::Approx(0.362054).epsilon(1e-5));
  out.loss.backward();
  CHECK(in.logprobs.grad()[0].item<float>() > 0);
  CHECK(in.logprobs.grad()[1].item<float>() == 0);
  CHECK(in.logprobs.grad()[2].item<float>() < 0);
  CHECK_THROWS_WITH_AS(grpo_loss({.kl_coefficient = 0.1f})(example()), doctest::Contains("no reference policy"), Error);
}

TEST_CASE("the entropy bonus is on the mean token entropy, whatever the aggregation") {
  for (const Aggregation aggregation : {Aggregation::token_mean, Aggregation::sequence_mean}) {
    LossInputs in = example();
    grpo_loss({.aggregation = aggregation, .entropy_coefficient = 0.6f})(in).loss.backward();
    CHECK(at::allclose(in.entropy.grad(), at::full({6}, -0.6f / 12)));
  }
}

TEST_CASE("options that contradict each other are refused when the loss is made") {
  CHECK_THROWS_WITH_AS(grpo_loss({.aggregation = Aggregation::constant}),
                       doctest::Contains("max_tokens, which must be above 0, got 0"), Error);
  CHECK_THROWS_WITH_AS(grpo_loss({.clip_low = -0.1f}), doctest::Contains("clip_low"), Error);
}

TEST_CASE("loss, metrics and gradient are those of the formula under autograd, in float64") {
  at::manual_seed(1);
  for (const int64_t n : {1, 37, 5000})
    for (const Aggregation aggregation : {Aggregation::token_mean, Aggregation::sequence_mean, Aggregation::constant}) {
      const auto noise = [&] { return at::randn({n}, at::kDouble) / 3; };
      const int64_t first = n / 3;
      LossInputs in{.logprobs = noise().set_requires_grad(true),
                    .entropy = at::zeros({n}, at::kDouble),
                    .old_logprobs = noise(),
                    .sampler_logprobs = noise(),
                    .ref_logprobs = noise(),
                    .advantages = noise(),
                    .cu_completions = first > 0
                                          ? at::tensor({0, static_cast<int>(first), static_cast<int>(n)}, at::kInt)
                                          : at::tensor({0, static_cast<int>(n)}, at::kInt),
                    .step_tokens = 2 * n,
                    .step_sequences = 3};
      const GrpoLossOptions options{.clip_low = 0.125f,
                                    .clip_high = 0.25f,
                                    .kl_coefficient = 0.0625f,
                                    .aggregation = aggregation,
                                    .max_tokens = 11,
                                    .importance_cap = 1.25f};
      const LossOutput out = grpo_loss(options)(in);
      out.loss.backward();

      const at::Tensor logprobs = in.logprobs.detach().clone().set_requires_grad(true);
      const at::Tensor ratio = (logprobs - in.old_logprobs).exp();
      const at::Tensor importance = (in.old_logprobs - *in.sampler_logprobs).exp();
      const at::Tensor log_ratio = *in.ref_logprobs - logprobs, k3 = log_ratio.exp() - log_ratio - 1;
      const at::Tensor token_loss =
          -at::minimum(ratio * in.advantages, ratio.clamp(0.875, 1.25) * in.advantages) * importance.clamp_max(1.25) +
          0.0625 * k3;
      const at::Tensor position = at::arange(n);
      at::Tensor weights = at::full({n}, 1.0 / static_cast<double>(2 * n), at::kDouble);
      if (aggregation == Aggregation::constant) weights.fill_(1.0 / 33);
      if (aggregation == Aggregation::sequence_mean)
        weights = at::where(position < first, 1.0 / (3.0 * static_cast<double>(first)),
                            1.0 / (3.0 * static_cast<double>(n - first)));
      const at::Tensor expected = (token_loss * weights).sum();
      expected.backward();
      CHECK(out.loss.item<double>() == doctest::Approx(expected.item<double>()).epsilon(1e-12));
      CHECK(at::allclose(in.logprobs.grad(), logprobs.grad(), 1e-10, 1e-15));
      const auto mean = [&](const at::Tensor& values) {
        return values.sum().item<double>() / static_cast<double>(2 * n);
      };
      CHECK(out.metrics.at("kl").item<double>() == doctest::Approx(mean(k3)));
      CHECK(out.metrics.at("importance/mean").item<double>() == doctest::Approx(mean(importance)));
      CHECK(out.metrics.at("importance/capped").item<double>() == doctest::Approx(mean(importance > 1.25)));
      CHECK(out.metrics.at("clip_ratio/low_mean").item<double>() ==
            doctest::Approx(mean((ratio < 0.875).logical_and(in.advantages < 0))));
      CHECK(out.metrics.at("clip_ratio/high_mean").item<double>() ==
            doctest::Approx(mean((ratio > 1.25).logical_and(in.advantages > 0))));
    }
}

TEST_CASE("a log-probability that is no number makes the loss none, whatever the clip") {
  for (const float advantage : {1.0f, -1.0f}) {
    LossInputs in = step_of({1, 1}, {advantage, 1});
    in.logprobs = at::tensor({std::nanf(""), 0.0f});
    CHECK(std::isnan(grpo_loss()(in).loss.item<double>()));
  }
}

TEST_CASE("inputs of different lengths are refused, and so is a second backward") {
  LossInputs in = example();
  in.advantages = at::ones({5});
  CHECK_THROWS_WITH_AS(grpo_loss()(in), doctest::Contains("expected 6 numbers"), Error);
  const LossOutput out = grpo_loss()(example());
  out.loss.backward({}, /*keep_graph=*/true);
  CHECK_THROWS_WITH(out.loss.backward(), doctest::Contains("a second time"));
}

TEST_CASE("a mean over tokens that may be left as a sum is that mean times the step's tokens, bonus included") {
  for (const float entropy_coefficient : {0.0f, 0.5f}) {
    const LossFn loss = grpo_loss({.entropy_coefficient = entropy_coefficient});
    LossInputs in = example();
    const LossOutput mean = loss(in);
    in.allows_token_sum = true;
    const LossOutput sum = loss(in);
    CHECK_FALSE(mean.is_token_sum);
    CHECK(sum.is_token_sum);
    CHECK(sum.loss.item<double>() == doctest::Approx(12 * mean.loss.item<double>()));
    CHECK(at::equal(sum.metrics.at("clip_ratio/low_mean"), mean.metrics.at("clip_ratio/low_mean")));
    in.step_tokens = 0;  // not known yet: the sum does without
    CHECK(at::equal(loss(in).loss, sum.loss));
  }
  LossInputs in = example();
  in.allows_token_sum = true;
  CHECK_FALSE(grpo_loss({.aggregation = Aggregation::sequence_mean})(in).is_token_sum);
}

TEST_CASE("what divides by the step's tokens is refused while they are not known") {
  LossInputs in = example();
  in.step_tokens = 0;
  CHECK_THROWS_WITH_AS(grpo_loss()(in),
                       doctest::Contains("the mean over tokens divides by the tokens of the whole step"), Error);
  in.allows_token_sum = true;
  CHECK_THROWS_WITH_AS(
      grpo_loss({.aggregation = Aggregation::constant, .max_tokens = 5, .entropy_coefficient = 0.1f})(in),
      doctest::Contains("the entropy bonus divides by"), Error);
  CHECK_NOTHROW(grpo_loss({.aggregation = Aggregation::constant, .max_tokens = 5})(in));
}
