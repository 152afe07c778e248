#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cohort/batch.hpp"
#include "cohort/model_config.hpp"
#include "cohort/tokenizer.hpp"

namespace cohort {

namespace models {
class PackedReader;
}

/// What a forward keeps for the backward. What it does not keep is computed again, to the same bits.
enum class ActivationCheckpointing {
  none,       // everything
  attention,  // not what attention's projections give: two thirds of the memory with bfloat16 weights, a quarter of the
              // products twice
  mlp,        // not what the MLP's give: half of the memory, half of the products twice
  layer,      // only each layer's input: a tenth of the memory, most of the forward twice
};

struct PolicyOptions {
  at::ScalarType dtype = at::kFloat;  // of the weights: float32, bfloat16, or float64 (tests)
  c10::Device device = c10::kCPU;
  uint64_t seed = 0;  // of a new model's weights
  ActivationCheckpointing activation_checkpointing = ActivationCheckpointing::none;
  // Weights are kept only as products read them: half the memory on a CPU, and half the time of load_policy(). Such a
  // policy is sampled from and scored, not in eight bits; it has no parameters(), no gradients and cannot be saved.
  bool packed_only = false;
};

/// A named weight and its gradient.
struct Parameter {
  std::string name;  // as in a Hugging Face checkpoint
  at::Tensor value;  // the policy's dtype
  at::Tensor grad;   // same shape; float32 (float64 for a float64 policy); undefined until the first backward
};

/// What the policy thinks of the tokens that were chosen. Rows are PackedBatch's [sampled] rows.
struct TokenScores {
  at::Tensor logprobs;  // [sampled] float32, natural log, under the batch's Sampling; differentiable
  at::Tensor entropy;   // [sampled] float32, nats, of the distribution that was drawn from; differentiable on demand
  // [sampled] float32, of scores that are records only: logprobs as the backward finds them. It looks at every token
  // that has a gradient; any other keeps its record. Undefined otherwise.
  at::Tensor found_logprobs;
  int64_t recorded_activations = 0;  // tokens that decoding had sent through the layers, and nobody did again
};

/// A causal language model that can be sampled from and differentiated. Sampling and training run one forward over
/// one copy of the weights, and every op of it treats a row the same whatever batch it is in: a log-probability
/// recorded while sampling and the one computed here are equal to the bit.
class Policy {
 public:
  /// A new model: normal weights of config.init_std, norms 1, biases 0; a function of the seed alone.
  Policy(ModelConfig config, PolicyOptions options = {});
  ~Policy();
  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;

  const ModelConfig& config() const;
  const PolicyOptions& options() const;
  int64_t num_parameters() const;

  /// Log-probability and entropy of every sampled token of a packed batch. Where LibTorch's gradient mode is on,
  /// calling backward() on a function of `logprobs` (and `entropy`) adds to the gradients of the parameters.
  TokenScores score(const PackedBatch& batch);

  /// score(), of the sampler's records where the batch has them and those of 64 tokens, spread over it, have the bits
  /// that the policy gives them now. The head is then left out of the forward, and of all other tokens it is the
  /// backward that tells whether they had, too: see TokenScores::found_logprobs. Layers are left out for tokens whose
  /// activations decoding kept, with the weights as they are now (Completion::activations).
  TokenScores score_by_records(const PackedBatch& batch);

  /// Logits of every position of `tokens` as one sequence: [tokens, vocab] float32. For inspection and tests: the
  /// one place where a logits tensor exists.
  at::Tensor logits(std::span<const int64_t> tokens);

  /// The weights by name. Writing to a value must be followed by weights_changed(). Throws Error for a policy that is
  /// packed_only.
  std::vector<Parameter>& parameters();
  const std::vector<Parameter>& parameters() const;

  /// Tells the policy that values were written: packed copies are made anew before they are next read.
  void weights_changed();

  void zero_grad();

  /// 64-bit FNV-1a over all weights in order of their names: equal for equal weights.
  uint64_t weight_hash() const;

  /// A deep copy without gradients; packed_only, it serves as a frozen reference.
  Policy clone(bool packed_only = false) const;

  struct State;
  State& state() { return *state_; }  // src/ only

 private:
  friend Policy load_policy(const std::filesystem::path&, PolicyOptions);
  friend Policy policy_from(models::PackedReader&, PolicyOptions);
  explicit Policy(std::unique_ptr<State> state);
  enum class From { head, records };
  TokenScores score(const PackedBatch& batch, From from);
  std::unique_ptr<State> state_;
};

/// Reads a Hugging Face directory (config.json, *.safetensors) or a .gguf file. Throws Error naming what is
/// missing, unexpected or of the wrong shape, all of them at once.
Policy load_policy(const std::filesystem::path& checkpoint, PolicyOptions options = {});

/// Writes a Hugging Face directory that load_policy and transformers read, or a .gguf file if the path ends so.
/// Everything is written beside the target first and renamed into place: a failure leaves nothing half-written.
void save_policy(const Policy& policy, const Tokenizer& tokenizer, const std::filesystem::path& target);

}  // namespace cohort
