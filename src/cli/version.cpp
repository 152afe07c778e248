#include "src/cli/version.hpp"

#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include <string>

#include "cohort/device.hpp"
#include "cohort/error.hpp"
#include "cohort/threads.hpp"
#include "kernels/cpu/isa.hpp"

namespace cohort::cli {
namespace {

std::string devices() {
  std::string names = "cpu";
  try {
    for (int64_t i = 0; i < num_cuda_devices(); ++i) names += fmt::format(", cuda:{}", i);
  } catch (const Error& error) {
    names += fmt::format("; no CUDA: {}", error.what());
  }
  return names;
}

}  // namespace

void print_version() {
  fmt::print("cohort {}\nLibTorch {}\n", COHORT_VERSION, TORCH_VERSION);
  fmt::print("CPU kernels: {}, {} threads\n", kernels::isa().name, num_threads());
  fmt::print("devices: {}\n", devices());
}

}  // namespace cohort::cli
