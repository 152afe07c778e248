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

namespace cohort::rollout {

/// One completion while it is decoded.
struct Row {
  int64_t group, completion;
  std::vector<int32_t> blocks;  // of positions 0 …; the first ones belong to the prompt, shared by the group
  int64_t shared_blocks = 0;
};

/// The rows of one rollout: who decodes, who waits, and the cache that all of them share. Rows enter as long as there
/// is room; where the cache runs full the youngest gives its blocks back and waits, to be read again. That costs time
/// and changes no bit, for keys and values do not depend on how they were read.
class Decoding {
 public:
  /// All completions of `groups` wait. Throws Error if the budget of options cannot hold the longest of them alone.
  Decoding(models::Transformer& model, models::KvCache& cache, std::vector<Group>& groups,
           const RolloutOptions& options);

  bool is_done() const { return active_.empty() && waiting_.empty(); }

  /// Ends the rows of `group`, wherever they are.
  template <typename Finish>
  void cancel(int64_t group, Finish finish);

  /// Lets rows in, reads what is new to the cache, and one more token of each row that has some. The rows, and the
  /// hidden states that predict their next tokens: [rows, hidden]. There is at least one unless is_done().
  std::pair<std::span<const Row>, at::Tensor> advance();

  /// Rows for which `keep` has no place are over: their blocks are free again.
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
  void give_back(const Row& row);
  void end(int64_t group);
  bool evict_idle_prompts();

  const std::vector<int64_t>& prompt_of(int64_t group) const {
    return groups_[static_cast<size_t>(group)].prompt_tokens;
  }
  const std::vector<int64_t>& sampled_by(int64_t group, int64_t completion) const {
    return groups_[static_cast<size_t>(group)].completions[static_cast<size_t>(completion)].tokens;
  }
  Prompt& prompt_at(int64_t group) { return prompts_[static_cast<size_t>(group)]; }

  models::Transformer& model_;
  models::KvCache& cache_;
  std::vector<Group>& groups_;
  const RolloutOptions& options_;
  BlockPool pool_;
  std::vector<Prompt> prompts_;
  std::vector<Row> active_;  // oldest first
  std::deque<std::pair<int64_t, int64_t>> waiting_;
  RolloutStats stats_;
};

template <typename Finish>
void Decoding::cancel(int64_t group, Finish finish) {
  std::vector<bool> keep;
  for (const Row& row : active_) {
    keep.push_back(row.group != group);
    if (row.group == group) finish(group, row.completion);
  }
  retain(keep);
  std::erase_if(waiting_, [&](const auto& place) {
    if (place.first != group) return false;
    finish(group, place.second);
    end(group);
    return true;
  });
}

}  // namespace cohort::rollout
