#include "src/cli/tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cohort/tasks/dataset.hpp"
#include "cohort/tasks/table.hpp"
#include "src/cli/catalogue.hpp"
#include "src/cli/parameter_help.hpp"
#include "src/text/nearest.hpp"

namespace cohort::cli {
namespace {

using cohort::tasks::TaskSpec;

std::string describe(const TaskSpec& spec) {
  return fmt::format("{}\n    {}\n{}", spec.name, spec.description, parameter_help(spec.parameters));
}

void show(const std::string& name) {
  std::vector<std::string> names;
  for (const TaskSpec& spec : cohort::tasks::table()) {
    if (spec.name == name) return fmt::print("{}", describe(spec));
    names.push_back(spec.name);
  }
  throw UsageError(fmt::format("unknown task {}; the nearest is {}", name, text::nearest(name, names)));
}

void sample(const Arguments& arguments) {
  Named named = parse_named(arguments.positional[1]);
  for (const char* option : {"level", "seed"})
    if (arguments.has(option)) named.options[option] = std::to_string(arguments.integer(option, 0, 0));
  const int64_t n = arguments.integer("n", 5, 1);
  const Task task = make_task(named);
  if (n > task.size) throw UsageError(fmt::format("--n: task {} has {} problems, not {}", named.name, task.size, n));
  for (const Problem& problem : take(task, 0, n)) fmt::print("{}\n", cohort::tasks::problem_to_json(problem));
}

}  // namespace

void tasks(const Arguments& arguments) {
  const auto& words = arguments.positional;
  const bool draws = !words.empty() && words[0] == "sample";
  for (const char* option : {"level", "n", "seed"})
    if (arguments.has(option) && !draws)
      throw UsageError(fmt::format("--{} belongs to: cohort tasks sample NAME", option));
  if (words.empty()) {
    for (const TaskSpec& spec : cohort::tasks::table()) fmt::print("{}\n", describe(spec));
    return;
  }
  const std::vector<std::string> verbs = {"show", "sample"};
  if (std::find(verbs.begin(), verbs.end(), words[0]) == verbs.end())
    throw UsageError(fmt::format("unknown word {}; the nearest is {}", words[0], text::nearest(words[0], verbs)));
  if (words.size() < 2) throw UsageError(fmt::format("expected the name of a task: cohort tasks {} NAME", words[0]));
  draws ? sample(arguments) : show(words[1]);
}

}  // namespace cohort::cli
