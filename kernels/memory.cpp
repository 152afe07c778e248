#include "kernels/memory.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/AllocatorConfig.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <sys/mman.h>

#include <bit>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "kernels/cuda_library.hpp"
#include "kernels/slabs.hpp"

namespace cohort::ops {
namespace {

// Below this malloc does as well: it keeps what is small.
constexpr size_t kLarge = 64 * 1024;
constexpr size_t kHugePage = 2 * 1024 * 1024, kHuge = 2 * kHugePage;

// Blocks have one of four sizes between two powers of two, so that batches of about the same length take the same ones.
// What a tensor does not reach of its block is never touched, and costs nothing.
size_t block_size(size_t bytes) {
  const size_t step = std::bit_floor(bytes) / 4;
  return (bytes + step - 1) / step * step;
}

class BlockCache {
 public:
  struct Block {
    void* data;
    size_t bytes;
  };

  Block take(size_t bytes) {
    const std::lock_guard lock(mutex_);
    // The closest in size, the one given back last among equals.
    auto found = free_.end();
    for (auto block = free_.begin(); block != free_.end(); ++block)
      if (block->bytes >= bytes && block->bytes <= bytes + bytes / 2 &&
          (found == free_.end() || block->bytes <= found->bytes))
        found = block;
    if (found != free_.end()) {
      const Block block = *found;
      free_bytes_ -= block.bytes;
      free_.erase(found);
      return block;
    }
    // As much goes back to the system as comes from it, what was not used for longest first: the process grows only
    // when its tensors do.
    for (size_t released = 0; released < bytes && !free_.empty();) released += drop_oldest();
    const size_t whole = block_size(bytes);
    void* data = ::operator new(whole, alignment(whole));
    if (whole >= kHuge) madvise(data, whole, MADV_HUGEPAGE);  // a hint: where it is refused, pages are small
    return {data, whole};
  }

  void give_back(Block block) {
    const std::lock_guard lock(mutex_);
    free_.push_back(block);
    free_bytes_ += block.bytes;
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    while (!free_.empty()) drop_oldest();
  }

  size_t free_bytes() {
    const std::lock_guard lock(mutex_);
    return free_bytes_;
  }

 private:
  static std::align_val_t alignment(size_t bytes) { return std::align_val_t(bytes >= kHuge ? kHugePage : 64); }

  size_t drop_oldest() {
    const Block block = free_.front();
    free_.erase(free_.begin());
    ::operator delete(block.data, alignment(block.bytes));
    free_bytes_ -= block.bytes;
    return block.bytes;
  }

  std::mutex mutex_;
  std::vector<Block> free_;  // some hundreds; the one that was given back first in front
  size_t free_bytes_ = 0;
};

// Never destroyed: a tensor may outlive every static object.
BlockCache& cache() {
  static auto* const cache = new BlockCache;
  return *cache;
}

size_t bytes_of(at::IntArrayRef sizes, const at::TensorOptions& options) {
  size_t bytes = options.dtype().itemsize();
  for (const int64_t size : sizes) bytes *= static_cast<size_t>(size);
  return bytes;
}

}  // namespace

at::Tensor empty(at::IntArrayRef sizes, const at::TensorOptions& options) {
  const size_t bytes = bytes_of(sizes, options);
  if (!options.device().is_cpu() || bytes < kLarge) return at::empty(sizes, options);
  const BlockCache::Block block = cache().take(bytes);
  return at::from_blob(
      block.data, sizes, [block](void*) { cache().give_back(block); }, options);
}

at::Tensor lasting(at::IntArrayRef sizes, const at::TensorOptions& options) {
  if (!options.device().is_cpu()) return at::empty(sizes, options);
  const size_t bytes = bytes_of(sizes, options);
  std::shared_ptr<void> data = kernels::lasting_memory(bytes);
  void* const first = data.get();
  return at::from_blob(
      first, sizes, [data = std::move(data)](void*) {}, options);
}

at::Tensor zeros(at::IntArrayRef sizes, const at::TensorOptions& options) { return empty(sizes, options).zero_(); }

at::Tensor upload(const at::Tensor& host, c10::Device device) {
  if (!host.defined() || device.is_cpu() || !host.is_cpu()) return host.defined() ? host.to(device) : host;
  if (device.is_cuda()) kernels::cuda_library();
  return host.pin_memory().to(device, /*non_blocking=*/true);
}

bool have_equal_bits(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  return a.scalar_type() == b.scalar_type() &&
         at::equal(a.contiguous().view(at::kByte), b.contiguous().view(at::kByte));
}

int64_t cached_bytes() { return static_cast<int64_t>(cache().free_bytes()); }
void release_cached_memory() { cache().clear(); }

std::string allocator_settings(const std::string& before) {
  if (before.find("expandable_segments") != std::string::npos) return "";
  return (before.empty() ? "" : before + ",") + "expandable_segments:True";
}

void prepare_device(c10::Device device) {
  if (!device.is_cuda()) return;
  kernels::cuda_library();
  const std::string settings = allocator_settings(c10::CachingAllocator::getAllocatorSettings());
  if (!settings.empty()) c10::CachingAllocator::setAllocatorSettings(settings);
}

int64_t peak_device_bytes(c10::Device device) {
  if (!device.is_cuda()) return 0;
  kernels::cuda_library();
  const auto stats =
      c10::getDeviceAllocator(device.type())->getDeviceStats(device.has_index() ? device.index() : c10::DeviceIndex{0});
  return stats.reserved_bytes[0].peak;  // 0: blocks of all sizes
}

}  // namespace cohort::ops
