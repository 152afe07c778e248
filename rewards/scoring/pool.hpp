// The pool that grades. Three kinds of thread: workers call rules (workers.cpp); the clock gives up calls that are late
// and looks after futures (clock.cpp); the owner submits and collects (scorer.cpp). A worker whose call was given up
// owns nothing but its share of the State.
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>

#include "rewards/scoring/row.hpp"

namespace cohort {
namespace scoring {

using Clock = std::chrono::steady_clock;

inline float ms_since(Clock::time_point start) {
  return std::chrono::duration<float, std::milli>(Clock::now() - start).count();
}

/// A completion with those of the terms that look at completions, from `position` on; or a row with one other term.
struct Job {
  Call call;
  size_t position = 0;
};

struct Worker {
  std::thread thread;
  std::mutex mutex;  // of what follows
  std::optional<Job> job;
  Clock::time_point start;
  bool is_given_up = false;
};

/// A future that a rule returned.
struct Pending {
  Call call;
  std::future<Grade> answer;
  Clock::time_point start;
};

/// The rows of a reward with a memory, which it sees one after another.
struct InOrder {
  std::map<int64_t, std::shared_ptr<Row>> waiting;
  int64_t next = 0;
  bool is_running = false;
};

}  // namespace scoring

struct Scorer::State : std::enable_shared_from_this<Scorer::State> {
  State(std::vector<RewardTerm> terms, ScorerOptions options);

  std::vector<RewardTerm> terms;
  ScorerOptions options;
  std::vector<size_t> completion_terms, group_terms;  // indices of terms
  std::vector<std::atomic<int64_t>> abandoned;        // calls of each term, given up and still running

  std::mutex mutex;  // of what follows
  std::condition_variable work_or_stop, all_graded, not_full, clock_wakes;
  std::map<int64_t, std::shared_ptr<scoring::Row>> rows;  // submitted since the last collect()
  std::deque<scoring::Job> queue;
  std::vector<scoring::InOrder> in_order;  // [terms]
  std::list<scoring::Pending> pending, late;
  std::vector<std::shared_ptr<scoring::Worker>> workers;
  size_t num_open_rows = 0, num_busy = 0;  // busy: workers between take() and take()
  std::string misuse;                      // of submit(), told by collect()
  bool is_collecting = false, stop = false;
  std::thread clock;

  void start();

  // workers.cpp
  void add_worker();  // under the lock
  void work(scoring::Worker& worker);
  bool is_of_completion(const scoring::Job& job) const;
  std::optional<scoring::Job> take(bool was_busy);
  /// Calls one rule. False if the call was given up meanwhile: the thread is then nobody's.
  bool run(scoring::Worker& worker, const scoring::Job& job);
  void finish(const scoring::Call& call, std::vector<Grade> grades, float ms);
  void tell(int64_t index, const Group& group, const scoring::Row& row);

  // clock.cpp
  void watch();
  /// The whole process stood still, stopped by a signal or starved: no call is late for that.
  void forgive(scoring::Clock::duration gap);  // under the lock
  void give_up_late_calls(std::unique_lock<std::mutex>& lock);
  std::vector<Grade> late_faults(const scoring::Call& call) const;
  void look_at_futures(std::unique_lock<std::mutex>& lock);

  // scorer.cpp
  void submit(int64_t index, std::shared_ptr<const Group> group);
  void queue_group(const std::shared_ptr<scoring::Row>& row, size_t term);  // under the lock
  /// Queues the next row of a reward with a memory once the one before is done. While collecting, rows that were never
  /// submitted are not waited for: collect() complains of them.
  void advance(size_t term);  // under the lock
  Rewards collect();
  void end();
};

}  // namespace cohort
