// A plan against what is really allocated.
#include "cohort/memory_plan.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>

#include <map>

#include "cohort/batch.hpp"
#include "cohort/error.hpp"
#include "cohort/update.hpp"
#include "kernels/memory.hpp"
#include "src/models/lay_out.hpp"
#include "src/models/policy_state.hpp"
#include "src/optim_state.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::kArchitectures;
using cohort::testing::tiny_config;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

std::map<std::string, int64_t> parts_of(const MemoryPlan& plan) {
  std::map<std::string, int64_t> parts;
  for (const MemoryPart& part : plan.parts) parts[part.name] = part.bytes;
  return parts;
}

// Qwen3-8B.
ModelConfig eight_billion() {
  ModelConfig config;
  config.architecture = "Qwen3ForCausalLM";
  config.vocab_size = 151'936;
  config.hidden_size = 4096;
  config.intermediate_size = 12'288;
  config.num_layers = 36;
  config.num_heads = 32;
  config.num_kv_heads = 8;
  config.head_dim = 128;
  config.max_position = 40'960;
  config.qk_norm = true;
  return config;
}

PlannedRun on_one_card() {
  return {.policy = {.dtype = at::kBFloat16,
                     .device = c10::Device(c10::kCUDA, 0),
                     .activation_checkpointing = ActivationCheckpointing::layer},
          .rollout = {.group_size = 8, .max_new_tokens = 1024, .max_batch = 128, .kv_cache_bytes = 15'000'000'000},
          .optimizer = {.offload = true},
          .sequences = 512,
          .longest_prompt = 256,
          .micro_batch_tokens = 4096,
          .releases_cache = true};
}

}  // namespace

TEST_CASE("weights, panels, gradients, moments and cache are planned as they are allocated") {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16})
    for (const char* architecture : kArchitectures) {
      CAPTURE(std::string(architecture));
      CAPTURE(std::string(c10::toString(dtype)));
      Policy policy = tiny_policy({.dtype = dtype}, architecture);
      const RolloutOptions options{.group_size = 3, .max_new_tokens = 60, .ignore_eos = true, .max_batch = 7};
      AdamW optimizer(policy);
      RolloutEngine engine(policy, tiny_tokenizer(), options);
      const auto wanted = cohort::testing::prompts(4, 77, 40);
      const auto groups = engine.rollout_tokens(wanted);
      update(policy, optimizer, grpo_loss({}), groups, GroupArray::Ones(4, 3), {});

      const auto parts = parts_of(plan_memory(
          policy.config(), {.policy = policy.options(), .rollout = options, .sequences = 12, .longest_prompt = 40}));
      models::Transformer& model = policy.state().model;
      int64_t values = 0, grads = 0, computed = 0, panels = 0, states = 0;
      for (const Parameter& parameter : policy.parameters()) {
        values += static_cast<int64_t>(parameter.value.nbytes());
        grads += static_cast<int64_t>(parameter.grad.nbytes());
      }
      model.for_each_weight([&](const models::Weight& weight) {
        if (weight.compute.defined() && !weight.compute.is_same(weight.value))
          computed += static_cast<int64_t>(weight.compute.nbytes());
        if (weight.packed.panels.defined()) panels += static_cast<int64_t>(weight.packed.panels.nbytes());
        CHECK_FALSE(weight.packed.transposed_panels.defined());
      });
      const auto transposed = [](std::initializer_list<models::Weight*> weights) {
        const models::ReadByBackward forms(weights);
        int64_t bytes = 0;
        for (const models::Weight* weight : weights)
          if (weight->defined()) bytes += static_cast<int64_t>(weight->packed.transposed_panels.nbytes());
        return bytes;
      };
      models::Layer& layer = model.layers[0];
      const int64_t of_layer = transposed({&layer.qkv, &layer.output, &layer.router, &layer.gate_up, &layer.down}),
                    of_head = transposed({&model.head_weight()});
      for (const auto& moments : optimizer.state().moments)
        for (const at::Tensor& tensor : {moments.states.master, moments.states.m, moments.states.v})
          states += static_cast<int64_t>(tensor.nbytes());
      CHECK(parts.at("weights") == values + computed + 512 * 12 * 4);  // and the tables of the rotation
      CHECK(parts.at("weights as products read them") == panels);
      CHECK(parts.at("weights as the backward reads them") == std::max(of_layer, of_head));
      CHECK(parts.at("gradients") == grads);
      CHECK(parts.at("master weights and moments") == states);
      const int64_t behind = 2 * policy.config().num_layers * 64 * static_cast<int64_t>(c10::elementSize(dtype));
      CHECK(parts.at("keys and values") == engine.stats().kv_cache_bytes + behind);
    }
}

TEST_CASE("what a compact AdamW keeps is planned as it is allocated, but for the scales of blocks that are not full") {
  for (const bool float32_masters : {false, true})
    for (const int moment_bits : {8, 32}) {
      const AdamWOptions options{.float32_masters = float32_masters, .moment_bits = moment_bits};
      Policy policy = tiny_policy({.dtype = at::kBFloat16});
      AdamW optimizer(policy, options);
      int64_t states = 0, scales = 0;
      for (const auto& moments : optimizer.state().moments) {
        const auto& [master, m, v, m_scales, v_scales] = moments.states;
        for (const at::Tensor& tensor : {master, m, v})
          if (tensor.defined()) states += static_cast<int64_t>(tensor.nbytes());
        for (const at::Tensor& tensor : {m_scales, v_scales})
          if (tensor.defined()) scales += static_cast<int64_t>(tensor.nbytes());
      }
      const auto parts = parts_of(plan_memory(policy.config(), {.policy = policy.options(),
                                                                .rollout = {.group_size = 3, .max_new_tokens = 60},
                                                                .optimizer = options,
                                                                .sequences = 12,
                                                                .longest_prompt = 40}));
      const int64_t planned = parts.at("master weights and moments");
      CHECK(planned <= states + scales);
      CHECK(planned >= states + scales * 3 / 4);
    }
}

TEST_CASE("what a forward keeps is planned to the byte, whatever is computed again") {
  using enum ActivationCheckpointing;
  for (const auto& [dtype, checkpointing, architecture] : {std::tuple{at::kFloat, none, "Qwen3ForCausalLM"},
                                                           {at::kFloat, attention, "Qwen3ForCausalLM"},
                                                           {at::kFloat, mlp, "Qwen3ForCausalLM"},
                                                           {at::kFloat, layer, "Qwen3ForCausalLM"},
                                                           {at::kBFloat16, none, "Qwen3ForCausalLM"},
                                                           {at::kFloat, none, "Qwen3MoeForCausalLM"},
                                                           {at::kBFloat16, attention, "Qwen3MoeForCausalLM"}}) {
    Policy policy = tiny_policy({.dtype = dtype, .activation_checkpointing = checkpointing}, architecture);
    models::Transformer& model = policy.state().model;
    constexpr int64_t kTokens = 96;
    const PackedBatch batch{.tokens = at::arange(kTokens).remainder(77),
                            .cu_seqlens = at::tensor({0, static_cast<int>(kTokens)}, at::kInt),
                            .predicted_at = at::empty({0}, at::kLong),
                            .cu_completions = at::zeros({2}, at::kInt)};
    const auto laid_out = models::lay_out(batch, 512, c10::kCPU);
    const models::KvCache cache(model.config, laid_out.num_blocks, model.options);
    std::vector<models::LayerActivations> saved;
    const models::Keep keep{.take = [&](size_t, models::LayerActivations layer) { saved.push_back(std::move(layer)); }};
    const at::NoGradGuard no_grad;
    model.forward(laid_out.batch, cache, Precision::exact, &keep);
    int64_t bytes = 0;
    for (const auto& layer : saved)
      for (const at::Tensor& tensor : {layer.input, layer.qkv, layer.q, layer.attended, layer.middle, layer.gate_up})
        if (tensor.defined()) bytes += static_cast<int64_t>(tensor.nbytes());
    const auto parts = parts_of(plan_memory(policy.config(), {.policy = policy.options(),
                                                              .rollout = {.group_size = 1, .max_new_tokens = 300},
                                                              .sequences = 1,
                                                              .longest_prompt = 100,
                                                              .micro_batch_tokens = kTokens}));
    CHECK(parts.at("activations") == bytes);
  }
}

TEST_CASE("eight billion weights, all trained, fit a card of 80 GB with masters in host memory, and not without") {
  PlannedRun run = on_one_card();
  const MemoryPlan plan = plan_memory(eight_billion(), run);
  const auto parts = parts_of(plan);
  // 8.19 billion weights: bfloat16, and gradients in float32.
  CHECK(parts.at("weights") > 16'380'000'000);
  CHECK(parts.at("weights") < 16'450'000'000);
  CHECK(parts.at("gradients") == doctest::Approx(4 * 8.19e9).epsilon(0.001));
  CHECK(parts.at("master weights and moments") == doctest::Approx(12 * 8.19e9).epsilon(0.001));
  CHECK(plan.peak_bytes() < 80'000'000'000);
  CHECK(plan.host_bytes() > 98'000'000'000);
  CHECK(plan.sequences == 128);
  // A block of 32 tokens takes 32 · 147,456 bytes: 3,178 blocks, of which 4 are spare; 16 prompts have 8 each, and each
  // completion 32 of its own.
  CHECK(plan.sequences_at_longest == 95);
  run.optimizer.offload = false;
  CHECK(plan_memory(eight_billion(), run).peak_bytes() > 140'000'000'000);
  run = on_one_card();
  run.policy.activation_checkpointing = ActivationCheckpointing::none;
  CHECK(plan_memory(eight_billion(), run).update_bytes() > plan.update_bytes() + 14'000'000'000);
}

TEST_CASE("weights in float8 are planned besides: a byte each, and a scale for each row") {
  PlannedRun run = on_one_card();
  CHECK_FALSE(parts_of(plan_memory(eight_billion(), run)).contains("weights in eight bits"));
  run.rollout.precision = Precision::fp8;
  // 6,144 × 4,096 of queries, keys and values, 4,096 × 4,096 behind attention, 24,576 × 4,096 and 4,096 × 12,288.
  constexpr int64_t kOfLayer = 192'937'984 + 4 * 38'912;
  CHECK(parts_of(plan_memory(eight_billion(), run)).at("weights in eight bits") == 36 * kOfLayer);
}

TEST_CASE("a cache that is given back counts in the rollout alone") {
  PlannedRun run = on_one_card();
  const MemoryPlan released = plan_memory(eight_billion(), run);
  run.releases_cache = false;
  const MemoryPlan kept = plan_memory(eight_billion(), run);
  CHECK(kept.rollout_bytes() == released.rollout_bytes());
  CHECK(kept.update_bytes() - released.update_bytes() == parts_of(kept).at("keys and values"));
  run.rollout.kv_cache_bytes = 1000;
  CHECK_THROWS_WITH_AS(plan_memory(eight_billion(), run), doctest::Contains("kv_cache_bytes is 1000"), Error);
}

TEST_CASE("what a rollout refuses is not planned: experts in eight bits") {
  const PlannedRun run{
      .policy = {}, .rollout = {.precision = Precision::int8}, .optimizer = {}, .sequences = 20, .longest_prompt = 40};
  CHECK(plan_memory(tiny_config(), run).peak_bytes() > 0);
  CHECK_THROWS_WITH_AS(plan_memory(tiny_config("Qwen3MoeForCausalLM"), run),
                       doctest::Contains("for models without experts, got 7 of them"), Error);
}

TEST_CASE("a rollout and an update that overlap need the memory of both at once") {
  PlannedRun run{.policy = {},
                 .rollout = {.group_size = 4, .max_new_tokens = 60},
                 .optimizer = {},
                 .sequences = 20,
                 .longest_prompt = 40};
  const MemoryPlan apart = plan_memory(tiny_config(), run);
  run.overlaps = true;
  const MemoryPlan together = plan_memory(tiny_config(), run);
  int64_t all = 0;
  for (const MemoryPart& part : apart.parts) all += part.bytes;
  CHECK(together.peak_bytes() == all);
  CHECK(apart.peak_bytes() < all);
}

TEST_CASE("the allocator of a device is asked for expandable segments, unless somebody decided otherwise") {
  CHECK(ops::allocator_settings("") == "expandable_segments:True");
  CHECK(ops::allocator_settings("max_split_size_mb:64") == "max_split_size_mb:64,expandable_segments:True");
  CHECK(ops::allocator_settings("expandable_segments:False") == "");
}
