#include "cohort/rewards/length_shaping.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cohort/error.hpp"
#include "rewards/formulas/tokens.hpp"

namespace cohort::rewards {
namespace {

bool is_right(const Grade& grade) { return *grade.score > 0.5; }

/// Scores those of a group that have both a verdict and a length; the others keep what says why they have not.
template <typename Formula>
GroupRule over_group(RewardRule correctness, Formula formula) {
  return
      [correctness = std::move(correctness), formula](const Problem& problem, std::span<const Completion> completions) {
        std::vector<Grade> grades;
        std::vector<GradedLength> lengths;
        std::vector<size_t> scored;
        for (size_t i = 0; i < completions.size(); ++i) {
          const auto tokens = num_tokens(completions[i]);
          grades.push_back(tokens ? correctness(problem, completions[i]) : no_tokens());
          if (!grades[i].score) continue;
          lengths.push_back({is_right(grades[i]), *tokens});
          scored.push_back(i);
        }
        const std::vector<double> scores = formula(lengths);
        for (size_t i = 0; i < scored.size(); ++i) grades[scored[i]].score = scores[i];
        return grades;
      };
}

}  // namespace

double cosine_length_score(bool is_correct, int64_t num_tokens, const CosineLengthOptions& options) {
  const double progress = std::min(static_cast<double>(num_tokens) / static_cast<double>(options.max_tokens), 1.0);
  const double shortest = is_correct ? options.max_value_correct : options.min_value_wrong;
  const double longest = is_correct ? options.min_value_correct : options.max_value_wrong;
  return longest + 0.5 * (shortest - longest) * (1.0 + std::cos(progress * std::numbers::pi));
}

RewardRule cosine_length(CosineLengthOptions options, RewardRule correctness) {
  check(options.max_tokens >= 1, "cosine_length: max_tokens must be at least 1, got {}", options.max_tokens);
  const auto check_range = [](const char* answers, double min, double max) {
    check(std::isfinite(min) && std::isfinite(max) && min <= max,
          "cosine_length: expected min_value_{} ≤ max_value_{}, got {} and {}", answers, answers, min, max);
  };
  check_range("correct", options.min_value_correct, options.max_value_correct);
  check_range("wrong", options.min_value_wrong, options.max_value_wrong);
  return [options, correctness = std::move(correctness)](const Problem& problem, const Completion& completion) {
    const auto tokens = num_tokens(completion);
    if (!tokens) return no_tokens();
    Grade grade = correctness(problem, completion);
    if (grade.score) grade.score = cosine_length_score(is_right(grade), *tokens, options);
    return grade;
  };
}

std::vector<double> kimi_length_scores(std::span<const GradedLength> group) {
  std::vector<double> scores(group.size(), 0.0);
  if (group.empty()) return scores;
  const auto [shortest, longest] = std::ranges::minmax(group, {}, &GradedLength::num_tokens);
  if (shortest.num_tokens == longest.num_tokens) return scores;
  const double range = static_cast<double>(longest.num_tokens - shortest.num_tokens);
  for (size_t i = 0; i < group.size(); ++i) {
    const double lambda = 0.5 - static_cast<double>(group[i].num_tokens - shortest.num_tokens) / range;
    scores[i] = group[i].is_correct ? lambda : std::min(0.0, lambda);
  }
  return scores;
}

GroupRule kimi_length(RewardRule correctness) { return over_group(std::move(correctness), kimi_length_scores); }

std::vector<double> linear_length_scores(std::span<const GradedLength> group, const LinearLengthOptions& options) {
  std::vector<double> scores(group.size(), 0.0);
  const auto num_right = std::ranges::count(group, true, &GradedLength::is_correct);
  if (num_right == 0) return scores;
  const int64_t most_tokens = std::max<int64_t>(1, std::ranges::max(group, {}, &GradedLength::num_tokens).num_tokens);
  const double share_right = static_cast<double>(num_right) / static_cast<double>(group.size());
  for (size_t i = 0; i < group.size(); ++i)
    scores[i] = 0.0 - options.weight * share_right * static_cast<double>(group[i].num_tokens) /
                          static_cast<double>(most_tokens);
  return scores;
}

GroupRule linear_length(LinearLengthOptions options, RewardRule correctness) {
  check(std::isfinite(options.weight) && options.weight >= 0,
        "linear_length: weight must be finite and at least 0, got {}", options.weight);
  return over_group(std::move(correctness),
                    [options](std::span<const GradedLength> group) { return linear_length_scores(group, options); });
}

}  // namespace cohort::rewards
