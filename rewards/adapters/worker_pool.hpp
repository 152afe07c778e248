// Processes that grade: lines of JSON to them, lines of JSON back.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cohort/rewards/subprocess.hpp"

namespace cohort::rewards {

class WorkerPool {
 public:
  /// Starts the processes and waits until one is ready. Throws Error if all fail.
  explicit WorkerPool(SubprocessOptions options);
  ~WorkerPool();  // ends the processes; nobody may be in grade()
  WorkerPool(const WorkerPool&) = delete;

  /// One grade for each completion. Thread-safe. Returns when all are answered, late, or given up.
  std::vector<Grade> grade(const Problem& problem, std::span<const Completion> completions);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cohort::rewards
