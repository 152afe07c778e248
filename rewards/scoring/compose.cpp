// From the grades of each term to one reward for each completion.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "cohort/error.hpp"
#include "rewards/scoring/row.hpp"

namespace cohort {
namespace scoring {
namespace {

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

float score_of(const Grade& grade, const RewardTerm& term) {
  if (!grade.score) return nothing;
  const float score = static_cast<float>(*grade.score);
  return term.clip ? std::clamp(score, term.clip->low, term.clip->high) : score;
}

/// The terms of one group, [terms][group_size], as they count: faults are replaced as their policy says.
struct Counted {
  std::vector<std::vector<float>> values;  // NaN: the term does not apply
  std::vector<std::vector<bool>> is_void;  // a fault that nothing replaces
};

Counted counted(const Row& row, std::span<const RewardTerm> terms) {
  Counted counted;
  for (size_t t = 0; t < terms.size(); ++t) {
    const std::vector<Grade>& grades = row.logs[t].grades;
    std::vector<float> values(row.group_size);
    std::vector<bool> is_void(row.group_size, false);
    float lowest = nothing;
    for (size_t i = 0; i < row.group_size; ++i) {
      values[i] = score_of(grades[i], terms[t]);
      if (!std::isnan(values[i])) lowest = std::fmin(lowest, values[i]);
    }
    const float replacement = terms[t].on_error == OnError::zero  ? 0.0f
                              : terms[t].on_error == OnError::min ? lowest
                                                                  : nothing;
    for (size_t i = 0; i < row.group_size; ++i) {
      if (grades[i].fault == Fault::none) continue;
      values[i] = replacement;
      is_void[i] = std::isnan(replacement);
    }
    counted.values.push_back(std::move(values));
    counted.is_void.push_back(std::move(is_void));
  }
  return counted;
}

/// The index of the term that opens each term; the term's own where it has no gate.
std::vector<size_t> gates_of(std::span<const RewardTerm> terms) {
  std::vector<size_t> gates(terms.size());
  for (size_t t = 0; t < terms.size(); ++t) {
    gates[t] = t;
    for (size_t other = 0; terms[t].gate && other < terms.size(); ++other)
      if (terms[other].name == terms[t].gate->term) gates[t] = other;
  }
  return gates;
}

float total_of(const Counted& counted, size_t i, std::span<const RewardTerm> terms, std::span<const size_t> gates) {
  float total = nothing;
  for (size_t t = 0; t < terms.size(); ++t) {
    const bool is_gated = gates[t] != t;
    // Whether the term counts is not known: neither is the total.
    if (is_gated && counted.is_void[gates[t]][i] && terms[t].weight != 0) return nothing;
    if (is_gated && !(counted.values[gates[t]][i] >= terms[t].gate->at_least)) continue;
    if (counted.is_void[t][i] && terms[t].weight != 0) return nothing;
    const float value = counted.values[t][i];
    if (std::isnan(value)) continue;
    total = (std::isnan(total) ? 0.0f : total) + terms[t].weight * value;
  }
  return total;
}

void throw_first_fault(std::span<const std::shared_ptr<Row>> rows, std::span<const RewardTerm> terms) {
  for (const auto& row : rows)
    for (size_t i = 0; i < row->group_size; ++i)
      for (size_t t = 0; t < terms.size(); ++t) {
        const Grade& grade = row->logs[t].grades[i];
        const bool is_fatal = grade.fault != Fault::none && terms[t].on_error == OnError::abort;
        check(!is_fatal, "score: reward \"{}\", {}, completion {}: {}", terms[t].name, row->problem, i, grade.error);
      }
}

}  // namespace

void check_terms(std::span<const RewardTerm> terms) {
  check(!terms.empty(), "score: no reward terms, expected at least one");
  std::map<std::string_view, bool> seen;
  for (const RewardTerm& term : terms) {
    const std::string_view name = term.name;
    check(static_cast<bool>(term.rule), "score: reward \"{}\" has no rule", name);
    check(std::isfinite(term.weight), "score: reward \"{}\" has weight {}, expected a finite number", name,
          term.weight);
    check(!std::exchange(seen[name], true), "score: two rewards are named \"{}\"", name);
    check(term.deadline.count() > 0, "score: reward \"{}\" has a deadline of {} ms, expected more than 0", name,
          term.deadline.count());
    check(!term.clip || term.clip->low <= term.clip->high, "score: reward \"{}\" is clipped to [{}, {}]", name,
          term.clip ? term.clip->low : 0, term.clip ? term.clip->high : 0);
  }
  for (const RewardTerm& term : terms)
    check(!term.gate || (seen.contains(term.gate->term) && term.gate->term != term.name),
          "score: the gate of reward \"{}\" names \"{}\", expected another reward", term.name,
          term.gate ? term.gate->term : "");
}

std::vector<float> totals_of(const Row& row, std::span<const RewardTerm> terms) {
  const Counted of_terms = counted(row, terms);
  const std::vector<size_t> gates = gates_of(terms);
  std::vector<float> totals;
  for (size_t i = 0; i < row.group_size; ++i) totals.push_back(total_of(of_terms, i, terms, gates));
  return totals;
}

Rewards gather(std::span<const std::shared_ptr<Row>> rows, std::span<const RewardTerm> terms) {
  check(!rows.empty(), "score: no groups, expected at least one");
  const size_t group_size = rows.front()->group_size;
  for (size_t g = 0; g < rows.size(); ++g)
    check(rows[g]->group_size == group_size,
          "score: groups differ in size: group 0 has {} completions, group {} has {}", group_size, g,
          rows[g]->group_size);
  throw_first_fault(rows, terms);

  const auto unset = [&] {
    return GroupArray::Constant(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(group_size), nothing);
  };
  Rewards rewards{.total = unset(), .terms = {}, .logs = {}};
  for (size_t t = 0; t < terms.size(); ++t) rewards.terms[terms[t].name] = unset();
  for (size_t g = 0; g < rows.size(); ++g) {
    const std::vector<float> totals = totals_of(*rows[g], terms);
    for (size_t i = 0; i < group_size; ++i) {
      const auto y = static_cast<Eigen::Index>(g), x = static_cast<Eigen::Index>(i);
      rewards.total(y, x) = totals[i];
      for (size_t t = 0; t < terms.size(); ++t)
        rewards.terms[terms[t].name](y, x) = score_of(rows[g]->logs[t].grades[i], terms[t]);
    }
    for (size_t t = 0; t < terms.size(); ++t) {
      TermLog& log = rewards.logs[terms[t].name];
      TermLog& part = rows[g]->logs[t];
      std::move(part.grades.begin(), part.grades.end(), std::back_inserter(log.grades));
      log.call_ms.insert(log.call_ms.end(), part.call_ms.begin(), part.call_ms.end());
    }
  }
  return rewards;
}

}  // namespace scoring

int64_t TermLog::num_failed() const {
  return std::count_if(grades.begin(), grades.end(), [](const Grade& grade) { return grade.fault != Fault::none; });
}

int64_t TermLog::num_timeouts() const {
  return std::count_if(grades.begin(), grades.end(), [](const Grade& grade) { return grade.fault == Fault::timeout; });
}

int64_t TermLog::num_skipped() const {
  return std::count_if(grades.begin(), grades.end(),
                       [](const Grade& grade) { return grade.fault == Fault::none && !grade.score; });
}

std::vector<std::string> alarms(const Rewards& rewards, std::span<const RewardTerm> terms) {
  std::vector<std::string> lines;
  for (const RewardTerm& term : terms) {
    const TermLog& log = rewards.logs.at(term.name);
    const int64_t failed = log.num_failed();
    const auto size = static_cast<double>(log.grades.size());
    if (failed == 0 || static_cast<double>(failed) <= term.max_failure_rate * size) continue;
    const auto first = std::find_if(log.grades.begin(), log.grades.end(),
                                    [](const Grade& grade) { return grade.fault != Fault::none; });
    lines.push_back(fmt::format("reward \"{}\" failed on {} of {} completions, {} of them late; the first: {}",
                                term.name, failed, log.grades.size(), log.num_timeouts(), first->error));
  }
  return lines;
}

}  // namespace cohort
