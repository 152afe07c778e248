#include "cohort/rewards/overlong.hpp"

#include <algorithm>
#include <cmath>

#include "cohort/error.hpp"
#include "rewards/formulas/tokens.hpp"

namespace cohort::rewards {

double soft_overlong_score(int64_t num_tokens, const SoftOverlongOptions& options) {
  const int64_t excess = num_tokens - (options.max_tokens - options.cache_tokens);
  if (excess <= 0) return 0.0;
  if (options.form == OverlongForm::clamped && num_tokens > options.max_tokens) return 0.0 - options.penalty;
  return 0.0 - options.penalty * static_cast<double>(excess) / static_cast<double>(options.cache_tokens);
}

RewardRule soft_overlong(SoftOverlongOptions options) {
  check(options.max_tokens >= 1, "soft_overlong: max_tokens must be at least 1, got {}", options.max_tokens);
  check(0 <= options.cache_tokens && options.cache_tokens <= options.max_tokens,
        "soft_overlong: cache_tokens must be from 0 to max_tokens = {}, got {}", options.max_tokens,
        options.cache_tokens);
  check(options.form == OverlongForm::clamped || options.cache_tokens >= 1,
        "soft_overlong: the unclamped form divides by cache_tokens, expected at least 1, got 0");
  check(std::isfinite(options.penalty) && options.penalty >= 0,
        "soft_overlong: penalty must be finite and at least 0, got {}", options.penalty);
  return [options](const Problem&, const Completion& completion) {
    const auto tokens = num_tokens(completion);
    if (!tokens) return no_tokens();
    const double score = soft_overlong_score(*tokens, options);
    return Grade(score, *tokens > options.max_tokens - options.cache_tokens ? "long" : "fits");
  };
}

RewardRule stop_properly(StopProperlyOptions options, RewardRule rule) {
  check(0 <= options.coefficient && options.coefficient <= 1, "stop_properly: coefficient must be from 0 to 1, got {}",
        options.coefficient);
  return [options, rule = std::move(rule)](const Problem& problem, const Completion& completion) {
    Grade grade = rule(problem, completion);
    if (!grade.score || completion.finish != FinishReason::length) return grade;
    grade.score = std::min(*grade.score, options.coefficient * *grade.score);
    grade.verdict = "truncated";
    return grade;
  };
}

}  // namespace cohort::rewards
