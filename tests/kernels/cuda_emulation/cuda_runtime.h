// The part of CUDA that cohort's kernels use, on the host: kernels/cuda/*.cu compile as C++ with this folder first on
// the include path, and run thread by thread. Not fast, but it finds what a compiler cannot: wrong indices (with
// AddressSanitizer), barriers that not all threads reach, and races, as threads may be run in any order between two
// barriers and the results must not change.
//
// Blocks run one after the other, so a __shared__ variable is a static one.
#pragma once

#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(bytes) __attribute__((aligned(bytes)))

using std::exp, std::exp2, std::fma, std::fmax, std::log, std::max, std::min, std::sqrt;
using std::log2f;

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  dim3() = default;
  explicit dim3(unsigned size) : x(size) {}
};

inline dim3 threadIdx, blockIdx, gridDim;

using cudaStream_t = struct CUstream_st*;
using cudaError_t = int;
constexpr cudaError_t cudaSuccess = 0;
inline cudaError_t cudaGetLastError() { return cudaSuccess; }
inline const char* cudaGetErrorString(cudaError_t) { return "no error"; }
namespace emulation {
// The compute capability of the current device, and its number: an A100, or a small Hopper that keeps blocks for tile
// after tile. Blocks run one after the other: there are no clusters.
inline int capability_major = 8;
}  // namespace emulation
inline cudaError_t cudaGetDevice(int* device) {
  *device = emulation::capability_major;
  return cudaSuccess;
}
enum cudaDeviceAttr {
  cudaDevAttrComputeCapabilityMajor,
  cudaDevAttrComputeCapabilityMinor,
  cudaDevAttrMultiProcessorCount,
  cudaDevAttrClusterLaunch
};
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int major) {
  *value = attribute == cudaDevAttrComputeCapabilityMajor ? major
           : attribute == cudaDevAttrMultiProcessorCount  ? (major == 8 ? 108 : 3)
                                                          : 0;
  return cudaSuccess;
}
inline cudaError_t cudaMemsetAsync(void* data, int value, size_t bytes, cudaStream_t) {
  std::memset(data, value, bytes);
  return cudaSuccess;
}

namespace emulation {

enum class Order { forward, backward, random };
inline Order order = Order::forward;  // of threads between barriers, and of blocks

constexpr int kWarpSize = 32;
constexpr size_t kStackBytes = 128 << 10;

enum class State { ready, at_barrier, at_exchange, polling, done };
// A barrier of some threads of the block.
struct NamedBarrier {
  int arrived = 0, ends = 0;
};
// A copy to shared memory that is under way: what will be there once it is waited for.
struct Copy {
  void* to;
  unsigned char bytes[16];
};
struct Thread {
  ucontext_t start;
  bool is_started;
  void* resume_at[5];  // of __builtin_setjmp: swapcontext would enter the kernel each time
  std::vector<char> stack;
  State state;
  int index;
  unsigned char value[32];  // given to the warp
  std::vector<Copy> open_copies;
  std::deque<std::vector<Copy>> copies;  // groups, oldest first
};

struct Block {
  void* scheduler[5];
  int num_threads = 0;
  std::vector<Thread> threads;  // at least as many: stacks are kept
  Thread* current = nullptr;
  std::function<void()> body;
  int barrier_or = 0, barrier_result = 0;
  bool goes_on = false;  // a thread did more than to look whether it may go on
  std::vector<NamedBarrier> named_barriers;
  std::mt19937 random{1};
  std::vector<unsigned char> dynamic_shared;  // NaN when the block begins
};
inline Block block;

// Functions of their own: nobody may jump in the function that marks a place.
[[gnu::noinline]] inline void enter_scheduler() { __builtin_longjmp(block.scheduler, 1); }
[[gnu::noinline]] inline void enter_thread() {
  if (block.current->is_started) __builtin_longjmp(block.current->resume_at, 1);
  block.current->is_started = true;
  setcontext(&block.current->start);
}

[[gnu::noinline]] inline void pause(State state) {
  block.current->state = state;
  if (__builtin_setjmp(block.current->resume_at) == 0) enter_scheduler();
}

[[gnu::noinline]] inline void resume(Thread& thread) {
  block.current = &thread;
  threadIdx = dim3(static_cast<unsigned>(thread.index));
  if (__builtin_setjmp(block.scheduler) == 0) enter_thread();
  block.goes_on |= block.current->state != State::polling;
}

// Waits for other threads of the block, which may be anywhere.
template <typename Predicate>
void wait_until(Predicate may_go_on) {
  while (!may_go_on()) pause(State::polling);
  block.goes_on = true;
}
inline void arrive_at(int barrier, int threads) {
  NamedBarrier& named = block.named_barriers[barrier];
  if (++named.arrived == threads) {
    named.arrived = 0;
    ++named.ends;
  }
}
inline void wait_at(int barrier, int threads) {
  const NamedBarrier& named = block.named_barriers[barrier];
  const int ends = named.ends;
  arrive_at(barrier, threads);
  wait_until([&named, ends] { return named.ends != ends; });
}

inline void enter() {
  block.body();
  pause(State::done);
}

// Lets a warp go on whose lanes have all given their value.
inline bool release_warp(int first) {
  const auto begin = block.threads.begin() + first, end = begin + std::min(kWarpSize, block.num_threads - first);
  if (!std::all_of(begin, end, [](const Thread& thread) { return thread.state == State::at_exchange; })) return false;
  std::for_each(begin, end, [](Thread& thread) { thread.state = State::ready; });
  return true;
}

// Lets all threads go on that wait at the barrier, or look again; false if all are done. A wait that can never end is
// an error.
inline bool release_block() {
  const auto begin = block.threads.begin(), end = begin + block.num_threads;
  if (std::all_of(begin, end, [](const Thread& thread) { return thread.state == State::done; })) return false;
  if (std::any_of(begin, end, [](const Thread& thread) { return thread.state == State::polling; })) {
    if (!block.goes_on) throw std::logic_error("emulated CUDA: threads wait for each other for ever");
    block.goes_on = false;
    for (auto thread = begin; thread != end; ++thread)
      if (thread->state == State::polling) thread->state = State::ready;
    return true;
  }
  if (!std::all_of(begin, end, [](const Thread& thread) { return thread.state == State::at_barrier; }))
    throw std::logic_error("emulated CUDA: not all threads reach the same barrier or shuffle");
  std::for_each(begin, end, [](Thread& thread) { thread.state = State::ready; });
  block.barrier_result = block.barrier_or;
  block.barrier_or = 0;
  return true;
}

inline void run_block(unsigned index, int num_threads, size_t shared_bytes) {
  blockIdx = dim3(index);
  block.dynamic_shared.assign(shared_bytes, 0xff);
  block.num_threads = num_threads;
  block.named_barriers.assign(16 + num_threads / kWarpSize, {});
  block.threads.resize(std::max<size_t>(block.threads.size(), num_threads));
  for (int t = 0; t < num_threads; ++t) {
    Thread& thread = block.threads[t];
    thread.stack.resize(kStackBytes);
    thread.state = State::ready;
    thread.index = t;
    thread.is_started = false;
    thread.open_copies.clear();
    thread.copies.clear();
    getcontext(&thread.start);
    thread.start.uc_stack = {thread.stack.data(), 0, thread.stack.size()};
    thread.start.uc_link = nullptr;
    makecontext(&thread.start, enter, 0);
  }
  std::vector<int> turns(num_threads);
  std::iota(turns.begin(), turns.end(), 0);
  if (order == Order::backward) std::reverse(turns.begin(), turns.end());
  // In order, a warp runs to the barrier before the next one starts; at random, they go on side by side.
  const int at_once = order == Order::random ? num_threads : kWarpSize;
  do {
    for (int first = 0; first < num_threads; first += at_once) {
      const auto begin = turns.begin() + first, end = turns.begin() + std::min(num_threads, first + at_once);
      bool goes_on = true;
      while (goes_on) {
        if (order == Order::random) std::shuffle(begin, end, block.random);
        for (auto t = begin; t != end; ++t)
          if (block.threads[*t].state == State::ready) resume(block.threads[*t]);
        goes_on = false;
        for (auto t = begin; t != end; ++t)
          if (*t % kWarpSize == 0) goes_on |= release_warp(*t);
      }
    }
  } while (release_block());
}

// Gives `value` to the warp and waits for its other lanes; afterwards lane l's value is of_lane(l).
template <typename T>
void exchange(T value) {
  static_assert(sizeof(T) <= sizeof(Thread::value));
  std::memcpy(block.current->value, &value, sizeof value);
  pause(State::at_exchange);
}
template <typename T>
T of_lane(int lane) {
  T value;
  std::memcpy(&value, block.threads[block.current->index / kWarpSize * kWarpSize + lane].value, sizeof value);
  return value;
}
// Nobody may give a new value before all have read the last one.
template <typename T>
T shuffle(T value, int from_lane) {
  exchange(value);
  const T result = of_lane<T>(from_lane);
  pause(State::at_exchange);
  return result;
}
inline int lane() { return block.current->index % kWarpSize; }

}  // namespace emulation

inline void __syncwarp() { emulation::pause(emulation::State::at_exchange); }
inline void __syncthreads() { emulation::pause(emulation::State::at_barrier); }
inline int __syncthreads_or(int predicate) {
  emulation::block.barrier_or |= predicate;
  emulation::pause(emulation::State::at_barrier);
  return emulation::block.barrier_result;
}

template <typename T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  return emulation::shuffle(value, emulation::lane() ^ mask);
}
template <typename T>
T __shfl_up_sync(unsigned, T value, int delta) {
  return emulation::shuffle(value, std::max(0, emulation::lane() - delta));
}
template <typename T>
T __shfl_down_sync(unsigned, T value, int delta) {
  return emulation::shuffle(value, std::min(emulation::kWarpSize - 1, emulation::lane() + delta));
}
inline unsigned __ballot_sync(unsigned, bool predicate) {
  emulation::exchange(static_cast<int>(predicate));
  unsigned mask = 0;
  for (int lane = 0; lane < emulation::kWarpSize; ++lane)
    mask |= static_cast<unsigned>(emulation::of_lane<int>(lane)) << lane;
  emulation::pause(emulation::State::at_exchange);
  return mask;
}
template <typename T>
T __shfl_sync(unsigned, T value, int from) {
  return emulation::shuffle(value, from);
}
inline int __ffs(int value) { return ffs(value); }
inline int __popc(unsigned value) { return __builtin_popcount(value); }
inline int __clz(int value) { return value == 0 ? 32 : __builtin_clz(static_cast<unsigned>(value)); }

template <typename To, typename From>
To bits_as(From from) {
  To to;
  static_assert(sizeof to == sizeof from);
  std::memcpy(&to, &from, sizeof to);
  return to;
}
inline uint32_t __float_as_uint(float value) { return bits_as<uint32_t>(value); }
inline float __uint_as_float(uint32_t value) { return bits_as<float>(value); }
inline long long __double_as_longlong(double value) { return bits_as<long long>(value); }
inline double __longlong_as_double(long long value) { return bits_as<double>(value); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }

inline int atomicAdd(int* to, int what) {
  const int before = *to;
  *to += what;
  return before;
}

enum cudaLaunchAttributeID { cudaLaunchAttributeClusterDimension, cudaLaunchAttributeProgrammaticStreamSerialization };
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  struct {
    dim3 clusterDim;
    int programmaticStreamSerializationAllowed;
  } val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute* attrs;
  unsigned numAttrs;
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
constexpr int kMaxSharedBytes = 163 << 10;  // of a block on sm_80, the least that has tensor cores for bfloat16
template <typename Kernel>
cudaError_t cudaFuncSetAttribute(Kernel*, cudaFuncAttribute, int bytes) {
  const int most = emulation::capability_major == 8 ? kMaxSharedBytes : 227 << 10;
  return bytes <= most ? cudaSuccess : 1;
}
template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments... arguments) {
  gridDim = config->gridDim;
  emulation::block.body = [&] { kernel(arguments...); };
  for (unsigned b = 0; b < config->gridDim.x; ++b)
    emulation::run_block(emulation::order == emulation::Order::backward ? config->gridDim.x - 1 - b : b,
                         static_cast<int>(config->blockDim.x), config->dynamicSmemBytes);
  return cudaSuccess;
}

namespace cohort::kernels {
// Fresh memory is NaN.
inline void* take_scratch(size_t bytes, cudaStream_t) { return std::memset(std::malloc(bytes), 0xff, bytes); }
inline void give_back_scratch(void* data) { std::free(data); }
}  // namespace cohort::kernels
