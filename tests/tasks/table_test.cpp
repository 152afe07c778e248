#include "cohort/tasks/table.hpp"

#include <doctest/doctest.h>

#include "cohort/error.hpp"

using namespace cohort;

TEST_CASE("tasks are made by name, from settings") {
  const Task task = tasks::make_task("arithmetic", {{"form", "chat"}, {"level", "2"}, {"seed", "5"}, {"size", "7"}});
  CHECK(task.size == 7);
  CHECK(task.problem(0).messages.size() == 1);
}

TEST_CASE("every generator is made from its own defaults; files are required") {
  for (const tasks::TaskSpec& spec : tasks::table()) {
    CAPTURE(spec.name);
    Settings defaults;
    for (const Setting& parameter : spec.parameters) {
      CHECK(!parameter.description.empty());
      defaults[parameter.name] = parameter.default_value;
    }
    if (defaults.contains("file"))
      CHECK_THROWS_WITH_AS(tasks::make_task(spec.name, defaults), doctest::Contains("file is required"), Error);
    else
      CHECK(tasks::make_task(spec.name, defaults).problem(0).prompt == tasks::make_task(spec.name).problem(0).prompt);
  }
}

TEST_CASE("an unknown task or parameter is an error that names the nearest") {
  CHECK_THROWS_WITH_AS(tasks::make_task("aritmetic"), doctest::Contains("did you mean \"arithmetic\"?"), Error);
  CHECK_THROWS_WITH_AS(tasks::make_task("countdown", {{"max_number", "3"}}), doctest::Contains("\"max_numbers\"?"),
                       Error);
  CHECK_THROWS_WITH_AS(tasks::make_task("gsm8k", {{"file", "x"}, {"reward", "maht"}}), doctest::Contains("\"math\"?"),
                       Error);
}
