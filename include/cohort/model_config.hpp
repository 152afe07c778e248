#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cohort {

/// Rotary position embedding: θ and how its frequencies are stretched.
struct RopeConfig {
  enum class Scaling { none, linear, llama3 };
  double theta = 10000.0;
  Scaling scaling = Scaling::none;
  double factor = 1.0;                   // linear, llama3
  double low_freq_factor = 1.0;          // llama3
  double high_freq_factor = 4.0;         // llama3
  int64_t original_max_position = 8192;  // llama3

  bool operator==(const RopeConfig&) const = default;
};

/// What an MLP applies to its gate: SwiGLU's SiLU, or GeGLU's GELU, by tanh as most checkpoints mean it, or exact.
enum class Activation { silu, gelu_tanh, gelu };

/// Experts that do the work of a layer's MLP: each token visits the few of them that its router weighs most.
struct ExpertsConfig {
  int64_t count = 0;                  // 0: each layer has one MLP, of ModelConfig::intermediate_size
  int64_t per_token = 0;              // at most count
  int64_t intermediate_size = 0;      // of each
  bool normalised = false;            // the weights of those a token visits add up to 1
  int64_t sparse_step = 1;            // layer i has experts where this divides i + 1,
  std::vector<int64_t> dense_layers;  // but for these

  bool operator==(const ExpertsConfig&) const = default;
};

/// Everything that tells one causal transformer of the Llama, Qwen and Gemma families from another. Derived once from a
/// Hugging Face config.json or from GGUF metadata; nothing below it asks for the family.
struct ModelConfig {
  std::string architecture;  // "LlamaForCausalLM", "{Qwen2,Qwen3,Qwen3Moe,Gemma}ForCausalLM"
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;  // of layers without experts
  int64_t num_layers = 0;
  int64_t num_heads = 0;
  int64_t num_kv_heads = 0;  // divides num_heads
  int64_t head_dim = 0;      // even
  int64_t max_position = 0;  // context length in tokens
  double norm_epsilon = 1e-6;
  double init_std = 0.02;  // of a new model's weights
  bool qkv_bias = false;
  bool output_bias = false;
  bool mlp_bias = false;
  bool qk_norm = false;            // RMSNorm over head_dim on q and k, before RoPE
  bool tied_embeddings = false;    // the head is the embedding
  bool scaled_embeddings = false;  // looked up times √hidden_size, which is rounded to the weights' type
  bool centred_norms = false;      // every norm multiplies by 1 + its weight
  Activation activation = Activation::silu;
  RopeConfig rope;
  ExpertsConfig experts;
  std::vector<int64_t> eos_tokens;  // union of config.json and generation_config.json; may be empty
  std::string source_json;          // the config.json it came from; saved with every key it had

  /// Whether experts stand in that layer's MLP.
  bool has_experts(int64_t layer) const;
  /// Columns of what a token's gates, or what they let through, come to in that layer: all its experts' together.
  int64_t gated_size(int64_t layer) const;
};

/// Reads a Hugging Face config.json. Throws Error naming the key: missing, wrong type, out of range, an
/// architecture or a feature that cohort does not have.
ModelConfig read_model_config(const std::filesystem::path& config_json);

/// That of a checkpoint: a Hugging Face directory or a .gguf file. Reads no weight.
ModelConfig read_checkpoint_config(const std::filesystem::path& checkpoint);

/// The same from JSON text; `where` is named in errors.
ModelConfig parse_model_config(const std::string& json, const std::string& where);

/// config.json for `config` as transformers reads it: unknown keys of source_json kept, both spellings of dtype and
/// of RoPE. `dtype` is "float32" or "bfloat16".
std::string to_config_json(const ModelConfig& config, const std::string& dtype);

}  // namespace cohort
