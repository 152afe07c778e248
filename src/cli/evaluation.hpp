// How often a policy is right on held-out problems.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cohort/policy.hpp"
#include "cohort/rollout.hpp"
#include "cohort/task.hpp"

namespace cohort::cli {

/// What was measured on n problems with k completions each. A completion is right if the first reward gives it 1.
struct Evaluation {
  int64_t n = 0, k = 1;
  std::vector<int64_t> num_correct;  // [n] of k
  double mean_length = 0;            // tokens of a completion
  int64_t max_length = 0;
  double clipped_ratio = 0;  // share cut off by length
  int64_t completion_tokens = 0;
  int64_t num_failed = 0;  // completions whose reward failed; they count as not right
  double seconds = 0;

  double accuracy() const { return pass_at(1); }
  double pass_at(int64_t j) const;  // mean over problems
  struct Bounds {
    double low, high;
  };
  /// 95 % of pass_at(j): Wilson's where k is 1, else a bootstrap over problems.
  Bounds interval(int64_t j) const;
};

/// Samples options.group_size completions of each problem and grades them with `rule`. `on_group` is called as groups
/// end. Changes nothing of the policy.
Evaluation evaluate(Policy& policy, const Tokenizer& tokenizer, std::span<const Problem> problems,
                    const RewardTerm& rule, const RolloutOptions& options,
                    const std::function<void(int64_t done)>& on_group = {});

/// The task's first `n` held-out problems, or fewer if it has fewer; of a task without a held-out part its first ones.
std::vector<Problem> evaluation_problems(const Task& task, int64_t n);

/// Throws UsageError if a problem's prompt is empty or leaves no room for a token in the model's context. Returns the
/// tokens of the longest prompt.
int64_t check_prompts(const Policy& policy, const Tokenizer& tokenizer, std::span<const Problem> problems);

}  // namespace cohort::cli
