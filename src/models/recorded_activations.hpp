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
  at::Tensor gate_up;   // [rows, 2 · gated_size] of the weights' dtype; of experts one visit behind the other
};

/// Which of them stay, besides the input.
struct KeptParts {
  bool projections;  // qkv or q, and middle
  bool attended, mlp;
};
constexpr KeptParts kept_parts(ActivationCheckpointing checkpointing) {
  using enum ActivationCheckpointing;
  return {.projections = checkpointing == none || checkpointing == mlp,
          .attended = checkpointing != layer,
          .mlp = checkpointing == none || checkpointing == attention};
}

/// The tensors of LayerActivations that are recorded, in the order in which they lie in memory.
constexpr std::array kRecordedParts = {&LayerActivations::input, &LayerActivations::qkv, &LayerActivations::attended,
                                       &LayerActivations::middle, &LayerActivations::gate_up};

/// Where a row's activations lie in a chunk of rows: what activation_checkpointing keeps on a CPU, and the last layer's
/// result.
class RecordLayout {
 public:
  static constexpr int64_t kRows = 16;  // of a chunk

  RecordLayout(const ModelConfig& config, const PolicyOptions& options);

  int64_t bytes_of_row() const { return bytes_of_layers_ + bytes_of_hidden_; }
  int64_t bytes_of_layer(size_t layer) const {
    const auto& last = layers_[layer].back();
    return last.before + last.bytes - layers_[layer].front().before;
  }
  /// Bytes of a row of a layer's part, and where they begin in a chunk.
  int64_t bytes(size_t layer, size_t part) const { return layers_[layer][part].bytes; }
  int64_t place(size_t layer, size_t part, int64_t row) const {
    return kRows * layers_[layer][part].before + row * bytes(layer, part);
  }
  int64_t bytes_of_hidden() const { return bytes_of_hidden_; }
  int64_t place_of_hidden(int64_t row) const { return kRows * bytes_of_layers_ + row * bytes_of_hidden_; }

 private:
  struct Part {
    int64_t bytes, before;  // of a row; in one that lies in one piece
  };
  std::vector<std::array<Part, kRecordedParts.size()>> layers_;
  int64_t bytes_of_hidden_, bytes_of_layers_ = 0;
};

class RecordStore;

/// Memory of some rows, which count as the store's for as long as it lives.
class RecordChunk {
 public:
  /// Null where the store would then have more than `most_rows`.
  static std::shared_ptr<RecordChunk> take(std::shared_ptr<RecordStore> store, int64_t most_rows);
  ~RecordChunk();
  RecordChunk(const RecordChunk&) = delete;

  std::byte* data() const { return static_cast<std::byte*>(memory_.data_ptr()); }

 private:
  explicit RecordChunk(std::shared_ptr<RecordStore> store) : store_(std::move(store)) {}

  const std::shared_ptr<RecordStore> store_;
  at::Tensor memory_;
};
using RecordChunks = std::vector<std::shared_ptr<RecordChunk>>;

/// The records of one policy, which are of no use to another, nor once its weights have changed.
class RecordStore : public std::enable_shared_from_this<RecordStore> {
 public:
  explicit RecordStore(RecordLayout layout) : layout_(std::move(layout)) {}

  /// Of a completion behind `prompt`; as long as all records of the store together have at most `most_rows` rows.
  std::shared_ptr<RecordedActivations> begin(std::span<const int64_t> prompt, int64_t most_rows);
  /// Ends all records, whoever holds them.
  void clear();

  const RecordLayout& layout() const { return layout_; }
  /// That memory is taken for now.
  int64_t rows() const { return rows_; }

 private:
  friend RecordChunk;

  const RecordLayout layout_;
  std::atomic<int64_t> rows_ = 0;
  std::mutex mutex_;
  std::vector<std::weak_ptr<RecordedActivations>> records_;
  size_t next_sweep_ = 64;  // of what nobody holds any more
};

}  // namespace models

/// One completion's: row i is that of its token i, whose input it was, at the position behind prompt and tokens before.
/// Written by the rollout alone, and read when the completion is over.
class RecordedActivations {
 public:
  RecordedActivations(std::shared_ptr<models::RecordStore> store, std::span<const int64_t> prompt, int64_t most_rows);

  /// Begins a row for the token at `position`, which must be the one behind those recorded. False if this record has
  /// ended, or ends now, for there is no room for it.
  bool begin_row(int64_t position, int64_t token);
  /// Of the row that was begun last: row `from` of what a layer, and the last of them, gave.
  void write(size_t layer, const models::LayerActivations& activations, int64_t from);
  void write_hidden(const at::Tensor& hidden, int64_t from);

  /// The rows, if they are those of `tokens`, a prompt and what follows it, in the policy that `store` belongs to; else
  /// none. Who has them keeps them, also when the record ends.
  models::RecordChunks rows_of(const models::RecordStore* store, std::span<const int64_t> tokens) const;
  int64_t prompt_size() const { return prompt_size_; }

  /// Gives the memory back, for good.
  void end();
  bool has_ended() const;

 private:
  struct Row {
    std::byte* chunk;
    int64_t row;  // of the chunk
  };
  Row last_row() const;

  const std::shared_ptr<models::RecordStore> store_;
  const int64_t prompt_size_, most_rows_;
  mutable std::mutex mutex_;     // a policy whose weights change ends records that others may be about to read
  std::vector<int64_t> tokens_;  // prompt, and one for each row
  models::RecordChunks chunks_;
  bool has_ended_ = false;
};

}  // namespace cohort
