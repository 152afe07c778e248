#include "src/models/weight_plan.hpp"

namespace cohort::models {
namespace {

class Plan {
 public:
  explicit Plan(const ModelConfig& config) : config_(config) {}

  void layer(int64_t index) {
    layer_ = index;
    const std::string prefix = "model.layers." + std::to_string(index) + ".";
    const std::string attention = prefix + "self_attn.", mlp = prefix + "mlp.";
    const int64_t hidden = config_.hidden_size, ffn = config_.intermediate_size, dim = config_.head_dim;
    const int64_t q = config_.num_heads * dim, kv = config_.num_kv_heads * dim;
    const auto qkv = [&](const std::string& suffix) {
      return std::vector<WeightPart>{{attention + "q_proj" + suffix, 0, q},
                                     {attention + "k_proj" + suffix, q, kv},
                                     {attention + "v_proj" + suffix, q + kv, kv}};
    };
    const auto gate_up = [&](const std::string& suffix) {
      return std::vector<WeightPart>{{mlp + "gate_proj" + suffix, 0, ffn}, {mlp + "up_proj" + suffix, ffn, ffn}};
    };
    vector(PlannedWeight::input_norm, prefix + "input_layernorm.weight", hidden);
    product(PlannedWeight::qkv, hidden, qkv(".weight"));
    if (config_.qkv_bias) vector(PlannedWeight::qkv_bias, qkv(".bias"));
    if (config_.qk_norm) {
      vector(PlannedWeight::q_norm, attention + "q_norm.weight", dim);
      vector(PlannedWeight::k_norm, attention + "k_norm.weight", dim);
    }
    product(PlannedWeight::output, q, {{attention + "o_proj.weight", 0, hidden}});
    if (config_.output_bias) vector(PlannedWeight::output_bias, attention + "o_proj.bias", hidden);
    vector(PlannedWeight::post_norm, prefix + "post_attention_layernorm.weight", hidden);
    if (config_.has_experts(index)) return experts(mlp);
    product(PlannedWeight::gate_up, hidden, gate_up(".weight"));
    if (config_.mlp_bias) vector(PlannedWeight::gate_up_bias, gate_up(".bias"));
    product(PlannedWeight::down, ffn, {{mlp + "down_proj.weight", 0, hidden}});
    if (config_.mlp_bias) vector(PlannedWeight::down_bias, mlp + "down_proj.bias", hidden);
  }

  void outside_of_layers(PlannedWeight::Slot slot, const std::string& name, bool is_product) {
    layer_ = 0;
    add(slot, config_.hidden_size, is_product, {{name, 0, config_.vocab_size}});
  }
  void vector(PlannedWeight::Slot slot, const std::string& name, int64_t rows) { vector(slot, {{name, 0, rows}}); }

  std::vector<PlannedWeight> take() { return std::move(weights_); }

 private:
  void experts(const std::string& mlp) {
    const int64_t hidden = config_.hidden_size, ffn = config_.experts.intermediate_size, count = config_.experts.count;
    std::vector<WeightPart> gate_up, down;
    for (int64_t e = 0; e < count; ++e) {
      const std::string expert = mlp + "experts." + std::to_string(e) + ".";
      gate_up.push_back({expert + "gate_proj.weight", 2 * e * ffn, ffn});
      gate_up.push_back({expert + "up_proj.weight", (2 * e + 1) * ffn, ffn});
      down.push_back({expert + "down_proj.weight", e * hidden, hidden});
    }
    product(PlannedWeight::router, hidden, {{mlp + "gate.weight", 0, count}});
    product(PlannedWeight::gate_up, hidden, std::move(gate_up), count);
    product(PlannedWeight::down, ffn, std::move(down), count);
  }
  void vector(PlannedWeight::Slot slot, std::vector<WeightPart> parts) { add(slot, 0, false, std::move(parts)); }
  void product(PlannedWeight::Slot slot, int64_t columns, std::vector<WeightPart> parts, int64_t groups = 1) {
    add(slot, columns, true, std::move(parts));
    weights_.back().groups = groups;
  }
  void add(PlannedWeight::Slot slot, int64_t columns, bool is_product, std::vector<WeightPart> parts) {
    const int64_t rows = parts.back().first_row + parts.back().rows;
    weights_.push_back({slot, layer_, rows, columns, is_product, std::move(parts), 1});
  }

  const ModelConfig& config_;
  int64_t layer_ = 0;
  std::vector<PlannedWeight> weights_;
};

}  // namespace

std::vector<PlannedWeight> plan_weights(const ModelConfig& config) {
  Plan plan(config);
  plan.outside_of_layers(PlannedWeight::embedding, "model.embed_tokens.weight", config.tied_embeddings);
  for (int64_t layer = 0; layer < config.num_layers; ++layer) plan.layer(layer);
  plan.vector(PlannedWeight::norm, "model.norm.weight", config.hidden_size);
  if (!config.tied_embeddings) plan.outside_of_layers(PlannedWeight::head, "lm_head.weight", true);
  return plan.take();
}

}  // namespace cohort::models
