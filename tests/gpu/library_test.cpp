// The CUDA half of cohort as a library of its own, on a machine with a device or without one.
#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <doctest/doctest.h>
#include <link.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "cohort/device.hpp"
#include "cohort/error.hpp"
#include "kernels/cuda_library.hpp"
#include "support/tiny.hpp"

using namespace cohort;

namespace {

// Whether this process has a library whose file is called so. libcudart it has in any case: libtorch_cpu needs it.
bool is_loaded(std::string name) {
  const auto visit = [](dl_phdr_info* library, size_t, void* wanted) -> int {
    return std::filesystem::path(library->dlpi_name)
        .filename()
        .string()
        .starts_with(*static_cast<std::string*>(wanted));
  };
  return ::dl_iterate_phdr(visit, &name) != 0;
}

}  // namespace

TEST_CASE("nothing of CUDA is loaded until it is asked for") {
  const char* const names[] = {"libcohort_cuda.so", "libtorch_cuda.so", "libc10_cuda.so", "libcublasLt.so"};
  for (const char* name : names) CHECK_MESSAGE(!is_loaded(name), name);
  CHECK(num_cuda_devices() >= 0);
  for (const char* name : names) CHECK_MESSAGE(is_loaded(name), name);
}

TEST_CASE("once it is opened, LibTorch answers for CUDA") {
  num_cuda_devices();
  CHECK(at::detail::getCUDAHooks().hasCUDART());
  CHECK(at::detail::getCUDAHooks().versionCUDART() >= 12'000);
}

TEST_CASE("every function of the table is there") {
  const kernels::CudaLibrary& library = kernels::cuda_library();
  std::apply([](auto... bodies) { CHECK((... && (bodies != nullptr))); }, library.bodies);
  CHECK(bool(library.is_hopper));
  CHECK(bool(library.make_recorder));
}

TEST_CASE("a policy on a device that is not there is refused") {
  const auto beyond = static_cast<c10::DeviceIndex>(num_cuda_devices());
  CHECK_THROWS(testing::tiny_policy({.device = c10::Device(c10::kCUDA, beyond)}));
}

TEST_CASE("a library that cannot be opened is named, with the reason") {
  const auto file = std::filesystem::temp_directory_path() / ("cohort_library_test_" + std::to_string(::getpid()));
  const auto refuses = [](const std::filesystem::path& path, const std::string& reason) {
    const std::string named = path.string() + ", could not be opened: ";
    CHECK_THROWS_WITH_AS(kernels::open_cuda_library(path), doctest::Contains(named.c_str()), Error);
    CHECK_THROWS_WITH_AS(kernels::open_cuda_library(path), doctest::Contains(reason.c_str()), Error);
  };
  refuses(file, "No such file");
  std::ofstream(file) << "no library";
  refuses(file, "file too short");
  std::filesystem::remove(file);
  refuses("libc.so.6", "undefined symbol: cohort_cuda_library");
}

// In a process of its own: LibTorch keeps for good what it found.
TEST_CASE("too late is said so" * doctest::skip()) {
  CHECK(!at::hasCUDA());
  CHECK_THROWS_WITH_AS(num_cuda_devices(), doctest::Contains("call num_cuda_devices() at the start"), Error);
}
