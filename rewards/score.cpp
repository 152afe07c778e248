#include <atomic>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "cohort/error.hpp"
#include "cohort/reward.hpp"

namespace cohort {
namespace {

constexpr float not_applicable = std::numeric_limits<float>::quiet_NaN();

/// One group and what its completions earned, [group_size, num_terms] in row-major order.
struct Row {
  std::shared_ptr<const Group> group;  // let go as soon as the row is graded
  size_t group_size = 0;
  std::vector<float> grades;
  std::vector<std::string> errors;  // per completion; empty strings where all went well
  std::atomic<size_t> num_ungraded = 0;

  Row(std::shared_ptr<const Group> group, size_t num_terms)
      : group(std::move(group)),
        group_size(this->group->completions.size()),
        grades(group_size * num_terms, not_applicable),
        errors(group_size),
        num_ungraded(group_size) {}
};

std::string describe(const Problem& problem) {
  constexpr size_t max_bytes = 120;
  const std::string& text = problem.messages.empty() ? problem.prompt : problem.messages.back().content;
  const std::string_view shown = std::string_view(text).substr(0, max_bytes);
  return fmt::format("problem {} \"{}{}\"", problem.index, shown, text.size() > max_bytes ? "…" : "");
}

/// Applies every term to one completion. A rule's failure becomes a message, so that workers never unwind.
void grade(Row& row, size_t completion, std::span<const RewardTerm> terms) {
  const Problem& problem = row.group->problem;
  for (size_t t = 0; t < terms.size(); ++t) {
    try {
      const Grade grade = terms[t].rule(problem, row.group->completions[completion]);
      if (!grade.score) continue;
      const float value = static_cast<float>(*grade.score);
      check(std::isfinite(value), "returned {}, expected a finite score or none", *grade.score);
      row.grades[completion * terms.size() + t] = value;
      continue;
    } catch (const std::exception& error) {
      row.errors[completion] = error.what();
    } catch (...) {
      row.errors[completion] = "threw something that is not a std::exception";
    }
    row.errors[completion] = fmt::format("score: reward \"{}\", {}, completion {}: {}", terms[t].name,
                                         describe(problem), completion, row.errors[completion]);
    return;
  }
}

void check_terms(std::span<const RewardTerm> terms, int64_t threads) {
  check(threads >= 1, "score: threads must be at least 1, got {}", threads);
  check(!terms.empty(), "score: no reward terms, expected at least one");
  std::map<std::string_view, bool> seen;
  for (const RewardTerm& term : terms) {
    check(static_cast<bool>(term.rule), "score: reward \"{}\" has no rule", term.name);
    check(std::isfinite(term.weight), "score: reward \"{}\" has weight {}, expected a finite number", term.name,
          term.weight);
    check(!std::exchange(seen[term.name], true), "score: two rewards are named \"{}\"", term.name);
  }
}

Rewards gather(const std::vector<std::unique_ptr<Row>>& rows, std::span<const RewardTerm> terms) {
  check(!rows.empty(), "score: no groups, expected at least one");
  const size_t group_size = rows.front()->group_size;
  for (size_t g = 0; g < rows.size(); ++g)
    check(rows[g]->group_size == group_size,
          "score: groups differ in size: group 0 has {} completions, group {} has {}", group_size, g,
          rows[g]->group_size);
  for (const auto& row : rows)
    for (const std::string& error : row->errors)
      if (!error.empty()) throw Error(error);

  const auto filled = [&] {
    return GroupArray::Constant(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(group_size),
                                not_applicable);
  };
  Rewards rewards{.total = filled(), .terms = {}};
  for (size_t t = 0; t < terms.size(); ++t) {
    GroupArray& term = rewards.terms[terms[t].name] = filled();
    for (Eigen::Index g = 0; g < term.rows(); ++g)
      for (Eigen::Index i = 0; i < term.cols(); ++i) {
        const float value = rows[static_cast<size_t>(g)]->grades[static_cast<size_t>(i) * terms.size() + t];
        if (std::isnan(value)) continue;
        term(g, i) = value;
        float& total = rewards.total(g, i);
        total = (std::isnan(total) ? 0.0f : total) + terms[t].weight * value;
      }
  }
  return rewards;
}

}  // namespace

struct Scorer::State {
  std::vector<RewardTerm> terms;
  std::mutex mutex;
  std::condition_variable work_or_stop, all_graded;
  std::map<int64_t, std::unique_ptr<Row>> rows;  // submitted since the last collect()
  std::deque<std::pair<Row*, size_t>> queue;     // completions that nobody has started to grade
  size_t num_open_rows = 0;
  std::string misuse;  // of submit(), told by collect()
  bool stop = false;
  std::vector<std::jthread> workers;  // last: they end before what they use

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      work_or_stop.wait(lock, [&] { return stop || !queue.empty(); });
      if (stop) return;
      const auto [row, completion] = queue.front();
      queue.pop_front();
      lock.unlock();
      grade(*row, completion, terms);
      const bool last = row->num_ungraded.fetch_sub(1) == 1;
      if (last) row->group.reset();
      lock.lock();
      if (last && --num_open_rows == 0) all_graded.notify_all();
    }
  }

  void submit(int64_t index, std::shared_ptr<const Group> group) {
    auto row = std::make_unique<Row>(std::move(group), terms.size());
    const std::lock_guard lock(mutex);
    const auto [place, is_new] = rows.try_emplace(index, std::move(row));
    if (!is_new) {
      misuse = fmt::format("score: row {} was submitted twice", index);
      return;
    }
    if (place->second->group_size == 0) return;
    ++num_open_rows;
    for (size_t i = 0; i < place->second->group_size; ++i) queue.emplace_back(place->second.get(), i);
    work_or_stop.notify_all();
  }

  Rewards collect() {
    std::map<int64_t, std::unique_ptr<Row>> graded;
    std::string complaint;
    {
      std::unique_lock lock(mutex);
      all_graded.wait(lock, [&] { return num_open_rows == 0; });
      graded.swap(rows);
      complaint.swap(misuse);
    }
    if (!complaint.empty()) throw Error(complaint);
    std::vector<std::unique_ptr<Row>> in_order;
    for (auto& [index, row] : graded) {
      check(index == static_cast<int64_t>(in_order.size()), "score: rows must be 0 … n − 1, expected row {}, got {}",
            in_order.size(), index);
      in_order.push_back(std::move(row));
    }
    return gather(in_order, terms);
  }
};

Scorer::Scorer(std::vector<RewardTerm> terms, int64_t threads) : state_(std::make_unique<State>()) {
  check_terms(terms, threads);
  state_->terms = std::move(terms);
  for (int64_t i = 0; i < threads; ++i) state_->workers.emplace_back([state = state_.get()] { state->work(); });
}

Scorer::~Scorer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->work_or_stop.notify_all();
}

void Scorer::submit(int64_t index, const Group& group) { state_->submit(index, std::make_shared<const Group>(group)); }

Rewards Scorer::collect() { return state_->collect(); }

Rewards score(std::span<const Group> groups, std::span<const RewardTerm> terms, int64_t threads) {
  check_terms(terms, threads);
  std::vector<std::unique_ptr<Row>> rows;
  size_t num_completions = 0;
  for (const Group& group : groups) {
    rows.push_back(std::make_unique<Row>(std::shared_ptr<const Group>(std::shared_ptr<void>(), &group), terms.size()));
    num_completions += group.completions.size();
  }
  std::vector<std::pair<Row*, size_t>> jobs;
  for (const auto& row : rows)
    for (size_t i = 0; i < row->group_size; ++i) jobs.emplace_back(row.get(), i);

  // The caller's thread is one of the workers: with threads = 1 no rule sees any other.
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t job = next++; job < jobs.size(); job = next++) grade(*jobs[job].first, jobs[job].second, terms);
  };
  {
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < std::min(static_cast<size_t>(threads), num_completions); ++i) helpers.emplace_back(work);
    work();
  }
  return gather(rows, terms);
}

}  // namespace cohort
