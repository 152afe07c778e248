// The pool that grades. Three kinds of thread: workers call rules; the clock gives up calls that are late and looks
// after futures; the owner submits and collects. A worker whose call was given up owns nothing but its share of the
// State.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <limits>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "cohort/error.hpp"
#include "rewards/scoring/row.hpp"

namespace cohort {
namespace {

using scoring::Call;
using scoring::Row;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

float ms_since(Clock::time_point start) {
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

}  // namespace

struct Scorer::State : std::enable_shared_from_this<Scorer::State> {
  State(std::vector<RewardTerm> terms, ScorerOptions options) : terms(std::move(terms)), options(options) {
    for (size_t t = 0; t < this->terms.size(); ++t) {
      const Rule& rule = this->terms[t].rule;
      // Futures first: they run while the worker goes on.
      if (rule.async()) completion_terms.insert(completion_terms.begin(), t);
      if (rule.per_completion()) completion_terms.push_back(t);
      if (!rule.async() && !rule.per_completion()) group_terms.push_back(t);
    }
    abandoned = std::vector<std::atomic<int64_t>>(this->terms.size());
    in_order.resize(this->terms.size());
  }

  std::vector<RewardTerm> terms;
  ScorerOptions options;
  std::vector<size_t> completion_terms, group_terms;  // indices of terms
  std::vector<std::atomic<int64_t>> abandoned;        // calls of each term, given up and still running

  std::mutex mutex;  // of what follows
  std::condition_variable work_or_stop, all_graded, not_full, clock_wakes;
  std::map<int64_t, std::shared_ptr<Row>> rows;  // submitted since the last collect()
  std::deque<Job> queue;
  std::vector<InOrder> in_order;  // [terms]
  std::list<Pending> pending, late;
  std::vector<std::shared_ptr<Worker>> workers;
  size_t num_open_rows = 0, num_busy = 0;  // busy: workers between take() and take()
  std::string misuse;                      // of submit(), told by collect()
  bool is_collecting = false, stop = false;
  std::thread clock;

  void start() {
    const std::lock_guard lock(mutex);
    for (int64_t i = 0; i < options.threads; ++i) add_worker();
    clock = std::thread([state = shared_from_this()] { state->watch(); });
  }

  // --- workers ---

  void add_worker() {  // under the lock
    const auto worker = std::make_shared<Worker>();
    worker->thread = std::thread([state = shared_from_this(), worker] { state->work(*worker); });
    workers.push_back(worker);
  }

  void work(Worker& worker) {
    for (bool was_busy = false; std::optional<Job> job = take(was_busy); was_busy = true) {
      if (!is_of_completion(*job)) {
        if (!run(worker, *job)) return;
        continue;
      }
      for (; job->position < completion_terms.size(); ++job->position) {
        job->call.term = completion_terms[job->position];
        if (!run(worker, *job)) return;
      }
    }
  }

  bool is_of_completion(const Job& job) const { return job.position < completion_terms.size(); }

  std::optional<Job> take(bool was_busy) {
    std::unique_lock lock(mutex);
    num_busy -= was_busy;
    work_or_stop.wait(lock, [&] { return stop || !queue.empty(); });
    if (stop) return std::nullopt;
    Job job = std::move(queue.front());
    queue.pop_front();
    ++num_busy;
    not_full.notify_one();
    return job;
  }

  /// Calls one rule. False if the call was given up meanwhile: the thread is then nobody's.
  bool run(Worker& worker, const Job& job) {
    const Call& call = job.call;
    const RewardTerm& term = terms[call.term];
    const int64_t limit = term.rule.stateful() ? 1 : options.max_abandoned;
    if (const int64_t lost = abandoned[call.term]; lost >= limit) {
      finish(call, scoring::faults(call, fmt::format("not called: {} earlier calls hang", lost), Fault::unavailable),
             0);
      return true;
    }
    const auto start = Clock::now();
    {
      const std::lock_guard lock(worker.mutex);
      worker.job = job;
      worker.start = start;
    }
    std::vector<Grade> grades;
    std::future<Grade> answer;
    try {
      if (const AsyncRule* rule = term.rule.async()) {
        answer = (*rule)(call.group->problem, call.completions().front());
        check(answer.valid(), "returned no future");
        // Nobody else would ever run it.
        if (answer.wait_for(0s) == std::future_status::deferred) grades = {answer.get()};
      } else {
        grades = term.rule.grade(call.group->problem, call.completions());
      }
    } catch (...) {
      grades = scoring::thrown(call);
    }
    {
      const std::lock_guard lock(worker.mutex);
      if (worker.is_given_up) {
        --abandoned[call.term];
        return false;
      }
      worker.job.reset();
    }
    if (grades.empty()) {
      const std::lock_guard lock(mutex);
      pending.push_back({call, std::move(answer), start});
      clock_wakes.notify_one();
    } else {
      finish(call, std::move(grades), ms_since(start));
    }
    return true;
  }

  void finish(const Call& call, std::vector<Grade> grades, float ms) {
    const bool is_last = scoring::record(call, std::move(grades), ms);
    const bool is_stateful = terms[call.term].rule.stateful();
    if (!is_last && !is_stateful) return;
    const std::lock_guard lock(mutex);
    if (is_stateful) {
      in_order[call.term].is_running = false;
      ++in_order[call.term].next;
      advance(call.term);
    }
    if (is_last && --num_open_rows == 0) all_graded.notify_all();
  }

  // --- the clock ---

  void watch() {
    std::chrono::milliseconds shortest = 4s;
    for (const RewardTerm& term : terms)
      if (!term.rule.is_bounded()) shortest = std::min(shortest, term.deadline);
    const auto pause = std::clamp<std::chrono::milliseconds>(shortest / 20, 1ms, 200ms);
    std::unique_lock lock(mutex);
    auto tick = Clock::now();
    while (!stop || num_busy > 0 || !pending.empty()) {
      const bool has_futures = !pending.empty() || !late.empty();
      clock_wakes.wait_for(lock, has_futures ? 1ms : pause);
      const auto now = Clock::now();
      if (now - tick > pause + 1s) forgive(now - tick);
      tick = now;
      give_up_late_calls(lock);
      look_at_futures(lock);
    }
  }

  /// The whole process stood still, stopped by a signal or starved: no call is late for that.
  void forgive(Clock::duration gap) {  // under the lock
    for (Pending& one : pending) one.start += gap;
    for (auto& worker : workers) {
      const std::lock_guard guard(worker->mutex);
      worker->start += gap;
    }
  }

  void give_up_late_calls(std::unique_lock<std::mutex>& lock) {
    std::vector<Job> given_up;
    for (auto& worker : workers) {
      const std::lock_guard guard(worker->mutex);
      if (!worker->job) continue;
      const Call& call = worker->job->call;
      const RewardTerm& term = terms[call.term];
      if (term.rule.is_bounded() || Clock::now() - worker->start <= term.deadline) continue;
      worker->is_given_up = true;
      ++abandoned[call.term];
      --num_busy;
      given_up.push_back(*std::exchange(worker->job, std::nullopt));
      worker->thread.detach();
    }
    if (given_up.empty()) return;
    std::erase_if(workers, [](const auto& worker) {
      const std::lock_guard guard(worker->mutex);
      return worker->is_given_up;
    });
    for (size_t i = 0; i < given_up.size() && !stop; ++i) add_worker();
    lock.unlock();
    for (Job& job : given_up) {
      // The rest of its terms first, so that the row is not complete before they are queued.
      const Call late_call = job.call;
      if (is_of_completion(job) && ++job.position < completion_terms.size()) {
        job.call.term = completion_terms[job.position];
        const std::lock_guard guard(mutex);
        queue.push_front(std::move(job));
        work_or_stop.notify_one();
      }
      finish(late_call, late_faults(late_call), static_cast<float>(terms[late_call.term].deadline.count()));
    }
    lock.lock();
  }

  std::vector<Grade> late_faults(const Call& call) const {
    return scoring::faults(call, fmt::format("no answer within {} ms", terms[call.term].deadline.count()),
                           Fault::timeout);
  }

  void look_at_futures(std::unique_lock<std::mutex>& lock) {
    const auto is_ready = [](const Pending& one) { return one.answer.wait_for(0s) == std::future_status::ready; };
    for (auto one = late.begin(); one != late.end();) {
      const bool has_returned = is_ready(*one);
      if (has_returned) --abandoned[one->call.term];
      one = has_returned ? late.erase(one) : std::next(one);
    }
    std::list<Pending> ready;
    for (auto one = pending.begin(); one != pending.end();) {
      const auto here = one++;
      const bool is_late = Clock::now() - here->start > terms[here->call.term].deadline;
      if (is_ready(*here)) {
        ready.splice(ready.end(), pending, here);
      } else if (is_late) {
        ++abandoned[here->call.term];
        // Destroying the future of std::async would wait for it: it is kept until it is ready.
        late.splice(late.end(), pending, here);
        ready.push_back({here->call, {}, here->start});
      }
    }
    if (ready.empty()) return;
    lock.unlock();
    for (Pending& one : ready) {
      std::vector<Grade> grades;
      try {
        grades = one.answer.valid() ? std::vector<Grade>{one.answer.get()} : late_faults(one.call);
      } catch (...) {
        grades = scoring::thrown(one.call);
      }
      finish(one.call, std::move(grades), ms_since(one.start));
    }
    lock.lock();
  }

  // --- the owner ---

  void submit(int64_t index, std::shared_ptr<const Group> group) {
    const auto row = std::make_shared<Row>(group, terms);
    std::unique_lock lock(mutex);
    if (!rows.try_emplace(index, row).second) {
      misuse = fmt::format("score: row {} was submitted twice", index);
      return;
    }
    if (row->group_size == 0) return;
    not_full.wait(lock, [&] { return queue.size() < static_cast<size_t>(options.max_queued); });
    ++num_open_rows;
    if (!completion_terms.empty())
      for (size_t i = 0; i < row->group_size; ++i)
        queue.push_back({{.row = row, .group = group, .term = completion_terms.front(), .first = i, .count = 1}});
    for (const size_t term : group_terms) {
      if (terms[term].rule.stateful()) {
        in_order[term].waiting.emplace(index, row);
        advance(term);
      } else {
        queue_group(row, term);
      }
    }
    work_or_stop.notify_all();
  }

  void queue_group(const std::shared_ptr<Row>& row, size_t term) {  // under the lock
    queue.push_back({{.row = row, .group = row->group, .term = term, .first = 0, .count = row->group_size},
                     completion_terms.size()});
    work_or_stop.notify_one();
  }

  /// Queues the next row of a reward with a memory once the one before is done. While collecting, rows that were never
  /// submitted are not waited for: collect() complains of them.
  void advance(size_t term) {  // under the lock
    InOrder& order = in_order[term];
    if (order.is_running || order.waiting.empty()) return;
    const auto first = order.waiting.begin();
    if (first->first != order.next && !is_collecting) return;
    order.is_running = true;
    queue_group(first->second, term);
    order.waiting.erase(first);
  }

  Rewards collect() {
    std::map<int64_t, std::shared_ptr<Row>> graded;
    std::string complaint;
    {
      std::unique_lock lock(mutex);
      is_collecting = true;
      for (const size_t term : group_terms) advance(term);
      all_graded.wait(lock, [&] { return num_open_rows == 0; });
      is_collecting = false;
      for (InOrder& order : in_order) order.next = 0;
      graded.swap(rows);
      complaint.swap(misuse);
    }
    if (!complaint.empty()) throw Error(complaint);
    std::vector<std::shared_ptr<Row>> rows_in_order;
    for (auto& [index, row] : graded) {
      check(index == static_cast<int64_t>(rows_in_order.size()),
            "score: rows must be 0 … n − 1, expected row {}, got {}", rows_in_order.size(), index);
      rows_in_order.push_back(std::move(row));
    }
    return scoring::gather(rows_in_order, terms);
  }

  void end() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
      queue.clear();
    }
    work_or_stop.notify_all();
    clock_wakes.notify_all();
    clock.join();  // by then each worker is idle, or given up
    for (auto& worker : workers) worker->thread.join();
    if (!late.empty()) new std::list<Pending>(std::move(late));  // see look_at_futures: nobody may wait for these
  }
};

Scorer::Scorer(std::vector<RewardTerm> terms, ScorerOptions options) {
  check(options.threads >= 1, "score: threads must be at least 1, got {}", options.threads);
  check(options.max_queued >= 1, "score: max_queued must be at least 1, got {}", options.max_queued);
  check(options.max_abandoned >= 1, "score: max_abandoned must be at least 1, got {}", options.max_abandoned);
  scoring::check_terms(terms);
  state_ = std::make_shared<State>(std::move(terms), options);
  state_->start();
}

Scorer::~Scorer() { state_->end(); }

void Scorer::submit(int64_t index, const Group& group) { state_->submit(index, std::make_shared<const Group>(group)); }

Rewards Scorer::collect() { return state_->collect(); }

int64_t Scorer::num_abandoned() const {
  int64_t sum = 0;
  for (const auto& count : state_->abandoned) sum += count;
  return sum;
}

Rewards score(std::span<const Group> groups, std::span<const RewardTerm> terms, int64_t threads) {
  int64_t num_completions = 1;
  for (const Group& group : groups) num_completions += static_cast<int64_t>(group.completions.size());
  Scorer scorer({terms.begin(), terms.end()}, std::min(threads, num_completions));
  for (size_t g = 0; g < groups.size(); ++g) scorer.submit(static_cast<int64_t>(g), groups[g]);
  return scorer.collect();
}

}  // namespace cohort
