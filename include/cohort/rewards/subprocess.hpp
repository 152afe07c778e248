// A reward in any language: a program that reads samples and writes grades, one JSON object a line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cohort/parameter.hpp"
#include "cohort/reward.hpp"

namespace cohort::rewards {

struct SubprocessOptions {
  std::vector<std::string> command;                               // the program, looked for on PATH, and its arguments
  std::string directory;                                          // where it runs; empty: here
  Settings settings;                                              // handed over with the first line
  int64_t processes = 2;                                          // that grade side by side
  std::chrono::milliseconds deadline = std::chrono::seconds(10);  // of one completion
  std::chrono::milliseconds start_deadline = std::chrono::seconds(60);  // until the program answers the first line
  int64_t memory_limit = int64_t{4} << 30;                              // bytes of address space of a process; 0: none
  int64_t max_restarts = 5;  // in a row, without a grade in between: then it is out of service
  bool tokens = false;       // sends the ids of the tokens too
};

/// Starts the processes; what they answer is described in docs/rewards.md. Throws Error, with what the program wrote to
/// stderr, if none gets ready. A process that crashes, is late or writes nonsense costs one completion, as a fault, and
/// is started again; the others in its queue are graded by the next. Keeps its deadlines itself.
Rule subprocess(SubprocessOptions options);

}  // namespace cohort::rewards
