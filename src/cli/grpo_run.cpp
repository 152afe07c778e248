#include "src/cli/grpo_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cohort/advantage.hpp"
#include "cohort/checkpoint.hpp"
#include "cohort/error.hpp"
#include "cohort/memory_plan.hpp"
#include "cohort/metrics.hpp"
#include "cohort/update.hpp"
#include "src/cli/catalogue.hpp"
#include "src/cli/evaluation.hpp"
#include "src/cli/plot.hpp"
#include "src/cli/run_setup.hpp"
#include "src/cli/signals.hpp"
#include "src/cli/step_log.hpp"
#include "src/cli/warm_start.hpp"

namespace cohort::cli {
namespace {

namespace fs = std::filesystem;
using Phase = CheckpointPlace::Phase;

/// `sum` += one more update on the same groups. The first one alone compares with what was recorded while sampling.
void add(UpdateStats& sum, const UpdateStats& stats) {
  sum.loss += stats.loss;
  sum.grad_norm += stats.grad_norm;
  sum.entropy += stats.entropy;
  for (const auto& [name, value] : stats.metrics) sum.metrics[name] += value;
}

void divide(UpdateStats& sum, double count) {
  sum.loss /= count;
  sum.grad_norm /= count;
  sum.entropy /= count;
  for (auto& [name, value] : sum.metrics) value /= count;
}

class Loop {
 public:
  Loop(GrpoRun& run, Progress& progress)
      : run_(run),
        progress_(progress),
        done_(restore()),
        engine_(run.model.policy, run.model.tokenizer, rollout_options(run.config)),
        loss_(configured_loss(run.config)),
        scorer_(run.rewards, scorer_options()),
        metrics_(run.folder.metrics(), done_),
        completions_(run.folder.completions(), done_) {}

  void go() {
    const int64_t steps = run_.config.train.steps;
    std::optional<Evaluation> before;
    if (run_.config.train.eval_every > 0 && done_ == 0) before = evaluate_held_out();
    bool is_reached = before && has_reached_target(*before);
    first_step_ = done_;
    watch_.lap();
    while (done_ < steps && !is_reached) {
      is_reached = step(before);
      before.reset();
      const bool is_due = run_.config.train.checkpoint_every > 0 && done_ % run_.config.train.checkpoint_every == 0;
      if (noted_signal() != 0 && done_ < steps && !is_reached) interrupt();
      if (is_due && done_ < steps) save();
    }
    finish(is_reached);
  }

 private:
  /// Brings the policy to where the folder has it and makes optimiser and reference. Returns the steps done.
  int64_t restore() {
    Model& model = run_.model;
    const std::optional<CheckpointPlace> place = run_.folder.latest();
    const bool has_steps = place && place->phase == Phase::grpo;
    if (!has_steps) warm_start(model, run_.task, run_.config, run_.folder, progress_);
    optimizer_.emplace(model.policy, grpo_optimizer_options(run_.config));
    const bool has_reference = run_.config.loss.kl_coefficient > 0;
    if (!has_steps) {
      if (run_.config.sft.steps > 0) {
        save_checkpoint(model.policy, *optimizer_, 0, run_.folder.checkpoint(Phase::grpo, 0));
        prune();
      }
    } else if (has_reference && run_.config.sft.steps > 0) {
      load_checkpoint(model.policy, *optimizer_, run_.folder.checkpoint(Phase::grpo, 0));
    }
    if (has_reference) reference_.emplace(model.policy.clone(/*packed_only=*/true));
    if (!has_steps) return 0;
    const int64_t done = load_checkpoint(model.policy, *optimizer_, place->directory);
    restore_rewards(done);
    progress_.line(fmt::format("going on after step {} from {}", done, place->directory.string()));
    return done;
  }

  bool have_memory() const {
    return std::any_of(run_.rewards.begin(), run_.rewards.end(), [](auto& term) { return term.rule.stateful(); });
  }

  void restore_rewards(int64_t step) {
    if (!have_memory() || step == 0) return;  // before the first step there is nothing to remember
    const fs::path file = run_.folder.reward_states(step);
    std::ifstream in(file);
    const auto states = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
    for (RewardTerm& term : run_.rewards) {
      StatefulReward* reward = term.rule.stateful();
      if (!reward) continue;
      check(states.is_object() && states.contains(term.name) && states[term.name].is_string(),
            "{}: expected the state of reward \"{}\"", file.string(), term.name);
      reward->restore(states[term.name].get<std::string>());
    }
  }

  void save_rewards() const {
    if (!have_memory()) return;
    nlohmann::ordered_json states = nlohmann::ordered_json::object();
    for (const RewardTerm& term : run_.rewards)
      if (const StatefulReward* reward = term.rule.stateful()) states[term.name] = reward->state();
    const fs::path file = run_.folder.reward_states(done_);
    fs::create_directories(file.parent_path());
    write_file(file, states.dump(2) + '\n');
  }

  /// One step: the five lines of the loop, timed and logged. Returns whether the target accuracy is reached.
  bool step(const std::optional<Evaluation>& before) {
    const RunConfig& config = run_.config;
    const int64_t count = config.rollout.problems_per_step;
    const Stopwatch whole;
    Stopwatch phase;
    StepTimes times;

    const auto problems = take(run_.task, first_grpo_problem(config) + done_ * count, count);
    int64_t groups_done = 0, tokens = 0;
    const auto on_group = [&](int64_t index, const Group& group) {
      scorer_.submit(index, group);
      ++groups_done;
    };
    double shown_at = 0;
    const auto on_token = [&](int64_t, int64_t, int64_t) {
      constexpr double kBetweenUpdates = 0.2;  // seconds: as fast as one can read
      ++tokens;
      if (phase.seconds() - shown_at < kBetweenUpdates) return;
      shown_at = phase.seconds();
      show_rollout(groups_done, tokens, shown_at);
    };
    if (config.train.overlap_update)
      streamed_.emplace(run_.model.policy, *optimizer_, loss_,
                        StepShape{.num_groups = std::ssize(problems), .group_size = config.rollout.group_size},
                        update_options());
    auto groups = engine_.rollout(problems, done_, on_group, on_token);
    if (config.rollout.release_cache) engine_.release_cache();
    if (streamed_) times.overlapped = streamed_->seconds();
    times.rollout = phase.lap();

    const Rewards rewards = scorer_.collect();
    times.score = phase.lap();

    progress_.live(fmt::format("step {}/{}  update", done_ + 1, config.train.steps));
    const GroupArray advantages = group_relative_advantages(rewards.total, advantage_options(config));
    if (config.train.updates_per_rollout > 1 && groups.front().precision != Precision::exact)
      rescore(run_.model.policy, groups, config.train.micro_batch_tokens);
    UpdateStats stats = streamed_ ? streamed_->finish() : update_on(groups, advantages);
    streamed_.reset();
    for (int64_t i = 1; i < config.train.updates_per_rollout; ++i) add(stats, update_on(groups, advantages));
    divide(stats, static_cast<double>(config.train.updates_per_rollout));
    times.update = phase.lap();
    times.step = whole.seconds();
    ++done_;

    const StepResult result{.step = done_,
                            .seed = config.train.seed,
                            .groups = groups,
                            .rewards = rewards,
                            .advantages = advantages,
                            .accuracy_term = run_.rewards.front().name,
                            .stats = stats,
                            .times = times};
    return log(result, before);
  }

  UpdateStats update_on(const std::vector<Group>& groups, const GroupArray& advantages) {
    return update(run_.model.policy, *optimizer_, loss_, groups, advantages, update_options());
  }

  UpdateOptions update_options() {
    const RunConfig& config = run_.config;
    return {.micro_batch_tokens = config.train.micro_batch_tokens,
            .max_grad_norm = static_cast<float>(config.optimizer.max_grad_norm),
            .reference = reference_ ? &*reference_ : nullptr,
            .skip_zero_advantages = config.train.skip_zero_advantages && config.loss.kl_coefficient == 0 &&
                                    config.loss.entropy_coefficient == 0,
            .use_recorded_scores = config.train.use_recorded_scores};
  }

  ScorerOptions scorer_options() {
    ScorerOptions options{.threads = num_reward_threads(run_.config.train.reward_threads)};
    if (run_.config.train.overlap_update)
      options.on_graded = [this](int64_t index, const Group& group, std::span<const float> totals) {
        const Eigen::Map<const GroupArray> rewards(totals.data(), 1, std::ssize(totals));
        const GroupArray advantages = group_relative_advantages(rewards, advantage_options(run_.config));
        streamed_->add(index, group, {advantages.data(), totals.size()});
      };
    return options;
  }

  /// Writes the step to the folder and to the screen, with the evaluation that is due after it.
  bool log(const StepResult& result, const std::optional<Evaluation>& before) {
    const RunConfig& config = run_.config;
    Metrics metrics = step_metrics(result);
    if (const c10::Device device = run_.model.policy.options().device; !device.is_cpu())
      metrics.emplace_back("memory/device_peak_bytes", peak_device_bytes(device));
    show_row(result);
    for (const std::string& alarm : alarms(result.rewards, run_.rewards))
      progress_.line(fmt::format("warning: step {}: {}", done_, alarm));
    if (config.train.show_samples > 0)
      progress_.text(sample_table(sample_rows(result, run_.model.tokenizer, config.train.show_samples)));
    if (before) metrics.emplace_back("eval/accuracy_before", before->accuracy());
    const bool is_due =
        config.train.eval_every > 0 && (done_ % config.train.eval_every == 0 || done_ == config.train.steps);
    bool is_reached = false;
    if (is_due) {
      const Evaluation evaluation = evaluate_held_out();
      metrics.emplace_back("eval/accuracy", evaluation.accuracy());
      if (evaluation.k > 1)
        metrics.emplace_back(fmt::format("eval/pass@{}", evaluation.k), evaluation.pass_at(evaluation.k));
      metrics.emplace_back("eval/mean_length", evaluation.mean_length);
      metrics.emplace_back("eval/clipped_ratio", evaluation.clipped_ratio);
      metrics.emplace_back("eval/failed", evaluation.num_failed);
      metrics.emplace_back("time/eval", evaluation.seconds);
      is_reached = has_reached_target(evaluation);
    }
    // Completions first: a line of metrics then says that all of its step is there.
    completions_.write_lines(done_, completion_lines(result, run_.model.tokenizer));
    metrics_.write(done_, metrics);
    return is_reached;
  }

  Evaluation evaluate_held_out() {
    const auto problems = evaluation_problems(run_.task, run_.config.eval.n);
    const Evaluation evaluation =
        evaluate(run_.model.policy, run_.model.tokenizer, problems, run_.rewards.front(), eval_options(run_.config),
                 [&](int64_t done) { progress_.live(fmt::format("evaluation {}/{}", done, problems.size())); });
    const auto bounds = evaluation.interval(1);
    progress_.line(fmt::format(
        "held-out accuracy after step {}: {:.1f} % of {} problems ({:.1f} to {:.1f}), {:.1f} tokens", done_,
        100 * evaluation.accuracy(), evaluation.n, 100 * bounds.low, 100 * bounds.high, evaluation.mean_length));
    return evaluation;
  }

  bool has_reached_target(const Evaluation& evaluation) const {
    return run_.config.train.target_accuracy > 0 && evaluation.accuracy() >= run_.config.train.target_accuracy;
  }

  void show_rollout(int64_t groups_done, int64_t tokens, double seconds) {
    progress_.live(fmt::format("step {}/{}  rollout: {}/{} groups, {} tokens, {:.0f} tokens/s", done_ + 1,
                               run_.config.train.steps, groups_done, run_.config.rollout.problems_per_step, tokens,
                               static_cast<double>(tokens) / seconds));
  }

  void show_row(const StepResult& result) {
    int64_t tokens = 0;
    for (const Group& group : result.groups)
      for (const Completion& completion : group.completions) tokens += static_cast<int64_t>(completion.tokens.size());
    const double per_step = watch_.seconds() / static_cast<double>(done_ - first_step_);
    progress_.row({.step = done_,
                   .steps = run_.config.train.steps,
                   .reward = mean_of(result.rewards.total),
                   .accuracy = share_right(result.rewards.terms.at(result.accuracy_term)),
                   .length = static_cast<double>(tokens) / static_cast<double>(result.rewards.total.size()),
                   .entropy = result.stats.entropy,
                   .tokens_per_second = static_cast<double>(tokens) / result.times.step,
                   .rollout_seconds = result.times.rollout,
                   .score_seconds = result.times.score,
                   .update_seconds = result.times.update,
                   .remaining_seconds = per_step * static_cast<double>(run_.config.train.steps - done_)});
  }

  void prune() const {
    const bool is_reference = run_.config.loss.kl_coefficient > 0 && run_.config.sft.steps > 0;
    run_.folder.prune(run_.config.train.keep_checkpoints, is_reference ? std::optional<int64_t>(0) : std::nullopt);
  }

  void save() {
    const fs::path directory = run_.folder.checkpoint(Phase::grpo, done_);
    save_rewards();
    if (!fs::exists(directory)) save_checkpoint(run_.model.policy, *optimizer_, done_, directory);
    prune();
    draw();
  }

  void draw() const {
    write_file(run_.folder.curves(), curves(run_.folder.metrics(), run_.folder.path().filename().string()));
  }

  [[noreturn]] void interrupt() {
    save();
    progress_.line(fmt::format("saved {}; go on with cohort train --resume {}",
                               run_.folder.checkpoint(Phase::grpo, done_).string(), run_.folder.path().string()));
    throw Interrupted{noted_signal()};
  }

  void finish(bool is_reached) {
    save();
    fs::remove_all(run_.folder.final_model());
    save_policy(run_.model.policy, run_.model.tokenizer, run_.folder.final_model());
    const std::string reason =
        is_reached ? fmt::format("target accuracy {} reached after", run_.config.train.target_accuracy) : "done:";
    progress_.line(fmt::format("{} {} steps in {}; model in {}, curves in {}", reason, done_,
                               format_duration(watch_.seconds()), run_.folder.final_model().string(),
                               run_.folder.curves().string()));
  }

  GrpoRun& run_;
  Progress& progress_;
  std::optional<AdamW> optimizer_;
  std::optional<Policy> reference_;  // before done_: restore() fills it
  int64_t done_;
  RolloutEngine engine_;
  LossFn loss_;
  std::optional<StreamedUpdate> streamed_;  // of the step in progress, where updates overlap rollouts
  Scorer scorer_;                           // before it: gives it groups until it is gone itself
  MetricsWriter metrics_, completions_;
  int64_t first_step_ = 0;
  Stopwatch watch_;
};

}  // namespace

void run_to_end(GrpoRun& run, Progress& progress) { Loop(run, progress).go(); }

}  // namespace cohort::cli
