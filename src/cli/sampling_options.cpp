#include "src/cli/sampling_options.hpp"

namespace cohort::cli {

Precision parse_precision(const std::string& name) {
  if (name == "int8") return Precision::int8;
  if (name == "fp8") return Precision::fp8;
  return name == "fast" ? Precision::fast : Precision::exact;
}

RolloutOptions rollout_options(const Arguments& arguments, double default_temperature) {
  RolloutOptions options;
  options.max_new_tokens = arguments.integer("max-new-tokens", 512, 1);
  options.sampling = {.temperature = static_cast<float>(arguments.number("temperature", default_temperature, 0, 1000)),
                      .top_k = arguments.integer("top-k", 0, 0),
                      .top_p = static_cast<float>(arguments.number("top-p", 1, 1e-6, 1)),
                      .min_p = static_cast<float>(arguments.number("min-p", 0, 0, 0.999999))};
  options.max_batch = arguments.integer("batch-size", 64, 1);
  options.seed = static_cast<uint64_t>(arguments.integer("seed", 0, 0));
  return options;
}

}  // namespace cohort::cli
