// Which blocks of a KV cache are free.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cohort/error.hpp"

namespace cohort {

class BlockPool {
 public:
  BlockPool() = default;
  /// Blocks first, first + 1, …
  explicit BlockPool(int64_t num_blocks, int64_t first = 0) : size_(num_blocks) {
    for (int64_t block = num_blocks; block-- > 0;) free_.push_back(static_cast<int32_t>(first + block));
  }

  std::vector<int32_t> take(int64_t count) {
    check(count <= std::ssize(free_), "kv cache: {} blocks wanted, {} free", count, free_.size());
    const std::vector<int32_t> taken(free_.rbegin(), free_.rbegin() + count);
    free_.resize(free_.size() - static_cast<size_t>(count));
    return taken;
  }
  void give_back(std::span<const int32_t> blocks) { free_.insert(free_.end(), blocks.rbegin(), blocks.rend()); }
  int64_t num_free() const { return std::ssize(free_); }
  int64_t size() const { return size_; }

 private:
  int64_t size_ = 0;
  std::vector<int32_t> free_;  // the next one to take last
};

}  // namespace cohort
