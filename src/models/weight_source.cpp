#include "src/models/weight_source.hpp"

#include <fmt/ranges.h>

#include <map>
#include <set>

#include "cohort/error.hpp"
#include "src/models/sources.hpp"

namespace cohort::models {
namespace {

constexpr size_t max_listed = 200;  // of each kind: a message about a wrong file stays readable

class Shapes {
 public:
  explicit Shapes(const ModelConfig& config) : config_(config) {}

  void add(const std::string& name, std::vector<int64_t> shape) { weights_.push_back({name, std::move(shape)}); }

  void linear(const std::string& name, int64_t out, int64_t in, bool has_bias) {
    add(name + ".weight", {out, in});
    if (has_bias) add(name + ".bias", {out});
  }

  void layer(int64_t index) {
    const std::string prefix = fmt::format("model.layers.{}.", index);
    const int64_t hidden = config_.hidden_size;
    const int64_t query = config_.num_heads * config_.head_dim, key = config_.num_kv_heads * config_.head_dim;
    linear(prefix + "self_attn.q_proj", query, hidden, config_.qkv_bias);
    linear(prefix + "self_attn.k_proj", key, hidden, config_.qkv_bias);
    linear(prefix + "self_attn.v_proj", key, hidden, config_.qkv_bias);
    linear(prefix + "self_attn.o_proj", hidden, query, config_.output_bias);
    if (config_.qk_norm) {
      add(prefix + "self_attn.q_norm.weight", {config_.head_dim});
      add(prefix + "self_attn.k_norm.weight", {config_.head_dim});
    }
    add(prefix + "input_layernorm.weight", {hidden});
    add(prefix + "post_attention_layernorm.weight", {hidden});
    if (!config_.has_experts(index)) return mlp(prefix + "mlp.", config_.intermediate_size, config_.mlp_bias);
    add(prefix + "mlp.gate.weight", {config_.experts.count, hidden});
    for (int64_t expert = 0; expert < config_.experts.count; ++expert)
      mlp(fmt::format("{}mlp.experts.{}.", prefix, expert), config_.experts.intermediate_size, false);
  }

  void mlp(const std::string& prefix, int64_t size, bool has_bias) {
    linear(prefix + "gate_proj", size, config_.hidden_size, has_bias);
    linear(prefix + "up_proj", size, config_.hidden_size, has_bias);
    linear(prefix + "down_proj", config_.hidden_size, size, has_bias);
  }

  std::vector<WeightInfo> take() { return std::move(weights_); }

 private:
  const ModelConfig& config_;
  std::vector<WeightInfo> weights_;
};

/// Counts what is wrong and words the first few.
class Complaints {
 public:
  explicit Complaints(std::string kind) : kind_(std::move(kind)) {}

  void add(const std::string& what) {
    if (count_++ < max_listed) list_ += fmt::format("{}{}", count_ == 1 ? "" : ", ", what);
  }

  std::string text() const {
    if (count_ == 0) return {};
    const std::string rest = count_ > max_listed ? fmt::format(" and {} more", count_ - max_listed) : "";
    return fmt::format("; {}: {}{}", kind_, list_, rest);
  }

 private:
  std::string kind_, list_;
  size_t count_ = 0;
};

}  // namespace

std::vector<WeightInfo> expected_weights(const ModelConfig& config) {
  Shapes shapes(config);
  shapes.add("model.embed_tokens.weight", {config.vocab_size, config.hidden_size});
  for (int64_t layer = 0; layer < config.num_layers; ++layer) shapes.layer(layer);
  shapes.add("model.norm.weight", {config.hidden_size});
  if (!config.tied_embeddings) shapes.add("lm_head.weight", {config.vocab_size, config.hidden_size});
  return shapes.take();
}

void check_weights(const WeightSource& source) {
  std::map<std::string, const WeightInfo*> found;
  for (const WeightInfo& weight : source.weights()) found[weight.name] = &weight;
  Complaints missing("missing"), unexpected("unexpected"), wrong("of another shape");
  std::set<std::string> known;
  for (const WeightInfo& expected : expected_weights(source.config())) {
    known.insert(expected.name);
    const auto weight = found.find(expected.name);
    if (weight == found.end())
      missing.add(expected.name);
    else if (weight->second->shape != expected.shape)
      wrong.add(fmt::format("{} (expected [{}], got [{}])", expected.name, fmt::join(expected.shape, ", "),
                            fmt::join(weight->second->shape, ", ")));
  }
  for (const WeightInfo& weight : source.weights()) {
    // Old checkpoints hold the frequencies of RoPE, which follow from the configuration.
    if (known.contains(weight.name) || weight.name.ends_with("rotary_emb.inv_freq")) continue;
    const bool is_untied_head = source.config().tied_embeddings && weight.name == "lm_head.weight";
    unexpected.add(weight.name +
                   (is_untied_head ? " (differs from model.embed_tokens.weight, to which the config ties it)" : ""));
  }
  const std::string problems = missing.text() + unexpected.text() + wrong.text();
  check(problems.empty(), "the weights of this checkpoint are not those of its {}{}", source.config().architecture,
        problems);
}

std::unique_ptr<WeightSource> open_weights(const std::filesystem::path& checkpoint) {
  if (std::filesystem::is_directory(checkpoint)) return open_hugging_face_weights(checkpoint);
  check(std::filesystem::exists(checkpoint), "{}: expected a directory or a .gguf file, got nothing",
        checkpoint.string());
  check(checkpoint.extension() == ".gguf", "{}: expected a directory or a .gguf file", checkpoint.string());
  return open_gguf_weights(checkpoint);
}

}  // namespace cohort::models

cohort::ModelConfig cohort::read_checkpoint_config(const std::filesystem::path& checkpoint) {
  if (std::filesystem::is_directory(checkpoint)) return read_model_config(checkpoint / "config.json");
  return models::open_weights(checkpoint)->config();
}
