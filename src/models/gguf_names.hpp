// What a tensor is called, and how its rows are ordered, in GGUF and in a Hugging Face checkpoint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cohort/model_config.hpp"

namespace cohort::models {

/// "blk.0.attn_q.weight" → "model.layers.0.self_attn.q_proj.weight"; nullopt where there is no such weight.
std::optional<std::string> to_hugging_face_name(const std::string& gguf_name);

/// The way back.
std::optional<std::string> to_gguf_name(const std::string& hugging_face_name);

/// One of a layer's experts: GGUF stacks the matrices of all of them in one tensor.
struct ExpertName {
  std::string stacked;  // "model.layers.0.mlp.experts.gate_proj.weight", which has a name in GGUF
  int64_t number;
};

/// Of "model.layers.0.mlp.experts.3.gate_proj.weight"; nullopt for a name of anything else.
std::optional<ExpertName> find_expert(const std::string& hugging_face_name);

/// The way back.
std::string expert_name(const std::string& stacked, int64_t number);

/// Whether the weight that to_hugging_face_name calls so stacks the experts of one of the model's layers.
bool holds_experts(const ModelConfig& config, const std::string& hugging_face_name);

/// Files of arch llama hold the rows of q and k so that RoPE turns neighbours, not halves.
bool has_interleaved_rows(const ModelConfig& config, const std::string& hugging_face_name);

/// What GGUF adds to each number of a weight: 1 to norms that are kept around 0 elsewhere.
float gguf_offset(const ModelConfig& config, const std::string& hugging_face_name);

/// The Hugging Face row that such a file has as its row `gguf_row`.
inline int64_t hugging_face_row(int64_t gguf_row, int64_t head_dim) {
  const int64_t head = gguf_row / head_dim, in_head = gguf_row % head_dim;
  return head * head_dim + in_head % 2 * (head_dim / 2) + in_head / 2;
}

}  // namespace cohort::models
