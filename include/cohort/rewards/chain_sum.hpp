#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

/// 1 if the last <answer>…</answer> after the thinking is the gold integer and nothing else; else 0. Any number of
/// digits. Verdicts: equal, different, unparsed (no tag, or no integer in it: 0), gold_unparsed (no score).
Grade chain_sum(const Problem& problem, const Completion& completion);

}  // namespace cohort::rewards
