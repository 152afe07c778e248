#include "cohort/rollout.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "cohort/error.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

const std::vector<std::vector<int64_t>> kPrompt = {{5, 9, 60}};

// Log-probabilities of the next token by LibTorch in float64, from the logits the policy gives.
std::vector<double> next_distribution(Policy& policy, const std::vector<int64_t>& tokens, double temperature) {
  const at::Tensor logits = policy.logits(tokens).select(0, static_cast<int64_t>(tokens.size()) - 1).to(at::kDouble);
  const at::Tensor logprobs = at::log_softmax(logits / temperature, 0);
  return {logprobs.data_ptr<double>(), logprobs.data_ptr<double>() + logprobs.numel()};
}

}  // namespace

TEST_CASE("sampled frequencies are those of the softmax, and each token's recorded logprob is its own") {
  Policy policy = tiny_policy();
  const double temperature = 0.8;
  const auto expected = next_distribution(policy, kPrompt[0], temperature);
  constexpr int64_t kDraws = 20'000;
  RolloutEngine engine(policy, tiny_tokenizer(),
                       {.group_size = kDraws, .max_new_tokens = 1, .sampling = {.temperature = 0.8f}, .max_batch = 5000});
  const auto groups = engine.rollout_tokens(kPrompt);
  std::vector<int64_t> counts(expected.size());
  for (const Completion& completion : groups[0].completions) {
    ++counts[static_cast<size_t>(completion.tokens[0])];
    CHECK(completion.logprobs[0] == doctest::Approx(expected[static_cast<size_t>(completion.tokens[0])]).epsilon(1e-4));
  }
  // Pearson's statistic over 77 ids has mean 76 and standard deviation 12.3: 150 is six of them away.
  double chi_squared = 0;
  for (size_t v = 0; v < expected.size(); ++v) {
    const double mean = std::exp(expected[v]) * kDraws;
    chi_squared += (static_cast<double>(counts[v]) - mean) * (static_cast<double>(counts[v]) - mean) / mean;
  }
  CHECK(chi_squared < 150);
  CHECK(chi_squared > 30);
}

TEST_CASE("top_k, top_p and min_p keep what their definitions say and renormalise") {
  Policy policy = tiny_policy();
  const auto all = next_distribution(policy, kPrompt[0], 1);
  std::vector<double> sorted(all);
  std::ranges::sort(sorted, std::greater<>());
  const auto kept_by = [&](const Sampling& sampling) {
    RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 3000, .max_new_tokens = 1, .sampling = sampling, .max_batch = 3000});
    std::map<int64_t, float> kept;
    const auto groups = engine.rollout_tokens(kPrompt);
    for (const Completion& completion : groups[0].completions)
      kept[completion.tokens[0]] = completion.logprobs[0];
    return kept;
  };
  const auto check_kept = [&](const std::map<int64_t, float>& kept, double lowest) {
    double mass = 0;
    for (const double logprob : all)
      if (logprob >= lowest - 1e-9) mass += std::exp(logprob);
    for (const auto& [token, logprob] : kept) {
      CHECK(all[static_cast<size_t>(token)] >= lowest - 1e-6);
      CHECK(logprob == doctest::Approx(all[static_cast<size_t>(token)] - std::log(mass)).epsilon(1e-4));
    }
  };
  check_kept(kept_by({.top_k = 4}), sorted[3]);
  double mass = 0;
  size_t needed = 0;
  while (mass < 0.6) mass += std::exp(sorted[needed++]);
  check_kept(kept_by({.top_p = 0.6f}), sorted[needed - 1]);
  check_kept(kept_by({.min_p = 0.3f}), sorted[0] + std::log(0.3));
  CHECK(kept_by({.top_k = 1}).size() == 1);
  CHECK(kept_by({.top_k = 1}).begin()->second == 0.0f);  // the only token left is certain
}

TEST_CASE("greedy decoding takes the likeliest token and records its logprob at temperature 1") {
  Policy policy = tiny_policy();
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 2, .max_new_tokens = 12, .sampling = {.temperature = 0}, .ignore_eos = true});
  const auto groups = engine.rollout_tokens(kPrompt);
  std::vector<int64_t> tokens = kPrompt[0];
  for (size_t t = 0; t < 12; ++t) {
    const auto logprobs = next_distribution(policy, tokens, 1);
    const auto best = std::ranges::max_element(logprobs) - logprobs.begin();
    CHECK(groups[0].completions[0].tokens[t] == best);
    CHECK(groups[0].completions[0].logprobs[t] == doctest::Approx(logprobs[static_cast<size_t>(best)]).epsilon(1e-4));
    tokens.push_back(best);
  }
  CHECK(groups[0].completions[1].tokens == groups[0].completions[0].tokens);
}

TEST_CASE("any of several stop tokens ends a completion and stays in it") {
  Policy policy = tiny_policy();
  const std::vector<int64_t> stops = {3, 17, 40};
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 200, .max_new_tokens = 50, .stop_tokens = stops});
  std::map<int64_t, int> ended_by;
  const auto groups = engine.rollout_tokens(kPrompt);
  for (const Completion& completion : groups[0].completions) {
    const bool is_stop = std::ranges::count(stops, completion.tokens.back()) > 0 || completion.tokens.back() == 76;
    CHECK((completion.finish == FinishReason::stop) == is_stop);
    if (completion.finish == FinishReason::length) CHECK(completion.tokens.size() == 50);
    for (size_t t = 0; t + 1 < completion.tokens.size(); ++t) CHECK(std::ranges::count(stops, completion.tokens[t]) == 0);
    ++ended_by[completion.tokens.back()];
    CHECK(completion.logprobs.size() == completion.tokens.size());
  }
  for (const int64_t stop : stops) CHECK(ended_by[stop] > 0);
}

TEST_CASE("a stop string that spans tokens ends a completion") {
  Policy policy = tiny_policy();
  RolloutEngine plain(policy, tiny_tokenizer(), {.group_size = 40, .max_new_tokens = 60, .ignore_eos = true});
  const auto unstopped = plain.rollout_tokens(kPrompt)[0].completions;
  const std::string stop = unstopped[0].text.substr(20, 2);
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 40, .max_new_tokens = 60, .stop = {stop}, .ignore_eos = true});
  const auto stopped = engine.rollout_tokens(kPrompt)[0].completions;
  for (size_t i = 0; i < stopped.size(); ++i) {
    const size_t at = unstopped[i].text.find(stop);
    const std::string expected = at == std::string::npos ? unstopped[i].text : unstopped[i].text.substr(0, at + 2);
    CHECK(stopped[i].text == expected);
    CHECK((stopped[i].finish == FinishReason::stop) == (at != std::string::npos));
  }
  CHECK(stopped[0].finish == FinishReason::stop);
}

TEST_CASE("a completion ends where the context does") {
  Policy policy = tiny_policy();
  const std::vector<std::vector<int64_t>> prompt = {std::vector<int64_t>(509, 4)};
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 2, .max_new_tokens = 50, .ignore_eos = true});
  const auto groups = engine.rollout_tokens(prompt);
  for (const Completion& completion : groups[0].completions) {
    CHECK(completion.tokens.size() == 3);
    CHECK(completion.finish == FinishReason::length);
  }
}

TEST_CASE("prompts that cannot be continued are named") {
  Policy policy = tiny_policy();
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 2, .max_new_tokens = 5});
  CHECK_THROWS_WITH_AS(engine.rollout_tokens(std::vector<std::vector<int64_t>>{{1}, {}}),
                       doctest::Contains("problem 1 has an empty prompt"), Error);
  CHECK_THROWS_WITH_AS(engine.rollout_tokens(std::vector<std::vector<int64_t>>{std::vector<int64_t>(512, 1)}),
                       doctest::Contains("512 tokens, which leaves no room in the context of 512"), Error);
  CHECK_THROWS_WITH_AS(engine.rollout_tokens(std::vector<std::vector<int64_t>>{{1, 77}}),
                       doctest::Contains("token 77 in the prompt of problem 0 is outside"), Error);
  CHECK_THROWS_WITH_AS(RolloutEngine(policy, tiny_tokenizer(), {.sampling = {.top_p = 0}}),
                       doctest::Contains("top_p must be in (0, 1], got 0"), Error);
}

TEST_CASE("a group is handed over when its last completion ends, before the others are done") {
  Policy policy = tiny_policy();
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 3, .max_new_tokens = 40, .max_batch = 3});
  std::vector<int64_t> order;
  int64_t tokens_seen = 0, tokens_at_first_group = 0;
  const auto groups = engine.rollout_tokens(
      cohort::testing::prompts(4, 77), 0,
      [&](int64_t index, const Group& group) {
        if (order.empty()) tokens_at_first_group = tokens_seen;
        order.push_back(index);
        CHECK(group.completions.size() == 3);
        for (const Completion& completion : group.completions) CHECK(!completion.text.empty());
      },
      [&](int64_t, int64_t, int64_t) { ++tokens_seen; });
  CHECK(order.size() == 4);
  CHECK(tokens_at_first_group < tokens_seen);
  int64_t total = 0;
  for (const Group& group : groups)
    for (const Completion& completion : group.completions) total += std::ssize(completion.tokens);
  CHECK(total == tokens_seen);
}
