#pragma once

#include <string>

#include "cohort/task.hpp"

namespace cohort::tasks {

enum class Form {
  text,  // a prompt to continue, short enough for a character model that starts from nothing
  chat,  // a message to an instruction-tuned model
};

struct ArithmeticOptions {
  int64_t size = 100'000;
  int64_t held_out_size = 1'000;
  int64_t min_terms = 2, max_terms = 3;
  int64_t min_digits = 1, max_digits = 2;  // of each term
  std::string operators = "+-";            // some of + - *
  Form form = Form::text;
  std::string instruction = "End your reply with the answer as a number.";  // closes a chat message
  int64_t level = 0;  // 1 … 10: sets terms and digits, harder each
  double slips = 0;   // share of carries that worked examples forget: a teacher to become better than
  uint64_t seed = 0;
};

/// Chains of integers, such as 12+7-3. Text form: the prompt "12+7-3=" is answered by
/// "<think>12+7=19\n19-3=16</think><answer>16</answer>"; rewards: answer (1.0), format (0.1). Chat form: a question in
/// words, graded by rewards::math_answer; reward: answer. A chain is held out or not by its hash, for all seeds and
/// levels. fields: "expression". Throws Error if the options admit no chain for one of the two parts.
Task arithmetic(ArithmeticOptions options = {});

}  // namespace cohort::tasks
