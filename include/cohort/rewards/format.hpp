#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

/// 1 for <think>…</think> followed by <answer>…</answer> with nothing but blanks around them, each tag once; else 0.
/// DeepSeek-R1 (arXiv:2501.12948), section 2.2. Either block may be empty.
Grade think_answer_format(const Problem& problem, const Completion& completion);

/// 1 for a text that starts with <think>, opens it once, and closes it; anything may follow. Else 0.
/// TRL think_format_reward: ^<think>(?!.*<think>)(.*?)</think>.*$
Grade think_format(const Problem& problem, const Completion& completion);

}  // namespace cohort::rewards
