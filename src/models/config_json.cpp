// The way back: config.json from a ModelConfig.
#include "cohort/error.hpp"
#include "cohort/model_config.hpp"
#include "src/models/families.hpp"
#include "src/models/json.hpp"

namespace cohort {
namespace {

using Json = nlohmann::ordered_json;

/// Leaves a value that is equal alone, and with it its spelling: 100000 stays 100000, not 100000.0.
void set(Json& object, const std::string& key, const Json& value) {
  const auto found = object.find(key);
  if (found == object.end() || *found != value) object[key] = value;
}

/// Sets a value that has a default: absent stays absent where the default is meant.
template <typename Value>
void set_unless_default(Json& object, const std::string& key, const Value& value, const Value& standard) {
  if (models::find_value(object, key) || value != standard) set(object, key, value);
}

Json rope_scaling(const RopeConfig& rope) {
  switch (rope.scaling) {
    case RopeConfig::Scaling::none:
      return nullptr;
    case RopeConfig::Scaling::linear:
      // Exactly these two keys: transformers up to 4.42 refuses any other set of them.
      return {{"type", "linear"}, {"factor", rope.factor}};
    case RopeConfig::Scaling::llama3:
      return {{"rope_type", "llama3"},
              {"factor", rope.factor},
              {"low_freq_factor", rope.low_freq_factor},
              {"high_freq_factor", rope.high_freq_factor},
              {"original_max_position_embeddings", rope.original_max_position}};
  }
  return nullptr;
}

Json rope_parameters(const RopeConfig& rope) {
  Json parameters = rope.scaling == RopeConfig::Scaling::none ? Json::object() : rope_scaling(rope);
  parameters.erase("type");
  parameters["rope_type"] = rope.scaling == RopeConfig::Scaling::none     ? "default"
                            : rope.scaling == RopeConfig::Scaling::linear ? "linear"
                                                                          : "llama3";
  parameters["rope_theta"] = rope.theta;
  return parameters;
}

// Files of transformers 4 count experts by one name, those of 5 by another; a reader that knows only the one that is
// not there would take 128.
void set_experts(Json& object, const ExpertsConfig& experts) {
  for (const char* count : {"num_experts", "num_local_experts"}) set(object, count, experts.count);
  set(object, "num_experts_per_tok", experts.per_token);
  set(object, "moe_intermediate_size", experts.intermediate_size);
  set(object, "norm_topk_prob", experts.normalised);
  set(object, "decoder_sparse_step", experts.sparse_step);
  set(object, "mlp_only_layers", experts.dense_layers);
}

const char* hidden_act(const ModelConfig& config) {
  if (config.activation == Activation::silu) return "silu";
  if (config.activation == Activation::gelu_tanh) return "gelu_pytorch_tanh";
  check(config.architecture != "GemmaForCausalLM",
        "config.json: hidden_act: expected silu or gelu_tanh of a Gemma, whose \"gelu\" means the latter, got gelu");
  return "gelu";
}

}  // namespace

std::string to_config_json(const ModelConfig& config, const std::string& dtype) {
  check(dtype == "float32" || dtype == "bfloat16", "config.json: dtype: expected float32 or bfloat16, got \"{}\"",
        dtype);
  Json object = config.source_json.empty()
                    ? Json::object()
                    : models::parse_json<Json>(config.source_json, "config.json", models::max_config_values);
  set(object, "architectures", Json::array({config.architecture}));
  set(object, "model_type", models::family_of(config.architecture, "config.json").model_type);
  set(object, "vocab_size", config.vocab_size);
  set(object, "hidden_size", config.hidden_size);
  set(object, "intermediate_size", config.intermediate_size);
  set(object, "num_hidden_layers", config.num_layers);
  set(object, "num_attention_heads", config.num_heads);
  set(object, "num_key_value_heads", config.num_kv_heads);
  set(object, "head_dim", config.head_dim);
  set(object, "max_position_embeddings", config.max_position);
  set(object, "hidden_act", hidden_act(config));
  set(object, "rms_norm_eps", config.norm_epsilon);
  set(object, "initializer_range", config.init_std);
  set(object, "tie_word_embeddings", config.tied_embeddings);
  if (config.architecture != "Qwen2ForCausalLM") set(object, "attention_bias", config.qkv_bias);
  if (config.architecture == "LlamaForCausalLM") set_unless_default(object, "mlp_bias", config.mlp_bias, false);
  if (config.experts.count > 0) set_experts(object, config.experts);
  if (!config.eos_tokens.empty())
    set(object, "eos_token_id", config.eos_tokens.size() == 1 ? Json(config.eos_tokens[0]) : Json(config.eos_tokens));

  // A reader that knows only the other spelling would silently take θ = 10000.
  set(object, "rope_theta", config.rope.theta);
  set(object, "rope_scaling", rope_scaling(config.rope));
  set(object, "rope_parameters", rope_parameters(config.rope));
  set(object, "torch_dtype", dtype);
  set(object, "dtype", dtype);
  return object.dump(2) + "\n";
}

}  // namespace cohort
