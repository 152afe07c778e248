#include "src/models/gguf_names.hpp"

#include <algorithm>
#include <string_view>

#include "cohort/error.hpp"

namespace cohort::models {
namespace {

struct NamePair {
  std::string_view gguf, hugging_face;
};

constexpr NamePair whole_names[] = {{"token_embd.weight", "model.embed_tokens.weight"},
                                    {"output_norm.weight", "model.norm.weight"},
                                    {"output.weight", "lm_head.weight"}};

// Of a layer, between "blk.N." or "model.layers.N." and ".weight" or ".bias".
constexpr NamePair layer_names[] = {{"attn_norm", "input_layernorm"},
                                    {"attn_q", "self_attn.q_proj"},
                                    {"attn_k", "self_attn.k_proj"},
                                    {"attn_v", "self_attn.v_proj"},
                                    {"attn_output", "self_attn.o_proj"},
                                    {"attn_q_norm", "self_attn.q_norm"},
                                    {"attn_k_norm", "self_attn.k_norm"},
                                    {"ffn_norm", "post_attention_layernorm"},
                                    {"ffn_gate", "mlp.gate_proj"},
                                    {"ffn_up", "mlp.up_proj"},
                                    {"ffn_down", "mlp.down_proj"},
                                    {"ffn_gate_inp", "mlp.gate"},
                                    {"ffn_gate_exps", "mlp.experts.gate_proj"},
                                    {"ffn_up_exps", "mlp.experts.up_proj"},
                                    {"ffn_down_exps", "mlp.experts.down_proj"}};

constexpr std::string_view layers_prefix = "model.layers.", experts_infix = ".mlp.experts.";

/// Of a layer, or of an expert.
bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 6 && (text == "0" || text[0] != '0') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// One way or the other, by the members of NamePair that are read and written.
std::optional<std::string> translate(std::string_view name, std::string_view NamePair::*from,
                                     std::string_view NamePair::*to, std::string_view from_prefix,
                                     std::string_view to_prefix) {
  for (const NamePair& pair : whole_names)
    if (pair.*from == name) return std::string(pair.*to);
  if (!name.starts_with(from_prefix)) return {};
  name.remove_prefix(from_prefix.size());
  const size_t first = name.find('.'), last = name.rfind('.');
  if (first == std::string_view::npos || first >= last) return {};
  const std::string_view number = name.substr(0, first), kind = name.substr(last + 1);
  if (!is_number(number) || (kind != "weight" && kind != "bias")) return {};
  for (const NamePair& pair : layer_names)
    if (pair.*from == name.substr(first + 1, last - first - 1))
      return fmt::format("{}{}.{}.{}", to_prefix, number, pair.*to, kind);
  return {};
}

}  // namespace

std::optional<std::string> to_hugging_face_name(const std::string& gguf_name) {
  return translate(gguf_name, &NamePair::gguf, &NamePair::hugging_face, "blk.", layers_prefix);
}

std::optional<std::string> to_gguf_name(const std::string& hugging_face_name) {
  return translate(hugging_face_name, &NamePair::hugging_face, &NamePair::gguf, layers_prefix, "blk.");
}

std::optional<ExpertName> find_expert(const std::string& name) {
  const size_t infix = name.find(experts_infix);
  if (infix == std::string::npos) return {};
  const size_t first = infix + experts_infix.size(), last = name.find('.', first);
  if (last == std::string::npos || !is_number(std::string_view(name).substr(first, last - first))) return {};
  return ExpertName{name.substr(0, first) + name.substr(last + 1), std::stoll(name.substr(first, last - first))};
}

std::string expert_name(const std::string& stacked, int64_t number) {
  const size_t first = stacked.find(experts_infix) + experts_infix.size();
  return fmt::format("{}{}.{}", stacked.substr(0, first), number, stacked.substr(first));
}

bool holds_experts(const ModelConfig& config, const std::string& name) {
  if (name.find(experts_infix) == std::string::npos || !name.ends_with(".weight")) return false;
  const int64_t layer = std::stoll(name.substr(layers_prefix.size()));
  return layer < config.num_layers && config.has_experts(layer);
}

bool has_interleaved_rows(const ModelConfig& config, const std::string& name) {
  return config.architecture == "LlamaForCausalLM" &&
         (name.find(".self_attn.q_proj.") != std::string::npos || name.find(".self_attn.k_proj.") != std::string::npos);
}

float gguf_offset(const ModelConfig& config, const std::string& name) {
  return config.centred_norms && name.ends_with("norm.weight") ? 1 : 0;
}

}  // namespace cohort::models
