// CUDA bodies held against CPU bodies: for tests that run the kernels on the host.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <tuple>
#include <type_traits>
#include <vector>

#include "cuda_runtime.h"
#include "kernels/cpu/gemm.hpp"
#include "kernels/types.hpp"
#include "tests/support/numbers.hpp"

namespace cohort::testing {

using kernels::bfloat16, kernels::to_bfloat16, kernels::to_float;

// Fresh outputs are NaN, so that an element that nobody writes shows.
template <typename T>
std::vector<T> unwritten(int64_t size) {
  return std::vector<T>(size, number<T>(NAN));
}

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

// |a − b| at most `tolerance` of the largest |b| or of 1, and NaN nowhere.
template <typename T>
bool close(const std::vector<T>& a, const std::vector<T>& b, double tolerance) {
  double largest = 1, error = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    const double x = to_float(a[i]), y = to_float(b[i]);
    if (!(std::abs(x - y) <= HUGE_VAL)) return false;
    largest = std::max(largest, std::abs(y));
    error = std::max(error, std::abs(x - y));
  }
  if (error > tolerance * largest) MESSAGE("largest error " << error << " of " << largest);
  return a.size() == b.size() && error <= tolerance * largest;
}

template <typename T>
constexpr double kTolerance = std::is_same_v<T, double> ? 1e-12 : 4e-5;
template <>
constexpr double kTolerance<bfloat16> = 1e-2;  // a neighbour in 8 bits, after another order of sums

template <typename T>
void check_close(const std::vector<T>& got, const std::vector<T>& wanted, double tolerance) {
  CHECK(close(got, wanted, std::max(tolerance, kTolerance<T>)));
}
template <typename T>
void check_same(const std::vector<T>& a, const std::vector<T>& b) {
  CHECK(same_bits(a, b));
}

// Runs `run(cuda, out…)` on fresh copies of the outputs: first on the CPU, then emulated with threads in three orders.
// The emulated results must be the same bits, and close to the CPU's.
template <typename Run, typename... Outputs>
void compare(double tolerance, Run run, Outputs... initial) {
  const auto results = [&](bool cuda, emulation::Order order) {
    emulation::order = order;
    auto outputs = std::tuple(initial...);
    std::apply([&](auto&... out) { run(cuda, out...); }, outputs);
    emulation::order = emulation::Order::forward;
    return outputs;
  };
  const auto each = [](const auto& a, const auto& b, auto check) {
    std::apply([&](const auto&... x) { std::apply([&](const auto&... y) { (check(x, y), ...); }, b); }, a);
  };
  const auto cpu = results(false, emulation::Order::forward), cuda = results(true, emulation::Order::forward);
  each(cuda, cpu, [&](const auto& got, const auto& wanted) { check_close(got, wanted, tolerance); });
  for (const auto order : {emulation::Order::backward, emulation::Order::random})
    each(results(true, order), cuda, [](const auto& a, const auto& b) { check_same(a, b); });
}

template <typename Op>
void run_op(bool cuda, const Op& op) {
  if (cuda) {
    op.run_cuda(nullptr);
  } else {
    op.run_cpu();
  }
}

template <typename W>
std::vector<W> panels_of(const std::vector<W>& weight, int64_t out, int64_t in) {
  std::vector<W> panels(kernels::panels_size<W>(out, in));
  kernels::pack_transposed<W>(weight.data(), out, in, panels.data());
  return panels;
}
template <typename W>
std::vector<W> transposed_panels_of(const std::vector<W>& weight, int64_t out, int64_t in) {
  std::vector<W> panels(kernels::panels_size<W>(in, out));
  kernels::pack_rows<W>(weight.data(), in, out, in, panels.data());
  return panels;
}

}  // namespace cohort::testing
