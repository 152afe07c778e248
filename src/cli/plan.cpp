#include "src/cli/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cohort/memory_plan.hpp"
#include "src/cli/evaluation.hpp"
#include "src/cli/fresh_model.hpp"
#include "src/cli/run_setup.hpp"
#include "src/cli/warm_start.hpp"

namespace cohort::cli {
namespace {

namespace fs = std::filesystem;

// Prompts that are tokenized to find the longest; a data set is usually smaller.
constexpr int64_t kReadPrompts = 20'000;

// What a run reads of its model before it loads weights.
struct Outline {
  ModelConfig config;
  Tokenizer tokenizer;
};

Outline outline_of(const RunConfig& config) {
  if (!config.model.path.empty())
    return {read_checkpoint_config(config.model.path), Tokenizer::load(config.model.path)};
  if (config.model.config.empty())
    throw UsageError("model.path is missing: a model to start from, or model.config for a new one");
  ModelConfig model = read_model_config(config.model.config);
  Tokenizer tokenizer = fresh_tokenizer(
      {.config = config.model.config, .alphabet = config.model.alphabet, .tokenizer = config.model.tokenizer},
      model.vocab_size);
  return {std::move(model), std::move(tokenizer)};
}

/// The device by its name: it may be of another machine.
c10::Device named_device(const std::string& name) {
  if (name == "cpu") return c10::kCPU;
  if (name == "cuda" || name.starts_with("cuda:")) return c10::Device(c10::kCUDA, 0);
  throw UsageError(fmt::format("model.device: expected cpu, cuda or cuda:N, got \"{}\"", name));
}

int64_t longest_prompt(const Task& task, const RunConfig& config, const Tokenizer& tokenizer) {
  const int64_t count =
      std::min({task.size, std::max<int64_t>(1, config.train.steps) * config.rollout.problems_per_step, kReadPrompts});
  int64_t longest = 0;
  for (const Problem& problem : take(task, first_grpo_problem(config), count))
    longest = std::max(longest, static_cast<int64_t>(tokenizer.encode_problem(problem).size()));
  return longest;
}

std::string gigabytes(int64_t bytes) { return fmt::format("{:10.3f} GB", static_cast<double>(bytes) / 1e9); }

void print_table(const MemoryPlan& plan, const RunConfig& config, int64_t prompt) {
  fmt::print(stderr, "memory on {}, prompts of up to {} tokens, sequences of up to {}:\n", config.model.device, prompt,
             plan.tokens_of_sequence);
  for (const MemoryPart& part : plan.parts)
    fmt::print(stderr, "  {}  {}{}\n", gigabytes(part.bytes), part.name,
               part.on_host       ? ", in host memory"
               : !part.in_update  ? ", rollout only"
               : !part.in_rollout ? ", update only"
                                  : "");
  fmt::print(stderr, "  {}  a rollout\n  {}  an update\n  {}  the peak\n", gigabytes(plan.rollout_bytes()),
             gigabytes(plan.update_bytes()), gigabytes(plan.peak_bytes()));
  if (plan.host_bytes() > 0) fmt::print(stderr, "  {}  in host memory besides\n", gigabytes(plan.host_bytes()));
  fmt::print(stderr, "  {} sequences decoded at once; at their longest {} find room\n", plan.sequences,
             plan.sequences_at_longest);
}

}  // namespace

void plan(const Arguments& arguments) {
  if (arguments.positional.empty()) throw UsageError("expected CONFIG.toml");
  const fs::path file = arguments.positional.front();
  const RunConfig config = load_config(file, overrides_of(arguments)).config;
  const Task task = configured_task(config, file);
  const Outline outline = outline_of(config);
  const int64_t prompt = longest_prompt(task, config, outline.tokenizer);
  const MemoryPlan plan =
      plan_memory(outline.config, {.policy = policy_options(config, named_device(config.model.device)),
                                   .rollout = rollout_options(config),
                                   .optimizer = grpo_optimizer_options(config),
                                   .sequences = config.rollout.problems_per_step * config.rollout.group_size,
                                   .longest_prompt = prompt,
                                   .micro_batch_tokens = config.train.micro_batch_tokens,
                                   .has_reference = config.loss.kl_coefficient > 0,
                                   .releases_cache = config.rollout.release_cache,
                                   .overlaps = config.train.overlap_update});
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const MemoryPart& part : plan.parts)
    parts.push_back({{"name", part.name},
                     {"bytes", part.bytes},
                     {"where", part.on_host ? "host" : "device"},
                     {"rollout", part.in_rollout},
                     {"update", part.in_update}});
  const nlohmann::ordered_json object = {{"device", config.model.device},
                                         {"parts", parts},
                                         {"rollout_bytes", plan.rollout_bytes()},
                                         {"update_bytes", plan.update_bytes()},
                                         {"peak_bytes", plan.peak_bytes()},
                                         {"host_bytes", plan.host_bytes()},
                                         {"longest_prompt", prompt},
                                         {"tokens_of_sequence", plan.tokens_of_sequence},
                                         {"sequences", plan.sequences},
                                         {"sequences_at_longest", plan.sequences_at_longest}};
  if (!arguments.has("quiet")) print_table(plan, config, prompt);
  fmt::print("{}\n", object.dump());
}

}  // namespace cohort::cli
