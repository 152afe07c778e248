#include "src/models/recorded_activations.hpp"

#include <algorithm>
#include <cstring>

#include "cohort/error.hpp"
#include "kernels/memory.hpp"
#include "kernels/ops.hpp"

namespace cohort {

using models::kRecordedParts;
using models::LayerActivations;
using models::RecordLayout;
using models::RecordStore;

namespace models {

RecordLayout::RecordLayout(const ModelConfig& config, const PolicyOptions& options) : layers_(config.num_layers) {
  const auto number = static_cast<int64_t>(c10::elementSize(ops::activation_dtype(options.dtype)));
  const auto operand = static_cast<int64_t>(c10::elementSize(options.dtype));
  const int64_t q = config.num_heads * config.head_dim, qkv = q + 2 * config.num_kv_heads * config.head_dim;
  bytes_of_hidden_ = config.hidden_size * number;
  using enum ActivationCheckpointing;
  const ActivationCheckpointing checkpointing = options.activation_checkpointing;
  const bool keeps_projections = checkpointing == none || checkpointing == mlp;
  const bool keeps_attended = checkpointing != layer;
  const bool keeps_mlp = checkpointing == none || checkpointing == attention;
  bytes_ = {bytes_of_hidden_, keeps_projections ? qkv * number : 0, keeps_attended ? q * operand : 0,
            keeps_projections ? bytes_of_hidden_ : 0, keeps_mlp ? 2 * config.intermediate_size * operand : 0};
  for (size_t part = 0; part < bytes_.size(); ++part) {
    before_[part] = bytes_of_layer_;
    bytes_of_layer_ += bytes_[part];
  }
}

std::shared_ptr<RecordedActivations> RecordStore::begin(std::span<const int64_t> prompt, int64_t most_rows) {
  auto record = std::make_shared<RecordedActivations>(shared_from_this(), prompt, most_rows);
  const std::lock_guard lock(mutex_);
  std::erase_if(records_, [](const auto& held) { return held.expired(); });
  records_.push_back(record);
  return record;
}

void RecordStore::clear() {
  const std::lock_guard lock(mutex_);
  for (const auto& held : records_)
    if (const auto record = held.lock()) record->end();
  records_.clear();
}

bool RecordStore::reserve(int64_t rows, int64_t most_rows) {
  for (int64_t reserved = rows_; reserved + rows <= most_rows;)
    if (rows_.compare_exchange_weak(reserved, reserved + rows)) return true;
  return false;
}

}  // namespace models

RecordedActivations::RecordedActivations(std::shared_ptr<RecordStore> store, std::span<const int64_t> prompt,
                                         int64_t most_rows)
    : store_(std::move(store)),
      prompt_size_(std::ssize(prompt)),
      most_rows_(most_rows),
      tokens_(prompt.begin(), prompt.end()) {}

RecordedActivations::~RecordedActivations() { end(); }

void RecordedActivations::end() {
  has_ended_ = true;
  store_->rows_ -= std::ssize(chunks_) * RecordLayout::kRows;
  chunks_.clear();
}

bool RecordedActivations::begin_row(int64_t position, int64_t token) {
  if (has_ended_) return false;
  check(position == std::ssize(tokens_), "activations: {} tokens are recorded, and the next is at position {}",
        tokens_.size(), position);
  const int64_t row = position - prompt_size_;
  if (row == std::ssize(chunks_) * RecordLayout::kRows) {
    if (!store_->reserve(RecordLayout::kRows, most_rows_)) return end(), false;
    chunks_.push_back(ops::empty({RecordLayout::kRows * store_->layout().bytes_of_row()}, at::kByte));
  }
  tokens_.push_back(token);
  return true;
}

std::byte* RecordedActivations::chunk(int64_t row) const {
  return static_cast<std::byte*>(chunks_[static_cast<size_t>(row / RecordLayout::kRows)].data_ptr());
}

void RecordedActivations::write(size_t layer, const LayerActivations& activations, int64_t from) {
  const int64_t row = std::ssize(tokens_) - prompt_size_ - 1;
  for (size_t part = 0; part < kRecordedParts.size(); ++part) {
    const int64_t bytes = store_->layout().bytes(part);
    if (bytes == 0) continue;
    const auto* rows = static_cast<const std::byte*>((activations.*kRecordedParts[part]).const_data_ptr());
    std::memcpy(chunk(row) + store_->layout().place(layer, part, row % RecordLayout::kRows), rows + from * bytes,
                static_cast<size_t>(bytes));
  }
}

void RecordedActivations::write_hidden(const at::Tensor& hidden, int64_t from) {
  const int64_t row = std::ssize(tokens_) - prompt_size_ - 1, bytes = store_->layout().bytes_of_hidden();
  std::memcpy(chunk(row) + store_->layout().place_of_hidden(row % RecordLayout::kRows),
              static_cast<const std::byte*>(hidden.const_data_ptr()) + from * bytes, static_cast<size_t>(bytes));
}

bool RecordedActivations::are_of(const RecordStore* store, std::span<const int64_t> tokens) const {
  return store_.get() == store && !has_ended_ && tokens.size() <= tokens_.size() &&
         std::ssize(tokens) >= prompt_size_ && std::ranges::equal(tokens, std::span(tokens_).first(tokens.size()));
}

void RecordedActivations::read_rows(int64_t place, int64_t bytes, int64_t count, std::byte* to) const {
  for (int64_t row = 0; row < count; row += RecordLayout::kRows)
    std::memcpy(to + row * bytes, chunk(row) + place,
                static_cast<size_t>(bytes * std::min(RecordLayout::kRows, count - row)));
}

void RecordedActivations::read(size_t layer, size_t part, int64_t count, std::byte* to) const {
  read_rows(store_->layout().place(layer, part, 0), store_->layout().bytes(part), count, to);
}

void RecordedActivations::read_hidden(int64_t count, std::byte* to) const {
  read_rows(store_->layout().place_of_hidden(0), store_->layout().bytes_of_hidden(), count, to);
}

}  // namespace cohort
