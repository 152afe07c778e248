// What a step leaves in metrics.jsonl and completions.jsonl.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cohort/group.hpp"
#include "cohort/metrics.hpp"
#include "cohort/reward.hpp"
#include "cohort/tokenizer.hpp"
#include "cohort/update.hpp"
#include "src/cli/progress.hpp"

namespace cohort::cli {

struct StepTimes {
  double rollout = 0, score = 0, update = 0, step = 0;  // seconds; score: what did not overlap the rollout
  std::optional<double> overlapped;                     // of the update, what did, where it may
};

/// All that is known of a step once it is done. A view: owns nothing.
struct StepResult {
  int64_t step;  // the first is 1
  int64_t seed;
  std::span<const Group> groups;
  const Rewards& rewards;
  const GroupArray& advantages;
  const std::string& accuracy_term;  // a completion is right where this term is 1
  const UpdateStats& stats;
  const StepTimes& times;
};

/// The keys of docs: "reward/mean" … "memory/peak_bytes". A mean over nothing is NaN, which is written as null.
Metrics step_metrics(const StepResult& result);

/// One JSON line for each completion: prompt, text, rewards, verdicts and errors by rule, advantage.
std::string completion_lines(const StepResult& result, const Tokenizer& tokenizer);

/// The first completions of the step, one from each group in turn.
std::vector<SampleRow> sample_rows(const StepResult& result, const Tokenizer& tokenizer, int64_t count);

/// Mean of the entries that are not NaN.
double mean_of(const GroupArray& values);

/// Share of entries that are at least 1; NaN entries count as not.
double share_right(const GroupArray& scores);

/// The most memory this process ever held, from /proc/self/status; 0 where that is not known.
int64_t peak_memory_bytes();

}  // namespace cohort::cli
