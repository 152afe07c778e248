// Whether a server that keeps failing is asked at all.
#pragma once

#include <chrono>
#include <mutex>

namespace cohort::rewards {

/// Open after a number of failures in a row, for a time; then lets one request through, and closes if that works.
class CircuitBreaker {
 public:
  using Clock = std::chrono::steady_clock;

  CircuitBreaker(int64_t failures, std::chrono::milliseconds pause) : max_failures_(failures), pause_(pause) {}

  /// Whether a request may go out. True is to be followed by tell().
  bool lets_through(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (failures_ < max_failures_) return true;
    if (now < open_until_) return false;
    open_until_ = now + pause_;  // for all but this one
    return true;
  }

  void tell(bool is_success, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    failures_ = is_success ? 0 : failures_ + 1;
    if (failures_ >= max_failures_) open_until_ = now + pause_;
  }

 private:
  const int64_t max_failures_;
  const std::chrono::milliseconds pause_;
  std::mutex mutex_;
  int64_t failures_ = 0;
  Clock::time_point open_until_ = {};
};

}  // namespace cohort::rewards
