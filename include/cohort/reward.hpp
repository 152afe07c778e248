// Rewards: rules that grade one completion, and the pool that applies them to groups.
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <future>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "cohort/group.hpp"

namespace cohort {

/// Why a completion that a rule applies to has no score.
enum class Fault {
  none,         // it has one, or the rule does not apply
  error,        // the rule threw, crashed, or answered what is no grade
  timeout,      // no answer within the deadline
  unavailable,  // nobody is there to ask: no such service, no sandbox, a worker that dies each time it is started
};

/// What a rule found. Converts from a number, so a rule may just return its score.
struct Grade {
  std::optional<double> score;  // nullopt: the rule does not apply to this problem, or a fault
  std::string verdict;          // the rule's word for it: "equal", "different", "unparsed", "format"; may be empty
  std::optional<std::string> extracted;  // the answer as it was read out of the completion
  std::string rule;                      // which extraction found it: "boxed", "####", "last_number", "answer_tag"
  std::vector<std::pair<std::string, double>> columns;  // further numbers for the log, each under its name
  Fault fault = Fault::none;
  std::string error;  // of a fault, for a person to read

  Grade() = default;
  template <typename Number>
  requires std::is_arithmetic_v<Number> Grade(Number value) : score(static_cast<double>(value)) {}
  Grade(double value, std::string verdict) : score(value), verdict(std::move(verdict)) {}
  static Grade failed(std::string error, Fault fault = Fault::error);
};

/// Grades one completion. Pure and thread-safe: it is called from several threads at once. Never hangs: linear in
/// the length of the text.
using RewardRule = std::function<Grade(const Problem&, const Completion&)>;

/// Grades all completions of a problem at once: one Grade for each, in their order. Otherwise as a RewardRule.
using GroupRule = std::function<std::vector<Grade>(const Problem&, std::span<const Completion>)>;

/// Starts to grade one completion and returns at once. Both arguments live until the future is ready or the deadline
/// of the term is over, whichever is first: take copies of what is needed longer.
using AsyncRule = std::function<std::future<Grade>(const Problem&, const Completion&)>;

/// A reward with a memory. Never called by two threads at once, and sees problems in the order of their rows however
/// they arrive, so that the number of threads never changes a result. Checkpoints keep its state.
class StatefulReward {
 public:
  virtual ~StatefulReward() = default;
  virtual Grade grade(const Problem& problem, const Completion& completion) = 0;
  virtual std::vector<Grade> grade_group(const Problem& problem,
                                         std::span<const Completion> completions);  // by grade()
  virtual std::string state() const = 0;               // as text, all that a grade depends on
  virtual void restore(const std::string& state) = 0;  // throws Error for what state() did not write
};

/// An AsyncRule from a function that calls `done` when it knows, from any thread, once.
AsyncRule with_callback(std::function<void(const Problem&, const Completion&, std::function<void(Grade)> done)> start);

/// Any of the ways to write a reward. Converts from whatever can be called as one of them.
class Rule {
 public:
  Rule() = default;
  template <typename Callable>
  requires(!std::same_as<std::remove_cvref_t<Callable>, Rule>) Rule(Callable&& rule) {
    using Function = std::remove_cvref_t<Callable>;
    if constexpr (std::convertible_to<Callable, std::shared_ptr<StatefulReward>>)
      way_ = std::shared_ptr<StatefulReward>(std::forward<Callable>(rule));
    else if constexpr (std::is_invocable_r_v<Grade, Function&, const Problem&, const Completion&>)
      way_ = RewardRule(std::forward<Callable>(rule));
    else if constexpr (std::is_invocable_r_v<std::future<Grade>, Function&, const Problem&, const Completion&>)
      way_ = AsyncRule(std::forward<Callable>(rule));
    else
      way_ = GroupRule(std::forward<Callable>(rule));
  }

  /// A rule that keeps a deadline of its own: a Scorer never gives it up.
  static Rule bounded(Rule rule);

  explicit operator bool() const;                                                      // whether there is a rule
  const RewardRule* per_completion() const { return std::get_if<RewardRule>(&way_); }  // null: another way
  const AsyncRule* async() const { return std::get_if<AsyncRule>(&way_); }
  bool is_bounded() const { return is_bounded_; }
  StatefulReward* stateful() const;  // null where it has no memory

  /// Grades in the caller's thread, without a deadline; what the rule throws comes through. A group rule takes a single
  /// completion as a group of one. Throws Error if it does not return one Grade for each completion.
  Grade operator()(const Problem& problem, const Completion& completion) const;
  std::vector<Grade> grade(const Problem& problem, std::span<const Completion> completions) const;

 private:
  std::variant<std::monostate, RewardRule, GroupRule, AsyncRule, std::shared_ptr<StatefulReward>> way_;
  bool is_bounded_ = false;
};

/// What a fault of a term makes of the total of its completion. Never a silent 0: faults are counted in any case.
enum class OnError {
  abort,  // an Error, which names the term and the problem
  skip,   // NaN: the completion leaves the mean of its group and gets no advantage
  zero,   // as if the term had given 0
  min,    // as if it had given its lowest score in the group; skip where it gave none
};

/// The term counts only where another term gave at least this.
struct Gate {
  std::string term;
  float at_least = 1.0f;
};

struct Bounds {
  float low, high;
};

struct RewardTerm {
  std::string name;  // as it appears in the log
  Rule rule;
  float weight = 1.0f;  // as it is: weights are not made to add up to 1
  OnError on_error = OnError::abort;
  std::optional<Gate> gate;
  std::optional<Bounds> clip;  // of the score, before the weight
  /// Of a call: of one completion, or of one problem for rules that see a group and rewards with a memory.
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
  double max_failure_rate = 0.1;  // of a step's completions: above, alarms() says so
  bool reads_answer = false;      // a gold answer earns at least 1
};

/// What became of one term.
struct TermLog {
  std::vector<Grade> grades;   // of each completion, row by row, as the rule gave it
  std::vector<float> call_ms;  // how long each call took, in the same order

  int64_t num_failed() const;    // grades with a fault, of any kind
  int64_t num_timeouts() const;  // those of them that were late
  int64_t num_skipped() const;   // no score and no fault: the rule did not apply
};

struct Rewards {
  GroupArray total;  // Σ weight · term over the terms that apply; NaN where none does, and for faults by OnError
  std::map<std::string, GroupArray> terms;  // each alone, clipped and unweighted; NaN where it does not apply or failed
  std::map<std::string, TermLog> logs;      // of each term
};

/// Grades every completion with every term, on `threads` threads of its own.
/// Throws Error, naming the term and the problem, for a fault of a term whose policy is abort (the first in order of
/// groups, then completions, then terms). Faults: a rule throws, returns a value that is not finite, or is late. Also
/// throws if there are no groups or terms, two terms share a name, a gate names none, or the groups differ in size.
/// The number of threads never changes a result.
Rewards score(std::span<const Group> groups, std::span<const RewardTerm> terms, int64_t threads = 1);

/// What a person should be told of a step: a line for each term that failed more often than its max_failure_rate.
std::vector<std::string> alarms(const Rewards& rewards, std::span<const RewardTerm> terms);

/// Called when a row has all its grades, from a thread that grades: its index, the group, and Rewards::total of it. One
/// row may be told while another is. What it throws is thrown by collect().
using GradedCallback = std::function<void(int64_t index, const Group& group, std::span<const float> totals)>;

struct ScorerOptions {
  int64_t threads = 1;          // of rules that are called; futures take none
  int64_t max_queued = 65'536;  // completions that wait to be graded before submit() waits
  /// A call that is late cannot be stopped, only given up: its thread is lost and another takes its place. A term with
  /// this many such calls is not called until one of them returns; its completions are faults (unavailable).
  int64_t max_abandoned = 8;
  GradedCallback on_graded = {};
};

/// The same, for groups that arrive one by one while others are still being sampled.
class Scorer {
 public:
  Scorer(std::vector<RewardTerm> terms, ScorerOptions options);
  Scorer(std::vector<RewardTerm> terms, int64_t threads)
      : Scorer(std::move(terms), ScorerOptions{.threads = threads}) {}
  ~Scorer();  // waits until running calls return or are late; what is queued is dropped
  Scorer(const Scorer&) = delete;

  /// Queues a copy of `group` as row `index`. Returns at once unless the queue is full; never throws for what a rule
  /// does. The copy is freed when its last completion is graded.
  void submit(int64_t index, const Group& group);

  /// Waits for all rows submitted since the last collect(), and for their callbacks; they must be 0 … n − 1. Throws as
  /// score() does.
  Rewards collect();

  /// Calls given up that have not returned yet.
  int64_t num_abandoned() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // a call that was given up shares it
};

}  // namespace cohort
