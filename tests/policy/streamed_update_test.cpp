// Updates beside rollouts: equal to the bit to updates behind them, whatever comes when.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "cohort/advantage.hpp"
#include "cohort/error.hpp"
#include "cohort/rollout.hpp"
#include "cohort/threads.hpp"
#include "cohort/update.hpp"
#include "support/tiny.hpp"
#include "support/update_stats.hpp"

using namespace cohort;
using cohort::testing::check_same_update;
using cohort::testing::prompts;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

constexpr int64_t kGroups = 5, kGroupSize = 4;
constexpr StepShape kShape{.num_groups = kGroups, .group_size = kGroupSize};

RolloutOptions rollout_options(Precision precision = Precision::exact) {
  return {.group_size = kGroupSize, .max_new_tokens = 60, .seed = 5, .precision = precision};
}

// Completions of 1 to 60 tokens.
std::vector<Group> sample(Policy& policy, int64_t step = 0, Precision precision = Precision::exact) {
  RolloutEngine engine(policy, tiny_tokenizer(), rollout_options(precision));
  std::vector<Group> groups = engine.rollout_tokens(prompts(kGroups, 77, 40), step);
  for (size_t g = 0; g < groups.size(); ++g)
    for (size_t i = 0; i < groups[g].completions.size(); ++i) {
      Completion& completion = groups[g].completions[i];
      const size_t length = std::min(completion.tokens.size(), (g * 31 + i * 17) % 60 + 1);
      completion.tokens.resize(length);
      completion.logprobs.resize(length);
      completion.entropy.resize(length);
      completion.max_logit.resize(length);
      completion.log_sum.resize(length);
    }
  return groups;
}

GroupArray some_advantages() {
  GroupArray advantages(kGroups, kGroupSize);
  for (int i = 0; i < kGroups * kGroupSize; ++i)
    advantages(i / kGroupSize, i % kGroupSize) = static_cast<float>((i * 7) % 5 - 2) * 0.5f;
  return advantages;
}

std::span<const float> row_of(const GroupArray& advantages, int64_t g) {
  return {advantages.data() + g * advantages.cols(), static_cast<size_t>(advantages.cols())};
}

const std::vector<int64_t> kForwards = {0, 1, 2, 3, 4}, kBackwards = {4, 3, 2, 1, 0}, kMixed = {1, 4, 0, 3, 2};

UpdateStats streamed(Policy& policy, AdamW& optimizer, const LossFn& loss, const std::vector<Group>& groups,
                     const GroupArray& advantages, UpdateOptions options, const std::vector<int64_t>& order) {
  StreamedUpdate update(policy, optimizer, loss, kShape, options);
  for (const int64_t g : order) update.add(g, groups[static_cast<size_t>(g)], row_of(advantages, g));
  return update.finish();
}

void check_equal(const UpdateStats& a, const UpdateStats& b) {
  check_same_update(a, b);
  CHECK(a.logp_difference_max == b.logp_difference_max);
  CHECK(a.learning_rate == b.learning_rate);
}

bool has_no_gradient(const Policy& policy) {
  for (const Parameter& parameter : policy.parameters())
    if (parameter.grad.defined() && parameter.grad.count_nonzero().item<int64_t>() > 0) return false;
  return true;
}

bool eventually(const std::function<bool()>& condition) {
  using namespace std::chrono_literals;
  for (int i = 0; i < 20'000 && !condition(); ++i) std::this_thread::sleep_for(1ms);
  return condition();
}

// A loss that counts how often it was asked for a gradient before the step's size was known.
struct Counted {
  std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
  LossFn loss = [calls = calls, inner = grpo_loss()](const LossInputs& in) {
    *calls += in.step_tokens == 0;
    return inner(in);
  };
};

}  // namespace

TEST_CASE("a streamed step has the bits of a plain one, for every loss, cut and order of groups") {
  struct Case {
    const char* name;
    GrpoLossOptions loss;
    int64_t micro_batch_tokens = 300;
    int zeros = 0;  // groups without advantage, of those in front
    bool skips = false;
    at::ScalarType dtype = at::kFloat;
  };
  const Case cases[] = {
      {"token mean", {}},
      {"sequence mean", {.aggregation = Aggregation::sequence_mean}},
      {"constant", {.aggregation = Aggregation::constant, .max_tokens = 60}},
      {"KL", {.kl_coefficient = 0.1f}},
      {"bonus", {.entropy_coefficient = 0.1f}},
      {"small batches", {}, 101},
      {"one batch", {}, 100'000},
      {"sequence mean in small batches", {.aggregation = Aggregation::sequence_mean}, 101},
      {"skips two", {}, 300, 2, true},
      {"skips all", {}, 300, 5, true},
      {"reads what says nothing", {}, 300, 5, false},
      {"bfloat16", {}, 300, 1, true, at::kBFloat16},
      {"float64", {.aggregation = Aggregation::sequence_mean}, 300, 0, false, at::kDouble},
  };
  for (const Case& one : cases)
    for (const std::vector<int64_t>& order : {kForwards, kBackwards, kMixed}) {
      CAPTURE(std::string(one.name));
      CAPTURE(order.front());
      GroupArray advantages = some_advantages();
      advantages.topRows(one.zeros) = 0;
      const LossFn loss = grpo_loss(one.loss);
      uint64_t weights[2];
      UpdateStats stats[2];
      for (const bool streams : {false, true}) {
        Policy policy = tiny_policy({.dtype = one.dtype});
        Policy reference = policy.clone();
        AdamW optimizer(policy, {.lr = 1e-2f, .warmup_steps = 1});
        const UpdateOptions options{.micro_batch_tokens = one.micro_batch_tokens,
                                    .max_grad_norm = 0.01f,
                                    .reference = one.loss.kl_coefficient > 0 ? &reference : nullptr,
                                    .skip_zero_advantages = one.skips};
        // The second step clips ratios, and moves by momentum.
        const std::vector<Group> groups = sample(policy);
        for (int step = 0; step < 2; ++step)
          stats[streams] = streams ? streamed(policy, optimizer, loss, groups, advantages, options, order)
                                   : update(policy, optimizer, loss, groups, advantages, options);
        weights[streams] = policy.weight_hash();
      }
      CHECK(weights[0] == weights[1]);
      check_equal(stats[0], stats[1]);
    }
}

TEST_CASE("a group that is over is learned from while others decode, and nobody's bits change") {
  const int64_t threads = num_threads();
  std::vector<uint64_t> weights;
  std::vector<std::vector<float>> logprobs;
  for (const int64_t count : {1, 2, 3})
    for (const bool streams : {false, true}) {
      CAPTURE(count);
      CAPTURE(streams);
      set_num_threads(count);
      Policy policy = tiny_policy({.dtype = at::kBFloat16});
      AdamW optimizer(policy, {.lr = 1e-2f});
      const Counted counted;
      // Few sequences at once: groups end one after another.
      RolloutOptions options = rollout_options();
      options.max_batch = kGroupSize + 1;
      RolloutEngine engine(policy, tiny_tokenizer(), options);
      const auto reward = [](const Group& group) {
        GroupArray lengths(1, kGroupSize);
        for (size_t i = 0; i < kGroupSize; ++i)
          lengths(0, static_cast<Eigen::Index>(i)) = static_cast<float>(group.completions[i].tokens.size() % 7);
        return lengths;
      };
      for (int64_t step = 0; step < 3; ++step) {
        std::optional<StreamedUpdate> update_beside;
        const UpdateOptions update_options{.micro_batch_tokens = 150};
        if (streams) update_beside.emplace(policy, optimizer, counted.loss, kShape, update_options);
        int ended = 0;
        bool has_waited = false;
        const int before = *counted.calls;
        const GroupCallback on_group = [&](int64_t index, const Group& group) {
          ++ended;
          if (streams) update_beside->add(index, group, row_of(group_relative_advantages(reward(group)), 0));
        };
        const TokenCallback on_token = [&](int64_t, int64_t, int64_t) {
          // What was read by now is read within the rollout: tokens are still to come.
          if (!streams || has_waited || ended < 4) return;
          has_waited = true;
          CHECK(eventually([&] { return *counted.calls > before; }));
        };
        const auto groups = engine.rollout_tokens(prompts(kGroups, 77, 40), step, on_group, on_token);
        CHECK(has_waited == streams);
        GroupArray rewards(kGroups, kGroupSize);
        for (int64_t g = 0; g < kGroups; ++g) rewards.row(g) = reward(groups[static_cast<size_t>(g)]);
        if (streams) {
          CHECK(update_beside->seconds() > 0);
          update_beside->finish();
        } else {
          update(policy, optimizer, grpo_loss(), groups, group_relative_advantages(rewards), update_options);
        }
        if (step == 2) {
          logprobs.emplace_back();
          for (const Group& group : groups)
            for (const Completion& completion : group.completions)
              logprobs.back().insert(logprobs.back().end(), completion.logprobs.begin(), completion.logprobs.end());
        }
      }
      weights.push_back(policy.weight_hash());
    }
  set_num_threads(threads);
  for (size_t i = 1; i < weights.size(); ++i) {
    CHECK(weights[i] == weights[0]);
    CHECK(logprobs[i] == logprobs[0]);
  }
}

TEST_CASE("groups are read in their order: nothing is before the first one is there") {
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {});
  const auto groups = sample(policy);
  const Counted counted;
  StreamedUpdate update(policy, optimizer, counted.loss, kShape, {.micro_batch_tokens = 101});
  for (const int64_t g : {4, 3, 2, 1}) update.add(g, groups[static_cast<size_t>(g)], row_of(some_advantages(), g));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(*counted.calls == 0);
  update.add(0, groups[0], row_of(some_advantages(), 0));
  CHECK(eventually([&] { return *counted.calls > 4; }));
  update.finish();
}

TEST_CASE("a streamed step of a rollout in eight bits has the bits of a plain one, also where others follow it") {
  for (const int64_t updates : {1, 2}) {
    CAPTURE(updates);
    uint64_t weights[2];
    UpdateStats stats[2];
    for (const bool streams : {false, true}) {
      Policy policy = tiny_policy();
      AdamW optimizer(policy, {.lr = 1e-2f});
      std::vector<Group> groups = sample(policy, 0, Precision::int8);
      std::optional<StreamedUpdate> update_beside;
      if (streams) {
        update_beside.emplace(policy, optimizer, grpo_loss(), kShape, UpdateOptions{.micro_batch_tokens = 150});
        for (const int64_t g : kMixed)
          update_beside->add(g, groups[static_cast<size_t>(g)], row_of(some_advantages(), g));
      }
      if (updates > 1) rescore(policy, groups);
      const auto plain = [&] {
        return update(policy, optimizer, grpo_loss(), groups, some_advantages(), {.micro_batch_tokens = 150});
      };
      stats[streams] = streams ? update_beside->finish() : plain();
      if (updates > 1) plain();
      weights[streams] = policy.weight_hash();
    }
    CHECK(weights[0] == weights[1]);
    check_equal(stats[0], stats[1]);
    CHECK(stats[1].metrics.contains("importance/mean"));
  }
}

TEST_CASE("a loss that needs the number of the step's tokens is refused, and changes nothing") {
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {.lr = 1e-2f});
  const auto groups = sample(policy);
  const uint64_t before = policy.weight_hash();
  const auto refuses = [&](const LossFn& loss, const char* why) {
    CHECK_THROWS_WITH_AS(streamed(policy, optimizer, loss, groups, some_advantages(), {}, kForwards),
                         doctest::Contains(why), Error);
    CHECK(policy.weight_hash() == before);
    CHECK(has_no_gradient(policy));
    CHECK(optimizer.steps() == 0);
  };
  refuses(grpo_loss({.aggregation = Aggregation::sequence_mean, .entropy_coefficient = 0.1f}),
          "the entropy bonus divides by the tokens of the whole step");
  refuses(sft_loss(), "the gradient of the loss depends on step_tokens");
  const LossFn short_steps = [](const LossInputs& in) -> LossOutput {
    return {.loss = (in.logprobs * in.advantages).sum() * (in.step_tokens > 100 ? 2 : 1), .metrics = {}};
  };
  refuses(short_steps, "the gradient of the loss depends on step_tokens");
  const LossFn undecided = [](const LossInputs& in) -> LossOutput {
    return {.loss = in.logprobs.sum(), .metrics = {}, .is_token_sum = in.logprobs.numel() > 40};
  };
  CHECK_THROWS_WITH_AS(
      streamed(policy, optimizer, undecided, groups, some_advantages(), {.micro_batch_tokens = 101}, kForwards),
      doctest::Contains("is a sum over tokens and that of another is not"), Error);
}

TEST_CASE("what goes wrong while groups are read is thrown by finish(), and changes nothing") {
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {.lr = 1e-2f});
  const auto groups = sample(policy);
  const uint64_t before = policy.weight_hash();
  std::atomic<int> calls = 0;
  const LossFn third_fails = [&](const LossInputs& in) {
    if (++calls == 3) throw std::runtime_error("no ink");
    return grpo_loss()(in);
  };
  const UpdateOptions options{.micro_batch_tokens = 101};
  CHECK_THROWS_WITH_AS(streamed(policy, optimizer, third_fails, groups, some_advantages(), options, kForwards),
                       "no ink", std::runtime_error);
  CHECK(calls == 3);
  CHECK(has_no_gradient(policy));
  // Numbers that are not finite are found when the step is whole; the words are those of update().
  GroupArray advantages = some_advantages();
  advantages(2, 1) = NAN;
  CHECK_THROWS_WITH_AS(streamed(policy, optimizer, grpo_loss(), groups, advantages, options, kForwards),
                       doctest::Contains("the loss is nan at optimiser step 0; no weight was changed"), Error);
  const LossFn steep = [](const LossInputs& in) -> LossOutput {
    return {.loss = (in.logprobs * 0).sqrt().sum(), .metrics = {}};
  };
  CHECK_THROWS_WITH_AS(streamed(policy, optimizer, steep, groups, some_advantages(), options, kForwards),
                       doctest::Contains("the gradient's norm is"), Error);
  CHECK_THROWS_WITH_AS(
      streamed(policy, optimizer, grpo_loss(), groups, some_advantages(), {.micro_batch_tokens = 20}, kForwards),
      doctest::Contains("does not fit in a batch of 20"), Error);
  CHECK(policy.weight_hash() == before);
  CHECK(has_no_gradient(policy));
}

TEST_CASE("a streamed step that is given up leaves the policy as if it had not been") {
  uint64_t weights[2];
  for (const bool gives_up : {false, true}) {
    Policy policy = tiny_policy();
    AdamW optimizer(policy, {.lr = 1e-2f});
    const auto groups = sample(policy);
    if (gives_up) {
      const Counted counted;
      {
        StreamedUpdate given_up(policy, optimizer, counted.loss, kShape, {.micro_batch_tokens = 101});
        for (const int64_t g : {0, 1, 3}) given_up.add(g, groups[static_cast<size_t>(g)], row_of(some_advantages(), g));
        REQUIRE(eventually([&] { return *counted.calls > 1; }));
      }
      CHECK(has_no_gradient(policy));
      const StreamedUpdate unused(policy, optimizer, counted.loss, kShape);
    }
    update(policy, optimizer, grpo_loss(), groups, some_advantages());
    weights[gives_up] = policy.weight_hash();
  }
  CHECK(weights[0] == weights[1]);
}

TEST_CASE("groups that cannot be part of the step, and steps that are not whole, are named") {
  Policy policy = tiny_policy();
  AdamW optimizer(policy, {.lr = 1e-2f});
  auto groups = sample(policy);
  const uint64_t before = policy.weight_hash();
  const GroupArray advantages = some_advantages();
  {
    StreamedUpdate update(policy, optimizer, grpo_loss(), kShape);
    CHECK_THROWS_WITH_AS(update.add(5, groups[0], row_of(advantages, 0)),
                         doctest::Contains("group 5 of a step of 5 groups"), Error);
    CHECK_THROWS_WITH_AS(update.add(0, groups[0], row_of(advantages, 0).first(3)),
                         doctest::Contains("group 0 has 4 completions and 3 advantages, expected 4 of each"), Error);
    for (const int64_t g : {0, 1, 2, 4}) update.add(g, groups[static_cast<size_t>(g)], row_of(advantages, g));
    CHECK_THROWS_WITH_AS(update.add(4, groups[4], row_of(advantages, 4)), doctest::Contains("group 4 was added twice"),
                         Error);
    groups[3].completions[2].finish = FinishReason::cancelled;
    CHECK_THROWS_WITH_AS(update.add(3, groups[3], row_of(advantages, 3)),
                         doctest::Contains("completion of problem 3 was cancelled"), Error);
    CHECK_THROWS_WITH_AS(update.finish(), doctest::Contains("group 3 of 5 was not added"), Error);
    CHECK_THROWS_WITH_AS(update.finish(), doctest::Contains("was called before"), Error);
    CHECK_THROWS_WITH_AS(update.add(3, groups[0], row_of(advantages, 0)), doctest::Contains("comes after finish()"),
                         Error);
  }
  groups = sample(policy);
  CHECK(policy.weight_hash() == before);
  {
    update(policy, optimizer, grpo_loss(), groups, advantages);
    StreamedUpdate beside(policy, optimizer, grpo_loss(), {.num_groups = 1, .group_size = kGroupSize});
    beside.add(0, groups[0], row_of(advantages, 0));
    optimizer.step();
    CHECK_THROWS_WITH_AS(beside.finish(), doctest::Contains("the optimiser has stepped"), Error);
  }
  CHECK_THROWS_WITH_AS(StreamedUpdate(policy, optimizer, grpo_loss(), {.num_groups = 0, .group_size = 4}),
                       doctest::Contains("got 0 groups of 4"), Error);
  CHECK_THROWS_WITH_AS(StreamedUpdate(policy, optimizer, grpo_loss(), kShape, {.reference = &policy}),
                       doctest::Contains("the reference is the policy itself"), Error);
}
