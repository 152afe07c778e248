#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cohort/model_config.hpp"
#include "tests/models/files.hpp"

namespace cohort {
namespace {

using nlohmann::json;
using test::contains;
using test::error_of;
using test::TemporaryDirectory;
using test::write_file;

const json smollm2 = json::parse(R"({
  "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1,
  "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 576, "initializer_range": 0.041666666666666664,
  "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192, "mlp_bias": false,
  "model_type": "llama", "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3,
  "pad_token_id": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null,
  "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "use_cache": true,
  "vocab_size": 49152})");

const json qwen2 = json::parse(R"({
  "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "eos_token_id": 151645, "hidden_act": "silu",
  "hidden_size": 896, "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 21,
  "model_type": "qwen2", "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2,
  "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true,
  "use_sliding_window": false, "vocab_size": 151936})");

const json qwen3 = json::parse(R"({
  "architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "head_dim": 128, "hidden_size": 1024,
  "intermediate_size": 3072, "max_position_embeddings": 40960, "max_window_layers": 28, "model_type": "qwen3",
  "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06,
  "rope_theta": 1000000, "sliding_window": null, "tie_word_embeddings": true, "vocab_size": 151936})");

// Of the first files, whose "gelu" is the approximation by tanh.
const json gemma = json::parse(R"({
  "architectures": ["GemmaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 2,
  "eos_token_id": 1, "head_dim": 256, "hidden_act": "gelu", "hidden_activation": null, "hidden_size": 2048,
  "initializer_range": 0.02, "intermediate_size": 16384, "max_position_embeddings": 8192, "model_type": "gemma",
  "num_attention_heads": 8, "num_hidden_layers": 18, "num_key_value_heads": 1, "pad_token_id": 0,
  "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 10000.0, "torch_dtype": "bfloat16", "use_cache": true,
  "vocab_size": 256000})");

const json qwen3_moe = json::parse(R"({
  "architectures": ["Qwen3MoeForCausalLM"], "attention_bias": false, "decoder_sparse_step": 1, "head_dim": 128,
  "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 6144, "max_position_embeddings": 40960,
  "max_window_layers": 48, "mlp_only_layers": [], "model_type": "qwen3_moe", "moe_intermediate_size": 768,
  "norm_topk_prob": true, "num_attention_heads": 32, "num_experts": 128, "num_experts_per_tok": 8,
  "num_hidden_layers": 48, "num_key_value_heads": 4, "output_router_logits": false, "rms_norm_eps": 1e-06,
  "rope_scaling": null, "rope_theta": 1000000.0, "router_aux_loss_coef": 0.001, "sliding_window": null,
  "tie_word_embeddings": false, "use_sliding_window": false, "vocab_size": 151936})");

ModelConfig parse(const json& config) { return parse_model_config(config.dump(), "config.json"); }

json with(json config, const json& change) {
  config.update(change);
  return config;
}

std::string error_with(const json& config, const json& change) {
  return error_of([&] { parse(with(config, change)); });
}

}  // namespace

TEST_CASE("SmolLM2's configuration is a Llama without biases, tied") {
  const ModelConfig config = parse(smollm2);
  CHECK(config.architecture == "LlamaForCausalLM");
  CHECK(config.head_dim == 64);
  CHECK(config.num_kv_heads == 3);
  CHECK(config.tied_embeddings);
  CHECK(!config.qkv_bias);
  CHECK(!config.qk_norm);
  CHECK(config.rope.theta == 100000.0);
  CHECK(config.init_std == doctest::Approx(1.0 / 24));
  CHECK(config.eos_tokens == std::vector<int64_t>{2});
}

TEST_CASE("Qwen2 has biases on q, k and v that its configuration does not mention") {
  const ModelConfig config = parse(qwen2);
  CHECK(config.qkv_bias);
  CHECK(!config.output_bias);
  CHECK(config.head_dim == 64);
  CHECK(config.rope.theta == 1e6);
}

TEST_CASE("Qwen3 normalises q and k and has heads of 128 also where it does not say so") {
  CHECK(parse(qwen3).qk_norm);
  CHECK(!parse(qwen3).qkv_bias);
  CHECK(parse(with(qwen3, {{"head_dim", nullptr}})).head_dim == 128);
}

TEST_CASE("Gemma is tied, scales its embeddings, centres its norms and gates by GELU, though it says none of it") {
  const ModelConfig config = parse(gemma);
  CHECK(config.architecture == "GemmaForCausalLM");
  CHECK(config.head_dim == 256);
  CHECK(config.num_kv_heads == 1);
  CHECK(config.tied_embeddings);
  CHECK(config.scaled_embeddings);
  CHECK(config.centred_norms);
  CHECK(config.activation == Activation::gelu_tanh);
  CHECK(!config.qkv_bias);
  CHECK(!config.qk_norm);
  json silent = gemma;
  for (const char* key : {"head_dim", "hidden_act", "max_position_embeddings", "num_key_value_heads"})
    silent.erase(key);
  silent["num_attention_heads"] = 16;
  CHECK(parse(silent).head_dim == 256);
  CHECK(parse(silent).num_kv_heads == 16);
  CHECK(parse(silent).max_position == 8192);
  CHECK(parse(silent).activation == Activation::gelu_tanh);
  CHECK(!parse(smollm2).scaled_embeddings);
  CHECK(!parse(smollm2).centred_norms);
}

TEST_CASE("the activation is what hidden_act says, whatever the family") {
  CHECK(parse(smollm2).activation == Activation::silu);
  for (const json& family : {smollm2, qwen2, qwen3}) {
    CHECK(parse(with(family, {{"hidden_act", "gelu_pytorch_tanh"}})).activation == Activation::gelu_tanh);
    CHECK(parse(with(family, {{"hidden_act", "gelu"}})).activation == Activation::gelu);
  }
  CHECK(parse(with(gemma, {{"hidden_activation", "gelu_pytorch_tanh"}})).activation == Activation::gelu_tanh);
  CHECK(parse(with(gemma, {{"hidden_act", "silu"}})).activation == Activation::silu);
  CHECK(contains(error_with(gemma, {{"hidden_activation", "silu"}}),
                 "hidden_activation: expected what hidden_act says or nothing, got \"silu\""));
}

TEST_CASE("a Llama with attention_bias has it on all four projections") {
  const ModelConfig config = parse(with(smollm2, {{"attention_bias", true}, {"mlp_bias", true}}));
  CHECK(config.qkv_bias);
  CHECK(config.output_bias);
  CHECK(config.mlp_bias);
}

TEST_CASE("what is absent or null takes the default of transformers") {
  json config = smollm2;
  for (const char* key : {"num_key_value_heads", "tie_word_embeddings", "rms_norm_eps", "max_position_embeddings",
                          "rope_theta", "initializer_range", "hidden_act", "attention_bias"})
    config.erase(key);
  config["eos_token_id"] = nullptr;
  config["head_dim"] = nullptr;
  const ModelConfig parsed = parse(config);
  CHECK(parsed.num_kv_heads == 9);
  CHECK(!parsed.tied_embeddings);
  CHECK(parsed.norm_epsilon == 1e-6);
  CHECK(parsed.max_position == 2048);
  CHECK(parsed.rope == RopeConfig{});
  CHECK(parsed.init_std == 0.02);
  CHECK(parsed.eos_tokens.empty());
}

TEST_CASE("model_type stands in for architectures") {
  json config = qwen3;
  config.erase("architectures");
  CHECK(parse(config).architecture == "Qwen3ForCausalLM");
}

TEST_CASE("RoPE is read in the spelling of transformers 4 and of 5") {
  const json llama3 = {{"factor", 32.0},
                       {"low_freq_factor", 1.0},
                       {"high_freq_factor", 4.0},
                       {"original_max_position_embeddings", 8192},
                       {"rope_type", "llama3"}};
  const ModelConfig old = parse(with(smollm2, {{"rope_scaling", llama3}, {"rope_theta", 500000.0}}));
  CHECK(old.rope.scaling == RopeConfig::Scaling::llama3);
  CHECK(old.rope.factor == 32.0);
  json config = with(smollm2, {{"rope_parameters", with(llama3, {{"rope_theta", 500000.0}})}});
  config.erase("rope_theta");
  config.erase("rope_scaling");
  CHECK(parse(config).rope == old.rope);
  CHECK(parse(with(smollm2, {{"rope_scaling", {{"type", "linear"}, {"factor", 2.0}}}})).rope.factor == 2.0);
  CHECK(parse(with(smollm2, {{"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 5.0}}}})).rope.theta == 5.0);
}

TEST_CASE("a RoPE that is unknown or incomplete is refused by its name") {
  CHECK(contains(error_with(smollm2, {{"rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}}}}),
                 "rope_scaling: rope_type: expected \"default\", \"linear\" or \"llama3\", got \"yarn\""));
  CHECK(contains(error_with(smollm2, {{"rope_scaling", {{"type", "linear"}}}}), "factor: expected a value, got none"));
  CHECK(contains(error_with(smollm2, {{"rope_scaling", {{"type", "linear"}, {"factor", -1}}}}), "above 0, got -1"));
  CHECK(contains(error_with(smollm2, {{"rope_parameters", {{"full_attention", json::object()}}}}), "one RoPE for all"));
  CHECK(
      contains(error_with(smollm2, {{"rope_parameters", {{"partial_rotary_factor", 0.5}}}}), "partial_rotary_factor"));
  CHECK(contains(error_with(smollm2, {{"partial_rotary_factor", 0.5}}), "expected 1, got 0.5"));
  const json equal = {{"rope_type", "llama3"},
                      {"factor", 8.0},
                      {"low_freq_factor", 4.0},
                      {"high_freq_factor", 4.0},
                      {"original_max_position_embeddings", 8192}};
  CHECK(contains(error_with(smollm2, {{"rope_scaling", equal}}), "high_freq_factor"));
}

TEST_CASE("experts are read, by either name of their number, and stand in the layers that the file says") {
  const ModelConfig config = parse(qwen3_moe);
  CHECK(config.qk_norm);
  CHECK(config.experts ==
        ExpertsConfig{.count = 128, .per_token = 8, .intermediate_size = 768, .normalised = true, .dense_layers = {}});
  CHECK(config.has_experts(0));
  CHECK(config.gated_size(0) == 8 * 768);
  json renamed = with(qwen3_moe, {{"num_local_experts", 64}});
  renamed.erase("num_experts");
  CHECK(parse(renamed).experts.count == 64);

  const ModelConfig mixed = parse(with(qwen3_moe, {{"decoder_sparse_step", 2}, {"mlp_only_layers", {3, 4}}}));
  std::vector<bool> has;
  for (int64_t layer = 0; layer < 7; ++layer) has.push_back(mixed.has_experts(layer));
  CHECK(has == std::vector<bool>{false, true, false, false, false, true, false});
  CHECK(mixed.gated_size(0) == 6144);
  CHECK(!parse(qwen3).has_experts(0));

  json bare = {{"model_type", "qwen3_moe"}};  // what is left out is transformers' default
  for (const char* key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"})
    bare[key] = qwen3_moe[key];
  CHECK(parse(bare).experts ==
        ExpertsConfig{.count = 128, .per_token = 8, .intermediate_size = 768, .normalised = false, .dense_layers = {}});
  CHECK(parse(bare).intermediate_size == 6144);
  CHECK(parse(bare).num_kv_heads == 4);
}

TEST_CASE("experts that cannot be are refused by their key") {
  CHECK(contains(error_with(qwen3_moe, {{"num_experts", 0}}), "num_experts: expected an integer from 1"));
  CHECK(contains(error_with(qwen3_moe, {{"num_experts", 1 << 20}}), "num_experts: expected an integer from 1 to 341"));
  CHECK(contains(error_with(qwen3_moe, {{"num_experts", nullptr}, {"num_hidden_layers", 200}}),
                 "num_experts: expected at most 81 in each of 200 layers, got 128"));
  CHECK(contains(error_with(qwen3_moe, {{"num_local_experts", 64}}),
                 "num_experts: expected what num_local_experts says, 64"));
  CHECK(contains(error_with(qwen3_moe, {{"num_experts_per_tok", 129}}),
                 "num_experts_per_tok: expected an integer from 1 to 128, got 129"));
  CHECK(contains(error_with(qwen3_moe, {{"decoder_sparse_step", 0}}), "decoder_sparse_step"));
  CHECK(contains(error_with(qwen3_moe, {{"norm_topk_prob", 1}}), "norm_topk_prob: expected true or false, got 1"));
  CHECK(contains(error_with(qwen3_moe, {{"mlp_only_layers", 3}}), "mlp_only_layers: expected a list, got 3"));
  CHECK(contains(error_with(qwen3_moe, {{"mlp_only_layers", {48}}}), "expected layers from 0 to 47, got 48"));
  CHECK(contains(error_with(qwen3_moe, {{"mlp_only_layers", {-1}}}), "got -1"));
}

TEST_CASE("what cohort does not have is refused by its key") {
  CHECK(contains(
      error_with(smollm2, {{"architectures", {"MistralForCausalLM"}}}),
      "expected LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, Qwen3MoeForCausalLM or GemmaForCausalLM, "
      "got \"MistralForCausalLM\""));
  for (const char* later : {"Gemma2ForCausalLM", "Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"})
    CHECK(contains(error_with(gemma, {{"architectures", {later}}}),
                   fmt::format("got \"{}\", whose norms, windows and caps of logits the first Gemma has not", later)));
  CHECK(contains(error_with(gemma, {{"architectures", nullptr}, {"model_type", "gemma3_text"}}),
                 "\"gemma3_text\", whose"));
  CHECK(contains(error_with(gemma, {{"use_bidirectional_attention", true}}), "expected a causal model"));
  CHECK(contains(error_with(smollm2, {{"model_type", "qwen2"}}), "model_type: expected \"llama\""));
  CHECK(contains(error_with(smollm2, {{"hidden_act", "relu"}}),
                 "hidden_act: expected \"silu\", \"gelu_pytorch_tanh\" or \"gelu\", got \"relu\""));
  CHECK(contains(error_with(smollm2, {{"quantization_config", json::object()}}), "quantization_config"));
  CHECK(contains(error_with(smollm2, {{"auto_map", {{"AutoModel", "x.py"}}}}), "auto_map"));
  CHECK(contains(error_with(smollm2, {{"attention_dropout", 0.1}}), "attention_dropout: expected 0, got 0.1"));
  CHECK(contains(error_with(smollm2, {{"sliding_window", 512}}), "sliding_window"));
  CHECK(contains(error_with(qwen2, {{"use_sliding_window", true}}), "full attention in each layer, got 32768"));
  CHECK(contains(error_with(qwen3, {{"layer_types", {"full_attention", "sliding_attention"}}}), "sliding_attention"));
  CHECK(error_with(qwen2, {{"use_sliding_window", true}, {"max_window_layers", 24}}).empty());
}

TEST_CASE("sizes that are absent, of another type or out of range are refused by their key") {
  json config = smollm2;
  config.erase("hidden_size");
  CHECK(contains(error_of([&] { parse(config); }), "hidden_size: expected a value, got none"));
  CHECK(contains(error_with(smollm2, {{"hidden_size", "576"}}), "hidden_size: expected an integer from 1"));
  CHECK(contains(error_with(smollm2, {{"hidden_size", 576.5}}), "got 576.5"));
  CHECK(contains(error_with(smollm2, {{"vocab_size", 0}}), "vocab_size"));
  CHECK(contains(error_with(smollm2, {{"vocab_size", -1}}), "got -1"));
  CHECK(contains(error_with(smollm2, {{"vocab_size", 18446744073709551615ull}}), "got 18446744073709551615"));
  CHECK(contains(error_with(smollm2, {{"num_hidden_layers", 1 << 20}}), "num_hidden_layers"));
  CHECK(contains(error_with(smollm2, {{"num_key_value_heads", 2}}), "a divisor of 9 heads, got 2"));
  CHECK(contains(error_with(smollm2, {{"num_attention_heads", 7}, {"num_key_value_heads", 7}}),
                 "a divisor of hidden_size"));
  CHECK(contains(error_with(smollm2, {{"head_dim", 63}}), "an even number, got 63"));
  CHECK(contains(error_with(smollm2, {{"rms_norm_eps", 0}}), "above 0"));
  CHECK(contains(error_with(smollm2, {{"tie_word_embeddings", 1}}), "true or false, got 1"));
  CHECK(contains(error_with(smollm2, {{"eos_token_id", "x"}}), "eos_token_id"));
  CHECK(contains(error_with(smollm2, {{"eos_token_id", {2, -1}}}), "eos_token_id"));
}

TEST_CASE("text that is no sound JSON is an error that names the file") {
  CHECK(contains(error_of([] { parse_model_config("{", "here.json"); }), "here.json: expected JSON"));
  CHECK(contains(error_of([] { parse_model_config("[]", "here.json"); }), "a JSON object"));
  CHECK(contains(error_of([] { parse_model_config(R"({"a":1,"a":2})", "here.json"); }), "\"a\" appears twice"));
  CHECK(contains(error_of([] { parse_model_config(std::string(100000, '['), "here.json"); }), "64 levels"));
}

TEST_CASE("end tokens are those of config.json and of generation_config.json, each once") {
  const TemporaryDirectory directory;
  write_file(directory / "config.json", smollm2.dump());
  CHECK(read_model_config(directory / "config.json").eos_tokens == std::vector<int64_t>{2});
  write_file(directory / "generation_config.json", R"({"eos_token_id": [7, 2]})");
  CHECK(read_model_config(directory / "config.json").eos_tokens == std::vector<int64_t>{2, 7});
  write_file(directory / "generation_config.json", R"({"eos_token_id": "x"})");
  CHECK(contains(error_of([&] { read_model_config(directory / "config.json"); }),
                 "generation_config.json: eos_token_id"));
}

TEST_CASE("a configuration that is saved keeps every key it had and gains both spellings") {
  const json saved = json::parse(to_config_json(parse(smollm2), "float32"));
  for (const auto& [key, value] : smollm2.items())
    if (key != "torch_dtype") CHECK(saved[key] == value);
  CHECK(saved["torch_dtype"] == "float32");
  CHECK(saved["dtype"] == "float32");
  CHECK(saved["rope_parameters"]["rope_theta"] == 100000);
  CHECK(saved["rope_parameters"]["rope_type"] == "default");
  CHECK(contains(to_config_json(parse(smollm2), "float32"), "\"rope_theta\": 100000,"));
  CHECK(contains(error_of([] { to_config_json(parse(smollm2), "float16"); }), "expected float32 or bfloat16"));
  const ModelConfig experts = parse(with(qwen3_moe, {{"num_experts", 96}, {"mlp_only_layers", {2}}}));
  const std::string text = to_config_json(experts, "bfloat16");
  CHECK(parse_model_config(text, "saved").experts == experts.experts);
  CHECK(json::parse(text)["num_local_experts"] == 96);
  CHECK(!json::parse(to_config_json(parse(qwen3), "float32")).contains("num_experts"));
  CHECK(json::parse(to_config_json(parse(gemma), "float32"))["hidden_act"] == "gelu_pytorch_tanh");
  ModelConfig exact = parse(gemma);
  exact.activation = Activation::gelu;
  CHECK(contains(error_of([&] { to_config_json(exact, "float32"); }), "expected silu or gelu_tanh of a Gemma"));
}

TEST_CASE("a configuration reads the same after it was saved") {
  const json llama3 = {{"rope_type", "llama3"},
                       {"factor", 8.0},
                       {"low_freq_factor", 1.0},
                       {"high_freq_factor", 4.0},
                       {"original_max_position_embeddings", 64}};
  const json linear = {{"type", "linear"}, {"factor", 2.0}};
  for (const json& source :
       {smollm2, qwen2, qwen3, with(smollm2, {{"rope_scaling", llama3}}), with(smollm2, {{"rope_scaling", linear}}),
        with(smollm2, {{"attention_bias", true}}), gemma, with(qwen3, {{"hidden_act", "gelu"}}),
        with(smollm2, {{"hidden_act", "gelu_pytorch_tanh"}})}) {
    ModelConfig before = parse(source);
    before.source_json.clear();  // what was not in the file must come from the fields alone
    const ModelConfig after = parse_model_config(to_config_json(before, "bfloat16"), "saved");
    CHECK(after.architecture == before.architecture);
    CHECK(after.head_dim == before.head_dim);
    CHECK(after.rope == before.rope);
    CHECK(after.eos_tokens == before.eos_tokens);
    CHECK(after.qkv_bias == before.qkv_bias);
    CHECK(after.output_bias == before.output_bias);
    CHECK(after.tied_embeddings == before.tied_embeddings);
    CHECK(after.scaled_embeddings == before.scaled_embeddings);
    CHECK(after.centred_norms == before.centred_norms);
    CHECK(after.activation == before.activation);
    CHECK(after.init_std == before.init_std);
    CHECK(after.norm_epsilon == before.norm_epsilon);
  }
}

}  // namespace cohort
