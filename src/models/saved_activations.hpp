// What a forward kept for its backward, of rows that it computed and of rows that decoding had computed.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "src/models/recorded_activations.hpp"

namespace cohort::models {

/// Rows of a batch whose activations are the first ones of a record.
struct RecordedRows {
  RecordChunks chunks;
  int64_t first, count;
};

/// Which rows of a batch a forward has to compute, and which are recorded.
struct RecordedShare {
  at::Tensor computed;  // [computed rows] int64
  std::vector<RecordedRows> recorded;
  std::optional<RecordedRows> audited;  // recorded rows that are computed all the same, to hold them against the record
  const RecordLayout* layout = nullptr;  // lives as long as the chunks
  int64_t rows = 0;                      // of the batch

  int64_t num_recorded() const { return recorded.empty() ? 0 : rows - computed.numel(); }
  /// Final hidden states that were computed and those that are recorded, in the order of the batch.
  at::Tensor join_hidden(const at::Tensor& computed_rows) const;
  /// Whether the record of what was audited has the bits of the batch's hidden states.
  bool passes_audit(const at::Tensor& hidden) const;
};

class SavedActivations {
 public:
  /// Of a forward that computes all rows of its batch; or those that `share` says, where it has records.
  SavedActivations() = default;
  explicit SavedActivations(RecordedShare share) : share_(std::move(share)) {}

  /// Of the next layer.
  void add(LayerActivations computed) { layers_.push_back(std::move(computed)); }
  /// Of the last layer that is still there, which goes: those of all rows.
  LayerActivations take();

 private:
  RecordedShare share_;
  std::vector<LayerActivations> layers_;
};

}  // namespace cohort::models
