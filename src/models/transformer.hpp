// The causal transformer behind Policy: its weights, one forward for sampling and training, and the backward by hand.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cohort/model_config.hpp"
#include "cohort/policy.hpp"
#include "kernels/memory.hpp"
#include "kernels/ops.hpp"
#include "src/models/packed_reader.hpp"
#include "src/models/saved_activations.hpp"

namespace cohort::models {

inline at::TensorOptions tensor_options(const PolicyOptions& options, at::ScalarType dtype) {
  return at::TensorOptions().dtype(dtype).device(options.device);
}

/// A weight in the forms it is used in. Matrices that meet the same input lie in one tensor: q, k and v; gate and up.
struct Weight {
  at::Tensor value;                // the policy's dtype; without memory where products alone read it (packed_only)
  at::Tensor grad;                 // activation dtype; undefined until the first backward
  at::Tensor compute;              // vectors: value + offset in the activation dtype
  ops::PackedWeight packed;        // matrices: as products read it
  ops::QuantisedWeight quantised;  // matrices of layers: rounded, for rollouts that ask for it
  double offset = 0;               // of norms whose weights are kept around 0

  bool defined() const { return value.defined(); }
  bool has_values() const { return value.const_data_ptr() != nullptr; }
};

struct Layer {
  Weight input_norm, qkv, qkv_bias, q_norm, k_norm, output, output_bias;
  Weight post_norm, gate_up, gate_up_bias, down, down_bias;
  Weight router;  // where there are experts: then gate_up and down are theirs, one below the other

  bool has_experts() const { return router.defined(); }
};

/// Keys and values of all layers, in blocks of 32 tokens that any sequence may own.
struct KvCache {
  KvCache() = default;
  KvCache(const ModelConfig& config, int64_t num_blocks, const PolicyOptions& options);

  int64_t num_blocks = 0;
  std::vector<ops::CacheLayer> layers;
};

/// The last tokens of a batch's sequences, each as a sequence of one.
struct LastTokens {
  at::Tensor rows;  // [sequences] int64
  ops::Sequences sequences;
};

/// New tokens of some sequences, with their places in the cache. All on the policy's device.
struct TokenBatch {
  at::Tensor tokens, positions, slots;  // [rows] int64
  ops::Sequences sequences;
  at::Tensor copies;  // from blocks that these tokens fill to blocks in which others of them go on; or none
  std::optional<LastTokens> last;  // where only their hidden states are wanted
};

/// What becomes of a layer's activations once a forward is past it.
struct Keep {
  bool projections = false;  // LayerActivations::qkv, and not what it is turned into
  std::function<void(size_t layer, LayerActivations activations)> take;
};

/// Rows that an MLP takes at once on the CPU; where there are experts, so many that each meets about as many.
constexpr int64_t kMlpRows = 1024;
inline int64_t mlp_rows(const ModelConfig& config, bool has_experts) {
  return has_experts ? kMlpRows * config.experts.count / config.experts.per_token : kMlpRows;
}

inline kernels::Mode mode_of(Precision precision) {
  return precision == Precision::fast ? kernels::Mode::fast : kernels::Mode::exact;
}

/// While one lives, LibTorch's own operators run in the calling thread: its pool spins between calls, and a spinning
/// thread takes a core from the pool that does the work.
class SerialLibTorch {
 public:
  SerialLibTorch();
  ~SerialLibTorch();
  SerialLibTorch(const SerialLibTorch&) = delete;

 private:
  int threads_;
};

/// The forms of some weights that the gradients of products read, for as long as one lives: made where a backward comes
/// to them, for all of them together would take as much memory as the weights. What is not defined is left out.
class ReadByBackward {
 public:
  explicit ReadByBackward(std::initializer_list<Weight*> weights);
  ~ReadByBackward();
  ReadByBackward(const ReadByBackward&) = delete;

 private:
  std::vector<Weight*> weights_;
};

class Transformer {
 public:
  /// Leaves the weights' values undefined, or takes what a PackedReader read for a policy that is packed_only.
  Transformer(ModelConfig config, PolicyOptions options, std::vector<PackedMemory> packed = {});

  /// Final hidden states before the last norm: [rows, hidden], or of batch.last alone, which spares the others what
  /// follows the last layer's keys and values. Fills the cache at the batch's slots. Where `keep` is given it receives
  /// what the backward needs, as activation_checkpointing has it.
  at::Tensor forward(const TokenBatch& batch, const KvCache& cache, Precision precision = Precision::exact,
                     const Keep* keep = nullptr);

  /// Adds the gradients of all weights below the last norm, given the gradient of forward()'s result. Consumes `saved`.
  void backward(const TokenBatch& batch, const KvCache& cache, SavedActivations& saved, at::Tensor grad);

  ops::Normed final_norm(const at::Tensor& hidden);

  ModelConfig config;
  PolicyOptions options;
  Weight embedding, norm, head;  // head is undefined where it is the embedding
  std::vector<Layer> layers;
  std::vector<Parameter> parameters;  // views of the weights, by checkpoint name

  Weight& head_weight() { return head.defined() ? head : embedding; }
  void for_each_weight(const std::function<void(Weight&)>& visit);

  /// Fills a weight from `values`, of its shape and dtype: the value itself, or what products read where that is all.
  void assign(Weight& weight, const at::Tensor& values) const;
  /// Brings the forms that a forward reads up to date with the values.
  void refresh();
  void refresh_quantised();
  void allocate_gradients();
  /// To be called when values were written: what follows from them is out of date.
  void weights_changed();

  const std::shared_ptr<RecordStore> records;  // of what decoding computed with these weights

 private:
  /// What a backward reads of attention, besides what comes of it in any case.
  struct ForBackward {
    bool log_sums = false;
    bool projection = false;  // instead of the queries that it is turned into
  };

  Weight& weight_of(const PlannedWeight& planned);
  ops::HeadShape shape() const { return {config.num_heads, config.num_kv_heads, config.head_dim}; }
  /// Rows as the next product reads them.
  ops::Normed norm_operand(const at::Tensor& rows, const Weight& weight, Precision precision = Precision::exact) const;
  ops::HeadNorms head_norms(const Layer& layer) const;
  LayerActivations attend(size_t layer, at::Tensor input, const TokenBatch& batch, const KvCache& cache,
                          Precision precision, ForBackward keeps) const;
  at::Tensor gated(const Layer& layer, const at::Tensor& x, Precision precision, const at::Tensor& kept) const;
  at::Tensor mlp(const Layer& layer, const at::Tensor& middle, Precision precision, const at::Tensor& gate_up) const;
  void experts(const Layer& layer, const at::Tensor& x, Precision precision, const at::Tensor& kept,
               const at::Tensor& residual, const at::Tensor& out) const;
  at::Tensor dense_backward(const Layer& layer, const at::Tensor& x, at::Tensor kept, const at::Tensor& dy) const;
  at::Tensor experts_backward(const Layer& layer, const at::Tensor& x, const at::Tensor& kept,
                              const at::Tensor& dy) const;
  void mlp_backward(const Layer& layer, const LayerActivations& activations, const at::Tensor& grad) const;
  void attend_backward(size_t layer, const LayerActivations& activations, const TokenBatch& batch, const KvCache& cache,
                       const at::Tensor& grad) const;
  at::Tensor empty_gate_up(const Layer& layer, int64_t rows) const;
  void make_rotary_tables();

  double embedding_scale_ = 1;
  kernels::Gate gate_;
  ops::RotaryTables tables_;
  bool stale_ = true, stale_quantised_ = true;
};

}  // namespace cohort::models
