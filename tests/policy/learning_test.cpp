// The loop as a whole: a tiny policy on a one-token task reaches reward 1.
#include <doctest/doctest.h>

#include "cohort/advantage.hpp"
#include "cohort/reward.hpp"
#include "cohort/rollout.hpp"
#include "cohort/update.hpp"
#include "support/tiny.hpp"

using namespace cohort;

TEST_CASE("a policy that is paid for answering with the prompt's letter learns to, from chance") {
  ModelConfig config = cohort::testing::tiny_config("Qwen3ForCausalLM");
  config.vocab_size = 9;
  config.init_std = 0.05;
  Policy policy(config, {.seed = 1});
  const Tokenizer tokenizer = Tokenizer::characters("abcdefgh");
  RolloutEngine engine(policy, tokenizer, {.group_size = 8, .max_new_tokens = 1});
  AdamW optimizer(policy, {.lr = 3e-3f});
  const RewardTerm terms[] = {{"echo", [](const Problem& problem, const Completion& completion) {
                                 return completion.text == problem.prompt ? 1.0f : 0.0f;
                               }}};
  double first = 0, last = 0;
  for (int64_t step = 0; step < 120; ++step) {
    std::vector<Problem> problems;
    for (int64_t i = 0; i < 8; ++i) problems.push_back({.index = i, .prompt = std::string(1, static_cast<char>('a' + i))});
    const auto groups = engine.rollout(problems, step);
    const Rewards rewards = score(groups, terms);
    update(policy, optimizer, grpo_loss(), groups, group_relative_advantages(rewards.total));
    if (step < 3) first += rewards.total.mean() / 3;
    if (step >= 115) last += rewards.total.mean() / 5;
  }
  CHECK(first < 0.3);
  CHECK(last > 0.9);
}
