// Updates that take scores from the sampler's records: the bits of those that compute them again, whatever the records.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <functional>

#include "cohort/batch.hpp"
#include "cohort/checkpoint.hpp"
#include "cohort/rollout.hpp"
#include "cohort/update.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny.hpp"
#include "support/update_stats.hpp"

using namespace cohort;
using cohort::testing::check_same_update;
using cohort::testing::prompts;
using cohort::testing::TemporaryFolder;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

constexpr int64_t kGroups = 5, kGroupSize = 4, kNewTokens = 40, kTokens = kGroups * kGroupSize * kNewTokens;
constexpr int64_t kFewGroups = 400;  // tokens of a micro-batch: of two groups, then of one, one and one

std::vector<Group> sample(Policy& policy, int64_t step = 0, const Sampling& sampling = {},
                          Precision precision = Precision::exact) {
  RolloutEngine engine(policy, tiny_tokenizer(),
                       {.group_size = kGroupSize,
                        .max_new_tokens = kNewTokens,
                        .sampling = sampling,
                        .seed = 5,
                        .ignore_eos = true,
                        .precision = precision});
  return engine.rollout_tokens(prompts(kGroups, 77, 40), step);
}

// Completion 1 of the first group has none, and others.
GroupArray some_advantages() {
  GroupArray advantages(kGroups, kGroupSize);
  for (int i = 0; i < kGroups * kGroupSize; ++i)
    advantages(i / kGroupSize, i % kGroupSize) = static_cast<float>((i * 7) % 5 - 2) * 0.5f;
  return advantages;
}

struct How {
  GrpoLossOptions loss;
  int64_t micro_batch_tokens = kFewGroups;
  at::ScalarType dtype = at::kFloat;
  bool streams = false, skips = false;
};

struct Updated {
  UpdateStats stats;
  uint64_t weights;
};

UpdateStats update_with(Policy& policy, AdamW& optimizer, const std::vector<Group>& groups,
                        const GroupArray& advantages, const How& how, UpdateOptions options) {
  const LossFn loss = grpo_loss(how.loss);
  options.micro_batch_tokens = how.micro_batch_tokens;
  options.skip_zero_advantages = how.skips;
  if (!how.streams) return update(policy, optimizer, loss, groups, advantages, options);
  StreamedUpdate update(policy, optimizer, loss, {.num_groups = kGroups, .group_size = kGroupSize}, options);
  for (int64_t g = 0; g < kGroups; ++g)
    update.add(g, groups[static_cast<size_t>(g)], {advantages.data() + g * kGroupSize, kGroupSize});
  return update.finish();
}

using Change = std::function<void(std::vector<Group>&)>;

// The second of two steps, on groups that `change` has changed.
Updated second_step(const How& how, const GroupArray& advantages, const Change& change, bool by_records) {
  Policy policy = tiny_policy({.dtype = how.dtype});
  Policy reference = policy.clone();
  AdamW optimizer(policy, {.lr = 1e-2f});
  const UpdateOptions options{.max_grad_norm = 0.01f,
                              .reference = how.loss.kl_coefficient > 0 ? &reference : nullptr,
                              .use_recorded_scores = by_records};
  const auto first = sample(policy);
  update_with(policy, optimizer, first, some_advantages(), how, options);
  auto groups = sample(policy, 1);
  change(groups);
  Updated result{.stats = update_with(policy, optimizer, groups, advantages, how, options), .weights = 0};
  result.weights = policy.weight_hash();
  return result;
}

void check_equal(const Updated& a, const Updated& b) {
  CHECK(a.weights == b.weights);
  check_same_update(a.stats, b.stats);
}

const Change kNone = [](std::vector<Group>&) {};

}  // namespace

TEST_CASE("a step by records has the bits of one that computes them again, and leaves the head out of its forwards") {
  struct Case {
    const char* name;
    How how;
    int zeros = 0;  // groups without advantage, of those in front
  };
  const Case cases[] = {
      {"token mean", {}},
      {"sequence mean", {.loss = {.aggregation = Aggregation::sequence_mean}}},
      {"KL", {.loss = {.kl_coefficient = 0.1f}}, 2},
      {"bonus", {.loss = {.entropy_coefficient = 0.1f}}, 2},
      {"small batches", {.loss = {}, .micro_batch_tokens = 101}},
      {"one batch", {.loss = {}, .micro_batch_tokens = 100'000}, 1},
      {"skips two", {.loss = {}, .skips = true}, 2},
      {"skips all", {.loss = {}, .skips = true}, 5},
      {"bfloat16", {.loss = {}, .dtype = at::kBFloat16}, 1},
      {"bfloat16, bonus", {.loss = {.entropy_coefficient = 0.1f}, .dtype = at::kBFloat16}},
  };
  for (const Case& one : cases)
    for (const bool streams : {false, true}) {
      CAPTURE(std::string(one.name));
      CAPTURE(streams);
      How how = one.how;
      how.streams = streams;
      GroupArray advantages = some_advantages();
      advantages.topRows(one.zeros) = 0;
      const Updated computed = second_step(how, advantages, kNone, false),
                    taken = second_step(how, advantages, kNone, true);
      check_equal(taken, computed);
      CHECK(computed.stats.logp_difference_max == 0);
      CHECK(taken.stats.logp_difference_max == 0);
      const int64_t groups_read = !how.skips ? kGroups : std::max<int64_t>(1, kGroups - one.zeros);
      CHECK(computed.stats.recorded_tokens == 0);
      CHECK(taken.stats.recorded_tokens == groups_read * kGroupSize * kNewTokens);
    }
}

TEST_CASE("a record that is not the policy's is found, and nothing comes of it") {
  struct Case {
    const char* name;
    size_t token;  // of completion 2 of group 3, the only one of its micro-batch: its first is compared before the
                   // loss, its second not
    Change change;
    bool is_seen;  // in logp_difference_max: a log-probability was recorded that the policy does not give
  };
  for (const size_t token : {0, 1}) {
    const auto changed = [token](std::vector<float> Completion::*numbers) {
      return [=](std::vector<Group>& groups) { (groups[3].completions[2].*numbers)[token] += 0.25f; };
    };
    const Case cases[] = {{"logprob", token, changed(&Completion::logprobs), true},
                          {"max_logit", token, changed(&Completion::max_logit), false},
                          {"log_sum", token, changed(&Completion::log_sum), false}};
    for (const Case& one : cases)
      for (const bool streams : {false, true}) {
        CAPTURE(std::string(one.name));
        CAPTURE(token);
        CAPTURE(streams);
        const How how{.loss = {}, .streams = streams};
        const Updated computed = second_step(how, some_advantages(), one.change, false);
        const Updated taken = second_step(how, some_advantages(), one.change, true);
        check_equal(taken, computed);
        CHECK((taken.stats.logp_difference_max > 0.2) == one.is_seen);
        CHECK(taken.stats.logp_difference_max == computed.stats.logp_difference_max);
        // Found before the loss, only that micro-batch is computed; found behind it, all of them.
        CHECK(taken.stats.recorded_tokens == (token == 0 ? kTokens - kGroupSize * kNewTokens : 0));
      }
  }
}

TEST_CASE("an entropy that is not the policy's is found where it is compared") {
  const Change change = [](std::vector<Group>& groups) { groups[3].completions[2].entropy[0] += 1; };
  const How how{.loss = {.entropy_coefficient = 0.1f}};
  const Updated taken = second_step(how, some_advantages(), change, true);
  check_equal(taken, second_step(how, some_advantages(), change, false));
  CHECK(taken.stats.recorded_tokens == kTokens - kGroupSize * kNewTokens);
}

TEST_CASE("a wrong record of a token that has no gradient changes no weight") {
  REQUIRE(some_advantages()(0, 1) == 0);
  const Change change = [](std::vector<Group>& groups) { groups[0].completions[1].log_sum[1] += 1; };
  const Updated taken = second_step({}, some_advantages(), change, true);
  check_equal(taken, second_step({}, some_advantages(), kNone, false));
  CHECK(taken.stats.recorded_tokens == kTokens);
}

TEST_CASE("groups of a policy as it was are computed, alone and among others") {
  for (const bool alone : {false, true})
    for (const bool streams : {false, true}) {
      CAPTURE(alone);
      uint64_t weights[2];
      UpdateStats stats[2];
      for (const bool by_records : {false, true}) {
        Policy policy = tiny_policy();
        AdamW optimizer(policy, {.lr = 1e-3f});
        const How how{.loss = {}, .micro_batch_tokens = 100'000, .streams = streams};
        const UpdateOptions options{.use_recorded_scores = by_records};
        auto groups = sample(policy);
        update_with(policy, optimizer, groups, some_advantages(), how, options);
        if (!alone) {
          auto fresh = sample(policy, 1);
          fresh[4] = groups[4];
          groups = fresh;
        }
        stats[by_records] = update_with(policy, optimizer, groups, some_advantages(), how, options);
        weights[by_records] = policy.weight_hash();
      }
      check_equal({stats[0], weights[0]}, {stats[1], weights[1]});
      CHECK(stats[1].logp_difference_max == stats[0].logp_difference_max);
      CHECK(stats[1].logp_difference_max > 0);
      CHECK(stats[1].recorded_tokens == 0);
    }
}

TEST_CASE("without records of the policy's own and whole distributions all is computed") {
  const auto recorded_tokens = [](at::ScalarType dtype, const Sampling& sampling, Precision precision,
                                  const std::function<void(Policy&, std::vector<Group>&)>& change) {
    Policy policy = tiny_policy({.dtype = dtype});
    AdamW optimizer(policy, {});
    auto groups = sample(policy, 0, sampling, precision);
    if (change) change(policy, groups);
    return update(policy, optimizer, grpo_loss(), groups, some_advantages()).recorded_tokens;
  };
  const auto exact = Precision::exact;
  CHECK(recorded_tokens(at::kFloat, {.temperature = 0.7f}, exact, {}) == kTokens);
  CHECK(recorded_tokens(at::kFloat, {.top_k = 5}, exact, {}) == 0);
  CHECK(recorded_tokens(at::kFloat, {.top_p = 0.9f}, exact, {}) == 0);
  CHECK(recorded_tokens(at::kFloat, {.min_p = 0.1f}, exact, {}) == 0);
  CHECK(recorded_tokens(at::kFloat, {}, Precision::int8, {}) == 0);
  CHECK(recorded_tokens(at::kDouble, {}, exact, {}) == 0);
  CHECK(recorded_tokens(at::kFloat, {}, exact, [](Policy& policy, auto& groups) { rescore(policy, groups); }) == 0);
  CHECK(recorded_tokens(at::kFloat, {}, exact,
                        [](Policy&, auto& groups) { groups[1].completions[0].log_sum.pop_back(); }) == 0);
  CHECK(recorded_tokens(at::kFloat, {}, exact, [](Policy&, auto& groups) { groups[1].completions[0].entropy = {}; }) ==
        0);
}

TEST_CASE("a run by records that goes on from a checkpoint ends in the bits of one without them") {
  const TemporaryFolder folder;
  const auto steps = [](Policy& policy, AdamW& optimizer, int64_t from, int64_t to, bool by_records) {
    for (int64_t step = from; step < to; ++step)
      update(policy, optimizer, grpo_loss(), sample(policy, step), some_advantages(),
             {.micro_batch_tokens = kFewGroups, .use_recorded_scores = by_records});
  };
  const PolicyOptions options{.dtype = at::kBFloat16};
  Policy whole = tiny_policy(options), first = tiny_policy(options), second = tiny_policy(options);
  AdamW whole_optimizer(whole, {.lr = 1e-2f}), first_optimizer(first, {.lr = 1e-2f});
  steps(whole, whole_optimizer, 0, 4, false);
  steps(first, first_optimizer, 0, 2, true);
  save_checkpoint(first, first_optimizer, 2, folder.path / "checkpoint");
  AdamW second_optimizer(second, {.lr = 1e-2f});
  load_checkpoint(second, second_optimizer, folder.path / "checkpoint");
  steps(second, second_optimizer, 2, 4, true);
  CHECK(second.weight_hash() == whole.weight_hash());
}
