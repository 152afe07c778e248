// What holds on the CPU holds on every CUDA device there is: equal bits of sampler and trainer, whatever the batch, the
// window and the graphs; cancellation; weights that change under recorded steps; masters in host memory.
#include "cohort/device.hpp"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "cohort/batch.hpp"
#include "cohort/error.hpp"
#include "cohort/memory_plan.hpp"
#include "cohort/optim.hpp"
#include "cohort/rollout.hpp"
#include "cohort/update.hpp"
#include "kernels/launch.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::kArchitectures;
using cohort::testing::prompts;
using cohort::testing::tiny_config;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

// All CUDA devices; says so, once, where there is none.
std::vector<c10::Device> devices() {
  std::vector<c10::Device> found;
  for (int64_t i = 0; i < num_cuda_devices(); ++i) found.emplace_back(c10::kCUDA, static_cast<c10::DeviceIndex>(i));
  static const bool said = [&] {
    if (found.empty()) std::cout << "skipped: no CUDA device in this machine, or cohort was built without CUDA\n";
    return true;
  }();
  (void)said;
  return found;
}

constexpr at::ScalarType kDtypes[] = {at::kFloat, at::kBFloat16};

bool same(const std::vector<Group>& a, const std::vector<Group>& b) {
  bool equal = a.size() == b.size();
  for (size_t g = 0; equal && g < a.size(); ++g)
    equal = std::ranges::equal(a[g].completions, b[g].completions, [](const Completion& x, const Completion& y) {
      return x.tokens == y.tokens && x.logprobs == y.logprobs && x.entropy == y.entropy && x.max_logit == y.max_logit &&
             x.log_sum == y.log_sum && x.finish == y.finish;
    });
  return equal;
}

// Tokens, and those whose log-probability is not the recorded one.
std::pair<int64_t, int64_t> compare(Policy& policy, const std::vector<Group>& groups, int64_t max_tokens) {
  const at::NoGradGuard no_grad;
  const GroupArray zeros = GroupArray::Zero(std::ssize(groups), std::ssize(groups.front().completions));
  int64_t tokens = 0, different = 0;
  for (const PackedBatch& batch : pack(groups, zeros, max_tokens, policy.options().device)) {
    const at::Tensor scored = policy.score(batch).logprobs.to(at::kFloat);
    different += (scored != batch.old_logprobs).sum().item<int64_t>();
    tokens += scored.numel();
  }
  return {tokens, different};
}

GroupArray alternating(const std::vector<Group>& groups) {
  GroupArray advantages(std::ssize(groups), std::ssize(groups.front().completions));
  for (Eigen::Index i = 0; i < advantages.size(); ++i) advantages.data()[i] = i % 2 == 0 ? 1.0f : -1.0f;
  return advantages;
}

// Little, one call after the other: sanitizers take their time, and see nothing that is recorded.
RolloutOptions call_by_call() {
  return {.group_size = 2,
          .max_new_tokens = 5,
          .sampling = {.top_k = 50, .top_p = 0.95f, .min_p = 0.001f},
          .decode_window = 3,
          .graphs = Graphs::padding_only};
}

struct Kind {
  c10::Device device;
  at::ScalarType dtype;
  const char* architecture;
};

/// With experts and without, of each number type, on each device.
std::vector<Kind> of_each_kind() {
  std::vector<Kind> kinds;
  for (const c10::Device device : devices())
    for (const at::ScalarType dtype : kDtypes)
      for (const char* architecture : {"Qwen3ForCausalLM", "Qwen3MoeForCausalLM"})
        kinds.push_back({device, dtype, architecture});
  return kinds;
}

void check_graphs_and_windows(const char* architecture) {
  for (const c10::Device device : devices())
    for (const at::ScalarType dtype : kDtypes) {
      Policy policy = tiny_policy({.dtype = dtype, .device = device}, architecture);
      const Tokenizer tokenizer = tiny_tokenizer();
      const auto wanted = prompts(11, policy.config().vocab_size);
      RolloutOptions options{.group_size = 4,
                             .max_new_tokens = 30,
                             .sampling = {.temperature = 0.9f, .top_k = 60, .top_p = 0.98f},
                             .seed = 7,
                             .stop_tokens = {3, 40},
                             .decode_window = 1,
                             .graphs = Graphs::off};
      const auto reference = RolloutEngine(policy, tokenizer, options).rollout_tokens(wanted, 1);
      for (const Graphs graphs : {Graphs::automatic, Graphs::off, Graphs::padding_only})
        for (const int64_t window : {1, 8, 64})
          for (const int64_t max_batch : {1, 3, 17, 64}) {
            CAPTURE(device.str());
            CAPTURE(static_cast<int>(graphs));
            CAPTURE(window);
            CAPTURE(max_batch);
            options.graphs = graphs;
            options.decode_window = window;
            options.max_batch = max_batch;
            RolloutEngine engine(policy, tokenizer, options);
            CHECK(same(engine.rollout_tokens(wanted, 1), reference));
            CHECK(same(engine.rollout_tokens(wanted, 1), reference));   // all of it replayed
            CHECK(!same(engine.rollout_tokens(wanted, 2), reference));  // a recorded step reads the new key
          }
    }
}

}  // namespace

TEST_CASE("on a device, recorded and recomputed log-probabilities have the same bits, whatever the packing") {
  for (const c10::Device device : devices())
    for (const at::ScalarType dtype : kDtypes)
      for (const char* architecture : kArchitectures) {
        CAPTURE(device.str());
        CAPTURE(std::string(architecture));
        CAPTURE(std::string(c10::toString(dtype)));
        Policy policy = tiny_policy({.dtype = dtype, .device = device}, architecture);
        RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 3, .max_new_tokens = 60, .ignore_eos = true});
        const auto groups = engine.rollout_tokens(prompts(9, policy.config().vocab_size));
        for (const int64_t max_tokens : {140, 400, 100'000}) {
          const auto [tokens, different] = compare(policy, groups, max_tokens);
          CHECK(tokens == 9 * 3 * 60);
          CHECK(different == 0);
        }
      }
}

TEST_CASE("on a device, graphs, windows and sizes of batches change no bit") {
  check_graphs_and_windows("Qwen3ForCausalLM");
}

TEST_CASE("on a device, they change none where each row goes to experts of its own") {
  check_graphs_and_windows("Qwen3MoeForCausalLM");
}

TEST_CASE("on a device, a whole step call by call: what sanitizers run") {
  for (const auto& [device, dtype, architecture] : of_each_kind()) {
    Policy policy = tiny_policy({.dtype = dtype, .device = device}, architecture);
    RolloutEngine engine(policy, tiny_tokenizer(), call_by_call());
    const auto groups = engine.rollout_tokens(prompts(3, policy.config().vocab_size, 35));
    AdamW optimizer(policy, {.lr = 1e-3f});
    CHECK(update(policy, optimizer, grpo_loss({}), groups, alternating(groups)).logp_difference_max == 0);
    AdamW on_host(policy, {.lr = 1e-3f, .offload = true});
    CHECK(std::isfinite(update(policy, on_host, grpo_loss({}), groups, alternating(groups)).grad_norm));
  }
}

// NVIDIA's library writes results by the copy engine, which the check for memory that nobody wrote does not see: it
// gets what our own kernels do.
TEST_CASE("on a device, a step without the library call by call: what initcheck runs") {
  for (const auto& [device, dtype, architecture] : of_each_kind()) {
    Policy policy = tiny_policy({.dtype = dtype, .device = device}, architecture);
    RolloutEngine engine(policy, tiny_tokenizer(), call_by_call());
    const auto groups = engine.rollout_tokens(prompts(3, policy.config().vocab_size, 35));
    CHECK(compare(policy, groups, 500).second == 0);
    if (dtype != at::kFloat) continue;
    AdamW optimizer(policy, {.lr = 1e-3f});
    CHECK(update(policy, optimizer, grpo_loss({}), groups, alternating(groups)).logp_difference_max == 0);
  }
}

TEST_CASE(
    "on a device, an update by the sampler's records has the bits of one that computes them, also of a wrong one") {
  for (const c10::Device device : devices())
    for (const at::ScalarType dtype : kDtypes)
      for (const bool is_wrong : {false, true}) {
        uint64_t weights[2];
        UpdateStats stats[2];
        for (const bool by_records : {false, true}) {
          Policy policy = tiny_policy({.dtype = dtype, .device = device}, "Qwen3ForCausalLM");
          RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 4, .max_new_tokens = 40, .ignore_eos = true});
          auto groups = engine.rollout_tokens(prompts(5, policy.config().vocab_size));
          if (is_wrong) groups[3].completions[2].log_sum[1] += 0.25f;
          AdamW optimizer(policy, {.lr = 1e-3f});
          stats[by_records] = update(policy, optimizer, grpo_loss({}), groups, alternating(groups),
                                     {.micro_batch_tokens = 400, .use_recorded_scores = by_records});
          weights[by_records] = policy.weight_hash();
        }
        CHECK(weights[0] == weights[1]);
        CHECK(stats[0].loss == stats[1].loss);
        CHECK(stats[1].logp_difference_max == 0);
        CHECK(stats[1].recorded_tokens == (is_wrong ? 0 : 5 * 4 * 40));
      }
}

TEST_CASE("on a device, new memory that is full of NaN changes no bit of a step") {
  for (const c10::Device device : devices())
    for (const at::ScalarType dtype : kDtypes) {
      const auto step = [&](bool is_poisoned) {
        at::globalContext().setDeterministicAlgorithms(is_poisoned, /*warn_only=*/true);  // fills new tensors
        Policy policy = tiny_policy({.dtype = dtype, .device = device}, "Qwen2ForCausalLM");
        RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 4, .max_new_tokens = 40, .ignore_eos = true});
        const auto groups = engine.rollout_tokens(prompts(5, policy.config().vocab_size));
        AdamW optimizer(policy, {.lr = 1e-3f});
        update(policy, optimizer, grpo_loss({}), groups, alternating(groups));
        at::globalContext().setDeterministicAlgorithms(false, false);
        return std::pair{groups, policy.weight_hash()};
      };
      const auto plain = step(false), poisoned = step(true);
      CHECK(same(plain.first, poisoned.first));
      CHECK(plain.second == poisoned.second);
    }
}

TEST_CASE("on a device, stop strings, cancellation and little memory change no bit of the others") {
  for (const c10::Device device : devices()) {
    Policy policy = tiny_policy({.dtype = at::kBFloat16, .device = device});
    const Tokenizer tokenizer = tiny_tokenizer();
    const auto wanted = prompts(6, policy.config().vocab_size, 45);
    RolloutOptions options{.group_size = 4, .max_new_tokens = 80, .seed = 3, .ignore_eos = true};
    RolloutEngine plain(policy, tokenizer, options);
    const auto reference = plain.rollout_tokens(wanted);

    options.kv_cache_bytes = plain.stats().kv_peak_bytes / 3;
    RolloutEngine tight(policy, tokenizer, options);
    CHECK(same(tight.rollout_tokens(wanted), reference));
    CHECK(tight.stats().sequences_paused > 0);
    options.kv_cache_bytes = 0;

    RolloutEngine engine(policy, tokenizer, options);
    int64_t seen = 0;
    const auto groups = engine.rollout_tokens(wanted, 0, {}, [&](int64_t group, int64_t completion, int64_t) {
      if (group == 2 && completion == 1 && ++seen == 11) engine.cancel(2);
    });
    CHECK(groups[2].completions[1].tokens.size() == 11);
    CHECK(groups[2].completions[1].finish == FinishReason::cancelled);
    for (const size_t g : {0, 1, 3, 4, 5}) CHECK(same({groups[g]}, {reference[g]}));

    options.stop = {reference[0].completions[0].text.substr(20, 2)};
    const auto stopped = RolloutEngine(policy, tokenizer, options).rollout_tokens(wanted);
    options.decode_window = 1;
    options.graphs = Graphs::off;
    CHECK(same(stopped, RolloutEngine(policy, tokenizer, options).rollout_tokens(wanted)));
    CHECK(stopped[0].completions[0].tokens.size() < 80);
  }
}

TEST_CASE("on a device, recorded steps see weights that an update changed, and a cache that was taken anew") {
  for (const c10::Device device : devices())
    for (const at::ScalarType dtype : kDtypes) {
      Policy policy = tiny_policy({.dtype = dtype, .device = device}, "Qwen2ForCausalLM");
      AdamW optimizer(policy, {.lr = 1e-2f});
      const auto wanted = prompts(5, policy.config().vocab_size);
      RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 4, .max_new_tokens = 30, .ignore_eos = true});
      auto groups = engine.rollout_tokens(wanted);
      for (int step = 0; step < 3; ++step) {
        const UpdateStats stats = update(policy, optimizer, grpo_loss({}), groups, alternating(groups));
        CHECK(stats.logp_difference_max == 0);
        if (step == 1) engine.release_cache();
        const auto before = groups;
        groups = engine.rollout_tokens(wanted);
        CHECK(!same(groups, before));
        CHECK(compare(policy, groups, 500).second == 0);
      }
      CHECK(peak_device_bytes(device) > 0);
    }
}

TEST_CASE("on a device, masters in host memory take the same steps as masters on it") {
  for (const c10::Device device : devices()) {
    Policy on_device = tiny_policy({.dtype = at::kBFloat16, .device = device});
    Policy on_host = on_device.clone();
    AdamW device_optimizer(on_device, {.lr = 1e-3f, .weight_decay = 0.1f});
    AdamW host_optimizer(on_host, {.lr = 1e-3f, .weight_decay = 0.1f, .offload = true});
    RolloutEngine engine(on_device, tiny_tokenizer(), {.group_size = 4, .max_new_tokens = 30, .ignore_eos = true});
    const auto groups = engine.rollout_tokens(prompts(5, on_device.config().vocab_size));
    for (int step = 0; step < 3; ++step) {
      update(on_device, device_optimizer, grpo_loss({}), groups, alternating(groups));
      update(on_host, host_optimizer, grpo_loss({}), groups, alternating(groups));
      for (size_t i = 0; i < on_host.parameters().size(); ++i) {
        const at::Tensor a = on_device.parameters()[i].value.to(at::kFloat).cpu();
        const at::Tensor b = on_host.parameters()[i].value.to(at::kFloat).cpu();
        CAPTURE(on_host.parameters()[i].name);
        // The two processors' roots and quotients differ in a last bit, which may tip a weight to its neighbour.
        CHECK((a - b).abs().max().item<double>() <= 0.01 * std::max(0.1, a.abs().max().item<double>()));
        CHECK((a - b).abs().mean().item<double>() <= 1e-5 * std::max(0.1, a.abs().max().item<double>()));
      }
    }
  }
}

TEST_CASE("on a device, fast rollouts say so and stay close to the policy") {
  for (const c10::Device device : devices()) {
    Policy policy = tiny_policy({.dtype = at::kBFloat16, .device = device});
    RolloutEngine engine(policy, tiny_tokenizer(),
                         {.group_size = 4, .max_new_tokens = 30, .ignore_eos = true, .precision = Precision::fast});
    auto groups = engine.rollout_tokens(prompts(5, policy.config().vocab_size));
    CHECK(groups.front().precision == Precision::fast);
    AdamW optimizer(policy, {.lr = 0.0f});
    const UpdateStats stats =
        update(policy, optimizer, grpo_loss({.importance_cap = 2.0f}), groups, alternating(groups));
    CHECK(std::isfinite(stats.logp_difference_max));
    CHECK(stats.logp_difference_max < 0.5);
  }
}

TEST_CASE("on a Hopper, fp8 rollouts say so, stay close to the policy, and are replayed as they are called") {
  for (const c10::Device device : devices()) {
    if (!kernels::is_hopper(device)) continue;
    const PolicyOptions options{.dtype = at::kBFloat16, .device = device};
    Policy odd = tiny_policy(options);
    CHECK_THROWS_WITH_AS(RolloutEngine(odd, tiny_tokenizer(), {.precision = Precision::fp8}),
                         doctest::Contains("multiples of 16, got intermediate_size of 100"), Error);
    ModelConfig config = tiny_config("Qwen2ForCausalLM");
    config.hidden_size = 64;
    config.intermediate_size = 128;
    config.num_heads = 4;
    config.head_dim = 16;
    Policy policy(config, options);
    std::vector<std::vector<Group>> all;
    for (const Graphs graphs : {Graphs::automatic, Graphs::padding_only}) {
      RolloutEngine engine(
          policy, tiny_tokenizer(),
          {.group_size = 4, .max_new_tokens = 30, .ignore_eos = true, .precision = Precision::fp8, .graphs = graphs});
      all.push_back(engine.rollout_tokens(prompts(5, policy.config().vocab_size)));
      CHECK(all.back().front().precision == Precision::fp8);
    }
    for (size_t g = 0; g < all[0].size(); ++g)
      for (size_t i = 0; i < all[0][g].completions.size(); ++i)
        CHECK(all[0][g].completions[i].logprobs == all[1][g].completions[i].logprobs);
    AdamW optimizer(policy, {.lr = 0.0f});
    const UpdateStats stats =
        update(policy, optimizer, grpo_loss({.importance_cap = 2.0f}), all[0], alternating(all[0]));
    CHECK(stats.logp_difference_max > 0);
    CHECK(stats.logp_difference_max < 0.5);
  }
}

TEST_CASE("on a device, log-probabilities are the CPU's up to rounding") {
  for (const auto& [device, dtype, architecture] : of_each_kind()) {
    // A router's choice is no rounding: in bfloat16 some rows find other experts than on the CPU.
    if (dtype != at::kFloat && std::string_view(architecture) == "Qwen3MoeForCausalLM") continue;
    Policy cpu = tiny_policy({.dtype = dtype}, architecture);
    Policy gpu = tiny_policy({.dtype = dtype, .device = device}, architecture);
    RolloutEngine engine(cpu, tiny_tokenizer(), {.group_size = 3, .max_new_tokens = 40, .ignore_eos = true});
    const auto groups = engine.rollout_tokens(prompts(7, cpu.config().vocab_size));
    const at::NoGradGuard no_grad;
    const GroupArray zeros = GroupArray::Zero(7, 3);
    const auto host = pack(groups, zeros, 100'000, c10::kCPU), there = pack(groups, zeros, 100'000, device);
    for (size_t i = 0; i < host.size(); ++i) {
      const at::Tensor a = cpu.score(host[i]).logprobs, b = gpu.score(there[i]).logprobs.cpu();
      CHECK((a - b).abs().max().item<double>() < (dtype == at::kFloat ? 1e-4 : 0.1));
    }
  }
}
