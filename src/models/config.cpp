#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "cohort/error.hpp"
#include "cohort/model_config.hpp"
#include "src/models/families.hpp"
#include "src/models/input_file.hpp"
#include "src/models/json.hpp"

namespace cohort {
namespace {

using Json = nlohmann::ordered_json;
using models::Family;
using models::find_value;
using models::shown;

/// Typed look-ups in one JSON object. Errors name file, key, what was expected and what was found.
class Keys {
 public:
  Keys(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    check(object.is_object(), "{}: expected a JSON object, got {}", where_, shown(object));
  }

  const Json* find(const std::string& key) const { return find_value(object_, key); }
  const std::string& where() const { return where_; }

  int64_t integer(const std::string& key, int64_t low, int64_t high, std::optional<int64_t> fallback = {}) const {
    const Json* value = found(key, fallback.has_value());
    if (!value) return *fallback;
    // A number above 2⁶³ is unsigned: get<int64_t>() would make it negative.
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<uint64_t>() <= std::numeric_limits<int64_t>::max());
    check(fits && value->get<int64_t>() >= low && value->get<int64_t>() <= high,
          "{}: {}: expected an integer from {} to {}, got {}", where_, key, low, high, shown(*value));
    return value->get<int64_t>();
  }

  double positive(const std::string& key, std::optional<double> fallback = {}) const {
    const Json* value = found(key, fallback.has_value());
    if (!value) return *fallback;
    // The bound leaves room to square it in float32.
    check(value->is_number() && value->get<double>() > 0 && value->get<double>() < 1e18,
          "{}: {}: expected a number above 0, got {}", where_, key, shown(*value));
    return value->get<double>();
  }

  bool boolean(const std::string& key, bool fallback) const {
    const Json* value = find(key);
    if (!value) return fallback;
    check(value->is_boolean(), "{}: {}: expected true or false, got {}", where_, key, shown(*value));
    return value->get<bool>();
  }

  std::optional<std::string> string(const std::string& key) const {
    const Json* value = find(key);
    if (!value) return {};
    check(value->is_string(), "{}: {}: expected a string, got {}", where_, key, shown(*value));
    return value->get<std::string>();
  }

  void refuse(const std::string& key, const char* reason) const {
    const Json* value = find(key);
    if (value) check(false, "{}: {}: {}, got {}", where_, key, reason, shown(*value));
  }

 private:
  const Json* found(const std::string& key, bool is_optional) const {
    const Json* value = find(key);
    check(value || is_optional, "{}: {}: expected a value, got none", where_, key);
    return value;
  }

  const Json& object_;
  std::string where_;
};

/// Why a name that looks known is none.
const char* remark_on(const std::string& name) {
  const bool is_later_gemma = name.starts_with("Gemma2") || name.starts_with("Gemma3") || name.starts_with("gemma2") ||
                              name.starts_with("gemma3");
  return is_later_gemma ? ", whose norms, windows and caps of logits the first Gemma has not" : "";
}

const Family& read_family(const Keys& keys) {
  std::optional<std::string> name;
  if (const Json* list = keys.find("architectures")) {
    check(list->is_array() && list->size() == 1 && (*list)[0].is_string(),
          "{}: architectures: expected a list of one name, got {}", keys.where(), shown(*list));
    name = (*list)[0].get<std::string>();
  }
  const std::optional<std::string> model_type = keys.string("model_type");
  check(name || model_type, "{}: architectures: expected {}, got none", keys.where(), models::kArchitectures);
  for (const Family& family : models::kFamilies) {
    if (name ? *name != family.architecture : *model_type != family.model_type) continue;
    check(!model_type || *model_type == family.model_type, "{}: model_type: expected \"{}\" for {}, got \"{}\"",
          keys.where(), family.model_type, family.architecture, *model_type);
    return family;
  }
  const std::string& got = name ? *name : *model_type;
  throw Error(fmt::format("{}: {}: expected {}, got \"{}\"{}", keys.where(), name ? "architectures" : "model_type",
                          models::kArchitectures, got, remark_on(got)));
}

RopeConfig::Scaling read_scaling(const Keys& keys) {
  const std::string type = keys.string("rope_type").value_or(keys.string("type").value_or("default"));
  if (type == "default") return RopeConfig::Scaling::none;
  if (type == "linear") return RopeConfig::Scaling::linear;
  if (type == "llama3") return RopeConfig::Scaling::llama3;
  throw Error(
      fmt::format("{}: rope_type: expected \"default\", \"linear\" or \"llama3\", got \"{}\"", keys.where(), type));
}

RopeConfig read_rope(const Keys& config, int64_t max_int) {
  RopeConfig rope;
  rope.theta = config.positive("rope_theta", rope.theta);
  // transformers 5 writes rope_parameters, 4 writes rope_scaling; where a file has both, the newer is meant.
  const char* key = config.find("rope_parameters") ? "rope_parameters" : "rope_scaling";
  const Json* object = config.find(key);
  if (!object) return rope;
  const Keys keys(*object, config.where() + ": " + key);
  for (const char* layer_type : {"full_attention", "sliding_attention"})
    keys.refuse(layer_type, "expected one RoPE for all layers");
  rope.theta = keys.positive("rope_theta", rope.theta);
  check(keys.positive("partial_rotary_factor", 1.0) == 1.0, "{}: partial_rotary_factor: expected 1", keys.where());
  rope.scaling = read_scaling(keys);
  if (rope.scaling == RopeConfig::Scaling::none) return rope;
  rope.factor = keys.positive("factor");
  if (rope.scaling == RopeConfig::Scaling::linear) return rope;
  rope.low_freq_factor = keys.positive("low_freq_factor");
  rope.high_freq_factor = keys.positive("high_freq_factor");
  rope.original_max_position = keys.integer("original_max_position_embeddings", 1, max_int);
  check(rope.high_freq_factor > rope.low_freq_factor,
        "{}: high_freq_factor: expected more than low_freq_factor {}, got {}", keys.where(), rope.low_freq_factor,
        rope.high_freq_factor);
  return rope;
}

Activation read_activation(const Keys& keys, const std::string& key, bool is_gemma, Activation fallback) {
  const std::optional<std::string> name = keys.string(key);
  if (!name) return fallback;
  if (*name == "silu") return Activation::silu;
  if (*name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
  // Gemma's first files say "gelu" and mean the approximation that they were trained with, as transformers knows too.
  if (*name == "gelu") return is_gemma ? Activation::gelu_tanh : Activation::gelu;
  throw Error(fmt::format("{}: {}: expected \"silu\", \"gelu_pytorch_tanh\" or \"gelu\", got \"{}\"", keys.where(), key,
                          *name));
}

// Of Qwen3-MoE; what a file leaves out is transformers' default.
ExpertsConfig read_experts(const Keys& keys, int64_t num_layers) {
  // Of all layers. A checkpoint has up to five tensors for each of an expert's three weights, and a file of safetensors
  // at most 2¹⁸.
  constexpr int64_t most_experts = 1 << 14;
  ExpertsConfig experts;
  const int64_t most = std::min<int64_t>(1 << 12, most_experts / num_layers);
  // The name in files of transformers 5, and in those of 4.
  experts.count = keys.integer("num_local_experts", 1, most, keys.integer("num_experts", 1, most, 128));
  check(keys.integer("num_experts", 1, most, experts.count) == experts.count,
        "{}: num_experts: expected what num_local_experts says, {}, or nothing", keys.where(), experts.count);
  check(experts.count <= most, "{}: num_experts: expected at most {} in each of {} layers, got {}", keys.where(), most,
        num_layers, experts.count);
  experts.per_token = keys.integer("num_experts_per_tok", 1, experts.count, std::min<int64_t>(8, experts.count));
  experts.intermediate_size = keys.integer("moe_intermediate_size", 1, 1 << 20, 768);
  experts.normalised = keys.boolean("norm_topk_prob", false);
  experts.sparse_step = keys.integer("decoder_sparse_step", 1, 1 << 10, 1);
  if (const Json* dense = keys.find("mlp_only_layers")) {
    check(dense->is_array(), "{}: mlp_only_layers: expected a list, got {}", keys.where(), shown(*dense));
    for (const Json& layer : *dense) {
      check(layer.is_number_unsigned() && layer.get<uint64_t>() < static_cast<uint64_t>(num_layers),
            "{}: mlp_only_layers: expected layers from 0 to {}, got {}", keys.where(), num_layers - 1, shown(layer));
      experts.dense_layers.push_back(layer.get<int64_t>());
    }
  }
  return experts;
}

void refuse_what_cohort_lacks(const Keys& keys, const ModelConfig& config) {
  keys.refuse("quantization_config", "expected a model that is not quantised");
  keys.refuse("auto_map", "expected a model without code of its own");
  check(!keys.boolean("use_bidirectional_attention", false),
        "{}: use_bidirectional_attention: expected a causal model, got true", keys.where());
  if (const Json* dropout = keys.find("attention_dropout"))
    check(dropout->is_number() && dropout->get<double>() == 0, "{}: attention_dropout: expected 0, got {}",
          keys.where(), shown(*dropout));
  if (const Json* partial = keys.find("partial_rotary_factor"))
    check(partial->is_number() && partial->get<double>() == 1, "{}: partial_rotary_factor: expected 1, got {}",
          keys.where(), shown(*partial));
  if (const Json* types = keys.find("layer_types")) {
    check(types->is_array(), "{}: layer_types: expected a list, got {}", keys.where(), shown(*types));
    for (const Json& type : *types)
      check(type == "full_attention", "{}: layer_types: expected only \"full_attention\", got {}", keys.where(),
            shown(type));
  } else if (keys.find("sliding_window")) {
    // Qwen files carry a window that is switched off, or that starts above their last layer.
    const bool is_qwen = config.architecture.starts_with("Qwen");
    const bool is_on = keys.boolean("use_sliding_window", !is_qwen);
    const int64_t first = is_qwen ? keys.integer("max_window_layers", 0, 1 << 20, 28) : 0;
    check(!is_on || first >= config.num_layers, "{}: sliding_window: expected full attention in each layer, got {}",
          keys.where(), shown(*keys.find("sliding_window")));
  }
}

void add_eos_tokens(const Keys& keys, std::vector<int64_t>& tokens) {
  const Json* value = keys.find("eos_token_id");
  if (!value) return;
  const Json list = value->is_array() ? *value : Json::array({*value});
  for (const Json& id : list) {
    check(id.is_number_unsigned() && id.get<uint64_t>() < (1u << 31),
          "{}: eos_token_id: expected a token id or a list of them, got {}", keys.where(), shown(*value));
    const auto token = id.get<int64_t>();
    if (std::find(tokens.begin(), tokens.end(), token) == tokens.end()) tokens.push_back(token);
  }
}

}  // namespace

bool ModelConfig::has_experts(int64_t layer) const {
  return experts.count > 0 && (layer + 1) % experts.sparse_step == 0 &&
         std::ranges::find(experts.dense_layers, layer) == experts.dense_layers.end();
}

int64_t ModelConfig::gated_size(int64_t layer) const {
  return has_experts(layer) ? experts.per_token * experts.intermediate_size : intermediate_size;
}

ModelConfig parse_model_config(const std::string& json, const std::string& where) {
  const Json object = models::parse_json<Json>(json, where, models::max_config_values);
  const Keys keys(object, where);
  ModelConfig config;
  const Family& family = read_family(keys);
  config.architecture = family.architecture;
  const bool is_llama = config.architecture == "LlamaForCausalLM";
  const bool is_qwen2 = config.architecture == "Qwen2ForCausalLM";
  const bool is_gemma = config.architecture == "GemmaForCausalLM";

  // Bounds far above every published model, and so low that no product of two of them passes 2⁶³.
  constexpr int64_t max_positions = 1 << 28;
  config.vocab_size = keys.integer("vocab_size", 1, 1 << 24);
  config.hidden_size = keys.integer("hidden_size", 1, 1 << 17);
  config.intermediate_size =
      keys.integer("intermediate_size", 1, 1 << 20, family.has_experts ? 6144 : std::optional<int64_t>());
  config.num_layers = keys.integer("num_hidden_layers", 1, 1 << 10);
  config.num_heads = keys.integer("num_attention_heads", 1, 1 << 10);
  config.num_kv_heads =
      keys.integer("num_key_value_heads", 1, 1 << 10, family.num_kv_heads > 0 ? family.num_kv_heads : config.num_heads);
  check(config.num_heads % config.num_kv_heads == 0, "{}: num_key_value_heads: expected a divisor of {} heads, got {}",
        where, config.num_heads, config.num_kv_heads);
  if (!keys.find("head_dim") && family.head_dim == 0)
    check(config.hidden_size % config.num_heads == 0,
          "{}: num_attention_heads: expected a divisor of hidden_size {}, got {}", where, config.hidden_size,
          config.num_heads);
  const int64_t quotient = std::max<int64_t>(config.hidden_size / config.num_heads, 1);
  config.head_dim = keys.integer("head_dim", 1, 1 << 12, family.head_dim > 0 ? family.head_dim : quotient);
  check(config.head_dim % 2 == 0, "{}: head_dim: expected an even number, got {}", where, config.head_dim);
  config.max_position = keys.integer("max_position_embeddings", 1, max_positions, family.max_position);

  config.norm_epsilon = keys.positive("rms_norm_eps", 1e-6);
  config.init_std = keys.positive("initializer_range", 0.02);
  const bool attention_bias = keys.boolean("attention_bias", false);
  config.qkv_bias = is_qwen2 || attention_bias;  // Qwen2 always has it and never says so
  config.output_bias = !is_qwen2 && attention_bias;
  config.mlp_bias = is_llama && keys.boolean("mlp_bias", false);
  config.qk_norm = family.has_experts || config.architecture == "Qwen3ForCausalLM";
  config.tied_embeddings = keys.boolean("tie_word_embeddings", family.tied_embeddings);
  config.scaled_embeddings = config.centred_norms = is_gemma;
  config.activation = read_activation(keys, "hidden_act", is_gemma, family.activation);
  if (const Json* other = keys.find("hidden_activation"))
    check(read_activation(keys, "hidden_activation", is_gemma, config.activation) == config.activation,
          "{}: hidden_activation: expected what hidden_act says or nothing, got {}", where, shown(*other));
  config.rope = read_rope(keys, max_positions);
  if (family.has_experts) config.experts = read_experts(keys, config.num_layers);
  refuse_what_cohort_lacks(keys, config);
  add_eos_tokens(keys, config.eos_tokens);
  config.source_json = json;
  return config;
}

ModelConfig read_model_config(const std::filesystem::path& config_json) {
  ModelConfig config =
      parse_model_config(models::read_text(config_json, models::max_config_bytes), config_json.string());
  const std::filesystem::path generation = config_json.parent_path() / "generation_config.json";
  if (!std::filesystem::exists(generation)) return config;
  const Json object = models::parse_json<Json>(models::read_text(generation, models::max_config_bytes),
                                               generation.string(), models::max_config_values);
  add_eos_tokens(Keys(object, generation.string()), config.eos_tokens);
  return config;
}

}  // namespace cohort
