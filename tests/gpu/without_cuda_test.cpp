// A cohort that was built without CUDA says so to whoever names a CUDA device.
#include <doctest/doctest.h>

#include "cohort/device.hpp"
#include "cohort/error.hpp"
#include "cohort/memory_plan.hpp"
#include "kernels/memory.hpp"
#include "support/tiny.hpp"

using namespace cohort;

TEST_CASE("without CUDA there is no device") { CHECK(num_cuda_devices() == 0); }

TEST_CASE("a CUDA device is refused for cohort was built without CUDA") {
  const c10::Device device(c10::kCUDA, 0);
  const char* const reason = "cohort was built without CUDA: it has no kernels for a CUDA device";
  CHECK_THROWS_WITH_AS(testing::tiny_policy({.device = device}), reason, Error);
  CHECK_THROWS_WITH_AS(peak_device_bytes(device), reason, Error);
  CHECK_THROWS_WITH_AS(ops::upload(at::zeros({1}), device), reason, Error);
}
