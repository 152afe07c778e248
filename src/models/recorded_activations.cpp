#include "src/models/recorded_activations.hpp"

#include <algorithm>
#include <cstring>

#include "cohort/error.hpp"
#include "kernels/memory.hpp"
#include "kernels/ops.hpp"

namespace cohort {

using models::kRecordedParts;
using models::LayerActivations;
using models::RecordChunk;
using models::RecordChunks;
using models::RecordLayout;
using models::RecordStore;

namespace models {

RecordLayout::RecordLayout(const ModelConfig& config, const PolicyOptions& options) {
  const auto number = static_cast<int64_t>(c10::elementSize(ops::activation_dtype(options.dtype)));
  const auto operand = static_cast<int64_t>(c10::elementSize(options.dtype));
  const int64_t q = config.num_heads * config.head_dim, qkv = q + 2 * config.num_kv_heads * config.head_dim;
  bytes_of_hidden_ = config.hidden_size * number;
  const KeptParts keeps = kept_parts(options.activation_checkpointing);
  for (int64_t layer = 0; layer < config.num_layers; ++layer) {
    const std::array<int64_t, kRecordedParts.size()> bytes = {
        bytes_of_hidden_, keeps.projections ? qkv * number : 0, keeps.attended ? q * operand : 0,
        keeps.projections ? bytes_of_hidden_ : 0, keeps.mlp ? 2 * config.gated_size(layer) * operand : 0};
    auto& parts = layers_.emplace_back();
    for (size_t part = 0; part < parts.size(); ++part) {
      parts[part] = {bytes[part], bytes_of_layers_};
      bytes_of_layers_ += bytes[part];
    }
  }
}

std::shared_ptr<RecordChunk> RecordChunk::take(std::shared_ptr<RecordStore> store, int64_t most_rows) {
  int64_t rows = store->rows_;
  do {
    if (rows + RecordLayout::kRows > most_rows) return nullptr;
  } while (!store->rows_.compare_exchange_weak(rows, rows + RecordLayout::kRows));
  const std::shared_ptr<RecordChunk> chunk(new RecordChunk(std::move(store)));
  chunk->memory_ = ops::empty({RecordLayout::kRows * chunk->store_->layout().bytes_of_row()}, at::kByte);
  return chunk;
}

RecordChunk::~RecordChunk() { store_->rows_ -= RecordLayout::kRows; }

std::shared_ptr<RecordedActivations> RecordStore::begin(std::span<const int64_t> prompt, int64_t most_rows) {
  auto record = std::make_shared<RecordedActivations>(shared_from_this(), prompt, most_rows);
  const std::lock_guard lock(mutex_);
  if (records_.size() >= next_sweep_) {
    std::erase_if(records_, [](const auto& held) { return held.expired(); });
    next_sweep_ = 2 * records_.size() + 64;
  }
  records_.push_back(record);
  return record;
}

void RecordStore::clear() {
  const std::lock_guard lock(mutex_);
  for (const auto& held : records_)
    if (const auto record = held.lock()) record->end();
  records_.clear();
}

}  // namespace models

RecordedActivations::RecordedActivations(std::shared_ptr<RecordStore> store, std::span<const int64_t> prompt,
                                         int64_t most_rows)
    : store_(std::move(store)),
      prompt_size_(std::ssize(prompt)),
      most_rows_(most_rows),
      tokens_(prompt.begin(), prompt.end()) {}

void RecordedActivations::end() {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  chunks_ = {};
  tokens_ = {};
}

bool RecordedActivations::has_ended() const {
  const std::lock_guard lock(mutex_);
  return has_ended_;
}

bool RecordedActivations::begin_row(int64_t position, int64_t token) {
  if (has_ended()) return false;
  check(position == std::ssize(tokens_), "activations: {} tokens are recorded, and the next is at position {}",
        tokens_.size(), position);
  if (position - prompt_size_ == std::ssize(chunks_) * RecordLayout::kRows) {
    auto chunk = RecordChunk::take(store_, most_rows_);
    if (!chunk) return end(), false;
    chunks_.push_back(std::move(chunk));
  }
  tokens_.push_back(token);
  return true;
}

RecordedActivations::Row RecordedActivations::last_row() const {
  return {chunks_.back()->data(), (std::ssize(tokens_) - prompt_size_ - 1) % RecordLayout::kRows};
}

void RecordedActivations::write(size_t layer, const LayerActivations& activations, int64_t from) {
  const auto [chunk, row] = last_row();
  for (size_t part = 0; part < kRecordedParts.size(); ++part) {
    const int64_t bytes = store_->layout().bytes(layer, part);
    if (bytes == 0) continue;
    const auto* rows = static_cast<const std::byte*>((activations.*kRecordedParts[part]).const_data_ptr());
    std::memcpy(chunk + store_->layout().place(layer, part, row), rows + from * bytes, static_cast<size_t>(bytes));
  }
}

void RecordedActivations::write_hidden(const at::Tensor& hidden, int64_t from) {
  const auto [chunk, row] = last_row();
  const int64_t bytes = store_->layout().bytes_of_hidden();
  std::memcpy(chunk + store_->layout().place_of_hidden(row),
              static_cast<const std::byte*>(hidden.const_data_ptr()) + from * bytes, static_cast<size_t>(bytes));
}

RecordChunks RecordedActivations::rows_of(const RecordStore* store, std::span<const int64_t> tokens) const {
  const std::lock_guard lock(mutex_);
  const bool are_theirs = store_.get() == store && !has_ended_ && tokens.size() <= tokens_.size() &&
                          std::ranges::equal(tokens, std::span(tokens_).first(tokens.size()));
  return are_theirs ? chunks_ : RecordChunks();
}

}  // namespace cohort
