#include "src/cli/version.hpp"

#include <ATen/Context.h>
#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include "cohort/threads.hpp"
#include "kernels/cpu/isa.hpp"

namespace cohort::cli {

void print_version() {
  fmt::print("cohort {}\nLibTorch {}\n", COHORT_VERSION, TORCH_VERSION);
  fmt::print("CPU kernels: {}, {} threads\n", kernels::isa().name, num_threads());
  const auto devices = at::hasCUDA() ? at::getNumGPUs() : 0;
  fmt::print("devices: cpu");
  for (size_t i = 0; i < devices; ++i) fmt::print(", cuda:{}", i);
  fmt::print("\n");
}

}  // namespace cohort::cli
