// What a Scorer knows of one group while it is graded.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cohort/reward.hpp"

namespace cohort::scoring {

struct Row {
  int64_t index;
  std::shared_ptr<const Group> group;  // let go as soon as the row is graded
  size_t group_size;
  std::string problem;           // its index and the start of its text, for errors
  std::vector<TermLog> logs;     // [terms]; each grade is written once, by whoever ran or gave up its call
  std::atomic<size_t> num_open;  // grades still missing

  Row(int64_t index, std::shared_ptr<const Group> group, std::span<const RewardTerm> terms);
};

/// A call of a rule: of one completion, or of all where the rule sees a group.
struct Call {
  std::shared_ptr<Row> row;
  std::shared_ptr<const Group> group;  // as long as the call runs: the row may be gone before
  size_t term = 0, first = 0, count = 0;

  std::span<const Completion> completions() const { return std::span(group->completions).subspan(first, count); }
};

/// `grade`, or the fault it is if its score is not finite.
Grade checked(Grade grade);

/// The same fault for each completion of a call.
std::vector<Grade> faults(const Call& call, const std::string& error, Fault fault);

/// What the exception that is being handled makes of each completion of a call.
std::vector<Grade> thrown(const Call& call);

/// Writes down what a call gave. The last of a row lets its group go and returns true.
bool record(const Call& call, std::vector<Grade> grades, float ms);

/// The totals of a row that is graded; NaN also for faults of a term whose policy is abort.
std::vector<float> totals_of(const Row& row, std::span<const RewardTerm> terms);

/// Rows of equal size, in order, as totals and terms. Throws the first fault of a term whose policy is abort.
Rewards gather(std::span<const std::shared_ptr<Row>> rows, std::span<const RewardTerm> terms);

void check_terms(std::span<const RewardTerm> terms);

}  // namespace cohort::scoring
