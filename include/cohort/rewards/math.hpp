#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

/// 1 if the answer of a completion is the gold answer, else 0. The answer is the last \boxed{…}, else
/// <answer>…</answer>,
/// "#### n", "answer is …", or the last number, in what follows the last </think>. Numbers compare exactly as rationals
/// (1,234.50 = 2469/2, 50% = 0.5 = 50%); "50%" and "50" are equal too. Anything else compares as normalised text,
/// tuples entry by entry. The gold answer is a text, or a JSON list of texts of which any is right.
/// Verdicts: equal, different, unparsed (no answer found: 0), gold_unparsed (no score).
Grade math_answer(const Problem& problem, const Completion& completion);

}  // namespace cohort::rewards
