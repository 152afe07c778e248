// Rewards: rules that grade one completion, and the pool that applies them to groups.
#pragma once

#include <concepts>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "cohort/group.hpp"

namespace cohort {

/// What a rule found. Converts from a number, so a rule may just return its score.
struct Grade {
  std::optional<double> score;  // nullopt: the rule does not apply to this problem
  std::string verdict;          // the rule's word for it: "equal", "different", "unparsed", "format"; may be empty
  std::optional<std::string> extracted;  // the answer as it was read out of the completion
  std::string rule;                      // which extraction found it: "boxed", "####", "last_number", "answer_tag"

  Grade() = default;
  template <typename Number>
  requires std::is_arithmetic_v<Number> Grade(Number value) : score(static_cast<double>(value)) {}
  Grade(double value, std::string verdict) : score(value), verdict(std::move(verdict)) {}
};

/// Grades one completion. Pure and thread-safe: it is called from several threads at once. Never hangs: linear in
/// the length of the text.
using RewardRule = std::function<Grade(const Problem&, const Completion&)>;

struct RewardTerm {
  std::string name;  // as it appears in the log
  RewardRule rule;
  float weight = 1.0f;
};

struct Rewards {
  GroupArray total;                         // Σ weight · term over the terms that apply; NaN where none does
  std::map<std::string, GroupArray> terms;  // each term alone and unweighted, for the log; NaN where it does not apply
};

/// Grades every completion with every term, on `threads` threads.
/// Throws Error, naming the term and the problem, if a rule throws or returns a value that is not finite (the first in
/// order of groups, then completions, then terms); also if there are no groups or terms, two terms share a name, or the
/// groups differ in size. The number of threads never changes a result.
Rewards score(std::span<const Group> groups, std::span<const RewardTerm> terms, int64_t threads = 1);

/// The same, for groups that arrive one by one while others are still being sampled.
class Scorer {
 public:
  Scorer(std::vector<RewardTerm> terms, int64_t threads);
  ~Scorer();  // waits for the rules that are running; what is queued is dropped
  Scorer(const Scorer&) = delete;

  /// Queues a copy of `group` as row `index`. Returns at once; never throws for what a rule does. The copy is freed
  /// when its last completion is graded.
  void submit(int64_t index, const Group& group);

  /// Waits for all rows submitted since the last collect(); they must be 0 … n − 1. Throws as score() does.
  Rewards collect();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cohort
