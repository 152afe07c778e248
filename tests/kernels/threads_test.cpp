#include "cohort/threads.hpp"

#include <doctest/doctest.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cohort/error.hpp"
#include "kernels/cpu/threads.hpp"

using namespace cohort;
using kernels::parallel_for;
using kernels::parallel_tasks;

TEST_CASE("every index is visited once, for any number of threads and any grain") {
  const int64_t threads = num_threads();
  for (const int64_t count : {1, 2, 3, 7}) {
    set_num_threads(count);
    CHECK(num_threads() == count);
    for (const int64_t n : {0, 1, 2, 5, 1000})
      for (const int64_t grain : {1, 3, 2000}) {
        std::vector<std::atomic<int>> visits(static_cast<size_t>(n)), tasks(static_cast<size_t>(n));
        parallel_for(n, grain, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
        });
        parallel_tasks(n, [&](int64_t begin, int64_t) { ++tasks[static_cast<size_t>(begin)]; });
        for (int64_t i = 0; i < n; ++i) {
          REQUIRE(visits[static_cast<size_t>(i)] == 1);
          REQUIRE(tasks[static_cast<size_t>(i)] == 1);
        }
      }
  }
  set_num_threads(threads);
}

TEST_CASE("a call from inside a body runs in place, and several callers share the pool") {
  std::atomic<int64_t> sum{0};
  const auto work = [&] {
    for (int round = 0; round < 200; ++round)
      parallel_for(8, 1, [&](int64_t begin, int64_t end) {
        parallel_for(end - begin, 1, [&](int64_t b, int64_t e) { sum += e - b; });
      });
  };
  std::thread other(work);
  work();
  other.join();
  CHECK(sum == 2 * 200 * 8);
}

TEST_CASE("an exception of a body reaches the caller, and the pool works on") {
  CHECK_THROWS_WITH_AS(parallel_for(100, 1, [](int64_t, int64_t end) { if (end == 100) throw std::runtime_error("at the end"); }),
                       "at the end", std::runtime_error);
  std::atomic<int> calls{0};
  parallel_tasks(50, [&](int64_t, int64_t) { ++calls; });
  CHECK(calls == 50);
}

namespace {

// A worker in this handler is one whose core another program has taken.
std::atomic<bool> is_away{false}, may_return{false};
void go_away(int) {
  is_away = true;
  while (!may_return) {
    const timespec short_while{0, 1'000'000};
    nanosleep(&short_while, nullptr);
  }
  is_away = false;
}

}  // namespace

TEST_CASE("a region of work ends without a worker that is not there") {
  const int64_t threads = num_threads();
  set_num_threads(2);
  std::atomic<bool> has_worker{false};
  pthread_t worker{};
  const pthread_t caller = pthread_self();
  while (!has_worker)
    parallel_for(1'000, 1, [&](int64_t, int64_t) {
      if (!pthread_equal(pthread_self(), caller) && !has_worker) {
        worker = pthread_self();
        has_worker = true;
      }
    });

  ::signal(SIGUSR1, go_away);
  ::pthread_kill(worker, SIGUSR1);
  while (!is_away) std::this_thread::yield();
  // Without this it would wait for ever if it waited at all.
  std::thread rescue([&] {
    for (int i = 0; i < 2'000 && !may_return; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    may_return = true;
  });
  std::atomic<int64_t> sum{0};
  for (int round = 0; round < 100; ++round)
    parallel_for(1'000, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
  CHECK(!may_return);
  CHECK(is_away);
  CHECK(sum == 100'000);
  may_return = true;
  rescue.join();
  ::signal(SIGUSR1, SIG_DFL);
  set_num_threads(threads);
}

TEST_CASE("zero threads are refused") { CHECK_THROWS_WITH_AS(set_num_threads(0), doctest::Contains("got 0"), Error); }
