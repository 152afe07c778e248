#include "src/cli/rewards.hpp"

#include <fmt/format.h>

#include "cohort/rewards/table.hpp"
#include "src/cli/parameter_help.hpp"

namespace cohort::cli {

void rewards(const Arguments&) {
  fmt::print(
      "A reward grades a completion, or all completions of a problem. In a configuration, [[reward]] sections name "
      "them;\n"
      "how they are weighed, gated and clipped, and what a failure means, is in cohort train --help.\n\n");
  for (const auto& spec : cohort::rewards::table()) {
    fmt::print("{}\n    {}\n    answer: {}\n{}\n", spec.name, spec.description, spec.answer,
               parameter_help(spec.parameters));
  }
}

}  // namespace cohort::cli
