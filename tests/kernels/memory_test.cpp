#include "kernels/memory.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <limits>

using namespace cohort;

namespace {

constexpr int64_t kMegabyte = 1 << 20;

at::Tensor bytes(int64_t count) { return ops::empty({count}, at::kByte); }

}  // namespace

TEST_CASE("a block is taken again by a tensor of about its size, and by no smaller one") {
  ops::release_cached_memory();
  const void* first = nullptr;
  {
    const at::Tensor tensor = bytes(8 * kMegabyte);
    first = tensor.data_ptr();
    CHECK(ops::cached_bytes() == 0);
  }
  CHECK(ops::cached_bytes() == 8 * kMegabyte);
  CHECK(bytes(4 * kMegabyte).data_ptr() != first);
  ops::release_cached_memory();
  { const at::Tensor tensor = bytes(8 * kMegabyte); }
  {
    const at::Tensor again = bytes(7 * kMegabyte);
    CHECK(ops::cached_bytes() == 0);
  }
  CHECK(ops::cached_bytes() == 8 * kMegabyte);
  ops::release_cached_memory();
  CHECK(ops::cached_bytes() == 0);
}

TEST_CASE("memory that waits never exceeds what tensors held at once") {
  ops::release_cached_memory();
  for (int64_t megabytes = 1; megabytes <= 32; ++megabytes) {
    const at::Tensor tensor = bytes(megabytes * kMegabyte);
    CHECK(ops::cached_bytes() <= 40 * kMegabyte);  // a block is at most a quarter larger than what asked for it
  }
  CHECK(ops::cached_bytes() <= 72 * kMegabyte);
  ops::release_cached_memory();
}

TEST_CASE("a tensor keeps its memory as long as a view of it lives, and small tensors are not cached") {
  ops::release_cached_memory();
  at::Tensor view;
  {
    at::Tensor tensor = ops::zeros({kMegabyte}, at::kFloat);
    view = tensor.narrow(0, 5, 3);
  }
  CHECK(ops::cached_bytes() == 0);
  CHECK(view.sum().item<float>() == 0);
  view.reset();
  CHECK(ops::cached_bytes() == 4 * kMegabyte);
  { const at::Tensor small = bytes(100); }
  CHECK(ops::cached_bytes() == 4 * kMegabyte);
  ops::release_cached_memory();
}

TEST_CASE("equal bits are more than equal numbers, and less than being there") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor numbers = at::tensor({0.0f, 1.5f, nan});
  CHECK(ops::have_equal_bits(numbers, numbers.clone()));
  CHECK_FALSE(ops::have_equal_bits(numbers, at::tensor({-0.0f, 1.5f, nan})));
  CHECK_FALSE(ops::have_equal_bits(numbers, -numbers));
  CHECK_FALSE(ops::have_equal_bits(numbers, numbers.narrow(0, 0, 2)));
  CHECK_FALSE(ops::have_equal_bits(numbers, numbers.to(at::kDouble)));
  CHECK_FALSE(ops::have_equal_bits(numbers, {}));
  CHECK(ops::have_equal_bits({}, {}));
  const at::Tensor columns = at::arange(12, at::kFloat).view({3, 4}).t();
  CHECK(ops::have_equal_bits(columns, columns.contiguous()));
}
