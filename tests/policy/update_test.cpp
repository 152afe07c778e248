#include "cohort/update.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <tuple>

#include "cohort/advantage.hpp"
#include "cohort/batch.hpp"
#include "cohort/checkpoint.hpp"
#include "cohort/error.hpp"
#include "cohort/rollout.hpp"
#include "kernels/memory.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::prompts;
using cohort::testing::TemporaryFolder;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

std::vector<Group> sample(Policy& policy, int64_t step = 0) {
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 4, .max_new_tokens = 25, .seed = 5});
  return engine.rollout_tokens(prompts(5, 77, 40), step);
}

GroupArray some_advantages() {
  GroupArray advantages(5, 4);
  for (int i = 0; i < 20; ++i) advantages(i / 4, i % 4) = static_cast<float>((i * 7) % 5 - 2) * 0.5f;
  return advantages;
}

// The least that an AdamW can keep.
AdamWOptions compact_options() { return {.lr = 1e-2f, .float32_masters = false, .moment_bits = 8}; }

}  // namespace

TEST_CASE("on the first update of a rollout nothing is clipped, and recorded equals recomputed") {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    Policy policy = tiny_policy({.dtype = dtype});
    AdamW optimizer(policy, {.lr = 1e-2f});
    const auto groups = sample(policy);
    const UpdateStats first = update(policy, optimizer, grpo_loss(), groups, some_advantages());
    CHECK(first.logp_difference_max == 0.0);
    CHECK(first.metrics.at("clip_ratio/low_mean") == 0.0);
    CHECK(first.metrics.at("clip_ratio/high_mean") == 0.0);
    CHECK(first.entropy > 0);
    const UpdateStats second = update(policy, optimizer, grpo_loss(), groups, some_advantages());
    CHECK(second.logp_difference_max > 0.0);
  }
}

TEST_CASE("float32 weights after a step have the same bits however its groups are cut into micro-batches") {
  // With a head of its own: a tied one adds the embedding's part after each micro-batch, which rounds differently.
  for (const char* architecture : {"Qwen3ForCausalLM", "Qwen3MoeForCausalLM"}) {
    CAPTURE(std::string(architecture));
    std::vector<uint64_t> hashes;
    for (const int64_t micro_batch_tokens : {270, 500, 100'000}) {
      Policy policy = tiny_policy({}, architecture);
      AdamW optimizer(policy, {.lr = 1e-2f});
      const auto groups = sample(policy);
      update(policy, optimizer, grpo_loss(), groups, some_advantages(),
             {.micro_batch_tokens = micro_batch_tokens, .max_grad_norm = 0});
      hashes.push_back(policy.weight_hash());
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(hashes[1] == hashes[2]);
  }
}

TEST_CASE("activations computed again give the same bits as activations kept, in less memory") {
  for (const char* architecture : {"LlamaForCausalLM", "Qwen3ForCausalLM", "Qwen3MoeForCausalLM"})
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      CAPTURE(std::string(architecture));
      std::vector<uint64_t> hashes;
      std::vector<int64_t> kept_bytes;
      for (const auto checkpointing : {ActivationCheckpointing::none, ActivationCheckpointing::attention,
                                       ActivationCheckpointing::mlp, ActivationCheckpointing::layer}) {
        Policy policy = tiny_policy({.dtype = dtype, .activation_checkpointing = checkpointing}, architecture);
        AdamW optimizer(policy, {.lr = 1e-2f});
        const UpdateStats stats = update(policy, optimizer, grpo_loss(), sample(policy), some_advantages());
        CHECK(stats.logp_difference_max == 0.0);
        hashes.push_back(policy.weight_hash());

        // What the scores of a longer batch hold on to, seen by what they give back.
        const auto groups = sample(policy, 1);
        const auto batch = pack(groups, some_advantages(), 100'000, at::kCPU).front();
        TokenScores scores = policy.score(batch);
        ops::release_cached_memory();
        scores = {};
        kept_bytes.push_back(ops::cached_bytes());
      }
      for (size_t i = 1; i < hashes.size(); ++i) {
        CAPTURE(i);
        CHECK(hashes[i] == hashes[0]);
        CHECK(kept_bytes[i] < kept_bytes[0]);
        CHECK(kept_bytes.back() < kept_bytes[i - 1]);
      }
    }
  ops::release_cached_memory();
}

TEST_CASE("skipping groups without advantage reads less and changes no bit of a step, also where none has any") {
  for (const int zeros : {0, 2, 5}) {
    CAPTURE(zeros);
    GroupArray advantages = some_advantages();
    advantages.topRows(zeros) = 0;
    uint64_t hashes[2];
    UpdateStats stats[2];
    for (const bool skip : {false, true}) {
      Policy policy = tiny_policy({}, "Qwen3ForCausalLM");
      AdamW optimizer(policy, {.lr = 1e-2f});
      const auto groups = sample(policy, 1);
      update(policy, optimizer, grpo_loss(), sample(policy), some_advantages());  // momentum moves weights on
      stats[skip] = update(policy, optimizer, grpo_loss(), groups, advantages,
                           {.max_grad_norm = 0, .skip_zero_advantages = skip});
      hashes[skip] = policy.weight_hash();
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(stats[0].loss == doctest::Approx(stats[1].loss));
    CHECK(stats[0].grad_norm == stats[1].grad_norm);
    CHECK((stats[1].tokens < stats[0].tokens) == (zeros > 0));
    CHECK(stats[1].tokens > 0);
    for (const auto& [name, value] : stats[0].metrics) CHECK(stats[1].metrics.at(name) == doctest::Approx(value));
    CHECK(stats[1].logp_difference_max > 0);  // the policy has moved since the groups were sampled
  }
}

TEST_CASE("two runs of one seed end in the same weights, and another seed does not") {
  const auto run = [](uint64_t seed) {
    Policy policy = tiny_policy({.dtype = at::kBFloat16, .seed = seed});
    AdamW optimizer(policy, {.lr = 1e-2f, .warmup_steps = 2});
    for (int64_t step = 0; step < 4; ++step) {
      const auto groups = sample(policy, step);
      update(policy, optimizer, grpo_loss(), groups, some_advantages());
    }
    return policy.weight_hash();
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("a gradient longer than max_grad_norm is cut to it and reported uncut") {
  Policy clipped = tiny_policy(), free = tiny_policy();
  // With ε far above the gradients a first AdamW step is lr · g / ε: proportional to the gradient.
  AdamW clipped_optimizer(clipped, {.lr = 1.0f, .epsilon = 1e6f}), free_optimizer(free, {.lr = 1.0f, .epsilon = 1e6f});
  const auto groups = sample(clipped);
  const at::Tensor before = clipped.parameters()[0].value.clone();
  const UpdateStats a =
      update(clipped, clipped_optimizer, grpo_loss(), groups, some_advantages(), {.max_grad_norm = 0.01f});
  const UpdateStats b = update(free, free_optimizer, grpo_loss(), groups, some_advantages(), {.max_grad_norm = 0});
  CHECK(a.grad_norm == b.grad_norm);
  CHECK(a.grad_norm > 0.01);
  const double moved = (clipped.parameters()[0].value - before).norm().item<double>();
  const double moved_free = (free.parameters()[0].value - before).norm().item<double>();
  CHECK(moved / moved_free == doctest::Approx(0.01 / a.grad_norm).epsilon(0.05));
}

TEST_CASE("the learning rate warms up to its peak and decays to its end") {
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {.lr = 1.0f, .warmup_steps = 3, .decay = Decay::linear, .total_steps = 7, .final_lr = 0.2f});
  std::vector<float> rates;
  policy.zero_grad();
  const auto groups = sample(policy);
  for (int i = 0; i < 9; ++i)
    rates.push_back(
        update(policy, optimizer, sft_loss(), groups, some_advantages(), {.max_grad_norm = 1e-6f}).learning_rate);
  const float expected[] = {0.25f, 0.5f, 0.75f, 1.0f, 0.8f, 0.6f, 0.4f, 0.2f, 0.2f};
  for (size_t i = 0; i < 9; ++i) CHECK(rates[i] == doctest::Approx(expected[i]));
}

TEST_CASE("weight decay pulls matrices towards zero and leaves norms alone") {
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {.lr = 0.1f, .weight_decay = 0.5f});
  const auto groups = sample(policy);
  const GroupArray none = GroupArray::Zero(5, 4);  // no signal: only decay moves anything
  std::vector<at::Tensor> before;
  for (const Parameter& parameter : policy.parameters()) before.push_back(parameter.value.clone());
  update(policy, optimizer, grpo_loss(), groups, none);
  for (size_t i = 0; i < before.size(); ++i) {
    const Parameter& parameter = policy.parameters()[i];
    const double factor = parameter.value.dim() == 2 ? 0.95 : 1.0;
    CHECK(at::allclose(parameter.value, before[i] * factor, 1e-5, 1e-7));
  }
}

TEST_CASE("a loss or a gradient that is not finite stops the update before any weight changes") {
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {.lr = 0.1f});
  const auto groups = sample(policy);
  const uint64_t before = policy.weight_hash();
  GroupArray advantages = some_advantages();
  advantages(2, 1) = NAN;
  CHECK_THROWS_WITH_AS(update(policy, optimizer, grpo_loss(), groups, advantages), doctest::Contains("the loss is nan"),
                       Error);
  const LossFn steep = [](const LossInputs& in) -> LossOutput {
    return {.loss = (in.logprobs * 0).sqrt().sum(), .metrics = {}};
  };
  CHECK_THROWS_WITH_AS(update(policy, optimizer, steep, groups, some_advantages()),
                       doctest::Contains("the gradient's norm is"), Error);
  CHECK(policy.weight_hash() == before);
  CHECK(optimizer.steps() == 0);
}

TEST_CASE("a reference policy fills the KL, which is zero for a copy and grows as the policy moves") {
  Policy policy = tiny_policy();
  Policy reference = policy.clone();
  AdamW optimizer(policy, {.lr = 1e-2f});
  const LossFn loss = grpo_loss({.kl_coefficient = 0.1f});
  const auto groups = sample(policy);
  const UpdateStats first = update(policy, optimizer, loss, groups, some_advantages(), {.reference = &reference});
  const UpdateStats second = update(policy, optimizer, loss, groups, some_advantages(), {.reference = &reference});
  CHECK(first.metrics.at("kl") == 0.0);
  CHECK(second.metrics.at("kl") > 0.0);
  CHECK_THROWS_WITH_AS(update(policy, optimizer, loss, groups, some_advantages()),
                       doctest::Contains("no reference policy"), Error);
}

TEST_CASE("supervised steps on a demonstration make it likelier") {
  const Tokenizer tokenizer = tiny_tokenizer();
  const Group demonstrations[] = {demonstration(tokenizer, {.prompt = "12+34="}, "46")};
  CHECK(demonstrations[0].completions[0].tokens.back() == tokenizer.stop_tokens().front());
  for (const AdamWOptions& options : {AdamWOptions{.lr = 1e-2f}, {.lr = 1e-2f, .moment_bits = 8}, compact_options()}) {
    Policy pupil = tiny_policy({.dtype = options.float32_masters ? at::kFloat : at::kBFloat16});
    AdamW optimizer(pupil, options);
    const double before = sft_update(pupil, optimizer, demonstrations).loss;
    for (int i = 0; i < 20; ++i) sft_update(pupil, optimizer, demonstrations);
    const double after = sft_update(pupil, optimizer, demonstrations).loss;
    CHECK(after < before / 10);
  }
}

TEST_CASE("a run that goes on from a checkpoint ends in the same bits as one that was never stopped") {
  const TemporaryFolder folder;
  const auto steps = [](Policy& policy, AdamW& optimizer, int64_t from, int64_t to) {
    for (int64_t step = from; step < to; ++step)
      update(policy, optimizer, grpo_loss(), sample(policy, step), some_advantages());
  };
  using Case = std::tuple<at::ScalarType, bool, int>;  // weights, masters, bits of moments
  for (const auto& [dtype, float32_masters, moment_bits] : {Case{at::kFloat, true, 32},
                                                            {at::kBFloat16, true, 32},
                                                            {at::kBFloat16, true, 8},
                                                            {at::kBFloat16, false, 32},
                                                            {at::kFloat, false, 8},
                                                            {at::kBFloat16, false, 8}}) {
    CAPTURE(float32_masters);
    CAPTURE(moment_bits);
    const AdamWOptions options{.lr = 1e-2f,
                               .warmup_steps = 1,
                               .decay = Decay::cosine,
                               .total_steps = 6,
                               .float32_masters = float32_masters,
                               .moment_bits = moment_bits,
                               .seed = 11};
    Policy whole = tiny_policy({.dtype = dtype});
    AdamW whole_optimizer(whole, options);
    steps(whole, whole_optimizer, 0, 6);

    Policy first = tiny_policy({.dtype = dtype});
    AdamW first_optimizer(first, options);
    steps(first, first_optimizer, 0, 3);
    save_checkpoint(first, first_optimizer, 3, folder.path / "step-000003");

    Policy second(cohort::testing::tiny_config(), {.dtype = dtype, .seed = 99});
    AdamW second_optimizer(second, options);
    CHECK(load_checkpoint(second, second_optimizer, folder.path / "step-000003") == 3);
    CHECK(second.weight_hash() == first.weight_hash());
    steps(second, second_optimizer, 3, 6);
    CHECK(second.weight_hash() == whole.weight_hash());
  }
}

TEST_CASE("rounding at random follows its seed, and a checkpoint of an optimizer that keeps other states is refused") {
  const TemporaryFolder folder;
  std::vector<uint64_t> hashes;
  for (const uint64_t seed : {1, 1, 2}) {
    Policy policy = tiny_policy({.dtype = at::kBFloat16});
    AdamWOptions options = compact_options();
    options.seed = seed;
    AdamW optimizer(policy, options);
    update(policy, optimizer, grpo_loss(), sample(policy), some_advantages());
    hashes.push_back(policy.weight_hash());
    if (hashes.size() == 1) save_checkpoint(policy, optimizer, 1, folder.path / "compact");
  }
  CHECK(hashes[0] == hashes[1]);
  CHECK(hashes[0] != hashes[2]);
  Policy policy = tiny_policy({.dtype = at::kBFloat16});
  AdamW whole(policy, {}), codes(policy, {.moment_bits = 8});
  CHECK_THROWS_WITH_AS(load_checkpoint(policy, whole, folder.path / "compact"),
                       doctest::Contains("has no tensor \"master."), Error);
  CHECK_THROWS_WITH_AS(load_checkpoint(policy, codes, folder.path / "compact"),
                       doctest::Contains("has no tensor \"master."), Error);
  CHECK_THROWS_WITH_AS(AdamW(policy, {.moment_bits = 16}), doctest::Contains("moment_bits must be 32 or 8, got 16"),
                       Error);
}

TEST_CASE("a checkpoint of another model is refused and changes nothing") {
  const TemporaryFolder folder;
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {});
  save_checkpoint(policy, optimizer, 1, folder.path / "checkpoint");
  ModelConfig wider = cohort::testing::tiny_config();
  wider.intermediate_size = 104;
  Policy other(wider);
  AdamW other_optimizer(other, {});
  const uint64_t before = other.weight_hash();
  CHECK_THROWS_WITH_AS(load_checkpoint(other, other_optimizer, folder.path / "checkpoint"),
                       doctest::Contains("to be F32 [104, 48]"), Error);
  CHECK(other.weight_hash() == before);
  std::filesystem::resize_file(folder.path / "checkpoint" / "state.safetensors", 5000);
  CHECK_THROWS_AS(load_checkpoint(policy, optimizer, folder.path / "checkpoint"), Error);
}

TEST_CASE("an answer that was cancelled is not learned from") {
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {});
  auto groups = sample(policy);
  groups[1].completions[2].finish = FinishReason::cancelled;
  const uint64_t before = policy.weight_hash();
  CHECK_THROWS_WITH_AS(update(policy, optimizer, grpo_loss(), groups, some_advantages()),
                       doctest::Contains("completion of problem 1 was cancelled"), Error);
  CHECK(policy.weight_hash() == before);
}

TEST_CASE("tokens of a sampler in eight bits are weighted by what the policy thinks of them, up to the cap") {
  Policy policy = tiny_policy();
  RolloutEngine engine(policy, tiny_tokenizer(),
                       {.group_size = 4, .max_new_tokens = 25, .seed = 5, .precision = Precision::int8});
  const auto groups = engine.rollout_tokens(prompts(5, 77, 40));
  // With ε far above the gradients a first AdamW step of that length is the gradient.
  const auto gradient = [&](const std::vector<Group>& of, const LossFn& loss, UpdateStats* stats = nullptr) {
    Policy moved = policy.clone();
    AdamW optimizer(moved, {.lr = 1e6f, .epsilon = 1e6f});
    const UpdateStats done = update(moved, optimizer, loss, of, some_advantages(), {.max_grad_norm = 0});
    if (stats) *stats = done;
    std::vector<at::Tensor> parts;
    for (size_t i = 0; i < policy.parameters().size(); ++i)
      parts.push_back((policy.parameters()[i].value - moved.parameters()[i].value).flatten());
    CHECK(at::cat(parts).norm().item<double>() == doctest::Approx(done.grad_norm).epsilon(1e-3));
    return at::cat(parts);
  };
  UpdateStats stats;
  const at::Tensor weighted = gradient(groups, grpo_loss({.importance_cap = 1e9f}), &stats);
  CHECK(stats.logp_difference_max > 0);
  CHECK(stats.metrics.at("importance/mean") == doctest::Approx(1).epsilon(0.05));
  CHECK(stats.metrics.at("importance/capped") == 0);

  // At the first update the ratio is 1: the weighted loss is the plain one of advantages times weights, token by token.
  auto rescored = groups;
  rescore(policy, rescored);
  const LossFn by_hand = [](const LossInputs& in) -> LossOutput {
    const at::Tensor weight = (in.old_logprobs - *in.sampler_logprobs).exp();
    return {-(in.logprobs * in.advantages * weight).sum() / static_cast<double>(in.step_tokens), {}};
  };
  CHECK(at::allclose(gradient(rescored, by_hand), weighted, 1e-4, 1e-7));
  CHECK(at::allclose(gradient(rescored, grpo_loss({.importance_cap = 1e9f})), weighted, 1e-4, 1e-7));
  // A cap below all of them makes it the only weight.
  const at::Tensor capped = gradient(groups, grpo_loss({.importance_cap = 0.25f}), &stats);
  CHECK(stats.metrics.at("importance/capped") == doctest::Approx(1));
  const LossFn quarter = [](const LossInputs& in) -> LossOutput {
    return {-(in.logprobs * in.advantages).sum() / static_cast<double>(4 * in.step_tokens), {}};
  };
  CHECK(at::allclose(gradient(groups, quarter), capped, 1e-4, 1e-7));

  rescored[1].completions[0].policy_logprobs.pop_back();
  CHECK_THROWS_WITH_AS(gradient(rescored, grpo_loss()), doctest::Contains("policy_logprobs"), Error);
}
