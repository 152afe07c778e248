// What Hopper (sm_90a) has beyond tensor_core.cuh: products by a warpgroup of 128 threads whose operands lie in shared
// memory, and tiles that a copy engine fetches. tests/kernels/cuda_emulation has a twin of this file for the host.
//
// Measured on an H200: an element of such a product has the same bits as one by multiply_add() in steps of 16 of k, for
// every width, whatever lies beside it, and also where the first factor comes from registers.
#pragma once

#include <cuda.h>
#include <cuda_runtime.h>

#include <cstdint>

namespace cohort::kernels {

constexpr int kGroupThreads = 128;

/// Shared memory as the other units of a multiprocessor name it.
__device__ inline uint32_t shared_address(const void* at) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(at));
}

/// Counts arrivals, and bytes that copies bring; a phase ends when both are complete. One thread initialises barriers,
/// then publishes them, then the block has a __syncthreads().
struct alignas(8) CopyBarrier {
  uint64_t state;

  __device__ void init(int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(this)), "r"(arrivals) : "memory");
  }
  __device__ static void publish() {
    asm volatile("fence.mbarrier_init.release.cluster;\n\tfence.proxy.async.shared::cta;" ::: "memory");
  }
  __device__ void arrive() {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(this)) : "memory");
  }
  /// The same where nothing may branch, as products are under way.
  __device__ void arrive_if(bool arrives) {
    asm volatile(
        "{\n\t.reg .pred arrives;\n\tsetp.ne.b32 arrives, %1, 0;\n\t"
        "@arrives mbarrier.arrive.shared::cta.b64 _, [%0];\n\t}" ::"r"(shared_address(this)),
        "r"(static_cast<int>(arrives))
        : "memory");
  }
  /// Arrives, and lets the phase wait for `bytes` more of copies.
  __device__ void arrive_expecting(int bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(this)), "r"(bytes)
                 : "memory");
  }
  /// Waits for the end of the phase of this parity: 0 for the first, 1 for the second, 0, …
  __device__ void wait(int parity) {
    asm volatile(
        "{\n\t.reg .pred done;\n\t"
        "again: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n\t"
        "@!done bra again;\n\t}" ::"r"(shared_address(this)),
        "r"(parity)
        : "memory");
  }
};

/// Starts the copy of the tile of `map` at (x, y), x along what is contiguous; zeros outside. Called by one thread.
/// `map` is a __grid_constant__ parameter of the kernel.
__device__ inline void copy_tile(void* shared, const CUtensorMap& map, CopyBarrier& arrives, int x, int y) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::"r"(
          shared_address(shared)),
      "l"(reinterpret_cast<uint64_t>(&map)), "r"(shared_address(&arrives)), "r"(x), "r"(y)
      : "memory");
}

/// Starts the copy of `bytes` that lie side by side; a multiple of 16, as the addresses. Called by one thread.
__device__ inline void copy_bytes(void* shared, const void* global, int bytes, CopyBarrier& arrives) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                   shared_address(shared)),
               "l"(global), "r"(bytes), "r"(shared_address(&arrives))
               : "memory");
}

/// Makes this thread's writes to shared memory visible to products and copies; a barrier of the threads follows.
__device__ inline void publish_to_products() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

/// A barrier of `threads` threads, by its number from 1 to 15.
__device__ inline void group_barrier(int number, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(number), "r"(threads) : "memory");
}

/// Registers that each thread of the warpgroup gives up or takes from now on.
template <int kRegisters>
__device__ inline void give_up_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters>
__device__ inline void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

/// How rows of a matrix lie in shared memory: of 32, 64 or 128 bytes, chunks of 16 bytes swapped as the copy engine
/// does it (CU_TENSOR_MAP_SWIZZLE_…). Patterns begin at multiples of 256, 512 or 1024 bytes.
enum class Swizzle : uint64_t { bytes128 = 1, bytes64 = 2, bytes32 = 3 };

/// A matrix for a product. Along the rows (k, or the other axis if it is transposed) one pattern of rows; `stride`
/// bytes from eight rows to the next eight; `leading` bytes to the next pattern along the rows, where a product needs
/// more than one: for a transposed factor wider than its rows.
__device__ inline uint64_t matrix_in_shared(const void* at, Swizzle swizzle, int stride, int leading = 16) {
  return (static_cast<uint64_t>(shared_address(at)) >> 4 & 0x3fff) | static_cast<uint64_t>(leading >> 4) << 16 |
         static_cast<uint64_t>(stride >> 4) << 32 | static_cast<uint64_t>(swizzle) << 62;
}
/// The same matrix `bytes` further on.
__device__ inline uint64_t advance(uint64_t matrix, int bytes) { return matrix + static_cast<uint64_t>(bytes >> 4); }

/// Before the first product of a row of them, and where registers that products use were written.
__device__ inline void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void commit_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/// Waits until at most the kPending youngest groups are under way.
template <int kPending>
__device__ inline void wait_for_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}
/// Keeps the compiler from moving uses of a product's registers across the wait.
template <int kCount>
__device__ inline void settle(float (&registers)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(registers[i])::"memory");
}

// d [64, N] = (adds ? d : 0) + a [64, 16] · b [16, N], in registers of the warpgroup: with warp w, g = lane / 4 and
// t = lane mod 4, d[4j + m] is element (16w + g + 8 · (m / 2), 8j + 2t + m mod 2). A first factor in registers lies as
// that of multiply_add(), the warp's sixteen rows. Factors in shared memory have k along their rows; transposed ones,
// the other axis.
template <int kColumns, bool kTransposedA = false, bool kTransposedB = false>
struct GroupProduct;

#define COHORT_REGISTERS_8(d, i)                                                                              \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), \
      "+f"(d[i + 7])
#define COHORT_REGISTERS_32(d, i) \
  COHORT_REGISTERS_8(d, i), COHORT_REGISTERS_8(d, i + 8), COHORT_REGISTERS_8(d, i + 16), COHORT_REGISTERS_8(d, i + 24)

template <bool kTransposedA, bool kTransposedB>
struct GroupProduct<64, kTransposedA, kTransposedB> {
  __device__ static void add(float (&d)[32], uint64_t a, uint64_t b, bool adds) {
    asm volatile(
        "{\n\t.reg .pred adds;\n\tsetp.ne.b32 adds, %34, 0;\n\t"
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
        "}, %32, %33, adds, 1, 1, %35, %36;\n\t}"
        : COHORT_REGISTERS_32(d, 0)
        : "l"(a), "l"(b), "r"(static_cast<int>(adds)), "n"(static_cast<int>(kTransposedA)),
          "n"(static_cast<int>(kTransposedB)));
  }
  __device__ static void add(float (&d)[32], const uint32_t (&a)[4], uint64_t b, bool adds) {
    static_assert(!kTransposedA, "registers have their own order");
    asm volatile(
        "{\n\t.reg .pred adds;\n\tsetp.ne.b32 adds, %37, 0;\n\t"
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
        "}, {%32, %33, %34, %35}, %36, adds, 1, 1, %38;\n\t}"
        : COHORT_REGISTERS_32(d, 0)
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(adds)),
          "n"(static_cast<int>(kTransposedB)));
  }
};

template <bool kTransposedA, bool kTransposedB>
struct GroupProduct<128, kTransposedA, kTransposedB> {
  __device__ static void add(float (&d)[64], uint64_t a, uint64_t b, bool adds) {
    asm volatile(
        "{\n\t.reg .pred adds;\n\tsetp.ne.b32 adds, %66, 0;\n\t"
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
        "}, %64, %65, adds, 1, 1, %67, %68;\n\t}"
        : COHORT_REGISTERS_32(d, 0), COHORT_REGISTERS_32(d, 32)
        : "l"(a), "l"(b), "r"(static_cast<int>(adds)), "n"(static_cast<int>(kTransposedA)),
          "n"(static_cast<int>(kTransposedB)));
  }
  __device__ static void add(float (&d)[64], const uint32_t (&a)[4], uint64_t b, bool adds) {
    static_assert(!kTransposedA, "registers have their own order");
    asm volatile(
        "{\n\t.reg .pred adds;\n\tsetp.ne.b32 adds, %69, 0;\n\t"
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
        "}, {%64, %65, %66, %67}, %68, adds, 1, 1, %70;\n\t}"
        : COHORT_REGISTERS_32(d, 0), COHORT_REGISTERS_32(d, 32)
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(adds)),
          "n"(static_cast<int>(kTransposedB)));
  }
};

template <bool kTransposedA, bool kTransposedB>
struct GroupProduct<192, kTransposedA, kTransposedB> {
  __device__ static void add(float (&d)[96], uint64_t a, uint64_t b, bool adds) {
    asm volatile(
        "{\n\t.reg .pred adds;\n\tsetp.ne.b32 adds, %98, 0;\n\t"
        "wgmma.mma_async.sync.aligned.m64n192k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
        "}, %96, %97, adds, 1, 1, %99, %100;\n\t}"
        : COHORT_REGISTERS_32(d, 0), COHORT_REGISTERS_32(d, 32), COHORT_REGISTERS_32(d, 64)
        : "l"(a), "l"(b), "r"(static_cast<int>(adds)), "n"(static_cast<int>(kTransposedA)),
          "n"(static_cast<int>(kTransposedB)));
  }
};

#undef COHORT_REGISTERS_8
#undef COHORT_REGISTERS_32

}  // namespace cohort::kernels
