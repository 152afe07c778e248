// A shared cohort opens its CUDA half, which brings LibTorch's.
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>

#include "cohort/error.hpp"
#include "kernels/cuda_library.hpp"

namespace cohort::kernels {
namespace {

// Beside the library that this is part of.
std::filesystem::path file_of_cuda_library() {
  static const char here = 0;
  Dl_info library{};
  check(::dladdr(&here, &library) != 0, "cohort: the linker does not know where libcohort.so lies");
  return std::filesystem::path(library.dli_fname).parent_path() / "libcohort_cuda.so";
}

}  // namespace

bool is_built_with_cuda() { return true; }

const CudaLibrary& open_cuda_library(const std::filesystem::path& file) {
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const table = library ? ::dlsym(library, "cohort_cuda_library") : nullptr;
  if (!table) {
    const char* const reason = ::dlerror();
    throw Error(fmt::format("cohort: its CUDA half, {}, could not be opened: {}", file.string(), reason));
  }
  // LibTorch keeps what it found when it was first asked for CUDA. Its backward also counts the devices only once.
  check(at::detail::getCUDAHooks().hasCUDART(),
        "cohort: CUDA was asked for after LibTorch had looked for it, which it does once, at the latest in the first "
        "backward: call num_cuda_devices() at the start of a program that goes from the CPU to a CUDA device");
  return *reinterpret_cast<decltype(&cohort_cuda_library)>(table)();
}

const CudaLibrary& cuda_library() {
  static const CudaLibrary& library = open_cuda_library(file_of_cuda_library());
  return library;
}

}  // namespace cohort::kernels
