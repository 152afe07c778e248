// Sums over the rows of a matrix, added to what is there, by more threads than there are columns: in parts of 64 rows,
// and those in one order that follows from their number.
#pragma once

#include "kernels/cuda/check.cuh"
#include "kernels/cuda/reduce.cuh"
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

// One block per kWarpSize columns; each warp adds up every kAddingWarps-th part, and then the warps are added in order.
constexpr int kAddingWarps = 8;
template <typename T>
__global__ void __launch_bounds__(kAddingWarps* kWarpSize)
    add_parts(const T* partial, int64_t parts, int64_t columns, T* sums) {
  __shared__ T of_warp[kAddingWarps][kWarpSize];
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize, warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int64_t j = int64_t{blockIdx.x} * kWarpSize + lane;
  T sum = 0;
  if (j < columns)
#pragma unroll 8
    for (int64_t part = warp; part < parts; part += kAddingWarps) sum += partial[part * columns + j];
  of_warp[warp][lane] = sum;
  __syncthreads();
  if (warp != 0 || j >= columns) return;
  sum = sums[j];
  for (int w = 0; w < kAddingWarps; ++w) sum += of_warp[w][lane];
  sums[j] = sum;
}

/// sums[j] += Σ_part partial[part, j]
template <typename T>
void add_parts_to(const char* name, const T* partial, int64_t parts, int64_t columns, T* sums, cudaStream_t stream) {
  launch_blocks(name, add_parts<T>, ceil_divide(columns, kWarpSize), kAddingWarps * kWarpSize, stream, partial, parts,
                columns, sums);
}

/// sums[j] += Σ_i term(i, j); `term` is a struct that the device copies.
template <typename T, typename Term>
void add_column_sums(const char* name, const Term& term, int64_t rows, int64_t columns, T* sums, cudaStream_t stream) {
  const int64_t parts = ceil_divide(rows, kPartRows);
  const Scratch<T> partial(parts * columns, stream);
  launch_elements(name, sum_parts<T, Term>, parts * columns, stream, term, rows, columns, partial.data());
  add_parts_to(name, partial.data(), parts, columns, sums, stream);
}

}  // namespace cohort::kernels
