#include "src/cli/step_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

namespace cohort::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Spread {
  double mean, std;  // std with 1/(n − 1); NaN where there are too few
};

/// Of the entries that are not NaN, in float64.
Spread spread_of(const GroupArray& values) {
  double sum = 0, squares = 0;
  int64_t count = 0;
  for (const float value : values.reshaped<Eigen::RowMajor>())
    if (!std::isnan(value)) sum += value, ++count;
  const double mean = count > 0 ? sum / static_cast<double>(count) : kNaN;
  for (const float value : values.reshaped<Eigen::RowMajor>())
    if (!std::isnan(value)) squares += (value - mean) * (value - mean);
  return {mean, count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : kNaN};
}

/// Share of the groups whose rewards, those that are not NaN, are all equal: they teach nothing.
double share_of_flat_groups(const GroupArray& rewards) {
  int64_t flat = 0;
  for (int64_t g = 0; g < rewards.rows(); ++g) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (int64_t i = 0; i < rewards.cols(); ++i) {
      if (std::isnan(rewards(g, i))) continue;
      low = std::min(low, rewards(g, i));
      high = std::max(high, rewards(g, i));
    }
    flat += low >= high;
  }
  return static_cast<double>(flat) / static_cast<double>(rewards.rows());
}

struct Lengths {
  int64_t prompt = 0;      // tokens of the prompts, once for each completion: what the update reads
  int64_t completion = 0;  // sampled tokens
  int64_t completions = 0, shortest = std::numeric_limits<int64_t>::max(), longest = 0, clipped = 0;
};

Lengths lengths_of(std::span<const Group> groups) {
  Lengths lengths;
  for (const Group& group : groups)
    for (const Completion& completion : group.completions) {
      const auto length = static_cast<int64_t>(completion.tokens.size());
      lengths.prompt += static_cast<int64_t>(group.prompt_tokens.size());
      lengths.completion += length;
      lengths.shortest = std::min(lengths.shortest, length);
      lengths.longest = std::max(lengths.longest, length);
      lengths.clipped += completion.finish == FinishReason::length;
      ++lengths.completions;
    }
  return lengths;
}

std::string prompt_text(const Group& group, const Tokenizer& tokenizer) {
  return tokenizer.decode(group.prompt_tokens, /*keep_special=*/true);
}

/// 1e-3f as 0.001, not 0.0010000000474974513.
double as_written(float value) { return std::stod(fmt::format("{}", value)); }

nlohmann::ordered_json number_or_null(float value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

/// The q-th quantile, 0 ≤ q ≤ 1: the least value that at least that share does not exceed.
double quantile(std::vector<float> values, double q) {
  if (values.empty()) return kNaN;
  const auto size = static_cast<double>(values.size());
  const auto at = std::max<int64_t>(0, static_cast<int64_t>(std::ceil(q * size)) - 1);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}

/// What became of a reward's calls, and the means of the columns that it adds itself.
void add_log(Metrics& metrics, const std::string& prefix, const TermLog& log) {
  metrics.insert(metrics.end(), {{prefix + "failed", log.num_failed()},
                                 {prefix + "timeouts", log.num_timeouts()},
                                 {prefix + "skipped", log.num_skipped()},
                                 {prefix + "p50_ms", quantile(log.call_ms, 0.5)},
                                 {prefix + "p99_ms", quantile(log.call_ms, 0.99)}});
  std::map<std::string, std::pair<double, int64_t>> columns;  // sum and count
  for (const Grade& grade : log.grades)
    for (const auto& [column, value] : grade.columns) {
      columns[column].first += value;
      ++columns[column].second;
    }
  for (const auto& [column, sum] : columns)
    metrics.emplace_back(prefix + column + "/mean", sum.first / static_cast<double>(sum.second));
}

/// Of one completion: {reward: what `text_of` gives}, those that are empty left out.
template <typename TextOf>
nlohmann::ordered_json texts_by_reward(const Rewards& rewards, size_t completion, const TextOf& text_of) {
  nlohmann::ordered_json texts = nlohmann::ordered_json::object();
  for (const auto& [name, log] : rewards.logs)
    if (const std::string& text = text_of(log.grades[completion]); !text.empty()) texts[name] = text;
  return texts;
}

}  // namespace

double mean_of(const GroupArray& values) { return spread_of(values).mean; }

double share_right(const GroupArray& scores) {
  return static_cast<double>((scores >= 1.0f).count()) / static_cast<double>(scores.size());
}

int64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  return 0;
}

Metrics step_metrics(const StepResult& result) {
  const Spread reward = spread_of(result.rewards.total);
  const Lengths lengths = lengths_of(result.groups);
  const auto completions = static_cast<double>(lengths.completions);
  Metrics metrics = {{"seed", result.seed}, {"reward/mean", reward.mean}, {"reward/std", reward.std}};
  for (const auto& [name, scores] : result.rewards.terms) {
    const Spread term = spread_of(scores);
    metrics.emplace_back("rewards/" + name + "/mean", term.mean);
    metrics.emplace_back("rewards/" + name + "/std", term.std);
    add_log(metrics, "rewards/" + name + "/", result.rewards.logs.at(name));
  }
  const double tokens = static_cast<double>(lengths.prompt + lengths.completion);
  metrics.insert(metrics.end(), {{"accuracy", share_right(result.rewards.terms.at(result.accuracy_term))},
                                 {"frac_reward_zero_std", share_of_flat_groups(result.rewards.total)},
                                 {"loss", result.stats.loss},
                                 {"grad_norm", result.stats.grad_norm},
                                 {"entropy", result.stats.entropy}});
  for (const auto& [name, value] : result.stats.metrics) metrics.emplace_back(name, value);
  metrics.insert(metrics.end(), {{"completions/mean_length", static_cast<double>(lengths.completion) / completions},
                                 {"completions/min_length", lengths.shortest},
                                 {"completions/max_length", lengths.longest},
                                 {"completions/clipped_ratio", static_cast<double>(lengths.clipped) / completions},
                                 {"sampling/logp_difference_max", result.stats.logp_difference_max},
                                 {"learning_rate", as_written(result.stats.learning_rate)},
                                 {"time/rollout", result.times.rollout},
                                 {"time/score", result.times.score},
                                 {"time/update", result.times.update},
                                 {"time/step", result.times.step},
                                 {"tokens/prompt", lengths.prompt},
                                 {"tokens/completion", lengths.completion},
                                 {"tokens/recorded", result.stats.recorded_tokens},
                                 {"tokens/recorded_activations", result.stats.recorded_activations},
                                 {"tokens_per_second", tokens / result.times.step},
                                 {"memory/peak_bytes", peak_memory_bytes()}});
  if (result.times.overlapped) metrics.emplace_back("time/overlapped", *result.times.overlapped);
  return metrics;
}

std::string completion_lines(const StepResult& result, const Tokenizer& tokenizer) {
  std::string lines;
  for (size_t g = 0; g < result.groups.size(); ++g) {
    const Group& group = result.groups[g];
    const std::string prompt = prompt_text(group, tokenizer);
    const auto row = static_cast<int64_t>(g);
    for (size_t i = 0; i < group.completions.size(); ++i) {
      const Completion& completion = group.completions[i];
      const auto column = static_cast<int64_t>(i);
      nlohmann::ordered_json rewards = nlohmann::ordered_json::object();
      for (const auto& [name, scores] : result.rewards.terms) rewards[name] = number_or_null(scores(row, column));
      const size_t place = g * group.completions.size() + i;
      const auto verdict = [](const Grade& grade) -> const std::string& { return grade.verdict; };
      const auto error = [](const Grade& grade) -> const std::string& { return grade.error; };
      nlohmann::ordered_json line = {{"step", result.step},
                                     {"problem", group.problem.index},
                                     {"completion_index", i},
                                     {"prompt", prompt},
                                     {"completion", completion.text},
                                     {"answer", group.problem.answer},
                                     {"tokens", completion.tokens.size()},
                                     {"finish_reason", to_string(completion.finish)},
                                     {"reward", number_or_null(result.rewards.total(row, column))},
                                     {"rewards", std::move(rewards)},
                                     {"verdicts", texts_by_reward(result.rewards, place, verdict)},
                                     {"advantage", number_or_null(result.advantages(row, column))}};
      if (auto errors = texts_by_reward(result.rewards, place, error); !errors.empty())
        line["errors"] = std::move(errors);
      lines += line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
    }
  }
  return lines;
}

std::vector<SampleRow> sample_rows(const StepResult& result, const Tokenizer& tokenizer, int64_t count) {
  std::vector<SampleRow> rows;
  const auto groups = static_cast<int64_t>(result.groups.size());
  const int64_t available = result.rewards.total.size();
  for (int64_t n = 0; n < std::min(count, available); ++n) {
    const int64_t g = n % groups, i = n / groups;
    const Group& group = result.groups[static_cast<size_t>(g)];
    rows.push_back({.prompt = prompt_text(group, tokenizer),
                    .completion = group.completions[static_cast<size_t>(i)].text,
                    .reward = result.rewards.total(g, i),
                    .advantage = result.advantages(g, i)});
  }
  return rows;
}

}  // namespace cohort::cli
