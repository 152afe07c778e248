// Which sequences are decoded now, and where their keys and values lie.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "cohort/rollout.hpp"
#include "src/models/transformer.hpp"
#include "src/rollout/block_pool.hpp"
#include "src/rollout/steps.hpp"

namespace cohort::rollout {

/// One completion while it is decoded.
struct Row {
  int64_t group, completion;
  std::vector<int32_t> blocks;  // of positions 0 …; the first ones belong to the prompt, shared by the group
  int64_t shared_blocks = 0;
};

/// Rows that take some steps of decoding together.
struct Window {
  std::span<const Row> rows;
  std::span<const RowStart> starts;  // of the rows
  at::Tensor fresh;                  // as Steps::run() takes it
  int64_t steps;
};

/// Blocks of a cache for a rollout.
struct CacheSize {
  int64_t blocks;         // that sequences may own
  int64_t spare;          // before those
  int64_t blocks_of_row;  // the longest row's
  int64_t block_bytes;    // all layers' keys and values
  int64_t bytes() const { return (blocks + spare) * block_bytes; }
};

/// What `num_rows` rows behind prompts of at most `longest_prompt` tokens get. Throws Error if the budget of options
/// cannot hold the longest of them alone.
CacheSize cache_size(const ModelConfig& config, at::ScalarType dtype, const RolloutOptions& options,
                     int64_t longest_prompt, int64_t num_rows, int64_t spare_blocks);

/// The rows of one rollout: who decodes, who waits, and the cache that all of them share. Rows enter as long as there
/// is room; where the cache runs full the youngest gives its blocks back and waits, to be read again. That costs time
/// and changes no bit, for keys and values do not depend on how they were read.
class Decoding {
 public:
  /// All completions of `groups` wait; makes `cache` anew where it does not fit. `most_steps`: of a window. Throws as
  /// cache_size().
  Decoding(models::Transformer& model, models::KvCache& cache, std::vector<Group>& groups,
           const RolloutOptions& options, Steps& steps, int64_t step, int64_t most_steps);

  bool is_done() const { return active_.empty() && waiting_.empty(); }

  /// Ends the rows of `group` that wait: finish(completion) for each.
  template <typename Finish>
  void drop_waiting(int64_t group, Finish finish);

  /// Lets rows in, reads what is new to the cache and gives rows the blocks of the steps ahead: as many steps as there
  /// is memory for, as any row needs, and as a window has at most. There is at least one row unless is_done().
  Window next();

  /// Rows of the window for which `keep` has no place are over: their blocks are free again.
  void retain(const std::vector<bool>& keep);

  const RolloutStats& stats() const { return stats_; }

 private:
  // One problem's prompt. In the cache while rows of it are decoded, and longer if there is room.
  struct Prompt {
    std::vector<int32_t> blocks;
    at::Tensor hidden;  // [1, hidden] of its last token
    int64_t rows_left = 0, rows_active = 0;
  };
  // Tokens that the cache does not hold yet; the last one's hidden state goes to `hidden` where given.
  struct Unread {
    std::span<const int64_t> tokens;
    int64_t first;
    const std::vector<int32_t>* table;
    at::Tensor* hidden;
  };

  std::vector<Row> admit();
  Row start(int64_t group, int64_t completion, std::vector<ops::BlockCopy>& copies);
  void read(std::span<const Unread> unread);
  void grow();
  int64_t reserve();
  int64_t tokens_after(const Row& row, int64_t steps) const;
  int64_t limit_of(int64_t group) const;
  RowStart start_of(const Row& row) const;
  void give_back(const Row& row);
  void end(int64_t group);
  bool evict_idle_prompts();

  const std::vector<int64_t>& prompt_of(int64_t group) const {
    return groups_[static_cast<size_t>(group)].prompt_tokens;
  }
  const Completion& completion_at(int64_t group, int64_t completion) const {
    return groups_[static_cast<size_t>(group)].completions[static_cast<size_t>(completion)];
  }
  const std::vector<int64_t>& sampled_by(int64_t group, int64_t completion) const {
    return completion_at(group, completion).tokens;
  }
  Prompt& prompt_at(int64_t group) { return prompts_[static_cast<size_t>(group)]; }

  models::Transformer& model_;
  models::KvCache& cache_;
  std::vector<Group>& groups_;
  const RolloutOptions& options_;
  BlockPool pool_;
  std::vector<Prompt> prompts_;
  int64_t most_steps_;
  int64_t block_bytes_ = 0, spare_ = 0;
  std::vector<Row> active_;  // oldest first
  std::vector<RowStart> starts_;
  std::deque<std::pair<int64_t, int64_t>> waiting_;
  RolloutStats stats_;
};

template <typename Finish>
void Decoding::drop_waiting(int64_t group, Finish finish) {
  std::erase_if(waiting_, [&](const auto& place) {
    if (place.first != group) return false;
    finish(place.second);
    end(group);
    return true;
  });
}

}  // namespace cohort::rollout
