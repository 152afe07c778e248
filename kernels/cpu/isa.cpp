#include "kernels/cpu/isa.hpp"

#include <atomic>
#include <cstdlib>
#include <string>

#include "cohort/error.hpp"
#include "kernels/cpu/isa/bodies.hpp"

namespace cohort::kernels {
namespace {

const Isa* const kBodies[] = {&kPortable, &kAvx2, &kAvx512};  // each machine that runs one runs those before it

int count_runnable() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
  return avx512 ? 3 : 2;
}

// The one environment variable that cohort reads below its command line: tests and bug reports need a lower body.
int choose() {
  const char* wanted = std::getenv("COHORT_CPU_ISA");
  if (!wanted || !*wanted) return num_isas() - 1;
  for (int i = 0; i < 3; ++i) {
    if (std::string(kBodies[i]->name) != wanted) continue;
    check(i < num_isas(), "COHORT_CPU_ISA: this machine cannot run \"{}\", its best is \"{}\"", wanted,
          kBodies[num_isas() - 1]->name);
    return i;
  }
  check(false, "COHORT_CPU_ISA: expected portable, avx2 or avx512, got \"{}\"", wanted);
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
