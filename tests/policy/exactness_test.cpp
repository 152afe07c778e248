// The promise the library is built around: a log-probability recorded while sampling and the one recomputed by the
// packed training forward are equal to the bit, whatever the batch, the packing, the threads or the chunks.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cohort/advantage.hpp"
#include "cohort/batch.hpp"
#include "cohort/error.hpp"
#include "cohort/rollout.hpp"
#include "cohort/threads.hpp"
#include "cohort/update.hpp"
#include "support/isas.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::kArchitectures;
using cohort::testing::on_every_isa;
using cohort::testing::prompts;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

struct Count {
  int64_t tokens = 0, different = 0;
};

// Scores `groups` in batches of at most `max_tokens` and compares with what the sampler recorded: log-probabilities,
// and the entropy of what they were drawn from.
Count compare(Policy& policy, const std::vector<Group>& groups, int64_t max_tokens) {
  const at::NoGradGuard no_grad;
  const GroupArray zeros = GroupArray::Zero(std::ssize(groups), std::ssize(groups.front().completions));
  std::vector<float> entropy;
  for (const Group& group : groups)
    for (const Completion& completion : group.completions)
      entropy.insert(entropy.end(), completion.entropy.begin(), completion.entropy.end());
  const at::Tensor recorded = at::tensor(entropy);
  Count count;
  for (const PackedBatch& batch : pack(groups, zeros, max_tokens, at::kCPU)) {
    const TokenScores scores = policy.score(batch);
    const at::Tensor scored = scores.logprobs.to(at::kFloat);
    count.different += (scored != batch.old_logprobs).sum().item<int64_t>();
    count.different +=
        (scores.entropy.to(at::kFloat) != recorded.narrow(0, count.tokens, scored.numel())).sum().item<int64_t>();
    count.tokens += scored.numel();
  }
  return count;
}

std::vector<Group> sample(Policy& policy, const RolloutOptions& options, int64_t num_prompts, int64_t step = 0) {
  RolloutEngine engine(policy, tiny_tokenizer(), options);
  return engine.rollout_tokens(prompts(num_prompts, policy.config().vocab_size), step);
}

bool same_bits(const std::vector<Group>& a, const std::vector<Group>& b) {
  if (a.size() != b.size()) return false;
  for (size_t g = 0; g < a.size(); ++g)
    for (size_t i = 0; i < a[g].completions.size(); ++i)
      if (a[g].completions[i].tokens != b[g].completions[i].tokens ||
          a[g].completions[i].logprobs != b[g].completions[i].logprobs)
        return false;
  return true;
}

}  // namespace

TEST_CASE("recorded and recomputed log-probabilities have the same bits, whatever the packing") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16})
      for (const char* architecture : kArchitectures) {
        CAPTURE(std::string(architecture));
        CAPTURE(std::string(c10::toString(dtype)));
        Policy policy = tiny_policy({.dtype = dtype}, architecture);
        const auto groups = sample(policy, {.group_size = 3, .max_new_tokens = 60, .ignore_eos = true}, 9);
        for (const int64_t max_tokens : {140, 400, 100'000}) {
          const Count count = compare(policy, groups, max_tokens);
          CHECK(count.tokens == 9 * 3 * 60);
          CHECK(count.different == 0);
        }
      }
  });
}

TEST_CASE("a completion is the same in every batch size, order and thread count") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      Policy policy = tiny_policy({.dtype = dtype});
      RolloutOptions options{.group_size = 4, .max_new_tokens = 40, .seed = 7};
      const auto reference = sample(policy, options, 12);
      for (const int64_t max_batch : {1, 2, 3, 5, 17, 64}) {
        CAPTURE(max_batch);
        options.max_batch = max_batch;
        CHECK(same_bits(sample(policy, options, 12), reference));
      }
      options.max_batch = 256;
      const int64_t threads = num_threads();
      for (const int64_t count : {1, 2, 3, 5}) {
        CAPTURE(count);
        set_num_threads(count);
        CHECK(same_bits(sample(policy, options, 12), reference));
        CHECK(compare(policy, reference, 300).different == 0);
      }
      set_num_threads(threads);
    }
  });
}

TEST_CASE("a problem is sampled the same alone as among others, and anew in another step") {
  Policy policy = tiny_policy();
  const Tokenizer tokenizer = tiny_tokenizer();
  RolloutEngine engine(policy, tokenizer, {.group_size = 3, .max_new_tokens = 30, .seed = 3});
  std::vector<Problem> problems;
  for (int64_t i = 0; i < 6; ++i) problems.push_back({.index = 100 + i, .prompt = std::string(3 + i, 'a')});
  const auto together = engine.rollout(problems, 5);
  std::ranges::reverse(problems);
  auto reversed = engine.rollout(problems, 5);
  std::ranges::reverse(reversed);
  CHECK(same_bits(together, reversed));
  for (size_t i = 0; i < problems.size(); ++i) {
    const Problem alone[] = {together[i].problem};
    CHECK(same_bits(engine.rollout(alone, 5), {together[i]}));
  }
  CHECK(!same_bits(engine.rollout(std::vector(problems.rbegin(), problems.rend()), 6), together));
}

TEST_CASE("filters and temperature are replayed to the bit when a completion is scored") {
  on_every_isa([] {
    const Sampling filters[] = {{.temperature = 0.7f},
                                {.temperature = 1.3f, .top_k = 5},
                                {.top_p = 0.8f},
                                {.min_p = 0.1f},
                                {.temperature = 0.9f, .top_k = 20, .top_p = 0.9f, .min_p = 0.02f}};
    for (const Sampling& sampling : filters) {
      CAPTURE(sampling.temperature);
      CAPTURE(sampling.top_k);
      Policy policy = tiny_policy({.dtype = at::kBFloat16});
      const auto groups =
          sample(policy, {.group_size = 4, .max_new_tokens = 50, .sampling = sampling, .ignore_eos = true}, 5);
      const Count count = compare(policy, groups, 500);
      CHECK(count.tokens == 5 * 4 * 50);
      CHECK(count.different == 0);
    }
  });
}

TEST_CASE("a long prompt read in several chunks gives the bits of one forward") {
  Policy policy = tiny_policy();
  // 40 prompts of 70 tokens and more pass the 2048 tokens that are read at once.
  const auto groups = sample(policy, {.group_size = 1, .max_new_tokens = 3, .ignore_eos = true}, 80);
  CHECK(compare(policy, groups, 10'000).different == 0);
}

TEST_CASE("weights that were written without weights_changed() are not half seen: the call makes them whole") {
  Policy policy = tiny_policy();
  const auto before = sample(policy, {.group_size = 2, .max_new_tokens = 20, .ignore_eos = true}, 3);
  for (Parameter& parameter : policy.parameters()) parameter.value.mul_(1.01);
  policy.weights_changed();
  CHECK(compare(policy, before, 1000).different > 0);
  const auto after = sample(policy, {.group_size = 2, .max_new_tokens = 20, .ignore_eos = true}, 3);
  CHECK(compare(policy, after, 1000).different == 0);
}

TEST_CASE("a prompt that is read once for a whole group gives the bits of one that every sequence reads itself") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      Policy policy = tiny_policy({.dtype = dtype}, "Qwen3ForCausalLM");
      RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 5, .max_new_tokens = 20, .ignore_eos = true});
      std::vector<std::vector<int64_t>> long_prompts = prompts(3, 77, 40);
      for (const int64_t size : {32, 33, 64, 97, 130})
        long_prompts.push_back(std::vector<int64_t>(static_cast<size_t>(size), size % 77));
      const auto groups = engine.rollout_tokens(long_prompts);
      CHECK(compare(policy, groups, 100'000).different == 0);  // all of a group together
      CHECK(compare(policy, groups, 150).different == 0);      // each alone

      // Gradients: the same step from whole groups and from single sequences.
      std::vector<Group> singles;
      for (const Group& group : groups)
        for (const Completion& completion : group.completions) {
          singles.push_back(group);
          singles.back().completions = {completion};
        }
      std::vector<Group> apart;  // neighbours with different prompts share nothing
      for (size_t i = 0; i < 5; ++i)
        for (size_t g = 0; g < groups.size(); ++g) apart.push_back(singles[g * 5 + i]);
      const auto gradients = [&](const std::vector<Group>& of, int64_t size) {
        policy.zero_grad();
        for (const PackedBatch& batch : pack(of, GroupArray::Ones(std::ssize(of), size), 100'000, at::kCPU))
          (policy.score(batch).logprobs * batch.targets.remainder(3)).sum().backward();
        std::vector<at::Tensor> copies;
        for (const Parameter& parameter : policy.parameters()) copies.push_back(parameter.grad.clone());
        return copies;
      };
      const auto together = gradients(groups, 5), alone = gradients(apart, 1);
      for (size_t i = 0; i < together.size(); ++i) {
        CAPTURE(policy.parameters()[i].name);
        const double scale = alone[i].abs().max().item<double>();
        // Sums in another order; in bfloat16 the shared rows' gradients are also rounded once instead of five times.
        CHECK((together[i] - alone[i]).abs().max().item<double>() <= (dtype == at::kFloat ? 2e-5 : 2e-2) * scale);
      }
    }
  });
}

TEST_CASE("with too little memory for all, sequences wait and are read again, to the same bits") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      Policy policy = tiny_policy({.dtype = dtype}, "Qwen3ForCausalLM");
      const Tokenizer tokenizer = tiny_tokenizer();
      RolloutOptions options{.group_size = 5, .max_new_tokens = 100, .seed = 7, .ignore_eos = true};
      const auto wanted = prompts(6, policy.config().vocab_size, 45);
      RolloutEngine roomy(policy, tokenizer, options);
      const auto reference = roomy.rollout_tokens(wanted);
      CHECK(roomy.stats().sequences_paused == 0);
      CHECK(roomy.stats().tokens_again == 0);
      int64_t read_once = 0;
      for (const auto& prompt : wanted) read_once += std::ssize(prompt);
      CHECK(roomy.stats().prompt_tokens == read_once);

      for (const double share : {0.5, 0.25, 0.1}) {
        options.kv_cache_bytes = static_cast<int64_t>(share * static_cast<double>(roomy.stats().kv_peak_bytes));
        RolloutEngine tight(policy, tokenizer, options);
        CAPTURE(share);
        CHECK(same_bits(tight.rollout_tokens(wanted), reference));
        CHECK(tight.stats().kv_cache_bytes <= options.kv_cache_bytes);
        CHECK(tight.stats().kv_peak_bytes <= options.kv_cache_bytes);
        CHECK(tight.stats().sequences_paused > 0);
        CHECK(tight.stats().tokens_again > 0);
      }
      CHECK(compare(policy, reference, 100'000).different == 0);
      options.kv_cache_bytes = 1000;
      RolloutEngine hopeless(policy, tokenizer, options);
      CHECK_THROWS_WITH_AS(hopeless.rollout_tokens(wanted), doctest::Contains("kv_cache_bytes is 1000"), Error);
    }
  });
}

TEST_CASE("a cancelled group ends where it is, and changes no bit of the others") {
  on_every_isa([] {
    Policy policy = tiny_policy({.dtype = at::kBFloat16});
    const Tokenizer tokenizer = tiny_tokenizer();
    const auto wanted = prompts(6, policy.config().vocab_size);
    for (const int64_t max_batch : {4, 7, 64}) {
      CAPTURE(max_batch);
      RolloutEngine engine(policy, tokenizer,
                           {.group_size = 3, .max_new_tokens = 40, .ignore_eos = true, .max_batch = max_batch});
      const auto reference = engine.rollout_tokens(wanted);
      std::vector<int64_t> ended;
      const auto on_group = [&](int64_t index, const Group&) { ended.push_back(index); };
      const auto on_token = [&](int64_t group, int64_t completion, int64_t) {
        if (group == 0 && completion == 1)
          engine.cancel(5);  // decoded or still waiting, as the batch is large or small
        if (group == 2 && completion == 0) engine.cancel(2);
      };
      const auto groups = engine.rollout_tokens(wanted, 0, on_group, on_token);
      std::ranges::sort(ended);
      CHECK(ended == std::vector<int64_t>{0, 1, 3, 4});
      for (size_t g = 0; g < groups.size(); ++g)
        for (size_t i = 0; i < 3; ++i) {
          const Completion &cut = groups[g].completions[i], &whole = reference[g].completions[i];
          const bool is_cancelled = g == 2 || g == 5;
          CHECK((cut.finish == FinishReason::cancelled) == is_cancelled);
          CHECK((cut.tokens.size() < whole.tokens.size()) == is_cancelled);
          CHECK(std::equal(cut.tokens.begin(), cut.tokens.end(), whole.tokens.begin()));
          CHECK(std::equal(cut.logprobs.begin(), cut.logprobs.end(), whole.logprobs.begin()));
        }
      CHECK(same_bits(engine.rollout_tokens(wanted), reference));  // the next rollout knows nothing of it
    }
  });
}

TEST_CASE("a rollout in eight bits is another policy's, the same in every batch, and close to the policy") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      Policy policy = tiny_policy({.dtype = dtype}, "Qwen3ForCausalLM");
      RolloutOptions options{
          .group_size = 4, .max_new_tokens = 30, .seed = 7, .ignore_eos = true, .precision = Precision::int8};
      const auto reference = sample(policy, options, 7);
      for (const int64_t max_batch : {1, 3, 64}) {
        options.max_batch = max_batch;
        CHECK(same_bits(sample(policy, options, 7), reference));
      }
      CHECK(reference.front().precision == Precision::int8);
      const Count count = compare(policy, reference, 100'000);
      CHECK(count.different > count.tokens / 2);

      auto rescored = reference;
      rescore(policy, rescored, 300);
      double mean = 0;
      for (const Group& group : rescored)
        for (const Completion& completion : group.completions)
          for (size_t t = 0; t < completion.tokens.size(); ++t)
            mean +=
                std::abs(completion.policy_logprobs[t] - completion.logprobs[t]) / static_cast<double>(count.tokens);
      CHECK(mean < 0.1);
      // What rescore() fills in is what the exact forward gives.
      auto exact = rescored;
      for (Group& group : exact)
        for (Completion& completion : group.completions) completion.logprobs = completion.policy_logprobs;
      const at::NoGradGuard no_grad;
      const GroupArray zeros = GroupArray::Zero(std::ssize(exact), 4);
      for (const PackedBatch& batch : pack(exact, zeros, 100'000, at::kCPU))
        CHECK(at::equal(policy.score(batch).logprobs.to(at::kFloat), batch.old_logprobs));
    }
  });
  Policy wide = tiny_policy({.dtype = at::kDouble});
  CHECK_THROWS_WITH_AS(RolloutEngine(wide, tiny_tokenizer(), {.precision = Precision::int8}),
                       doctest::Contains("precision int8"), Error);
  Policy experts = tiny_policy({}, "Qwen3MoeForCausalLM");
  CHECK_THROWS_WITH_AS(RolloutEngine(experts, tiny_tokenizer(), {.precision = Precision::int8}),
                       doctest::Contains("for models without experts, got 7 of them"), Error);
}
