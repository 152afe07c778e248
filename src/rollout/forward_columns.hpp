// The columns of a forward over new tokens of some sequences, collected on the host.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/models/transformer.hpp"

namespace cohort::rollout {

class ForwardColumns {
 public:
  /// Tokens of one sequence, at least one, at positions first, first + 1, …; `table` has the blocks of all positions so
  /// far and must live until on().
  void add(std::span<const int64_t> tokens, int64_t first, const std::vector<int32_t>& table);
  int64_t size() const { return std::ssize(tokens_); }
  int64_t num_sequences() const { return std::ssize(tables_); }
  /// Of the batch, the hidden states of each sequence's last token are wanted.
  models::TokenBatch on(c10::Device device) const;

 private:
  std::vector<int64_t> tokens_, positions_, slots_;
  std::vector<int32_t> cu_queries_{0}, first_position_;
  std::vector<const std::vector<int32_t>*> tables_;
};

}  // namespace cohort::rollout
