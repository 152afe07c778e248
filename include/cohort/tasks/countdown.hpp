#pragma once

#include "cohort/tasks/arithmetic.hpp"

namespace cohort::tasks {

struct CountdownOptions {
  int64_t size = 100'000;
  int64_t held_out_size = 1'000;
  int64_t min_numbers = 3, max_numbers = 4;
  int64_t min_value = 1, max_value = 30;  // of each number
  int64_t min_target = 10, max_target = 100;
  Form form = Form::text;
  int64_t level = 0;  // 1 … 10: sets numbers, values and targets, harder each
  uint64_t seed = 0;
};

/// Make a target from numbers with + - * /, each number exactly once. Every problem has a solution by construction,
/// with positive integers on the way. Text form: "3,5,7->8:"; chat form: a question that asks for <think> and <answer>
/// tags. answer: {"numbers": [int], "target": int}. fields: "numbers" ("3 5 7"), "target", "solution", "steps".
/// Rewards: answer (1.0), format (0.1). A game is held out or not by the hash of its sorted numbers and target, for all
/// seeds and levels.
Task countdown(CountdownOptions options = {});

}  // namespace cohort::tasks
