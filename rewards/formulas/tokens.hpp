// How long a completion is, for the rules that ask.
#pragma once

#include <optional>

#include "cohort/reward.hpp"

namespace cohort::rewards {

/// Tokens of a completion; nothing for one that has a text but no tokens: nobody tokenised it.
inline std::optional<int64_t> num_tokens(const Completion& completion) {
  if (completion.tokens.empty() && !completion.text.empty()) return std::nullopt;
  return static_cast<int64_t>(completion.tokens.size());
}

/// What a rule answers where num_tokens() is nothing.
inline Grade no_tokens() {
  Grade grade;
  grade.verdict = "no_tokens";
  return grade;
}

}  // namespace cohort::rewards
