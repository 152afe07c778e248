// Texts that a model may write and a rule must survive.
#pragma once

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "cohort/reward.hpp"

namespace cohort::test {

inline std::string repeat(std::string_view text, size_t bytes) {
  std::string result;
  while (result.size() < bytes) result += text;
  return result;
}

inline std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts = {"",
                                    " ",
                                    "\n\n",
                                    std::string("\0", 1),
                                    std::string("4\0002", 3),
                                    "\xff\xfe\x80",
                                    "\xe2\x88",
                                    "<think>",
                                    "</think>",
                                    "<answer>",
                                    "</answer>",
                                    "<answer></answer>",
                                    "\\boxed",
                                    "\\boxed{",
                                    "\\boxed{}",
                                    "\\boxed{\\boxed{",
                                    "####",
                                    "#### ",
                                    "\\",
                                    "$"};
  for (const char* unit : {"a",
                           "1",
                           "9,",
                           "-",
                           "(",
                           ")",
                           "{",
                           "}",
                           "\\",
                           "$",
                           "#",
                           "####",
                           "#### 1\n",
                           "####1",
                           "\\boxed{",
                           "\\boxed{1}",
                           "\\boxed ",
                           "<answer>",
                           "</answer>",
                           "<answer>1</answer>",
                           "<think>",
                           "</think>",
                           "answer",
                           "answer is ",
                           "answer: ",
                           "Answer:\n",
                           "1/",
                           "1.",
                           "1 ",
                           "1e",
                           "1\\frac",
                           "\\frac{",
                           "\\frac{1}{2}",
                           "\\text{",
                           " ",
                           "\n",
                           "\xf0\x9f\xa4\x96",
                           "\xff",
                           "1+",
                           "((1)+",
                           "A ",
                           "(A)",
                           "+-",
                           "1=",
                           "- ",
                           "\\(",
                           "**"})
    texts.push_back(repeat(unit, 300'000));
  texts.push_back("#### " + repeat("7", 300'000));
  texts.push_back(repeat("\\boxed{", 150'000) + repeat("}", 150'000));
  texts.push_back(repeat("(", 150'000) + "1" + repeat(")", 150'000));
  texts.push_back("answer" + repeat(" ", 300'000) + "is");
  return texts;
}

/// Processor time, which does not run while the machine does something else.
template <typename Work>
double processor_seconds(const Work& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// A linear rule takes some milliseconds per text, ten times that under a sanitizer on a busy machine; a quadratic one
/// takes 300,000² steps, which is minutes.
constexpr double linear_seconds = 10;

/// Grades all hostile texts. Seconds of the slowest; a quadratic rule takes minutes.
inline double slowest(const RewardRule& rule, const Problem& problem) {
  double worst = 0;
  for (std::string& text : hostile_texts()) {
    Completion completion;
    completion.text = std::move(text);
    worst = std::max(worst, processor_seconds([&] { rule(problem, completion); }));
  }
  return worst;
}

inline Grade grade_text(const RewardRule& rule, std::string answer, std::string text) {
  Problem problem;
  problem.answer = std::move(answer);
  Completion completion;
  completion.text = std::move(text);
  return rule(problem, completion);
}

}  // namespace cohort::test
