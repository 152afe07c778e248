// Whether a text has the shape that was asked for, whatever it says.
#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

/// 1 for <think>…</think> followed by <answer>…</answer> with nothing but blanks around them, each tag once; else 0.
/// DeepSeek-R1 (arXiv:2501.12948), section 2.2. Either block may be empty.
Grade think_answer_format(const Problem& problem, const Completion& completion);

/// 1 for a text that starts with <think>, opens it once, and closes it; anything may follow. Else 0.
/// TRL think_format_reward: ^<think>(?!.*<think>)(.*?)</think>.*$
Grade think_format(const Problem& problem, const Completion& completion);

/// 1 for "<think>", a text, "</think>", "<answer>", a text, "</answer>", each tag alone on its line and once, nothing
/// before and only blanks behind; else 0. open-r1 format_reward: ^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$
Grade tag_lines_format(const Problem& problem, const Completion& completion);

struct CodeFormatOptions {
  std::string language = "python";  // the word behind the three backticks
};

/// 1 for tag_lines_format() with a closed ```language block in the answer, else 0. open-r1's code_format.
/// Throws Error for an empty language, and for one with blanks or backticks.
RewardRule code_format(CodeFormatOptions options = {});

/// ¼ for each of "<think>\n", "\n</think>\n", "\n<answer>\n" and "\n</answer>" that occurs exactly once.
/// open-r1's tag_count. Verdict: the number of them, "0" to "4".
Grade tag_count(const Problem& problem, const Completion& completion);

struct TagWeightsOptions {
  double think_weight = 0.25;
  double answer_weight = 0.75;
};

/// think_weight for <think>…</think> and answer_weight for <answer>…</answer>, each anywhere in the text.
/// NeMo-RL's format_reward. Throws Error for a weight that is not finite.
RewardRule tag_weights(TagWeightsOptions options = {});

}  // namespace cohort::rewards
