#include "rewards/scoring/row.hpp"

#include <cmath>
#include <string_view>
#include <utility>

#include "cohort/error.hpp"

namespace cohort::scoring {
namespace {

std::string describe(const Problem& problem) {
  constexpr size_t max_bytes = 120;
  const std::string& text = problem.messages.empty() ? problem.prompt : problem.messages.back().content;
  const std::string_view shown = std::string_view(text).substr(0, max_bytes);
  return fmt::format("problem {} \"{}{}\"", problem.index, shown, text.size() > max_bytes ? "…" : "");
}

// A message ends up in a log line for each completion.
constexpr size_t kMaxErrorBytes = 2000;

}  // namespace

Row::Row(int64_t index, std::shared_ptr<const Group> group, std::span<const RewardTerm> terms)
    : index(index),
      group(std::move(group)),
      group_size(this->group->completions.size()),
      problem(describe(this->group->problem)),
      logs(terms.size()),
      num_open(group_size * terms.size()) {
  for (size_t t = 0; t < terms.size(); ++t) {
    const bool is_one_call = !terms[t].rule.per_completion() && !terms[t].rule.async();
    logs[t].grades.resize(group_size);
    logs[t].call_ms.resize(is_one_call ? std::min<size_t>(group_size, 1) : group_size);
  }
}

Grade checked(Grade grade) {
  if (grade.fault != Fault::none) {
    grade.score.reset();
    if (grade.error.size() > kMaxErrorBytes) grade.error.resize(kMaxErrorBytes);
    return grade;
  }
  // Scores are kept as float: 1e300 is infinite there.
  if (grade.score && !std::isfinite(static_cast<float>(*grade.score)))
    return Grade::failed(fmt::format("returned {}, expected a finite score or none", *grade.score));
  return grade;
}

std::vector<Grade> faults(const Call& call, const std::string& error, Fault fault) {
  return std::vector<Grade>(call.count, Grade::failed(error, fault));
}

std::vector<Grade> thrown(const Call& call) {
  try {
    throw;
  } catch (const std::exception& error) {
    return faults(call, error.what(), Fault::error);
  } catch (...) {
    return faults(call, "threw something that is not a std::exception", Fault::error);
  }
}

bool record(const Call& call, std::vector<Grade> grades, float ms) {
  TermLog& log = call.row->logs[call.term];
  for (size_t i = 0; i < call.count; ++i) log.grades[call.first + i] = checked(std::move(grades[i]));
  log.call_ms[log.call_ms.size() == 1 ? 0 : call.first] = ms;
  if (call.row->num_open.fetch_sub(call.count) != call.count) return false;
  call.row->group.reset();
  return true;
}

}  // namespace cohort::scoring
