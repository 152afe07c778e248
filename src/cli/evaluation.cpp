#include "src/cli/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cohort/reward.hpp"
#include "src/cli/model.hpp"
#include "src/cli/progress.hpp"
#include "src/cli/statistics.hpp"

namespace cohort::cli {
namespace {

std::vector<double> estimates(const Evaluation& evaluation, int64_t j) {
  std::vector<double> values;
  for (const int64_t correct : evaluation.num_correct) values.push_back(pass_at_k(evaluation.k, correct, j));
  return values;
}

}  // namespace

double Evaluation::pass_at(int64_t j) const {
  double sum = 0;
  for (const double value : estimates(*this, j)) sum += value;
  return sum / static_cast<double>(n);
}

Evaluation::Bounds Evaluation::interval(int64_t j) const {
  const Interval95 interval = k == 1 ? wilson_interval(std::count(num_correct.begin(), num_correct.end(), 1), n)
                                     : bootstrap_interval(estimates(*this, j), /*seed=*/0);
  return {interval.low, interval.high};
}

Evaluation evaluate(Policy& policy, const Tokenizer& tokenizer, std::span<const Problem> problems,
                    const RewardTerm& rule, const RolloutOptions& options,
                    const std::function<void(int64_t done)>& on_group) {
  const Stopwatch watch;
  RolloutEngine engine(policy, tokenizer, options);
  int64_t done = 0;
  const auto groups = engine.rollout(problems, 0, [&](int64_t, const Group&) {
    if (on_group) on_group(++done);
  });
  // The term, not the total: a weight is not part of being right. NaN, where the rule does not apply, is not right.
  RewardTerm alone = rule;
  alone.gate.reset();
  alone.on_error = OnError::skip;
  StatefulReward* memory = rule.rule.stateful();
  const std::string state = memory ? memory->state() : "";
  const Rewards rewards = score(groups, std::span(&alone, 1));
  if (memory) memory->restore(state);  // what is held out leaves no trace
  const GroupArray& scores = rewards.terms.at(rule.name);
  Evaluation evaluation{.n = static_cast<int64_t>(problems.size()), .k = options.group_size};
  evaluation.num_failed = rewards.logs.at(rule.name).num_failed();
  int64_t clipped = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    evaluation.num_correct.push_back((scores.row(static_cast<int64_t>(g)) >= 1.0f).count());
    for (const Completion& completion : groups[g].completions) {
      const auto length = static_cast<int64_t>(completion.tokens.size());
      evaluation.completion_tokens += length;
      evaluation.max_length = std::max(evaluation.max_length, length);
      clipped += completion.finish == FinishReason::length;
    }
  }
  const auto completions = static_cast<double>(evaluation.n * evaluation.k);
  evaluation.mean_length = static_cast<double>(evaluation.completion_tokens) / completions;
  evaluation.clipped_ratio = static_cast<double>(clipped) / completions;
  evaluation.seconds = watch.seconds();
  return evaluation;
}

std::vector<Problem> evaluation_problems(const Task& task, int64_t n) {
  if (task.held_out_size > 0) return take_held_out(task, 0, std::min(n, task.held_out_size));
  return take(task, 0, std::min(n, task.size));
}

int64_t check_prompts(const Policy& policy, const Tokenizer& tokenizer, std::span<const Problem> problems) {
  int64_t longest = 0;
  for (const Problem& problem : problems) {
    const std::vector<int64_t> tokens = tokenizer.encode_problem(problem);
    try {
      check_tokens(policy.config(), tokens, /*room=*/1);
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("prompt of problem {}: {}", problem.index, error.what()));
    }
    longest = std::max(longest, static_cast<int64_t>(tokens.size()));
  }
  return longest;
}

}  // namespace cohort::cli
