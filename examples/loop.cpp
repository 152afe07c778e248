#include <fmt/core.h>

#include <cohort/cohort.hpp>

int main(int argc, char** argv) {
  const char* checkpoint = argc > 1 ? argv[1] : "models/SmolLM2-135M-Instruct";
  const int64_t steps = argc > 2 ? std::stoll(argv[2]) : 200;

  const auto tokenizer = cohort::Tokenizer::load(checkpoint);
  auto policy = cohort::load_policy(checkpoint);
  cohort::RolloutEngine engine(policy, tokenizer, {.group_size = 8, .max_new_tokens = 64});
  cohort::AdamW optimizer(policy, {.lr = 1e-5f});
  const auto loss = cohort::grpo_loss({.clip_high = 0.28f});

  const auto form = tokenizer.has_chat_template() ? cohort::tasks::Form::chat : cohort::tasks::Form::text;
  cohort::Task task = cohort::tasks::arithmetic({.form = form});
  // A reward is any function of a problem and a completion. This one asks for brevity.
  const auto brevity = [](const cohort::Problem&, const cohort::Completion& completion) {
    return completion.tokens.size() <= 32 ? 1.0f : 0.0f;
  };
  task.rewards.push_back({.name = "brevity", .rule = brevity, .weight = 0.1f});

  constexpr int64_t kProblemsPerStep = 8;
  for (int64_t step = 0; step < steps; ++step) {
    const auto problems = cohort::take(task, step * kProblemsPerStep, kProblemsPerStep);
    const auto groups = engine.rollout(problems, step);
    const auto rewards = cohort::score(groups, task.rewards);
    const auto advantages = cohort::group_relative_advantages(rewards.total);
    const auto stats = cohort::update(policy, optimizer, loss, groups, advantages);

    fmt::print("step {:4}  reward {:.3f}  answer {:.3f}  grad {:.2f}\n", step, rewards.total.mean(),
               rewards.terms.at("answer").mean(), stats.grad_norm);
  }
  cohort::save_policy(policy, tokenizer, "arithmetic-policy");
}
