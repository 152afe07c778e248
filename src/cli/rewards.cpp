#include "src/cli/rewards.hpp"

#include <fmt/format.h>

#include "cohort/rewards/table.hpp"
#include "src/cli/parameter_help.hpp"

namespace cohort::cli {

void rewards(const Arguments&) {
  for (const auto& spec : cohort::rewards::table()) {
    fmt::print("{}\n    {}\n    answer: {}\n{}\n", spec.name, spec.description, spec.answer,
               parameter_help(spec.parameters));
  }
}

}  // namespace cohort::cli
