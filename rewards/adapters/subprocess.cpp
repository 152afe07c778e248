#include "cohort/rewards/subprocess.hpp"

#include "rewards/adapters/worker_pool.hpp"

namespace cohort::rewards {

Rule subprocess(SubprocessOptions options) {
  const auto pool = std::make_shared<WorkerPool>(std::move(options));
  return Rule::bounded(GroupRule([pool](const Problem& problem, std::span<const Completion> completions) {
    return pool->grade(problem, completions);
  }));
}

}  // namespace cohort::rewards
