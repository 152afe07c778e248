#include <algorithm>
#include <utility>

#include "cohort/error.hpp"
#include "rewards/scoring/pool.hpp"

namespace cohort {

using namespace scoring;
using namespace std::chrono_literals;

void Scorer::State::watch() {
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

void Scorer::State::forgive(Clock::duration gap) {
  for (Pending& one : pending) one.start += gap;
  for (auto& worker : workers) {
    const std::lock_guard guard(worker->mutex);
    worker->start += gap;
  }
}

void Scorer::State::give_up_late_calls(std::unique_lock<std::mutex>& lock) {
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

std::vector<Grade> Scorer::State::late_faults(const Call& call) const {
  return scoring::faults(call, fmt::format("no answer within {} ms", terms[call.term].deadline.count()),
                         Fault::timeout);
}

void Scorer::State::look_at_futures(std::unique_lock<std::mutex>& lock) {
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

}  // namespace cohort
