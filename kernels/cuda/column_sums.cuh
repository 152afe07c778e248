// Sums over the rows of a matrix, added to what is there, by more threads than there are columns. Rows come in parts of
// 64, each summed in order, and the parts are added in order: calls that cut the rows at multiples of 64 add up the
// same.
#pragma once

#include "kernels/cuda/check.cuh"
#include "kernels/cuda/scratch.cuh"

namespace cohort::kernels {

constexpr int64_t kPartRows = 64;

// One thread per part and column: partial[part, j] = Σ term(i, j).
template <typename T, typename Term>
__global__ void __launch_bounds__(kElementThreads) sum_parts(Term term, int64_t rows, int64_t columns, T* partial) {
  const int64_t index = element_index();
  const int64_t part = index / columns, j = index % columns, end = min(rows, (part + 1) * kPartRows);
  if (part * kPartRows >= rows) return;
  T sum = 0;
#pragma unroll 8  // loads of several rows at once; the sums stay in order
  for (int64_t i = part * kPartRows; i < end; ++i) sum += term(i, j);
  partial[index] = sum;
}

// One thread per column.
template <typename T>
__global__ void __launch_bounds__(kElementThreads)
    add_parts(const T* partial, int64_t parts, int64_t columns, T* sums) {
  const int64_t j = element_index();
  if (j >= columns) return;
  T sum = sums[j];
#pragma unroll 8
  for (int64_t part = 0; part < parts; ++part) sum += partial[part * columns + j];
  sums[j] = sum;
}

/// sums[j] += Σ_i term(i, j); `term` is a struct that the device copies.
template <typename T, typename Term>
void add_column_sums(const char* name, const Term& term, int64_t rows, int64_t columns, T* sums, cudaStream_t stream) {
  const int64_t parts = ceil_divide(rows, kPartRows);
  const Scratch<T> partial(parts * columns, stream);
  launch_elements(name, sum_parts<T, Term>, parts * columns, stream, term, rows, columns, partial.data());
  launch_elements(name, add_parts<T>, columns, stream, partial.data(), parts, columns, sums);
}

}  // namespace cohort::kernels
