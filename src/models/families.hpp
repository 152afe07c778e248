// The families of models that cohort knows: what each is called where, and what transformers takes for granted.
#pragma once

#include <cstdint>
#include <string>

#include "cohort/error.hpp"
#include "cohort/model_config.hpp"

namespace cohort::models {

struct Family {
  const char* architecture;  // in config.json's "architectures"
  const char* model_type;    // in config.json
  const char* gguf;          // general.architecture, and the prefix of its keys
  // Where a config.json says nothing.
  int64_t max_position;
  int64_t head_dim = 0;      // 0: hidden_size / heads
  int64_t num_kv_heads = 0;  // 0: as many as heads
  bool tied_embeddings = false;
  Activation activation = Activation::silu;  // GGUF has no key for another
  bool has_experts = false;
};

inline constexpr Family kFamilies[] = {
    {"LlamaForCausalLM", "llama", "llama", 2048},
    {"Qwen2ForCausalLM", "qwen2", "qwen2", 32768},
    {"Qwen3ForCausalLM", "qwen3", "qwen3", 32768, 128},
    {"Qwen3MoeForCausalLM", "qwen3_moe", "qwen3moe", 32768, 0, 4, false, Activation::silu, true},
    {"GemmaForCausalLM", "gemma", "gemma", 8192, 256, 16, true, Activation::gelu_tanh}};
inline constexpr const char* kArchitectures =
    "LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, Qwen3MoeForCausalLM or GemmaForCausalLM";
inline constexpr const char* kGgufArchitectures = "\"llama\", \"qwen2\", \"qwen3\", \"qwen3moe\" or \"gemma\"";

/// The one of that architecture. Throws Error where there is none; `where` is named.
inline const Family& family_of(const std::string& architecture, const char* where) {
  for (const Family& family : kFamilies)
    if (architecture == family.architecture) return family;
  throw Error(fmt::format("{}: architecture: expected {}, got \"{}\"", where, kArchitectures, architecture));
}

}  // namespace cohort::models
