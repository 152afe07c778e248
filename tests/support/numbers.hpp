// Random numbers for tests of kernels, in the type that is asked for.
#pragma once

#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

#include "kernels/bfloat16.hpp"

namespace cohort::testing {

template <typename To>
To number(double value) {
  if constexpr (std::is_same_v<To, kernels::bfloat16>) {
    return kernels::to_bfloat16(static_cast<float>(value));
  } else {
    return static_cast<To>(value);
  }
}

template <typename T>
std::vector<T> noise(int64_t size, unsigned seed, double spread = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, spread);
  std::vector<T> values(size);
  for (T& value : values) value = number<T>(normal(random));
  return values;
}

}  // namespace cohort::testing
