// Every task by name, for configurations and the command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cohort/parameter.hpp"
#include "cohort/task.hpp"

namespace cohort::tasks {

struct TaskSpec {
  std::string name;
  std::string description;
  std::vector<Setting> parameters;
  std::function<Task(const Settings&)> make;  // throws Error for an unknown parameter or a value that cannot be
};

/// All tasks, by name.
const std::vector<TaskSpec>& table();

/// The task called `name`. Throws Error, naming the nearest, if there is none.
Task make_task(const std::string& name, const Settings& settings = {});

}  // namespace cohort::tasks
