// Whether the final answer is right, by the formulas of TRL and verl. The mathematics is math_answer()'s.
#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

struct AccuracyOptions {
  bool requires_anchor = true;  // \boxed{…}, <answer>…</answer>, "answer is …" or "#### …" must point at the answer
};

/// 1 if math_answer() finds the answer and finds it right, else 0; TRL's accuracy_reward. A gold answer in words, such
/// as "forty two", is no mathematics and gives no score. Verdicts: those of math_answer(); unanchored (0: a last
/// number, or nothing but the answer, where an anchor is required).
RewardRule accuracy(AccuracyOptions options = {});

struct ReasoningAccuracyOptions {
  std::string delimiter = "</think>";  // ends the reasoning
  bool requires_anchor = true;
};

/// accuracy() of what follows the last delimiter; 0 without one. TRL's reasoning_accuracy_reward, except that a gold
/// answer that cannot be read gives no completion a score. Verdicts: those of accuracy(); no_delimiter.
/// Throws Error for an empty delimiter.
RewardRule reasoning_accuracy(ReasoningAccuracyOptions options = {});

struct Geo3kOptions {
  double format_weight = 0.1;  // 0 to 1
};

/// (1 − format_weight) · accuracy + format_weight · format: the answer in the last \boxed{…} is right; a \boxed{…}
/// follows a <think>…</think> at the start. verl's geo3k. Verdicts: those of math_answer(); unboxed (accuracy 0).
/// Throws Error for a weight out of range.
RewardRule geo3k(Geo3kOptions options = {});

}  // namespace cohort::rewards
