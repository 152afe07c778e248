#include <algorithm>
#include <utility>

#include "cohort/error.hpp"
#include "rewards/scoring/pool.hpp"

namespace cohort {

using namespace scoring;

Scorer::State::State(std::vector<RewardTerm> terms, ScorerOptions options) : terms(std::move(terms)), options(options) {
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

void Scorer::State::start() {
  const std::lock_guard lock(mutex);
  for (int64_t i = 0; i < options.threads; ++i) add_worker();
  clock = std::thread([state = shared_from_this()] { state->watch(); });
}

void Scorer::State::submit(int64_t index, std::shared_ptr<const Group> group) {
  const auto row = std::make_shared<Row>(index, group, terms);
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

void Scorer::State::queue_group(const std::shared_ptr<Row>& row, size_t term) {
  queue.push_back(
      {{.row = row, .group = row->group, .term = term, .first = 0, .count = row->group_size}, completion_terms.size()});
  work_or_stop.notify_one();
}

void Scorer::State::advance(size_t term) {
  InOrder& order = in_order[term];
  if (order.is_running || order.waiting.empty()) return;
  const auto first = order.waiting.begin();
  if (first->first != order.next && !is_collecting) return;
  order.is_running = true;
  queue_group(first->second, term);
  order.waiting.erase(first);
}

Rewards Scorer::State::collect() {
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
    check(index == static_cast<int64_t>(rows_in_order.size()), "score: rows must be 0 … n − 1, expected row {}, got {}",
          rows_in_order.size(), index);
    rows_in_order.push_back(std::move(row));
  }
  return scoring::gather(rows_in_order, terms);
}

void Scorer::State::end() {
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
