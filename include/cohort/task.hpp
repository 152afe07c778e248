#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cohort/reward.hpp"

namespace cohort {

/// A function from an index to a problem, and the rules that grade its answers. Because problem(i) is pure, a run
/// resumes from one integer. Problems [0, size) train, problems [0, held_out_size) of `held_out` evaluate; the two
/// never share a problem.
struct Task {
  std::string name;
  int64_t size = 0;                               // problem(i) is defined for i in [0, size)
  std::function<Problem(int64_t index)> problem;  // pure
  int64_t held_out_size = 0;                      // 0: the task has no held-out part
  std::function<Problem(int64_t index)> held_out;
  std::function<std::string(const Problem&)> demonstration;  // a worked answer, for SFT; empty function: none
  std::vector<RewardTerm> rewards;                           // the first one is the task's accuracy
};

/// Problems first, first + 1, … of the task, starting over at its end. Throws Error if the task is empty.
std::vector<Problem> take(const Task& task, int64_t first, int64_t count);

/// The same from the held-out part. Throws Error if there are fewer than `count`.
std::vector<Problem> take_held_out(const Task& task, int64_t first, int64_t count);

}  // namespace cohort
