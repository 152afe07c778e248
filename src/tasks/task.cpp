#include "cohort/task.hpp"

#include "cohort/error.hpp"

namespace cohort {

std::vector<Problem> take(const Task& task, int64_t first, int64_t count) {
  check(task.size > 0, "take: task \"{}\" has no problems", task.name);
  check(first >= 0 && count >= 0, "take: expected first ≥ 0 and count ≥ 0, got {} and {}", first, count);
  std::vector<Problem> problems;
  for (int64_t i = 0; i < count; ++i) problems.push_back(task.problem((first % task.size + i) % task.size));
  return problems;
}

std::vector<Problem> take_held_out(const Task& task, int64_t first, int64_t count) {
  check(first >= 0 && count >= 0, "take_held_out: expected first ≥ 0 and count ≥ 0, got {} and {}", first, count);
  check(first <= task.held_out_size && count <= task.held_out_size - first,
        "take_held_out: task \"{}\" holds out {} problems, expected at least {} + {}", task.name, task.held_out_size,
        first, count);
  std::vector<Problem> problems;
  for (int64_t i = 0; i < count; ++i) problems.push_back(task.held_out(first + i));
  return problems;
}

}  // namespace cohort
