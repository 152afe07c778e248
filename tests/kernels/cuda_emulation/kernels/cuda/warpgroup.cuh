// kernels/cuda/warpgroup.cuh on the host. What is asynchronous happens as late as it may: a copy when somebody waits
// for it, a product when its warpgroup does; until then the memory that a copy goes to holds NaN.
#pragma once

#include <functional>

#include "cuda_runtime.h"
#include "kernels/bfloat16.hpp"
#include "kernels/cuda/tensor_core.cuh"
#include "kernels/cuda/tensor_map.cuh"

namespace cohort::kernels {

constexpr int kGroupThreads = 128;

enum class Swizzle : uint64_t { bytes128 = 1, bytes64 = 2, bytes32 = 3 };

namespace emulated {

/// Where the byte at `at` of shared memory lies if chunks are swapped.
inline unsigned char* swapped(const unsigned char* at, Swizzle swizzle) {
  const auto address = reinterpret_cast<uintptr_t>(at);
  const uintptr_t chunks = swizzle == Swizzle::bytes128 ? 0x70 : swizzle == Swizzle::bytes64 ? 0x30 : 0x10;
  return reinterpret_cast<unsigned char*>(address ^ (address >> 3 & chunks));
}

struct BulkCopy {
  int bytes;
  std::function<void()> perform;
};

struct Matrix {
  const unsigned char* at;
  Swizzle swizzle;
  int stride, leading;

  int row_bytes() const { return swizzle == Swizzle::bytes128 ? 128 : swizzle == Swizzle::bytes64 ? 64 : 32; }
  // Element (i, k), k < 16: rows are along k, or along i if transposed.
  float element(int i, int k, bool transposed) const {
    const int width = row_bytes() / 2;
    const int offset = transposed ? i / width * leading + k / 8 * stride + k % 8 * row_bytes() + i % width * 2
                                  : i / 8 * stride + i % 8 * row_bytes() + k * 2;
    bfloat16 value;
    std::memcpy(&value, swapped(at + offset, swizzle), sizeof value);
    return to_float(value);
  }
};

// Groups of products of each thread that are under way, oldest first, and those not committed yet.
struct Products {
  std::vector<std::function<void()>> open;
  std::deque<std::vector<std::function<void()>>> groups;
};
inline std::vector<Products> products;  // of the block's threads
inline Products& own_products() {
  const auto thread = static_cast<size_t>(emulation::block.current->index);
  if (products.size() <= thread) products.resize(thread + 1);
  return products[thread];
}
inline void wait_for_group() {
  emulation::wait_at(16 + emulation::block.current->index / kGroupThreads, kGroupThreads);
}

}  // namespace emulated

struct CopyBarrier {
  int arrivals = 0, missing = 0, phase = 0, bytes = 0;
  std::deque<emulated::BulkCopy> copies;

  void init(int count) {
    arrivals = missing = count;
    phase = bytes = 0;
    copies.clear();
  }
  static void publish() {}
  void arrive() {
    if (missing == 0) throw std::logic_error("emulated CUDA: more arrivals at a barrier than it waits for");
    --missing;
    end_phase();
  }
  void arrive_if(bool arrives) {
    if (arrives) arrive();
  }
  void arrive_expecting(int count) {
    bytes += count;
    arrive();
  }
  void wait(int parity) {
    emulation::wait_until([&] {
      const int before = phase;
      if (before % 2 == parity && !copies.empty()) {
        const emulated::BulkCopy copy = copies.front();
        copies.pop_front();
        copy.perform();
        bytes -= copy.bytes;
        emulation::block.goes_on = true;
        end_phase();
      }
      return before % 2 != parity;
    });
  }

 private:
  void end_phase() {
    if (missing != 0 || bytes != 0) return;
    missing = arrivals;
    ++phase;
  }
};

inline void copy_tile(void* shared, const CUtensorMap& map, CopyBarrier& arrives, int x, int y) {
  const Swizzle swizzle = map.columns == 32 ? Swizzle::bytes64 : Swizzle::bytes128;
  const int row_bytes = map.columns * 2, bytes = map.rows * row_bytes;
  if (reinterpret_cast<uintptr_t>(shared) % 128 != 0)
    throw std::logic_error("emulated CUDA: a copy of a tile to an address that is no multiple of 128");
  std::memset(shared, 0xff, static_cast<size_t>(bytes));
  arrives.copies.push_back({bytes, [=] {
                              for (int row = 0; row < map.rows; ++row)
                                for (int chunk = 0; chunk < row_bytes; chunk += 16) {
                                  const int64_t column = x + chunk / 2;
                                  unsigned char* const to = emulated::swapped(
                                      static_cast<unsigned char*>(shared) + row * row_bytes + chunk, swizzle);
                                  std::memset(to, 0, 16);
                                  if (column < map.width && y + int64_t{row} < map.height)
                                    std::memcpy(to, map.matrix + ((y + int64_t{row}) * map.stride + column) * 2,
                                                static_cast<size_t>(std::min<int64_t>(8, map.width - column) * 2));
                                }
                            }});
}
inline void copy_bytes(void* shared, const void* global, int bytes, CopyBarrier& arrives) {
  if (reinterpret_cast<uintptr_t>(shared) % 16 != 0 || reinterpret_cast<uintptr_t>(global) % 16 != 0 || bytes % 16 != 0)
    throw std::logic_error("emulated CUDA: a copy of bytes that are none of a multiple of 16");
  std::memset(shared, 0xff, static_cast<size_t>(bytes));
  arrives.copies.push_back({bytes, [=] { std::memcpy(shared, global, static_cast<size_t>(bytes)); }});
}

inline void publish_to_products() {}
inline void group_barrier(int number, int threads) {
  if (number < 1 || number > 15) throw std::logic_error("emulated CUDA: barriers are 1 to 15");
  emulation::wait_at(number, threads);
}

template <int kRegisters>
inline void give_up_registers() {}
template <int kRegisters>
inline void take_registers() {}

inline emulated::Matrix matrix_in_shared(const void* at, Swizzle swizzle, int stride, int leading = 16) {
  return {static_cast<const unsigned char*>(at), swizzle, stride, leading};
}
inline emulated::Matrix advance(emulated::Matrix matrix, int bytes) {
  matrix.at += bytes;
  return matrix;
}

inline void begin_products() {}
inline void commit_products() {
  emulated::Products& products = emulated::own_products();
  products.groups.push_back(std::move(products.open));
  products.open.clear();
}
template <int kPending>
inline void wait_for_products() {
  emulated::wait_for_group();
  // By index: the list of all threads' may move.
  while (emulated::own_products().groups.size() > kPending) {
    const auto group = std::move(emulated::own_products().groups.front());
    emulated::own_products().groups.pop_front();
    for (const auto& product : group) product();
  }
  emulated::wait_for_group();
}
template <int kCount>
inline void settle(float (&)[kCount]) {}

template <int kColumns, bool kTransposedA = false, bool kTransposedB = false>
struct GroupProduct {
  static constexpr int kCount = kColumns / 2;

  static void add(float (&d)[kCount], emulated::Matrix a, emulated::Matrix b, bool adds) {
    add(d, b, adds, [a](int row, int k) { return a.element(row, k, kTransposedA); });
  }
  // The values of a quad's other threads are read when the product is computed: they may not change before.
  static void add(float (&d)[kCount], const uint32_t (&a)[4], emulated::Matrix b, bool adds) {
    static_assert(!kTransposedA);
    emulation::exchange(&a[0]);
    const int lane = emulation::lane(), quad = lane / 4 * 4;
    std::array<const uint32_t*, 4> of_quad;
    for (int t = 0; t < 4; ++t) of_quad[t] = emulation::of_lane<const uint32_t*>(quad + t);
    emulation::pause(emulation::State::at_exchange);
    add(d, b, adds,
        [of_quad](int row, int k) { return emulated::half_of(of_quad[k % 8 / 2][row % 16 / 8 + k / 8 * 2], k % 2); });
  }

 private:
  template <typename FirstFactor>
  static void add(float (&d)[kCount], emulated::Matrix b, bool adds, FirstFactor a) {
    const int thread = emulation::block.current->index % kGroupThreads, g = thread % 32 / 4, t = thread % 4;
    float* const to = d;
    emulated::own_products().open.push_back([=] {
      for (int i = 0; i < kCount; ++i) {
        const int row = thread / 32 * 16 + g + i / 2 % 2 * 8, column = i / 4 * 8 + 2 * t + i % 2;
        float sum = adds ? to[i] : 0;
        for (int k = 0; k < 16; ++k) sum = std::fma(a(row, k), b.element(column, k, kTransposedB), sum);
        to[i] = sum;
      }
    });
  }
};

}  // namespace cohort::kernels
