#include "src/models/gguf_config.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>

#include "cohort/error.hpp"
#include "src/models/families.hpp"

namespace cohort::models {
namespace {

using Json = nlohmann::ordered_json;

const GgufTensor* find_tensor(const GgufFile& file, const std::string& name) {
  for (const GgufTensor& tensor : file.tensors())
    if (tensor.name == name) return &tensor;
  return nullptr;
}

/// The shortest decimal number that is this float: 1e-05, where the double next to it is 9.99999974e-06.
double as_written(double value) { return std::stod(fmt::format("{}", static_cast<float>(value))); }

/// Metadata of one architecture, with its name in front of each key.
class Metadata {
 public:
  Metadata(const GgufFile& file, std::string where, std::string prefix)
      : file_(file), where_(std::move(where)), prefix_(std::move(prefix)) {}

  std::optional<int64_t> integer(const std::string& key) const { return file_.integer(prefix_ + key); }
  std::optional<double> real(const std::string& key) const { return file_.real(prefix_ + key); }
  std::optional<std::string> string(const std::string& key) const { return file_.string(prefix_ + key); }

  int64_t required(const std::string& key) const {
    const std::optional<int64_t> value = integer(key);
    check(value.has_value(), "{}: {}{}: expected a value, got none", where_, prefix_, key);
    return *value;
  }

  void refuse(const std::string& key) const {
    const std::optional<int64_t> value = integer(key);
    check(!value || *value == 0, "{}: {}{}: expected none, got {}", where_, prefix_, key, value.value_or(0));
  }

  void expect(const std::string& key, int64_t expected) const {
    const std::optional<int64_t> value = integer(key);
    check(!value || *value == expected, "{}: {}{}: expected {}, got {}", where_, prefix_, key, expected,
          value.value_or(0));
  }

  const std::string& where() const { return where_; }
  const std::string& prefix() const { return prefix_; }

 private:
  const GgufFile& file_;
  std::string where_, prefix_;
};

const Family& find_family(const GgufFile& file, const std::string& where) {
  const std::optional<std::string> name = file.string("general.architecture");
  check(name.has_value(), "{}: general.architecture: expected a value, got none", where);
  for (const Family& family : kFamilies)
    if (*name == family.gguf) return family;
  throw Error(fmt::format("{}: general.architecture: expected {}, got \"{}\"", where, kGgufArchitectures, *name));
}

Json llama3_json(const RopeConfig& rope) {
  return {{"rope_type", "llama3"},
          {"factor", rope.factor},
          {"low_freq_factor", rope.low_freq_factor},
          {"high_freq_factor", rope.high_freq_factor},
          {"original_max_position_embeddings", rope.original_max_position}};
}

/// The file keeps divisors, not the four numbers they were made of: those of the published models are tried.
Json read_divisors(const GgufFile& file, const GgufTensor& tensor, const Metadata& metadata, int64_t head_dim) {
  const int64_t count = tensor.dims[0];
  check(tensor.dims.size() == 1 && count == head_dim / 2, "{}: rope_freqs.weight: expected {} numbers, got {}",
        metadata.where(), head_dim / 2, count);
  std::vector<float> divisors(count);
  file.read(tensor, divisors.data());
  RopeConfig rope;
  rope.theta = as_written(metadata.real("rope.freq_base").value_or(10000.0));
  rope.scaling = RopeConfig::Scaling::llama3;
  rope.factor = *std::max_element(divisors.begin(), divisors.end());
  rope.low_freq_factor = 1.0;
  rope.high_freq_factor = 4.0;
  rope.original_max_position = metadata.integer("rope.scaling.original_context_length").value_or(8192);
  check(std::isfinite(rope.factor) && rope.factor >= 1, "{}: rope_freqs.weight: expected divisors from 1 on, got {}",
        metadata.where(), rope.factor);
  const std::vector<float> expected = llama3_divisors(rope, head_dim);
  for (int64_t i = 0; i < count; ++i)
    check(std::abs(divisors[i] - expected[i]) <= 1e-4 * expected[i],
          "{}: rope_freqs.weight: expected the divisors of llama3 with factor {}, 1, 4 and {}: number {} is {}, got {}",
          metadata.where(), rope.factor, rope.original_max_position, i, expected[i], divisors[i]);
  return llama3_json(rope);
}

Json read_scaling(const GgufFile& file, const Metadata& metadata, int64_t head_dim) {
  if (const GgufTensor* divisors = find_tensor(file, "rope_freqs.weight"))
    return read_divisors(file, *divisors, metadata, head_dim);
  const std::string type = metadata.string("rope.scaling.type").value_or("none");
  const double factor = metadata.real("rope.scaling.factor").value_or(metadata.real("rope.scale_linear").value_or(1.0));
  check(type == "none" || type == "linear", "{}: {}rope.scaling.type: expected \"none\" or \"linear\", got \"{}\"",
        metadata.where(), metadata.prefix(), type);
  if (factor == 1.0 || (type == "none" && !metadata.real("rope.scale_linear"))) return nullptr;
  return {{"type", "linear"}, {"factor", as_written(factor)}};
}

/// Experts in each layer, with weights that add up to 1. llama.cpp heeds no key that says otherwise: it is refused.
void read_experts(Json& json, const Metadata& metadata) {
  constexpr int64_t softmax = 1;
  for (const char* key : {"expert_shared_count", "expert_shared_feed_forward_length", "leading_dense_block_count"})
    metadata.refuse(key);
  metadata.expect("expert_gating_func", softmax);
  metadata.expect("expert_weights_norm", 1);
  const double scale = metadata.real("expert_weights_scale").value_or(1.0);
  check(scale == 1.0, "{}: {}expert_weights_scale: expected 1, got {}", metadata.where(), metadata.prefix(), scale);
  const int64_t groups = metadata.integer("expert_group_count").value_or(0);
  check(groups == 0 || groups == 1, "{}: {}expert_group_count: expected at most 1, got {}", metadata.where(),
        metadata.prefix(), groups);
  json["num_experts"] = metadata.required("expert_count");
  json["num_experts_per_tok"] = metadata.required("expert_used_count");
  json["moe_intermediate_size"] = metadata.required("expert_feed_forward_length");
  json["norm_topk_prob"] = true;
  json["decoder_sparse_step"] = 1;
  json["mlp_only_layers"] = Json::array();
}

/// GGUF has one end token; chat models end their turns with another one, which is known by its text.
Json read_eos_tokens(const GgufFile& file) {
  std::vector<int64_t> ids;
  const auto add = [&](int64_t id) {
    if (id >= 0 && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  for (const char* key : {"eos", "eot", "eom"})
    if (const auto id = file.integer(fmt::format("tokenizer.ggml.{}_token_id", key))) add(*id);
  const auto tokens = file.strings("tokenizer.ggml.tokens");
  const auto types = file.integers("tokenizer.ggml.token_type");
  constexpr int64_t control = 3, user_defined = 4;
  for (size_t i = 0; tokens && types && i < std::min(tokens->size(), types->size()); ++i)
    if (((*types)[i] == control || (*types)[i] == user_defined) &&
        ((*tokens)[i] == "<|im_end|>" || (*tokens)[i] == "<|eot_id|>"))
      add(static_cast<int64_t>(i));
  if (ids.empty()) return nullptr;
  return ids.size() == 1 ? Json(ids[0]) : Json(ids);
}

}  // namespace

std::vector<float> llama3_divisors(const RopeConfig& rope, int64_t head_dim) {
  std::vector<float> divisors;
  const double original = static_cast<double>(rope.original_max_position);
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    const double frequency = std::pow(rope.theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_dim));
    const double wavelength = 2 * std::numbers::pi / frequency;
    const double smooth =
        (original / wavelength - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
    const double kept = std::clamp(smooth, 0.0, 1.0);  // 1: a short wave, left alone; 0: a long one, divided by factor
    divisors.push_back(static_cast<float>(1 / ((1 - kept) / rope.factor + kept)));
  }
  return divisors;
}

ModelConfig read_gguf_config(const GgufFile& file, const std::string& where) {
  const Family& family = find_family(file, where);
  const Metadata metadata(file, where, std::string(family.gguf) + ".");
  const auto parts = file.integer("split.count");
  check(!parts || *parts <= 1, "{}: split.count: expected a model in one file, got {} parts", where, parts.value_or(0));
  metadata.refuse("attention.sliding_window");
  const GgufTensor* embedding = find_tensor(file, "token_embd.weight");
  check(embedding && embedding->dims.size() == 2, "{}: expected a tensor token_embd.weight of two dimensions", where);

  // As a config.json, so that one place knows what a sound model is.
  Json json;
  json["architectures"] = Json::array({family.architecture});
  const int64_t hidden = metadata.required("embedding_length"), heads = metadata.required("attention.head_count");
  check(heads > 0, "{}: {}attention.head_count: expected at least 1, got {}", where, metadata.prefix(), heads);
  const int64_t head_dim = metadata.integer("attention.key_length").value_or(hidden / heads);
  metadata.expect("attention.value_length", head_dim);
  metadata.expect("rope.dimension_count", head_dim);
  json["vocab_size"] = embedding->dims[1];
  json["hidden_size"] = hidden;
  json["intermediate_size"] = metadata.required("feed_forward_length");
  json["num_hidden_layers"] = metadata.required("block_count");
  json["num_attention_heads"] = heads;
  json["num_key_value_heads"] = metadata.integer("attention.head_count_kv").value_or(heads);
  json["head_dim"] = head_dim;
  json["max_position_embeddings"] = metadata.required("context_length");
  const bool is_silu = family.activation == Activation::silu;
  json["hidden_act"] = is_silu ? "silu" : "gelu_pytorch_tanh";
  json["rms_norm_eps"] = as_written(metadata.real("attention.layer_norm_rms_epsilon").value_or(1e-6));
  json["initializer_range"] = 0.02;
  json["use_cache"] = true;
  json["attention_dropout"] = 0.0;
  // None of these is in the metadata: the tensors tell.
  json["tie_word_embeddings"] = find_tensor(file, "output.weight") == nullptr;
  json["attention_bias"] = find_tensor(file, "blk.0.attn_q.bias") != nullptr;
  json["mlp_bias"] = find_tensor(file, "blk.0.ffn_up.bias") != nullptr;
  json["rope_theta"] = as_written(metadata.real("rope.freq_base").value_or(10000.0));
  check(head_dim > 0 && head_dim <= 1 << 12, "{}: {}attention.key_length: expected 1 to 4096, got {}", where,
        metadata.prefix(), head_dim);
  json["rope_scaling"] = read_scaling(file, metadata, head_dim);
  if (family.has_experts)
    read_experts(json, metadata);
  else
    metadata.refuse("expert_count");
  if (const auto id = file.integer("tokenizer.ggml.bos_token_id")) json["bos_token_id"] = *id;
  json["eos_token_id"] = read_eos_tokens(file);
  ModelConfig config = parse_model_config(json.dump(2), where);
  config.source_json = to_config_json(config, "bfloat16");
  return config;
}

}  // namespace cohort::models
