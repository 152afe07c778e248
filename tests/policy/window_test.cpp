// Windows of decoding: several steps before the host looks. Whatever their length, and however batches are filled up,
// groups are those of one step at a time, to the bit.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <algorithm>

#include "cohort/error.hpp"
#include "cohort/rollout.hpp"
#include "kernels/advance_rows.hpp"
#include "src/rollout/buckets.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::prompts;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

bool same(const Completion& a, const Completion& b) {
  return a.tokens == b.tokens && a.logprobs == b.logprobs && a.entropy == b.entropy && a.max_logit == b.max_logit &&
         a.log_sum == b.log_sum && a.finish == b.finish && a.text == b.text;
}

bool same(const std::vector<Group>& a, const std::vector<Group>& b) {
  bool equal = a.size() == b.size();
  for (size_t g = 0; equal && g < a.size(); ++g)
    equal = std::ranges::equal(a[g].completions, b[g].completions,
                               [](const Completion& x, const Completion& y) { return same(x, y); });
  return equal;
}

constexpr int64_t kWindows[] = {1, 2, 3, 8, 64};
constexpr Graphs kGraphs[] = {Graphs::automatic, Graphs::padding_only};

}  // namespace

TEST_CASE("windows of any length, padded or not, give the groups of one step at a time") {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kDouble})
    for (const int64_t max_batch : {3, 17, 64}) {
      Policy policy = tiny_policy({.dtype = dtype}, "Qwen3ForCausalLM");
      const Tokenizer tokenizer = tiny_tokenizer();
      const auto wanted = prompts(7, policy.config().vocab_size);
      RolloutOptions options{
          .group_size = 4, .max_new_tokens = 45, .seed = 7, .stop_tokens = {3, 40}, .max_batch = max_batch};
      options.decode_window = 1;
      RolloutEngine stepwise(policy, tokenizer, options);
      const auto reference = stepwise.rollout_tokens(wanted, 2);
      CHECK(stepwise.stats().windows == stepwise.stats().steps);
      for (const int64_t window : kWindows)
        for (const Graphs graphs : kGraphs) {
          CAPTURE(std::string(c10::toString(dtype)));
          CAPTURE(max_batch);
          CAPTURE(window);
          CAPTURE(static_cast<int>(graphs));
          options.decode_window = window;
          options.graphs = graphs;
          RolloutEngine engine(policy, tokenizer, options);
          CHECK(same(engine.rollout_tokens(wanted, 2), reference));
          CHECK(same(engine.rollout_tokens(wanted, 2), reference));  // buffers are used again
          CHECK(!same(engine.rollout_tokens(wanted, 3), reference));
          if (window > 1) CHECK(engine.stats().windows < stepwise.stats().windows);
          CHECK(engine.stats().steps >= stepwise.stats().steps);
        }
    }
}

TEST_CASE("stop strings are found in the middle of a window, and what was drawn behind them is thrown away") {
  Policy policy = tiny_policy();
  const Tokenizer tokenizer = tiny_tokenizer();
  const auto wanted = prompts(4, policy.config().vocab_size);
  RolloutOptions options{.group_size = 6, .max_new_tokens = 60, .ignore_eos = true, .decode_window = 1};
  const auto unstopped = RolloutEngine(policy, tokenizer, options).rollout_tokens(wanted);
  options.stop = {unstopped[0].completions[0].text.substr(20, 2), unstopped[3].completions[2].text.substr(7, 1)};
  const auto reference = RolloutEngine(policy, tokenizer, options).rollout_tokens(wanted);
  CHECK(reference[0].completions[0].tokens.size() < 60);
  for (const int64_t window : kWindows)
    for (const Graphs graphs : kGraphs) {
      options.decode_window = window;
      options.graphs = graphs;
      CHECK(same(RolloutEngine(policy, tokenizer, options).rollout_tokens(wanted), reference));
    }
}

TEST_CASE("with too little memory windows shrink, sequences wait, and no bit changes") {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    Policy policy = tiny_policy({.dtype = dtype});
    const Tokenizer tokenizer = tiny_tokenizer();
    const auto wanted = prompts(6, policy.config().vocab_size, 45);
    RolloutOptions options{.group_size = 5, .max_new_tokens = 100, .seed = 7, .ignore_eos = true};
    RolloutEngine roomy(policy, tokenizer, options);
    const auto reference = roomy.rollout_tokens(wanted);
    for (const double share : {0.5, 0.25})
      for (const int64_t window : {3, 8, 40})
        for (const Graphs graphs : kGraphs) {
          CAPTURE(share);
          CAPTURE(window);
          options.kv_cache_bytes = static_cast<int64_t>(share * static_cast<double>(roomy.stats().kv_peak_bytes));
          options.decode_window = window;
          options.graphs = graphs;
          RolloutEngine tight(policy, tokenizer, options);
          CHECK(same(tight.rollout_tokens(wanted), reference));
          CHECK(tight.stats().kv_peak_bytes <= options.kv_cache_bytes);
          CHECK(tight.stats().kv_cache_bytes <= options.kv_cache_bytes);
          CHECK(tight.stats().sequences_paused > 0);
        }
  }
}

TEST_CASE("a group cancelled inside a window ends at that token, and changes no bit of the others") {
  Policy policy = tiny_policy({.dtype = at::kBFloat16});
  const Tokenizer tokenizer = tiny_tokenizer();
  const auto wanted = prompts(6, policy.config().vocab_size);
  for (const int64_t window : kWindows)
    for (const Graphs graphs : kGraphs)
      for (const int64_t max_batch : {4, 7, 64}) {
        CAPTURE(window);
        CAPTURE(max_batch);
        RolloutEngine engine(policy, tokenizer,
                             {.group_size = 3,
                              .max_new_tokens = 40,
                              .ignore_eos = true,
                              .max_batch = max_batch,
                              .decode_window = window,
                              .graphs = graphs});
        const auto reference = engine.rollout_tokens(wanted);
        int64_t seen = 0;
        const auto on_token = [&](int64_t group, int64_t completion, int64_t) {
          if (group == 2 && completion == 0 && ++seen == 5) engine.cancel(2);
          if (group == 0 && completion == 1) engine.cancel(5);
        };
        const auto groups = engine.rollout_tokens(wanted, 0, {}, on_token);
        CHECK(groups[2].completions[0].tokens.size() == 5);
        for (size_t g = 0; g < groups.size(); ++g)
          for (size_t i = 0; i < 3; ++i) {
            const Completion &cut = groups[g].completions[i], &whole = reference[g].completions[i];
            if (g != 2 && g != 5) CHECK(same(cut, whole));
            if (g == 2 || g == 5) CHECK(cut.finish == FinishReason::cancelled);
            CHECK(std::equal(cut.tokens.begin(), cut.tokens.end(), whole.tokens.begin()));
            CHECK(std::equal(cut.logprobs.begin(), cut.logprobs.end(), whole.logprobs.begin()));
          }
        CHECK(same(engine.rollout_tokens(wanted), reference));
      }
}

TEST_CASE("a completion ends where the context does, also inside a window") {
  Policy policy = tiny_policy();
  const std::vector<std::vector<int64_t>> prompt = {std::vector<int64_t>(509, 4), {1, 2}};
  RolloutOptions options{.group_size = 2, .max_new_tokens = 50, .ignore_eos = true};
  const auto reference = RolloutEngine(policy, tiny_tokenizer(), options).rollout_tokens(prompt);
  for (const Graphs graphs : kGraphs) {
    options.decode_window = 16;
    options.graphs = graphs;
    const auto groups = RolloutEngine(policy, tiny_tokenizer(), options).rollout_tokens(prompt);
    CHECK(same(groups, reference));
    CHECK(groups[0].completions[0].tokens.size() == 3);
  }
}

TEST_CASE("a cache that was given back is taken anew, to the same bits") {
  Policy policy = tiny_policy();
  const auto wanted = prompts(3, policy.config().vocab_size);
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 2, .max_new_tokens = 20, .decode_window = 4});
  const auto reference = engine.rollout_tokens(wanted);
  engine.release_cache();
  CHECK(same(engine.rollout_tokens(wanted), reference));
}

TEST_CASE("precision fast is refused on a CPU, with the reason") {
  Policy policy = tiny_policy();
  CHECK_THROWS_WITH_AS(RolloutEngine(policy, tiny_tokenizer(), {.precision = Precision::fast}),
                       doctest::Contains("precision fast is for policies on a GPU, got cpu"), Error);
  CHECK_THROWS_WITH_AS(RolloutEngine(policy, tiny_tokenizer(), {.decode_window = -1}),
                       doctest::Contains("decode_window must be at least 0, got -1"), Error);
}

TEST_CASE("buckets hold their rows with at most a third of filling, and there are few of them") {
  int64_t count = 0, last = 0;
  for (int64_t rows = 1; rows <= 1024; ++rows) {
    const int64_t bucket = rollout::bucket_for(rows);
    CHECK(bucket >= rows);
    CHECK(rollout::bucket_for(bucket) == bucket);
    if (rows > 16) CHECK(3 * (bucket - rows) < bucket);
    count += bucket != last;
    last = bucket;
  }
  CHECK(count == 17);  // 1, 2, 4, 8, 16, then two for each doubling
  for (const int64_t size : {1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 512, 1024})
    CHECK(rollout::bucket_for(size) == size);
}

TEST_CASE("a drawn token moves its row on, and one that ends it moves the row out of the way") {
  constexpr int64_t kRows = 5;
  const std::vector<int64_t> drawn = {9, 3, 7, 8, 6}, limits = {10, 10, 4, 10, 10}, stops = {3, 40};
  const std::vector<float> logprobs(kRows, -0.5f);
  const std::vector<kernels::RowSummary<float>> summary(kRows, {2.5f, 3.5f, 1.5f, 0});
  const std::vector<int32_t> table = {4, 5, 6, 7, 8, 9, 10, 11, 12, 13};  // two blocks each
  std::vector<int64_t> tokens(kRows, 1), positions = {30, 5, 5, 31, 5}, slots(kRows, -1), draws(kRows, 3);
  std::vector<int64_t> ended = {0, 0, 0, 0, 1};
  std::vector<int32_t> first_position = {30, 5, 5, 31, 0};
  std::vector<kernels::DrawnToken> results(kRows);
  kernels::AdvanceRows<float>{drawn.data(),
                              logprobs.data(),
                              summary.data(),
                              table.data(),
                              limits.data(),
                              stops.data(),
                              tokens.data(),
                              positions.data(),
                              slots.data(),
                              first_position.data(),
                              draws.data(),
                              ended.data(),
                              results.data(),
                              kRows,
                              2,
                              2}
      .run_cpu();
  CHECK(ended == std::vector<int64_t>{0, 1, 1, 0, 1});  // a stop token, the limit; the last was over before
  CHECK(tokens == std::vector<int64_t>{9, 1, 1, 8, 1});
  CHECK(positions == std::vector<int64_t>{31, 0, 0, 32, 5});
  CHECK(first_position == std::vector<int32_t>{31, 0, 0, 32, 0});
  CHECK(slots == std::vector<int64_t>{4 * 32 + 31, 1, 2, 11 * 32, -1});
  CHECK(draws == std::vector<int64_t>{4, 4, 4, 4, 3});
  CHECK(results[3].token == 8);
  CHECK(results[3].logprob == -0.5);
  CHECK(results[3].entropy == 1.5);
  CHECK(results[3].max_logit == 2.5);
  CHECK(results[3].log_sum == 3.5);
}
