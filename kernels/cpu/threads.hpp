// The pool that CPU kernels run on: a part for each thread, help for who is late, a short spin, then sleep.
#pragma once

#include <cstdint>
#include <type_traits>

namespace cohort::kernels {

/// A borrowed callable: no allocation, valid for the call it is passed to.
class RangeFunction {
 public:
  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, RangeFunction>)
      RangeFunction(F&& f)  // NOLINT: implicit on purpose, a lambda is passed in place
      : object_(const_cast<void*>(static_cast<const void*>(&f))), call_([](void* object, int64_t begin, int64_t end) {
          (*static_cast<std::remove_reference_t<F>*>(object))(begin, end);
        }) {}
  void operator()(int64_t begin, int64_t end) const { call_(object_, begin, end); }

 private:
  void* object_;
  void (*call_)(void*, int64_t, int64_t);
};

/// Runs `body` over [0, n) cut into ranges of about `grain` or more, on at most num_threads() threads, and waits. A
/// call from inside a body, or while another thread uses the pool, runs in the caller. The first exception is rethrown.
void parallel_for(int64_t n, int64_t grain, RangeFunction body);

/// The same with one index at a time, handed out as threads become free: for work of uneven size.
void parallel_tasks(int64_t n, RangeFunction body);

/// While one lives, what this thread calls runs in it alone: for work beside somebody else's.
class SerialKernels {
 public:
  SerialKernels();
  ~SerialKernels();
  SerialKernels(const SerialKernels&) = delete;

 private:
  bool before_;
};

/// Scratch of this thread, 64-byte aligned, at least `bytes` long, contents undefined. One block per `slot`; a later
/// call with the same slot may move it.
void* scratch(int slot, int64_t bytes);
template <typename T>
T* scratch(int slot, int64_t count) {
  return static_cast<T*>(scratch(slot, count * static_cast<int64_t>(sizeof(T))));
}

}  // namespace cohort::kernels
