// The instructions of sm_80 and newer that C++ has no word for: products of small matrices held by a warp, and copies
// to shared memory that nobody waits for. tests/kernels/cuda_emulation has a twin of this file for the host.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace cohort::kernels {

/// Two numbers rounded to bfloat16, nearest, ties to even; `low` in the lower half.
__device__ inline uint32_t pack_bfloat16(float low, float high) {
  uint32_t packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}

/// 2^x to about 2 units in the last place; what is too small for a normal number becomes 0.
__device__ inline float power_of_two(float x) {
  float power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
  return power;
}

/// Memory of the block as large as the launch asked for, aligned to 128 bytes.
__device__ inline unsigned char* dynamic_shared_memory() {
  extern __shared__ __align__(128) unsigned char dynamic_bytes[];
  return dynamic_bytes;
}

/// Starts a copy of 16 bytes to shared memory; only the first `valid` are read, the others become zeros. Both addresses
/// are multiples of 16.
__device__ inline void copy_async(void* shared, const void* global, int valid) {
  const auto to = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(valid) : "memory");
}
/// Ends a group of this thread's copies, which may be empty.
__device__ inline void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Waits until at most the `kPending` youngest groups of this thread are under way. Others' copies need a barrier more.
template <int kPending>
__device__ inline void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

/// Four matrices of 8 × 8 two-byte elements. Lane l passes the address of row l mod 8 of matrix l / 8, a multiple
/// of 16. Of each matrix it gets elements (l / 4, 2 · (l mod 4)) and the one to the right.
__device__ inline void load_matrices(uint32_t (&out)[4], const void* row) {
  const auto from = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(from)
               : "memory");
}
/// The same of the matrices' transposes.
__device__ inline void load_matrices_transposed(uint32_t (&out)[4], const void* row) {
  const auto from = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(from)
               : "memory");
}

/// The transpose of a matrix of 8 × 8 two-byte elements, of which lane l has (l / 4, 2 · (l mod 4)) and the one to the
/// right.
__device__ inline uint32_t transpose_matrix(uint32_t pair) {
  uint32_t transposed;
  asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(transposed) : "r"(pair));
  return transposed;
}

/// c += a · b for a [16, 16] and b [16, 8] of bfloat16, c [16, 8] of float32, spread over the warp. With g = lane / 4
/// and t = lane mod 4, the halves of a register in order:
///   a: (g, 2t), (g, 2t+1) | (g+8, 2t), … | (g, 2t+8), … | (g+8, 2t+8), …
///   b: (2t, g), (2t+1, g) | (2t+8, g), …
///   c: (g, 2t) | (g, 2t+1) | (g+8, 2t) | (g+8, 2t+1)
__device__ inline void multiply_add(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "
      "%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

}  // namespace cohort::kernels
