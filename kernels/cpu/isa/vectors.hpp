// The registers of an instruction set. Part of inner.hpp.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernels/cpu/isa.hpp"

namespace cohort::kernels {
namespace {

template <typename T>
struct Vector;
template <>
struct Vector<float> {
  typedef float type __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
  typedef int32_t bits __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
};
template <>
struct Vector<int32_t> {
  typedef int32_t type __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
};
template <>
struct Vector<double> {
  typedef double type __attribute__((vector_size(kVectorBytes), aligned(8), may_alias));
};

template <typename T>
constexpr int64_t kLanes = kVectorBytes / sizeof(T);

}  // namespace
}  // namespace cohort::kernels
