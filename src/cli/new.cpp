#include "src/cli/new.hpp"

#include <fmt/format.h>

#include "src/cli/fresh_model.hpp"

namespace cohort::cli {

namespace fs = std::filesystem;

void new_model(const Arguments& arguments) {
  for (const char* name : {"config", "out"})
    if (!arguments.has(name)) throw UsageError(fmt::format("--{} is missing", name));
  const fs::path target = arguments.text("out");
  if (fs::exists(target) && (!fs::is_directory(target) || !fs::is_empty(target)))
    throw UsageError(fmt::format("--out: {} exists and is not an empty folder", target.string()));
  const std::vector<std::string> dtypes = {"float32", "bfloat16"};
  const Model model = fresh_model({.config = arguments.text("config"),
                                   .alphabet = arguments.text("alphabet"),
                                   .tokenizer = arguments.text("tokenizer"),
                                   .dtype = arguments.choice("dtype", "float32", dtypes),
                                   .seed = arguments.integer("seed", 0, 0)});
  work([&] { save_policy(model.policy, model.tokenizer, target); });
  if (!arguments.has("quiet"))
    fmt::print(stderr, "wrote {}: {} parameters, {} tokens\n", target.string(), model.policy.num_parameters(),
               model.tokenizer.vocab_size());
}

}  // namespace cohort::cli
