#include "src/cli/warm_start.hpp"

#include <fmt/format.h>

#include <vector>

#include "cohort/checkpoint.hpp"
#include "cohort/metrics.hpp"
#include "cohort/update.hpp"
#include "src/cli/run_setup.hpp"
#include "src/cli/signals.hpp"

namespace cohort::cli {
namespace {

using Phase = CheckpointPlace::Phase;

std::vector<Group> demonstrations(const Task& task, const Tokenizer& tokenizer, int64_t first, int64_t count) {
  std::vector<Group> groups;
  for (const Problem& problem : take(task, first, count))
    groups.push_back(demonstration(tokenizer, problem, task.demonstration(problem)));
  return groups;
}

}  // namespace

int64_t first_grpo_problem(const RunConfig& config) { return config.sft.steps * config.sft.batch_size; }

void warm_start(Model& model, const Task& task, const RunConfig& config, const RunFolder& folder, Progress& progress) {
  if (config.sft.steps == 0) return;
  AdamW optimizer(model.policy, sft_optimizer_options(config));
  int64_t done = 0;
  if (const auto place = folder.latest()) done = load_checkpoint(model.policy, optimizer, place->directory);
  MetricsWriter metrics(folder.warm_start_metrics(), done);
  const UpdateOptions options = {.micro_batch_tokens = config.train.micro_batch_tokens,
                                 .max_grad_norm = static_cast<float>(config.optimizer.max_grad_norm)};
  const Stopwatch whole;
  const int64_t start = done;
  double loss = 0;
  while (done < config.sft.steps) {
    const Stopwatch watch;
    const auto examples = demonstrations(task, model.tokenizer, done * config.sft.batch_size, config.sft.batch_size);
    const UpdateStats stats = sft_update(model.policy, optimizer, examples, options);
    ++done;
    loss = stats.loss;
    const double seconds = watch.seconds();
    metrics.write(done, {{"loss", stats.loss},
                         {"grad_norm", stats.grad_norm},
                         {"entropy", stats.entropy},
                         {"learning_rate", static_cast<double>(stats.learning_rate)},
                         {"time/step", seconds},
                         {"tokens", stats.tokens},
                         {"tokens_per_second", static_cast<double>(stats.tokens) / seconds}});
    const double remaining =
        whole.seconds() / static_cast<double>(done - start) * static_cast<double>(config.sft.steps - done);
    progress.live(fmt::format("warm start {}/{}  loss {:.4f}  {:.0f} tokens/s  ETA {}", done, config.sft.steps, loss,
                              static_cast<double>(stats.tokens) / seconds, format_duration(remaining)));
    if (noted_signal() != 0 && done < config.sft.steps) {
      const auto directory = folder.checkpoint(Phase::warm_start, done);
      save_checkpoint(model.policy, optimizer, done, directory);
      folder.prune(config.train.keep_checkpoints);
      progress.line(
          fmt::format("saved {}; go on with cohort train --resume {}", directory.string(), folder.path().string()));
      throw Interrupted{noted_signal()};
    }
  }
  progress.line(fmt::format("warm start: {} updates on {} worked examples in {}, loss {:.4f}", done,
                            done * config.sft.batch_size, format_duration(whole.seconds()), loss));
}

}  // namespace cohort::cli
