#include "kernels/cpu/threads.hpp"

#include <immintrin.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/threads.hpp"

namespace cohort {
namespace kernels {
namespace {

// Long enough to bridge the gap between two kernels of one layer, short enough not to starve other programs:
// unbounded spinning costs two orders of magnitude as soon as the machine is shared.
constexpr auto kSpin = std::chrono::microseconds(40);

thread_local bool inside_pool = false;

// Waits until ready(value) of `word`, and returns that value.
template <typename Ready>
uint32_t wait_until(const std::atomic<uint32_t>& word, Ready ready) {
  uint32_t value = word.load(std::memory_order_acquire);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 1; !ready(value); ++i) {
    _mm_pause();
    if (i % 64 == 0 && std::chrono::steady_clock::now() - start > kSpin) word.wait(value);
    value = word.load(std::memory_order_acquire);
  }
  return value;
}

// Threads that help whoever has work. A job is open while there may be something left to do: a worker that comes in
// time enters and is waited for, one that sleeps or whose core is taken by another program misses it, and nobody waits.
class Pool {
 public:
  explicit Pool(int64_t threads) {
    for (int64_t i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
  }
  ~Pool() {
    gate_.store(kStop);
    gate_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  int64_t size() const { return std::ssize(workers_) + 1; }

  // Calls part(0) here, and part(i) on the workers that come before it is done.
  void run(RangeFunction part) {
    part_ = &part;
    failure_ = nullptr;
    gate_.store(++jobs_ * kJob | kOpen);
    gate_.notify_all();
    call(0);
    gate_.fetch_and(~kOpen);
    wait_until(gate_, [](uint32_t gate) { return gate % kOpen == 0; });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // The gate: how many workers are inside, whether it is open, and the number of the job. That number may wrap: a
  // worker that slept so long misses one job. 32 bits are what the kernel can wait for.
  static constexpr uint32_t kOpen = 1 << 13, kJob = 1 << 14, kStop = ~uint32_t{0};

  void call(int64_t index) {
    inside_pool = true;
    try {
      (*part_)(index, index + 1);
    } catch (...) {
      const std::lock_guard lock(failure_mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
    inside_pool = false;
  }

  void work(int64_t index) {
    for (uint32_t last_job = ~uint32_t{0};;) {
      uint32_t gate = wait_until(
          gate_, [&](uint32_t gate) { return gate == kStop || ((gate & kOpen) && gate / kJob != last_job); });
      if (gate == kStop) return;
      last_job = gate / kJob;
      if (!gate_.compare_exchange_strong(gate, gate + 1)) {
        last_job = ~uint32_t{0};  // someone came or left in between: look again
        continue;
      }
      call(index);
      if ((gate_.fetch_sub(1) - 1) % kJob == 0) gate_.notify_all();  // closed, and this was the last one inside
    }
  }

  std::vector<std::thread> workers_;
  alignas(64) std::atomic<uint32_t> gate_{0};
  uint32_t jobs_ = 0;
  const RangeFunction* part_ = nullptr;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

struct SharedPool {
  std::mutex mutex;  // held while a caller uses the pool, or it is replaced
  std::unique_ptr<Pool> pool;
};

SharedPool& shared_pool() {
  static SharedPool shared{.mutex = {},
                           .pool = std::make_unique<Pool>(std::max(1u, std::thread::hardware_concurrency()))};
  return shared;
}

}  // namespace

void parallel_for(int64_t n, int64_t grain, RangeFunction body) {
  if (n <= 0) return;
  SharedPool& shared = shared_pool();
  std::unique_lock lock(shared.mutex, std::defer_lock);
  if (n <= grain || inside_pool || !lock.try_lock() || shared.pool->size() == 1) return body(0, n);
  // Each thread has its own part, in pieces: the same data meet the same cache every time. Whoever is done early,
  // because the other's core was wanted by another program, takes pieces of the other's part. All pieces may be taken
  // by one.
  constexpr int64_t kPieces = 4;
  struct alignas(64) Part {
    std::atomic<int64_t> next{0};
  };
  const int64_t parts = std::min(shared.pool->size(), (n + grain - 1) / grain);
  const int64_t pieces = std::clamp<int64_t>(n / parts / grain, 1, kPieces);
  std::vector<Part> taken(static_cast<size_t>(parts));
  const auto cut = [&](int64_t piece) { return n * piece / (parts * pieces); };
  shared.pool->run([&](int64_t thread, int64_t) {
    for (int64_t i = 0; i < parts; ++i) {
      const int64_t part = (thread + i) % parts;
      auto& next = taken[static_cast<size_t>(part)].next;
      for (int64_t piece = next.fetch_add(1); piece < pieces; piece = next.fetch_add(1)) {
        const int64_t begin = cut(part * pieces + piece), end = cut(part * pieces + piece + 1);
        if (begin < end) body(begin, end);
      }
    }
  });
}

void parallel_tasks(int64_t n, RangeFunction body) {
  std::atomic<int64_t> next{0};
  parallel_for(n, 1, [&](int64_t, int64_t) {
    for (int64_t i = next.fetch_add(1); i < n; i = next.fetch_add(1)) body(i, i + 1);
  });
}

SerialKernels::SerialKernels() : before_(std::exchange(inside_pool, true)) {}
SerialKernels::~SerialKernels() { inside_pool = before_; }

void* scratch(int slot, int64_t bytes) {
  struct Block {
    void* data = nullptr;
    int64_t bytes = 0;
    ~Block() { ::operator delete(data, std::align_val_t(64)); }
  };
  constexpr int kSlots = 14;
  thread_local Block blocks[kSlots];
  Block& block = blocks[slot];
  if (block.bytes < bytes) {
    ::operator delete(block.data, std::align_val_t(64));
    block.data = nullptr;
    block.bytes = 0;
    block.data = ::operator new(static_cast<size_t>(bytes), std::align_val_t(64));
    block.bytes = bytes;
  }
  return block.data;
}

}  // namespace kernels

void set_num_threads(int64_t threads) {
  check(threads >= 1 && threads <= 4096, "set_num_threads: expected 1 to 4096 threads, got {}", threads);
  auto& shared = kernels::shared_pool();
  const std::lock_guard lock(shared.mutex);
  if (shared.pool->size() != threads) shared.pool = std::make_unique<kernels::Pool>(threads);
}

int64_t num_threads() {
  auto& shared = kernels::shared_pool();
  const std::lock_guard lock(shared.mutex);
  return shared.pool->size();
}

}  // namespace cohort
