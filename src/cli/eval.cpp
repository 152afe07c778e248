#include "src/cli/eval.hpp"

#include <fmt/format.h>

#include <utility>

#include "src/cli/catalogue.hpp"
#include "src/cli/config.hpp"
#include "src/cli/evaluation.hpp"
#include "src/cli/jsonl.hpp"
#include "src/cli/model.hpp"
#include "src/cli/progress.hpp"
#include "src/cli/run_setup.hpp"
#include "src/cli/sampling_options.hpp"

namespace cohort::cli {
namespace {

/// What to measure, from whichever form the user gave it in.
struct Request {
  Model model;
  std::string model_name, task_name;
  Task task;
  RewardTerm rule;
  RolloutOptions options;
  int64_t n = 0;
};

Request request_from_words(const Arguments& arguments) {
  if (!arguments.has("task")) throw UsageError("expected CONFIG.toml, or --model and --task NAME[:key=value,...]");
  if (arguments.has("set")) throw UsageError("--set changes a key of a configuration: expected CONFIG.toml");
  const int64_t n = arguments.integer("n", 100, 1), k = arguments.integer("k", 1, 1);
  RolloutOptions options = rollout_options(arguments, /*default_temperature=*/0);
  options.group_size = k;
  if (k > 1 && options.sampling.temperature == 0)
    throw UsageError(
        fmt::format("--k {} at temperature 0 draws the same completion {} times: give --temperature", k, k));
  Task task = make_task(parse_named(arguments.text("task")));
  if (task.rewards.empty()) throw UsageError(fmt::format("--task: {} has no reward to be right by", task.name));
  Model model = load_model(arguments);
  RewardTerm rule = task.rewards.front();
  return {std::move(model),
          arguments.text("model"),
          arguments.text("task"),
          std::move(task),
          std::move(rule),
          std::move(options),
          n};
}

Request request_from_config(const Arguments& arguments) {
  std::vector<Override> overrides;
  for (const auto& [option, key] : {std::pair{"model", "model.path"},
                                    {"device", "model.device"},
                                    {"dtype", "model.dtype"},
                                    {"threads", "train.threads"},
                                    {"n", "eval.n"},
                                    {"k", "eval.k"},
                                    {"seed", "eval.seed"},
                                    {"temperature", "eval.temperature"},
                                    {"max-new-tokens", "eval.max_new_tokens"},
                                    {"top-k", "rollout.top_k"},
                                    {"top-p", "rollout.top_p"},
                                    {"min-p", "rollout.min_p"},
                                    {"batch-size", "rollout.max_batch"}})
    if (arguments.has(option)) overrides.push_back({key, arguments.text(option), fmt::format("--{}", option)});
  if (arguments.has("task")) throw UsageError("--task and a configuration: give one");
  for (const std::string& text : arguments.texts("set")) overrides.push_back(parse_override(text));
  const RunConfig config = load_config(arguments.positional.front(), overrides).config;
  Task task = configured_task(config, arguments.positional.front());
  RewardTerm rule = configured_rewards(config, task).front();
  return {configured_model(config), config.model.path,    config.task.name, std::move(task),
          std::move(rule),          eval_options(config), config.eval.n};
}

nlohmann::ordered_json to_object(const Request& request, const Evaluation& evaluation) {
  nlohmann::ordered_json out = {{"model", request.model_name}, {"task", request.task_name},
                                {"rule", request.rule.name},   {"n", evaluation.n},
                                {"k", evaluation.k},           {"accuracy", evaluation.accuracy()}};
  for (const int64_t j : evaluation.k > 1 ? std::vector<int64_t>{1, evaluation.k} : std::vector<int64_t>{1}) {
    const Evaluation::Bounds bounds = evaluation.interval(j);
    out[fmt::format("pass@{}", j)] = evaluation.pass_at(j);
    out[fmt::format("pass@{}_interval", j)] = {bounds.low, bounds.high};
  }
  const Sampling& sampling = request.options.sampling;
  out.update({{"mean_length", evaluation.mean_length},
              {"max_length", evaluation.max_length},
              {"clipped_ratio", evaluation.clipped_ratio},
              {"failed", evaluation.num_failed},
              {"temperature", sampling.temperature},
              {"top_k", sampling.top_k},
              {"top_p", sampling.top_p},
              {"min_p", sampling.min_p},
              {"max_new_tokens", request.options.max_new_tokens},
              {"seed", request.options.seed},
              {"tokens", evaluation.completion_tokens},
              {"time", evaluation.seconds},
              {"tokens_per_second", static_cast<double>(evaluation.completion_tokens) / evaluation.seconds}});
  return out;
}

}  // namespace

void eval(const Arguments& arguments) {
  Request request = arguments.positional.empty() ? request_from_words(arguments) : request_from_config(arguments);
  const std::vector<Problem> problems = evaluation_problems(request.task, request.n);
  check_prompts(request.model.policy, request.model.tokenizer, problems);
  Progress progress(progress_style(arguments.has("quiet")));
  const auto size = static_cast<int64_t>(problems.size());
  if (request.task.held_out_size == 0)
    progress.line(fmt::format("task {} has no held-out part: its first {} problems are used", request.task_name, size));
  else if (size < request.n)
    progress.line(fmt::format("task {} has {} held-out problems, not {}", request.task_name, size, request.n));
  work([&] {
    const Evaluation evaluation =
        evaluate(request.model.policy, request.model.tokenizer, problems, request.rule, request.options,
                 [&](int64_t done) { progress.live(fmt::format("{} of {} problems", done, size)); });
    write_line(to_object(request, evaluation));
    if (evaluation.num_failed > 0)
      throw Failure(
          fmt::format("the reward failed on {} completions, which count as not right", evaluation.num_failed));
  });
}

}  // namespace cohort::cli
