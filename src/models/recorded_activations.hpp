// Activations that decoding computed, kept for the update of the same policy: its forward would compute the same bits.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "cohort/group.hpp"
#include "cohort/model_config.hpp"
#include "cohort/policy.hpp"

namespace cohort {
namespace models {

/// What the backward needs of one layer's forward. Tensors that were not kept are undefined until it computes them
/// again.
struct LayerActivations {
  at::Tensor input;     // [rows, hidden] residual stream before the layer
  at::Tensor qkv;       // [rows, …] projection before norm and rotation: of head norms, or of rows that were recorded
  at::Tensor q;         // [rows, heads · head_dim] turned queries, where there is no projection
  at::Tensor attended;  // [rows, heads · head_dim]
  at::Tensor log_sums;  // [rows, heads] of attention, where a backward reads them
  at::Tensor middle;    // [rows, hidden] residual stream between attention and MLP
  at::Tensor gate_up;   // [rows, 2 · intermediate] of the weights' dtype
};

/// The tensors of LayerActivations that are recorded, in the order in which they lie in memory.
constexpr std::array kRecordedParts = {&LayerActivations::input, &LayerActivations::qkv, &LayerActivations::attended,
                                       &LayerActivations::middle, &LayerActivations::gate_up};

/// Where a row's activations lie in a chunk of rows. Kept is what activation_checkpointing keeps on a CPU.
class RecordLayout {
 public:
  /// Rows of a chunk, which is what memory is taken by.
  static constexpr int64_t kRows = 16;

  RecordLayout(const ModelConfig& config, const PolicyOptions& options);

  /// Of all layers, and of the final hidden state.
  int64_t bytes_of_row() const { return layers_ * bytes_of_layer_ + bytes_of_hidden_; }
  int64_t bytes_of_layer() const { return bytes_of_layer_; }
  /// Bytes of a row of a part, and where they begin in a chunk.
  int64_t bytes(size_t part) const { return bytes_[part]; }
  int64_t place(size_t layer, size_t part, int64_t row) const {
    return kRows * (static_cast<int64_t>(layer) * bytes_of_layer_ + before_[part]) + row * bytes_[part];
  }
  int64_t bytes_of_hidden() const { return bytes_of_hidden_; }
  int64_t place_of_hidden(int64_t row) const { return kRows * layers_ * bytes_of_layer_ + row * bytes_of_hidden_; }

 private:
  int64_t layers_, bytes_of_hidden_, bytes_of_layer_ = 0;
  std::array<int64_t, kRecordedParts.size()> bytes_{}, before_{};
};

/// The records of one policy, which are of no use to another, nor once its weights have changed.
class RecordStore : public std::enable_shared_from_this<RecordStore> {
 public:
  explicit RecordStore(RecordLayout layout) : layout_(layout) {}

  /// Of a completion behind `prompt`; as long as all records of the store together have at most `most_rows` rows.
  std::shared_ptr<RecordedActivations> begin(std::span<const int64_t> prompt, int64_t most_rows);
  /// Ends all records, whoever holds them: their memory is free again.
  void clear();

  const RecordLayout& layout() const { return layout_; }
  /// That memory is taken for now.
  int64_t rows() const { return rows_; }

 private:
  friend RecordedActivations;
  bool reserve(int64_t rows, int64_t most_rows);

  const RecordLayout layout_;
  std::atomic<int64_t> rows_ = 0;  // reserved
  std::mutex mutex_;
  std::vector<std::weak_ptr<RecordedActivations>> records_;
};

}  // namespace models

/// One completion's: row i is that of its token i, whose input it was, at the position behind prompt and tokens before.
/// Written by the rollout alone, read when it is over.
class RecordedActivations {
 public:
  RecordedActivations(std::shared_ptr<models::RecordStore> store, std::span<const int64_t> prompt, int64_t most_rows);
  ~RecordedActivations();
  RecordedActivations(const RecordedActivations&) = delete;

  /// Begins a row for the token at `position`, which must be the one behind those recorded. False if this record has
  /// ended, or ends now, for there is no room for it.
  bool begin_row(int64_t position, int64_t token);
  /// Of the row that was begun last: row `from` of what a layer, and the last of them, gave.
  void write(size_t layer, const models::LayerActivations& activations, int64_t from);
  void write_hidden(const at::Tensor& hidden, int64_t from);

  /// Whether these are the activations of `tokens`, a prompt and what follows it, in the policy that `store` belongs
  /// to.
  bool are_of(const models::RecordStore* store, std::span<const int64_t> tokens) const;
  int64_t prompt_size() const { return prompt_size_; }

  /// Copies the first `count` rows of a part to `to`.
  void read(size_t layer, size_t part, int64_t count, std::byte* to) const;
  void read_hidden(int64_t count, std::byte* to) const;

  /// Gives the memory back, for good.
  void end();
  bool has_ended() const { return has_ended_; }

 private:
  std::byte* chunk(int64_t row) const;
  void read_rows(int64_t place, int64_t bytes, int64_t count, std::byte* to) const;

  const std::shared_ptr<models::RecordStore> store_;
  const int64_t prompt_size_, most_rows_;
  std::vector<int64_t> tokens_;  // prompt, and one for each row
  std::vector<at::Tensor> chunks_;
  bool has_ended_ = false;
};

}  // namespace cohort
