// Updates that go on from the activations of decoding: the bits of those that compute them again.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/memory_plan.hpp"
#include "cohort/rollout.hpp"
#include "cohort/update.hpp"
#include "src/models/lay_out.hpp"
#include "src/models/policy_state.hpp"
#include "support/tiny.hpp"
#include "support/update_stats.hpp"

using namespace cohort;
using cohort::testing::check_same_update;
using cohort::testing::kArchitectures;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

constexpr int64_t kGroupSize = 4, kNewTokens = 37, kEnough = 100'000;

// Ends of prompts before, at and behind the end of a block of keys and values.
std::vector<std::vector<int64_t>> prompts() {
  std::vector<std::vector<int64_t>> all;
  for (const int64_t length : {1, 31, 32, 33, 70}) {
    all.emplace_back();
    for (int64_t t = 0; t < length; ++t) all.back().push_back((t * t * 7 + length + t) % 77);
  }
  return all;
}
const int64_t kGroups = std::ssize(prompts());

GroupArray some_advantages(int64_t group_size) {
  GroupArray advantages(kGroups, group_size);
  for (int64_t i = 0; i < advantages.size(); ++i)
    advantages.data()[i] = static_cast<float>((i * 7) % 5 - 2) * 0.5f + 0.125f;
  return advantages;
}

using Change = std::function<void(Policy&, std::vector<Group>&)>;

struct How {
  std::string architecture = "LlamaForCausalLM";
  PolicyOptions policy;
  RolloutOptions rollout{.group_size = kGroupSize, .max_new_tokens = kNewTokens, .seed = 5};
  int64_t micro_batch_tokens = 420;
  bool streams = false;
  Change change;  // between rollout and update
};

struct Updated {
  uint64_t weights = 0;
  UpdateStats stats;
  int64_t drawn = 0, sent_through = 0;  // tokens of all completions; of those, that decoding sent through the layers
  int64_t rows_before = 0, rows_after = 0;  // recorded, around the update
};

// The second of two steps.
Updated second_step(const How& how, int64_t activation_tokens) {
  Policy policy = tiny_policy(how.policy, how.architecture);
  AdamW optimizer(policy, {.lr = 1e-2f});
  const models::RecordStore& store = *policy.state().model.records;
  RolloutOptions options = how.rollout;
  options.activation_tokens = activation_tokens;
  RolloutEngine engine(policy, tiny_tokenizer(), options);
  const GroupArray advantages = some_advantages(options.group_size);
  const UpdateOptions update_options{.micro_batch_tokens = how.micro_batch_tokens};
  Updated result;
  for (int64_t step = 0; step < 2; ++step) {
    std::vector<Group> groups = engine.rollout_tokens(prompts(), step);
    if (how.change) how.change(policy, groups);
    result.rows_before = store.rows();
    if (how.streams) {
      StreamedUpdate streamed(policy, optimizer, grpo_loss(), {.num_groups = kGroups, .group_size = options.group_size},
                              update_options);
      for (int64_t g = 0; g < kGroups; ++g)
        streamed.add(g, groups[static_cast<size_t>(g)],
                     {advantages.row(g).data(), static_cast<size_t>(options.group_size)});
      result.stats = streamed.finish();
    } else {
      result.stats = update(policy, optimizer, grpo_loss(), groups, advantages, update_options);
    }
    result.rows_after = store.rows();
    result.drawn = result.sent_through = 0;
    for (const Group& group : groups)
      for (const Completion& completion : group.completions) {
        result.drawn += std::ssize(completion.tokens);
        result.sent_through += std::ssize(completion.tokens) - 1;
        CHECK((!completion.activations || completion.activations->has_ended()));
      }
  }
  result.weights = policy.weight_hash();
  return result;
}

void check_equal(const Updated& a, const Updated& b) {
  CHECK(a.weights == b.weights);
  CHECK(a.drawn == b.drawn);
  check_same_update(a.stats, b.stats);
  CHECK(a.stats.logp_difference_max == b.stats.logp_difference_max);
  CHECK(a.stats.recorded_tokens == b.stats.recorded_tokens);
}

// With records of all that decoding computed, and without any.
Updated check_same(const How& how) {
  const Updated computed = second_step(how, 0), taken = second_step(how, kEnough);
  check_equal(taken, computed);
  CHECK(computed.rows_before == 0);
  CHECK(computed.stats.recorded_activations == 0);
  CHECK(taken.rows_before >= taken.stats.recorded_activations);
  CHECK(taken.rows_after == 0);
  return taken;
}

// All of them but those of the shortest of each eight or more sequences, which are held against the record.
void check_nearly_all(const Updated& taken) {
  CHECK(taken.stats.recorded_activations <= taken.sent_through);
  CHECK(taken.stats.recorded_activations >= taken.sent_through - taken.sent_through / 8);
}

}  // namespace

TEST_CASE("an update that goes on from the activations of decoding has the bits of one that computes them") {
  using enum ActivationCheckpointing;
  for (const char* architecture : kArchitectures)
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kDouble})
      for (const ActivationCheckpointing checkpointing : {none, attention, mlp, layer}) {
        CAPTURE(std::string(architecture));
        CAPTURE(std::string(c10::toString(dtype)));
        CAPTURE(static_cast<int>(checkpointing));
        const Updated taken = check_same({.architecture = architecture,
                                          .policy = {.dtype = dtype, .activation_checkpointing = checkpointing},
                                          .micro_batch_tokens = 400 + 200 * static_cast<int64_t>(checkpointing)});
        check_nearly_all(taken);
        CHECK(taken.sent_through > kGroups * kGroupSize);
      }
}

TEST_CASE("so it has whoever decoded beside whom, and however groups are cut and handed over") {
  struct Case {
    const char* name;
    std::function<void(How&)> set;
  };
  const Case cases[] = {
      {"some rows at once", [](How& how) { how.rollout.max_batch = 3; }},
      {"windows", [](How& how) { how.rollout.decode_window = 5; }},
      {"windows and rows that fill up",
       [](How& how) {
         how.rollout.decode_window = 3;
         how.rollout.graphs = Graphs::padding_only;
       }},
      {"little memory for keys and values", [](How& how) { how.rollout.kv_cache_bytes = 60'000; }},
      {"stop strings in windows",
       [](How& how) {
         how.rollout.stop = {"0", "A", "*"};
         how.rollout.decode_window = 4;
       }},
      {"stop strings",
       [](How& how) {
         how.rollout.stop = {"0", "A", "*"};
       }},
      {"top_k", [](How& how) { how.rollout.sampling = {.temperature = 0.7f, .top_k = 5}; }},
      {"one completion a group", [](How& how) { how.rollout.group_size = 1; }},
      {"one token", [](How& how) { how.rollout.max_new_tokens = 1; }},
      {"two tokens", [](How& how) { how.rollout.max_new_tokens = 2; }},
      {"a prompt in two micro-batches", [](How& how) { how.micro_batch_tokens = 130; }},
      {"one micro-batch", [](How& how) { how.micro_batch_tokens = kEnough; }},
  };
  for (const Case& one : cases)
    for (const bool streams : {false, true}) {
      CAPTURE(std::string(one.name));
      CAPTURE(streams);
      How how{.policy = {.dtype = at::kBFloat16}, .streams = streams};
      one.set(how);
      const Updated taken = check_same(how);
      check_nearly_all(taken);
      if (how.micro_batch_tokens == kEnough) CHECK(taken.stats.recorded_activations < taken.sent_through);
    }
}

TEST_CASE("where there is no room for all, some completions keep theirs, and no more than that") {
  const How how{.policy = {.dtype = at::kBFloat16}};
  const Updated computed = second_step(how, 0);
  for (const int64_t most : {1, 50, 150, 300, 450}) {
    CAPTURE(most);
    const Updated taken = second_step(how, most);
    check_equal(taken, computed);
    CHECK(taken.rows_before <= most);
    CHECK(taken.stats.recorded_activations <= most);
    CHECK(taken.stats.recorded_activations < taken.sent_through);
    CHECK((taken.stats.recorded_activations > 0) == (most >= 50));
  }
}

TEST_CASE("groups that were changed since are computed as they are now") {
  struct Case {
    const char* name;
    std::function<void(Group&)> change;
    int64_t lost;  // tokens of the group whose activations are of no use any more
  };
  constexpr int64_t kAll = kNewTokens - 1;
  const Case cases[] = {
      {"a token", [](Group& group) { group.completions[1].tokens[9] ^= 1; }, kAll},
      {"the prompt", [](Group& group) { group.prompt_tokens[3] ^= 1; }, kGroupSize * kAll},
      {"a longer prompt", [](Group& group) { group.prompt_tokens.push_back(5); }, kGroupSize * kAll},
      {"a prompt that goes on with what was sampled",
       [](Group& group) {
         group.completions.resize(1);
         Completion& completion = group.completions[0];
         group.prompt_tokens.push_back(completion.tokens.front());
         completion.tokens.erase(completion.tokens.begin());
         completion.logprobs.erase(completion.logprobs.begin());
         completion.entropy.clear();
         while (group.completions.size() < kGroupSize) group.completions.push_back(group.completions[0]);
       },
       kGroupSize * kAll},
      {"a completion that ends before",
       [](Group& group) {
         for (auto* numbers : {&group.completions[2].logprobs, &group.completions[2].entropy}) numbers->resize(20);
         group.completions[2].tokens.resize(20);
         group.completions[2].log_sum.clear();
       },
       kNewTokens - 20},
      {"a completion twice", [](Group& group) { group.completions[0] = group.completions[3]; }, 0},
      {"activations of another",
       [](Group& group) { std::swap(group.completions[0].activations, group.completions[3].activations); }, 2 * kAll},
  };
  for (const Case& one : cases) {
    CAPTURE(std::string(one.name));
    How how{.policy = {.dtype = at::kBFloat16},
            .rollout = {.group_size = kGroupSize, .max_new_tokens = kNewTokens, .seed = 5, .ignore_eos = true}};
    const Updated computed = [&] {
      How without = how;
      without.change = [&](Policy&, std::vector<Group>& groups) {
        for (Group& group : groups)
          for (Completion& completion : group.completions) REQUIRE(completion.activations);
        one.change(groups[2]);
        for (Group& group : groups)
          for (Completion& completion : group.completions) completion.activations.reset();
      };
      return second_step(without, kEnough);
    }();
    how.change = [&](Policy&, std::vector<Group>& groups) { one.change(groups[2]); };
    const Updated taken = second_step(how, kEnough);
    check_equal(taken, computed);
    CHECK(computed.stats.recorded_activations == 0);
    CHECK(taken.stats.recorded_activations == kGroups * kGroupSize * kAll - one.lost);
  }
}

TEST_CASE("activations of other weights, or of another policy, are never used") {
  Policy policy = tiny_policy(), other = policy.clone();
  RolloutEngine engine(policy, tiny_tokenizer(),
                       {.group_size = kGroupSize, .max_new_tokens = kNewTokens, .activation_tokens = kEnough});
  const GroupArray advantages = some_advantages(kGroupSize);
  const auto groups = engine.rollout_tokens(prompts());
  const models::RecordStore& store = *policy.state().model.records;
  CHECK(store.rows() > 0);
  AdamW of_other(other, {}), optimizer(policy, {});
  CHECK(update(other, of_other, grpo_loss(), groups, advantages).recorded_activations == 0);
  CHECK(
      update(policy, optimizer, grpo_loss(), groups, advantages, {.use_recorded_scores = false}).recorded_activations ==
      0);
  CHECK(store.rows() == 0);  // weights have changed
  CHECK(update(policy, optimizer, grpo_loss(), groups, advantages).recorded_activations == 0);

  const auto written = engine.rollout_tokens(prompts(), 1);
  CHECK(store.rows() > 0);
  policy.parameters().front().value.mul_(1.01);
  policy.weights_changed();
  CHECK(store.rows() == 0);
  CHECK(update(policy, optimizer, grpo_loss(), written, advantages).recorded_activations == 0);
}

TEST_CASE("who has scored by activations has them until the backward, whatever becomes of the weights meanwhile") {
  Policy policy = tiny_policy(), other = policy.clone();
  const models::RecordStore& store = *policy.state().model.records;
  RolloutEngine engine(policy, tiny_tokenizer(),
                       {.group_size = kGroupSize, .max_new_tokens = kNewTokens, .activation_tokens = kEnough});
  const auto groups = engine.rollout_tokens(prompts());
  const PackedBatch batch = pack(groups, some_advantages(kGroupSize), kEnough, at::kCPU).front();
  TokenScores scores = policy.score_by_records(batch);
  CHECK(scores.recorded_activations > 0);
  policy.weights_changed();
  CHECK(groups[0].completions[0].activations->has_ended());
  CHECK(store.rows() > 0);
  scores.logprobs.sum().backward();
  scores = {};
  CHECK(store.rows() == 0);
  other.score(batch).logprobs.sum().backward();
  for (size_t i = 0; i < policy.parameters().size(); ++i)
    CHECK(at::equal(policy.parameters()[i].grad, other.parameters()[i].grad));
}

TEST_CASE("groups are learned from by their activations while others decode") {
  uint64_t weights[2];
  for (const bool overlaps : {false, true}) {
    Policy policy = tiny_policy({.dtype = at::kBFloat16});
    AdamW optimizer(policy, {.lr = 1e-2f});
    RolloutEngine engine(policy, tiny_tokenizer(),
                         {.group_size = kGroupSize,
                          .max_new_tokens = kNewTokens,
                          .ignore_eos = true,
                          .max_batch = kGroupSize,
                          .activation_tokens = overlaps ? kEnough : 0});
    const GroupArray advantages = some_advantages(kGroupSize);
    for (int64_t step = 0; step < 3; ++step) {
      StreamedUpdate streamed(policy, optimizer, grpo_loss(), {.num_groups = kGroups, .group_size = kGroupSize},
                              {.micro_batch_tokens = 160});
      const auto groups = engine.rollout_tokens(prompts(), step, [&](int64_t g, const Group& group) {
        streamed.add(g, group, {advantages.row(g).data(), kGroupSize});
      });
      CHECK(streamed.finish().recorded_activations == (overlaps ? kGroups * kGroupSize * (kNewTokens - 1) : 0));
    }
    weights[overlaps] = policy.weight_hash();
  }
  CHECK(weights[0] == weights[1]);
}

TEST_CASE("a record that is not what the policy computes is found, where there are eight or more") {
  const auto spoil = [](Policy& policy, std::vector<Group>& groups) {
    models::RecordStore& store = *policy.state().model.records;
    for (Group& group : groups)
      for (Completion& completion : group.completions) {
        std::vector<int64_t> tokens = group.prompt_tokens;
        tokens.insert(tokens.end(), completion.tokens.begin(), completion.tokens.end() - 1);
        for (const auto& chunk : completion.activations->rows_of(&store, tokens))
          chunk->data()[store.layout().place_of_hidden(0)] ^= std::byte{1};
      }
  };
  const How how{.micro_batch_tokens = kEnough, .change = spoil};
  const Updated taken = second_step(how, kEnough);
  check_equal(taken, second_step({.micro_batch_tokens = kEnough}, 0));
  CHECK(taken.stats.recorded_activations == 0);
}

TEST_CASE("activations go with the completions that hold them") {
  Policy policy = tiny_policy();
  const models::RecordStore& store = *policy.state().model.records;
  RolloutEngine engine(policy, tiny_tokenizer(),
                       {.group_size = kGroupSize, .max_new_tokens = kNewTokens, .activation_tokens = kEnough});
  {
    const auto groups = engine.rollout_tokens(prompts());
    const int64_t rows = store.rows();
    const std::vector<Group> copies = groups;
    CHECK(store.rows() == rows);
    CHECK(rows > 0);
  }
  CHECK(store.rows() == 0);

  // Two of the first group are over, two others are under way.
  RolloutEngine two_at_once(policy, tiny_tokenizer(),
                            {.group_size = kGroupSize,
                             .max_new_tokens = kNewTokens,
                             .ignore_eos = true,
                             .max_batch = 2,
                             .activation_tokens = kEnough});
  int64_t drawn = 0;
  const auto cancelled = two_at_once.rollout_tokens(prompts(), 1, {}, [&](int64_t, int64_t, int64_t) {
    if (++drawn == 3 * kNewTokens)
      for (int64_t g = 0; g < kGroups; ++g) two_at_once.cancel(g);
  });
  CHECK(cancelled[0].completions[0].finish == FinishReason::length);
  CHECK(store.rows() == 0);

  struct Stop {};
  CHECK_THROWS_AS(two_at_once.rollout_tokens(prompts(), 2, {},
                                             [&](int64_t, int64_t, int64_t) {
                                               if (++drawn == 6 * kNewTokens) throw Stop();
                                             }),
                  Stop);
  CHECK(store.rows() == 0);
}

TEST_CASE("what a rollout keeps for an update is planned to the byte") {
  using enum ActivationCheckpointing;
  for (const char* architecture : {"LlamaForCausalLM", "Qwen3ForCausalLM", "Qwen3MoeForCausalLM"})
    for (const auto& [dtype, checkpointing] : {std::pair{at::kFloat, none},
                                               {at::kFloat, attention},
                                               {at::kFloat, mlp},
                                               {at::kFloat, layer},
                                               {at::kBFloat16, none}}) {
      Policy policy = tiny_policy({.dtype = dtype, .activation_checkpointing = checkpointing}, architecture);
      models::Transformer& model = policy.state().model;
      const RolloutOptions options{
          .group_size = kGroupSize, .max_new_tokens = kNewTokens, .ignore_eos = true, .activation_tokens = kEnough};
      RolloutEngine engine(policy, tiny_tokenizer(), options);
      const auto groups = engine.rollout_tokens(prompts());
      const int64_t rows = model.records->rows();
      CHECK(rows == kGroups * kGroupSize * 48);  // chunks of 16 for 36 tokens

      // One token's, as a forward hands them out.
      const PackedBatch batch{.tokens = at::tensor({int64_t{5}}, at::kLong),
                              .cu_seqlens = at::tensor({0, 1}, at::kInt),
                              .predicted_at = at::empty({0}, at::kLong),
                              .cu_completions = at::zeros({2}, at::kInt)};
      const auto laid_out = models::lay_out(batch, 512, at::kCPU);
      const models::KvCache cache(model.config, laid_out.num_blocks, model.options);
      int64_t bytes = 0;
      const auto count = [&](const at::Tensor& rows) {
        if (rows.defined()) bytes += static_cast<int64_t>(rows.nbytes());
      };
      const models::Keep keep{.projections = true, .take = [&](size_t, const models::LayerActivations& activations) {
                                for (const auto part : models::kRecordedParts) count(activations.*part);
                              }};
      const at::NoGradGuard no_grad;
      count(model.forward(laid_out.batch, cache, Precision::exact, &keep));

      const auto planned = [&](int64_t longest_prompt, int64_t new_tokens) {
        RolloutOptions of_run = options;
        of_run.max_new_tokens = new_tokens;
        const MemoryPlan plan = plan_memory(policy.config(), {.policy = policy.options(),
                                                              .rollout = of_run,
                                                              .sequences = kGroups * kGroupSize,
                                                              .longest_prompt = longest_prompt});
        const auto part = std::ranges::find(plan.parts, "activations that a rollout keeps", &MemoryPart::name);
        REQUIRE(part != plan.parts.end());
        return part->bytes;
      };
      CHECK(planned(70, kNewTokens) == rows * bytes);
      // Where the context ends before the longest prompt has all its tokens, a shorter one has more of them.
      CHECK(planned(500, 1'000) == kGroups * kGroupSize * 512 * bytes);
    }
}

TEST_CASE("only exact rollouts of a policy that is updated, on the CPU, keep activations") {
  Policy policy = tiny_policy(), frozen = policy.clone(/*packed_only=*/true);
  const auto check_refused = [](Policy& of, const RolloutOptions& options, const char* why) {
    CHECK_THROWS_WITH_AS(RolloutEngine(of, tiny_tokenizer(), options), doctest::Contains(why), Error);
  };
  check_refused(policy, {.activation_tokens = -1}, "activation_tokens must be at least 0, got -1");
  check_refused(policy, {.precision = Precision::int8, .activation_tokens = 1}, "exact rollouts on the CPU");
  check_refused(frozen, {.activation_tokens = 1}, "packed_only");
}
