#include "rewards/adapters/worker_pool.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "cohort/error.hpp"
#include "rewards/adapters/sample_json.hpp"
#include "rewards/adapters/worker.hpp"

namespace cohort::rewards {

using Clock = Worker::Clock;
using namespace std::chrono_literals;

/// One thread starts, feeds and reads all processes.
struct WorkerPool::State {
  explicit State(SubprocessOptions given) : options(std::move(given)), wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    check(wake >= 0, "cannot make an event descriptor");
    for (int64_t i = 0; i < options.processes; ++i) workers.emplace_back(options);
  }
  ~State() { close(wake); }

  const SubprocessOptions options;
  const int wake;
  std::deque<Worker> workers;  // of the thread
  std::deque<Item> queue;      // of the thread

  std::mutex mutex;  // of what follows
  std::condition_variable is_decided;
  std::deque<Item> submitted;
  int64_t next_id = 1;
  bool is_ready = false, is_dead = false, stop = false;
  std::string last_death;
  std::thread thread;

  void work() {
    // A process that died while it was written to is no reason to end this one.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    auto tick = Clock::now();
    while (take_submitted()) {
      const auto now = Clock::now();
      // This process stood still, and those it started most likely with it.
      if (now - tick > longest_pause + 1s)
        for (Worker& worker : workers) worker.forgive(now - tick);
      tick = now;
      for (Worker& worker : workers) worker.start_if_due(now);
      hand_out();
      for (Worker& worker : workers) worker.read_and_write(queue);
      for (Worker& worker : workers) worker.check_clock(now, queue);
      tell_state();
      hand_out();
      wait();
    }
    for (Worker& worker : workers) worker.close_input();
    for (Worker& worker : workers) worker.end();
  }

  static constexpr auto longest_pause = 1000ms;

  bool take_submitted() {
    const std::lock_guard lock(mutex);
    std::move(submitted.begin(), submitted.end(), std::back_inserter(queue));
    submitted.clear();
    return !stop;
  }

  /// Each item to the process with the fewest.
  void hand_out() {
    while (!queue.empty()) {
      Worker* free = nullptr;
      for (Worker& worker : workers)
        if (worker.has_room() && (!free || worker.load() < free->load())) free = &worker;
      if (!free) return;
      free->send(std::move(queue.front()));
      queue.pop_front();
    }
  }

  void tell_state() {
    const bool is_one_ready =
        std::any_of(workers.begin(), workers.end(), [](auto& worker) { return worker.is_ready(); });
    const bool are_all_dead =
        std::all_of(workers.begin(), workers.end(), [](auto& worker) { return worker.is_out_of_service(); });
    const std::lock_guard lock(mutex);
    is_ready = is_ready || is_one_ready;
    is_dead = are_all_dead;
    // Before the first is ready, one death is reason enough: the program does not work at all.
    for (Worker& worker : workers)
      if (!worker.last_death().empty()) last_death = worker.last_death();
    if (is_ready || is_dead || !last_death.empty()) is_decided.notify_all();
    if (!is_dead) return;
    std::move(submitted.begin(), submitted.end(), std::back_inserter(queue));
    submitted.clear();
    for (const Item& item : queue) item.answer(out_of_service());
    queue.clear();
  }

  Grade out_of_service() const {
    return Grade::failed(fmt::format("out of service after {} restarts in a row: {}", options.max_restarts, last_death),
                         Fault::unavailable);
  }

  void wait() {
    std::vector<pollfd> files = {{.fd = wake, .events = POLLIN, .revents = 0}};
    auto until = Clock::now() + longest_pause;
    for (const Worker& worker : workers) {
      if (const auto due = worker.wakes_at()) until = std::min(until, *due);
      const ChildProcess* process = worker.process();
      if (!process) continue;
      files.push_back({.fd = process->output(), .events = POLLIN, .revents = 0});
      files.push_back({.fd = process->errors(), .events = POLLIN, .revents = 0});
      if (worker.wants_to_write()) files.push_back({.fd = process->input(), .events = POLLOUT, .revents = 0});
    }
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    poll(files.data(), files.size(), static_cast<int>(std::max<int64_t>(ms, 0)));
    uint64_t count;
    [[maybe_unused]] const ssize_t drained = read(wake, &count, sizeof count);
  }

  void wake_up() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t told = write(wake, &one, sizeof one);
  }

  void end() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    wake_up();
    thread.join();
  }
};

WorkerPool::WorkerPool(SubprocessOptions options) {
  check(options.processes >= 1, "processes must be at least 1, got {}", options.processes);
  check(options.max_restarts >= 0, "max_restarts must be at least 0, got {}", options.max_restarts);
  check(options.deadline.count() > 0 && options.start_deadline.count() > 0,
        "deadlines must be above 0, got {} and {} ms", options.deadline.count(), options.start_deadline.count());
  check(options.memory_limit >= 0, "memory_limit must be at least 0, got {}", options.memory_limit);
  state_ = std::make_unique<State>(std::move(options));
  State& state = *state_;
  state.thread = std::thread([&state] { state.work(); });
  std::unique_lock lock(state.mutex);
  state.is_decided.wait(lock, [&] { return state.is_ready || state.is_dead || !state.last_death.empty(); });
  if (state.is_ready) return;
  const std::string reason = state.last_death;
  lock.unlock();
  state.end();
  throw Error(fmt::format("\"{}\" does not work: {}", fmt::join(state.options.command, " "), reason));
}

WorkerPool::~WorkerPool() { state_->end(); }

std::vector<Grade> WorkerPool::grade(const Problem& problem, std::span<const Completion> completions) {
  Batch batch;
  batch.grades.resize(completions.size());
  batch.num_open = completions.size();
  std::vector<Item> items;
  for (size_t i = 0; i < completions.size(); ++i)
    items.push_back(
        {.sample = to_line(sample_json(problem, completions[i], state_->options.tokens)), .batch = &batch, .place = i});
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->is_dead) return std::vector<Grade>(completions.size(), state_->out_of_service());
    for (Item& item : items) {
      item.id = state_->next_id++;
      state_->submitted.push_back(std::move(item));
    }
  }
  state_->wake_up();
  std::unique_lock lock(batch.mutex);
  batch.all_graded.wait(lock, [&] { return batch.num_open == 0; });
  return std::move(batch.grades);
}

}  // namespace cohort::rewards
