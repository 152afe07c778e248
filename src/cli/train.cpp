#include "src/cli/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/cli/catalogue.hpp"
#include "src/cli/evaluation.hpp"
#include "src/cli/gold.hpp"
#include "src/cli/grpo_run.hpp"
#include "src/cli/run_setup.hpp"
#include "src/cli/signals.hpp"
#include "src/cli/warm_start.hpp"

namespace cohort::cli {
namespace {

namespace fs = std::filesystem;

// Prompts that are looked at before a run starts; a data set is usually smaller.
constexpr int64_t kCheckedPrompts = 20'000;

struct Start {
  RunFolder folder;
  LoadedConfig loaded;
  fs::path file;
};

Start new_run(const Arguments& arguments) {
  if (arguments.positional.empty()) throw UsageError("expected CONFIG.toml, or --resume DIR");
  const fs::path file = arguments.positional.front();
  LoadedConfig loaded = load_config(file, overrides_of(arguments));
  return {RunFolder::create(arguments.text("out", (fs::path("runs") / file.stem()).string())), std::move(loaded), file};
}

Start resumed_run(const Arguments& arguments) {
  if (!arguments.positional.empty())
    throw UsageError("--resume DIR goes on with the configuration of the run: CONFIG.toml beside it has no place");
  for (const char* name : {"set", "out", "model", "seed", "device", "dtype"})
    if (arguments.has(name))
      throw UsageError(fmt::format("--resume goes on bit for bit: --{} would make it another run", name));
  RunFolder folder = RunFolder::open(arguments.text("resume"));
  const fs::path file = folder.config();
  return {std::move(folder), load_config(file, overrides_of(arguments)), file};
}

/// Everything that can be wrong with prompts, before anything is written.
void check_problems(const GrpoRun& run) {
  const RunConfig& config = run.config;
  const int64_t used =
      std::min({run.task.size, config.train.steps * config.rollout.problems_per_step, kCheckedPrompts});
  int64_t longest =
      check_prompts(run.model.policy, run.model.tokenizer, take(run.task, first_grpo_problem(config), used));
  if (config.train.eval_every > 0) {
    if (run.task.held_out_size == 0)
      throw UsageError(fmt::format("train.eval_every: task {} has no held-out part", config.task.name));
    check_prompts(run.model.policy, run.model.tokenizer, evaluation_problems(run.task, config.eval.n));
  }
  const int64_t sequence = std::min(longest + config.rollout.max_new_tokens, run.model.policy.config().max_position);
  if (sequence > config.train.micro_batch_tokens)
    throw UsageError(
        fmt::format("train.micro_batch_tokens {} is too small: a prompt of {} tokens and a completion of {} "
                    "make {}",
                    config.train.micro_batch_tokens, longest, config.rollout.max_new_tokens, sequence));
}

/// The gold answers of the first problems, by every reward that reads one.
void check_gold_answers(const GrpoRun& run, Progress& progress) {
  const RunConfig& config = run.config;
  const int64_t count =
      std::min({run.task.size, config.train.steps * config.rollout.problems_per_step, config.train.check_gold});
  if (count == 0) return;
  const auto problems = take(run.task, first_grpo_problem(config), count);
  for (const GoldReport& report : check_gold(run.rewards, problems, run.task.demonstration)) {
    for (const std::string& line : report.lines) progress.line(line);
    if (static_cast<double>(report.wrong) > config.train.max_bad_gold * static_cast<double>(report.checked))
      throw UsageError(
          fmt::format("{} More than train.max_bad_gold {} of them: the wrong reward, or the wrong answers?",
                      report.lines.front(), config.train.max_bad_gold));
  }
}

GrpoRun prepare(Start start) {
  const RunConfig& config = start.loaded.config;
  Task task = configured_task(config, start.file);
  std::vector<RewardTerm> rewards = configured_rewards(config, task);
  if (config.sft.steps > 0 && !task.demonstration)
    throw UsageError(fmt::format("sft.steps: task {} has no worked examples", config.task.name));
  configured_loss(config);  // contradictions among its options
  Model model = configured_model(config);
  return {.config = config,
          .folder = std::move(start.folder),
          .task = std::move(task),
          .rewards = std::move(rewards),
          .model = std::move(model)};
}

}  // namespace

void train(const Arguments& arguments) {
  Start start = arguments.has("resume") ? resumed_run(arguments) : new_run(arguments);
  Progress progress(progress_style(arguments.has("quiet")));
  for (const std::string& note : start.loaded.notes) progress.line(note);
  GrpoRun run = prepare(std::move(start));
  check_problems(run);
  if (!arguments.has("resume")) check_gold_answers(run, progress);
  note_signals();
  progress.line(fmt::format("{}: {} parameters in {}, task {}, {} steps of {} x {} completions, run folder {}",
                            run.model.policy.config().architecture, run.model.policy.num_parameters(),
                            run.config.model.dtype, run.config.task.name, run.config.train.steps,
                            run.config.rollout.problems_per_step, run.config.rollout.group_size,
                            run.folder.path().string()));
  work([&] {
    run.folder.write_config(to_toml(with_defaults(run.config)));
    run_to_end(run, progress);
  });
}

}  // namespace cohort::cli
