#include <utility>

#include "cohort/error.hpp"
#include "rewards/scoring/pool.hpp"

namespace cohort {

using namespace scoring;
using namespace std::chrono_literals;

void Scorer::State::add_worker() {
  const auto worker = std::make_shared<Worker>();
  worker->thread = std::thread([state = shared_from_this(), worker] { state->work(*worker); });
  workers.push_back(worker);
}

void Scorer::State::work(Worker& worker) {
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

bool Scorer::State::is_of_completion(const Job& job) const { return job.position < completion_terms.size(); }

std::optional<Job> Scorer::State::take(bool was_busy) {
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

bool Scorer::State::run(Worker& worker, const Job& job) {
  const Call& call = job.call;
  const RewardTerm& term = terms[call.term];
  const int64_t limit = term.rule.stateful() ? 1 : options.max_abandoned;
  if (const int64_t lost = abandoned[call.term]; lost >= limit) {
    finish(call, scoring::faults(call, fmt::format("not called: {} earlier calls hang", lost), Fault::unavailable), 0);
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

void Scorer::State::finish(const Call& call, std::vector<Grade> grades, float ms) {
  const bool is_last = scoring::record(call, std::move(grades), ms);
  if (is_last && options.on_graded) tell(call.row->index, *call.group, *call.row);
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

void Scorer::State::tell(int64_t index, const Group& group, const scoring::Row& row) {
  std::string complaint;
  try {
    return options.on_graded(index, group, scoring::totals_of(row, terms));
  } catch (const std::exception& error) {
    complaint = error.what();
  } catch (...) {
    complaint = "score: on_graded threw something that is not a std::exception";
  }
  const std::lock_guard lock(mutex);
  if (misuse.empty()) misuse = complaint;
}

}  // namespace cohort
