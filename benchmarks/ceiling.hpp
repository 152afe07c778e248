// What the machine can do: the rate of a product whose operands stay in the first-level cache.
#pragma once

#include <vector>

#include "benchmarks/arguments.hpp"
#include "cohort/threads.hpp"
#include "kernels/cpu/gemm.hpp"

namespace cohort::benchmarks {

/// Memory as the library's own: what lies across two lines of the cache is read twice.
struct alignas(64) Line {
  char bytes[64] = {};
};
inline int64_t lines(int64_t bytes) { return (bytes + 63) / 64; }

/// Calls a product of two panels of rows by one of columns `rounds` times in each thread; returns the floating-point
/// operations.
template <typename Operand>
int64_t run_at_ceiling(int64_t rounds) {
  const int64_t m = 2 * kernels::left_panel_rows<Operand>(), k = 256;
  using Sum = typename kernels::Product<Operand>::Sum;
  const int64_t threads = num_threads();
  kernels::parallel_for(threads, 1, [&](int64_t begin, int64_t end) {
    const std::vector<Line> a(lines(m * k * kernels::left_bytes<Operand>())),
        b(lines(kernels::panel_size<Operand>(k) * static_cast<int64_t>(sizeof(Operand))));
    std::vector<Line> c(lines(m * kernels::kPanelColumns * static_cast<int64_t>(sizeof(Sum))));
    const kernels::ManyProducts registers_set_up_once;
    for (int64_t i = begin * rounds; i < end * rounds; ++i)
      kernels::gemm_part<Operand>(kernels::kPanelColumns, k, {a.data(), k},
                                  {reinterpret_cast<const Operand*>(b.data()), kernels::panel_size<Operand>(k)},
                                  reinterpret_cast<Sum*>(c.data()), kernels::kPanelColumns, kernels::Write::store, 0, m,
                                  0, 1);
  });
  return 2 * m * k * kernels::kPanelColumns * rounds * threads;
}

/// FLOP/s of all threads: the best of some short runs.
template <typename Operand>
double ceiling_flops() {
  double best = 0;
  for (int i = 0; i < 10; ++i) {
    const double start = seconds_now();
    const auto operations = static_cast<double>(run_at_ceiling<Operand>(2000));
    best = std::max(best, operations / (seconds_now() - start));
  }
  return best;
}

}  // namespace cohort::benchmarks
