#include "cohort/rewards/length.hpp"

#include "cohort/error.hpp"

namespace cohort::rewards {

RewardRule length(LengthOptions options) {
  check(0 <= options.min_tokens && options.min_tokens <= options.max_tokens,
        "length: expected 0 ≤ min_tokens ≤ max_tokens, got {} and {}", options.min_tokens, options.max_tokens);
  return [options](const Problem&, const Completion& completion) {
    Grade grade;
    if (completion.tokens.empty() && !completion.text.empty()) {
      grade.verdict = "no_tokens";
      return grade;
    }
    const int64_t num_tokens = static_cast<int64_t>(completion.tokens.size());
    if (num_tokens < options.min_tokens) return Grade(0.0, "short");
    if (num_tokens > options.max_tokens) return Grade(0.0, "long");
    return Grade(1.0, "fits");
  };
}

}  // namespace cohort::rewards
