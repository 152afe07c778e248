// Completions and groups for tests of rules that look at more than a text.
#pragma once

#include <string>
#include <vector>

#include "cohort/reward.hpp"

namespace cohort::test {

/// A completion of so many tokens, all different.
inline Completion completion_of(size_t num_tokens, std::string text = "x", FinishReason finish = FinishReason::stop) {
  Completion completion;
  for (size_t i = 0; i < num_tokens; ++i) completion.tokens.push_back(static_cast<int64_t>(i));
  completion.text = std::move(text);
  completion.finish = finish;
  return completion;
}

inline std::vector<Completion> completions_of(const std::vector<std::string>& texts) {
  std::vector<Completion> completions(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) completions[i].text = texts[i];
  return completions;
}

inline Problem problem_of(std::string answer) {
  Problem problem;
  problem.answer = std::move(answer);
  return problem;
}

/// A rule that scores the number in a completion's text, and has none for "none".
inline Grade score_in_text(const Problem&, const Completion& completion) {
  if (completion.text == "none") {
    Grade grade;
    grade.verdict = "gold_unparsed";
    return grade;
  }
  return Grade(std::stod(completion.text), "read");
}

}  // namespace cohort::test
