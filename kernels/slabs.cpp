#include "kernels/slabs.hpp"

#include <sys/mman.h>

#include <mutex>
#include <new>
#include <utility>

namespace cohort::kernels {
namespace {

constexpr std::size_t kHugePage = 2 * 1024 * 1024;

// Memory that is taken from the front, and that is given back when the last of its parts is gone.
class Slab {
 public:
  explicit Slab(std::size_t bytes) : data_(::operator new(bytes, std::align_val_t(kHugePage))), bytes_(bytes) {
    madvise(data_, bytes, MADV_HUGEPAGE);  // a hint: where it is refused, pages are small
  }
  ~Slab() { ::operator delete(data_, std::align_val_t(kHugePage)); }
  Slab(const Slab&) = delete;

  /// Null where it is full.
  void* take(std::size_t bytes) {
    if (bytes > bytes_ - used_) return nullptr;
    return static_cast<char*>(data_) + std::exchange(used_, used_ + bytes);
  }

 private:
  void* data_;
  std::size_t bytes_, used_ = 0;
};

class Slabs {
 public:
  std::shared_ptr<void> take(std::size_t bytes) {
    constexpr std::size_t kSlab = 32 * kHugePage;
    const std::lock_guard lock(mutex_);
    if (bytes > kSlab / 4) {  // one of its own
      auto own = std::make_shared<Slab>((bytes + kHugePage - 1) / kHugePage * kHugePage);
      void* const data = own->take(bytes);
      return {std::move(own), data};
    }
    std::shared_ptr<Slab> slab = current_.lock();
    void* data = slab ? slab->take(bytes) : nullptr;
    if (!data) {
      slab = std::make_shared<Slab>(kSlab);
      current_ = slab;
      data = slab->take(bytes);
    }
    return {std::move(slab), data};
  }

 private:
  std::mutex mutex_;
  std::weak_ptr<Slab> current_;
};

}  // namespace

std::shared_ptr<void> lasting_memory(std::size_t bytes) {
  static auto* const slabs = new Slabs;  // never destroyed: what it gave may outlive every static object
  return slabs->take((bytes + 63) / 64 * 64);
}

}  // namespace cohort::kernels
