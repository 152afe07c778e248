// Tiny models and prompts that tests share.
#pragma once

#include <string>
#include <vector>

#include "cohort/policy.hpp"

namespace cohort::testing {

inline constexpr const char* kArchitectures[] = {"LlamaForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM",
                                                 "Qwen3MoeForCausalLM", "GemmaForCausalLM"};

/// Two layers of width 48, grouped queries, head_dim 12: sizes that no vector width divides.
inline ModelConfig tiny_config(const std::string& architecture = "LlamaForCausalLM") {
  ModelConfig config;
  config.architecture = architecture;
  config.vocab_size = 77;
  config.hidden_size = 48;
  config.intermediate_size = 100;
  config.num_layers = 2;
  config.num_heads = 6;
  config.num_kv_heads = 2;
  config.head_dim = 12;
  config.max_position = 512;
  config.init_std = 0.15;
  config.qkv_bias = architecture == "Qwen2ForCausalLM";
  config.qk_norm = architecture.starts_with("Qwen3");
  config.tied_embeddings = !config.qk_norm;
  config.scaled_embeddings = config.centred_norms = architecture == "GemmaForCausalLM";
  if (architecture == "GemmaForCausalLM") config.activation = Activation::gelu_tanh;
  if (architecture == "Qwen3MoeForCausalLM") {
    // One layer of either kind; seven experts, so that a batch leaves some without rows.
    config.num_layers = 3;
    config.experts = {.count = 7, .per_token = 3, .intermediate_size = 20, .normalised = true, .dense_layers = {1}};
  }
  return config;
}

/// A policy whose norms and biases are not the 1 and 0 of a new model.
inline Policy tiny_policy(PolicyOptions options = {}, const std::string& architecture = "LlamaForCausalLM") {
  Policy policy(tiny_config(architecture), options);
  int64_t n = 0;
  for (Parameter& parameter : policy.parameters())
    if (parameter.value.dim() == 1)
      for (int64_t i = 0; i < parameter.value.numel(); ++i)
        parameter.value[i] = parameter.value[i].item<double>() + 0.05 * static_cast<double>((n++ * 37) % 11 - 5);
  policy.weights_changed();
  return policy;
}

/// `count` prompts of different lengths, from 1 token on.
inline std::vector<std::vector<int64_t>> prompts(int64_t count, int64_t vocab, int64_t longest = 70) {
  std::vector<std::vector<int64_t>> result;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<int64_t> tokens;
    for (int64_t t = 0; t <= i * (longest - 1) / std::max<int64_t>(count - 1, 1); ++t)
      tokens.push_back((t * t * 7 + i * 13 + t) % vocab);
    result.push_back(tokens);
  }
  return result;
}

/// A tokenizer for tests that speak in ids: as many characters as a tiny vocabulary has, less the end token.
inline Tokenizer tiny_tokenizer() {
  std::string alphabet;
  for (char c = '('; alphabet.size() < 76; ++c) alphabet += c;
  return Tokenizer::characters(alphabet);
}

}  // namespace cohort::testing
