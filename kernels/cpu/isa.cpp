#include "kernels/cpu/isa.hpp"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iterator>
#include <string>

#include "cohort/error.hpp"
#include "kernels/cpu/isa/bodies.hpp"

namespace cohort::kernels {
namespace {

Isa make_amx() {
  Isa body = kAvx512;
  body.name = "amx";
  body.tile_bfloat16 = kAmxProducts.tile_bfloat16;
  body.left_panel_rows = kAmxProducts.left_panel_rows;
  body.left_panel_depth = kAmxProducts.left_panel_depth;
  body.tile_int8 = kAmxProducts.tile_int8;
  body.to_left_panels = kAmxProducts.to_left_panels;
  body.bfloat16_to_left_panels = kAmxProducts.bfloat16_to_left_panels;
  body.hold = kAmxProducts.hold;
  body.release = kAmxProducts.release;
  return body;
}

const Isa kAmx = make_amx();
const Isa* const kBodies[] = {&kPortable, &kAvx2, &kAvx512, &kAmx};  // each machine that runs one runs those before it

// Whether the processor has AMX and the kernel lets this process use it: registers of eight kilobytes for each thread
// are given to those who ask.
bool can_run_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  if (!(d & bit_AMX_TILE) || !(d & bit_AMX_BF16) || !(d & bit_AMX_INT8)) return false;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // arch_prctl(2)
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

int count_runnable() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
  if (!avx512) return 2;
  return can_run_amx() ? 4 : 3;
}

// The one environment variable that cohort reads below its command line: tests and bug reports need a lower body.
int choose() {
  const char* wanted = std::getenv("COHORT_CPU_ISA");
  if (!wanted || !*wanted) return num_isas() - 1;
  for (int i = 0; i < static_cast<int>(std::size(kBodies)); ++i) {
    if (std::string(kBodies[i]->name) != wanted) continue;
    check(i < num_isas(), "COHORT_CPU_ISA: this machine cannot run \"{}\", its best is \"{}\"", wanted,
          kBodies[num_isas() - 1]->name);
    return i;
  }
  check(false, "COHORT_CPU_ISA: expected portable, avx2, avx512 or amx, got \"{}\"", wanted);
  return 0;
}

std::atomic<int>& chosen() {
  static std::atomic<int> index{choose()};
  return index;
}

}  // namespace

int num_isas() {
  static const int count = count_runnable();
  return count;
}

const Isa& isa_at(int index) { return *kBodies[index]; }
const Isa& isa() { return *kBodies[chosen().load(std::memory_order_relaxed)]; }
void force_isa(int index) { chosen().store(index); }

template <>
const RowFunctions<float>& row_functions<float>() {
  return isa().rows;
}
template <>
const RowFunctions<double>& row_functions<double>() {
  return kRowsDouble;
}
TileFunctions<double, double> tile_double() { return kTileDouble; }

}  // namespace cohort::kernels
