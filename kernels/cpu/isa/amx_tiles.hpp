// The registers of AMX: sixteen rows of sixteen words each. Part of amx.cpp.
#pragma once

#include <stdint.h>

#include "kernels/cpu/isa.hpp"

namespace cohort::kernels {
namespace {

constexpr int64_t kSide = 16, kLine = 64;  // rows, or words of a row; bytes of a row

// Sums lie in registers 0 to 3; these hold A and B.
constexpr int kTop = 4, kBottom = 5, kEven = 6, kOdd = 7;

// Registers by number. The compiler's own intrinsics do not say that they touch memory.
template <int Register>
inline void load(const char* from, int64_t stride) {
  asm volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(Register), "r"(from), "r"(stride) : "memory");
}
// The same for what is read once: it passes by the first-level cache and drives nothing out of it.
template <int Register>
inline void load_once(const char* from, int64_t stride) {
  asm volatile("tileloaddt1 (%1,%2,1), %%tmm%c0" ::"i"(Register), "r"(from), "r"(stride) : "memory");
}
template <int Register>
inline void store(char* to, int64_t stride) {
  asm volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(Register), "r"(to), "r"(stride) : "memory");
}
template <int Register>
inline void clear() {
  asm volatile("tilezero %%tmm%c0" ::"i"(Register));
}

// A register of sums plus A times B. Words of A are pairs of bfloat16, whose two products go to two sums that meet at
// the end of the instruction, or four unsigned bytes beside four signed ones of B.
struct Dot {
  using Operand = bfloat16;
  using Sum = float;
  template <int Sums, int A, int B>
  static inline void add() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sums), "i"(A), "i"(B));
  }
};
struct DotBytes {
  using Operand = int8_t;
  using Sum = int32_t;
  template <int Sums, int A, int B>
  static inline void add() {
    asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sums), "i"(A), "i"(B));
  }
};

// What ldtilecfg reads. Two registers of rows by two of columns keep their sums in 0 1 / 2 3, one by four in 0 to 3.
struct alignas(64) Shapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};

  Shapes(int64_t top, int64_t bottom) {
    for (int i = 0; i < 8; ++i) row_bytes[i] = kLine;
    rows[0] = rows[1] = rows[kTop] = (uint8_t)top;
    rows[2] = rows[3] = rows[kBottom] = (uint8_t)bottom;
    rows[kEven] = rows[kOdd] = kSide;
  }
};

// The shapes of this thread's registers, which nobody else changes between the outermost hold() and its release():
// giving the registers a shape takes as long as a dozen products.
struct Held {
  int64_t holders, top, bottom;
};
thread_local Held held;

void hold() { ++held.holders; }

void release() {
  if (--held.holders > 0) return;
  held = {};
  asm volatile("tilerelease" ::: "memory");
}

void shape(int64_t top, int64_t bottom) {
  if (held.top == top && held.bottom == bottom) return;
  const Shapes shapes(top, bottom);
  asm volatile("ldtilecfg %0" ::"m"(shapes) : "memory");
  held.top = top;
  held.bottom = bottom;
}

}  // namespace
}  // namespace cohort::kernels
