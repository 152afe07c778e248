#include "src/rollout/forward_columns.hpp"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace cohort::rollout {

using kernels::kBlockTokens;

void ForwardColumns::add(std::span<const int64_t> tokens, int64_t first, const std::vector<int32_t>& table) {
  for (int64_t t = 0; t < std::ssize(tokens); ++t) {
    const int64_t position = first + t;
    tokens_.push_back(tokens[static_cast<size_t>(t)]);
    positions_.push_back(position);
    slots_.push_back(table[static_cast<size_t>(position / kBlockTokens)] * kBlockTokens + position % kBlockTokens);
  }
  cu_queries_.push_back(static_cast<int32_t>(tokens_.size()));
  first_position_.push_back(static_cast<int32_t>(first));
  tables_.push_back(&table);
}

models::TokenBatch ForwardColumns::on(c10::Device device) const {
  size_t max_blocks = 1;
  for (const auto* table : tables_) max_blocks = std::max(max_blocks, table->size());
  at::Tensor block_table = at::zeros({std::ssize(tables_), static_cast<int64_t>(max_blocks)}, at::kInt);
  for (size_t s = 0; s < tables_.size(); ++s)
    std::ranges::copy(*tables_[s], block_table.data_ptr<int32_t>() + s * max_blocks);
  const auto ids = [&](const std::vector<int64_t>& values) { return at::tensor(values, at::kLong).to(device); };
  const auto bounds = [&](const std::vector<int32_t>& values) { return at::tensor(values, at::kInt).to(device); };
  std::vector<int64_t> last_rows;
  std::vector<int32_t> alone{0}, last_positions;
  for (size_t s = 0; s < tables_.size(); ++s) {
    last_rows.push_back(cu_queries_[s + 1] - 1);
    last_positions.push_back(first_position_[s] + cu_queries_[s + 1] - cu_queries_[s] - 1);
    alone.push_back(static_cast<int32_t>(s + 1));
  }
  const at::Tensor table = block_table.to(device);
  return {.tokens = ids(tokens_),
          .positions = ids(positions_),
          .slots = ids(slots_),
          .sequences = {bounds(cu_queries_), bounds(first_position_), table, {}},
          .copies = {},
          .last = models::LastTokens{ids(last_rows), {bounds(alone), bounds(last_positions), table, {}}}};
}

}  // namespace cohort::rollout
