// One process of a WorkerPool: its pipes, what it is working on, and how often it died.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cohort/rewards/subprocess.hpp"
#include "rewards/adapters/child_process.hpp"

namespace cohort::rewards {

/// What one call of grade() waits for.
struct Batch {
  std::mutex mutex;
  std::condition_variable all_graded;
  std::vector<Grade> grades;
  size_t num_open = 0;
};

/// A completion on its way.
struct Item {
  std::string sample;  // as JSON, without the id
  Batch* batch = nullptr;
  size_t place = 0;
  int64_t id = 0;

  void answer(Grade grade) const;
};

/// Driven by the one thread of its pool.
class Worker {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Worker(const SubprocessOptions& options) : options_(options) {}

  /// Starts the program if it is time to, and reads, writes and looks at the clock. Items that have to be graded by
  /// another process come back into `queue`, at its front.
  void start_if_due(Clock::time_point now);
  void read_and_write(std::deque<Item>& queue);
  void check_clock(Clock::time_point now, std::deque<Item>& queue);
  void forgive(Clock::duration gap) { due_ += gap; }  // the time when everything stood still

  bool has_room() const;
  size_t load() const { return in_flight_.size(); }
  void send(Item item);
  void close_input();  // lets the program see the end of its input
  void end();          // waits a little for it to exit, then kills it

  bool is_ready() const { return is_ready_; }
  bool is_out_of_service() const { return num_deaths_ > options_.max_restarts; }
  const std::string& last_death() const { return last_death_; }
  const ChildProcess* process() const { return process_.get(); }
  bool wants_to_write() const { return process_ && process_->input() >= 0 && written_ < to_write_.size(); }
  std::optional<Clock::time_point> wakes_at() const;

 private:
  void write_some();
  void read_errors();
  bool read_output(std::deque<Item>& queue);  // false at its end
  void take_line(std::string_view line, std::deque<Item>& queue);
  void bury(const std::string& reason, Fault fault, std::deque<Item>& queue);

  const SubprocessOptions& options_;
  std::unique_ptr<ChildProcess> process_;
  bool is_ready_ = false;  // it answered the first line
  std::string to_write_, line_, error_tail_;
  size_t written_ = 0;
  std::deque<Item> in_flight_;    // the first is what it is working on
  Clock::time_point due_ = {};    // of the first in flight, of the answer to the first line, or of the next start
  Clock::time_point begun_ = {};  // the first in flight
  double average_ms_ = 10;        // of an item, over the last few
  int64_t num_deaths_ = 0;        // since the last grade
  std::string last_death_;
};

}  // namespace cohort::rewards
