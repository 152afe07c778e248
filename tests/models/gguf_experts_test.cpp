// Experts in GGUF: stacked there, each by itself for whoever reads them.
#include <doctest/doctest.h>

#include <bit>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "src/models/dequantize.hpp"
#include "src/models/gguf.hpp"
#include "src/models/gguf_names.hpp"
#include "src/models/weight_source.hpp"
#include "tests/models/files.hpp"
#include "tests/models/mutations.hpp"

namespace cohort::models {
namespace {

using test::bytes_of;
using test::contains;
using test::error_of;
using test::GgufBuilder;
using test::read_file;
using test::TemporaryDirectory;
using test::write_file;

/// Three experts of 6 in each of two layers, of which a token goes to two.
nlohmann::json moe_config() {
  return {{"model_type", "qwen3_moe"},
          {"vocab_size", 5},
          {"hidden_size", 8},
          {"intermediate_size", 10},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 2},
          {"num_key_value_heads", 1},
          {"head_dim", 4},
          {"max_position_embeddings", 64},
          {"num_experts", 3},
          {"num_experts_per_tok", 2},
          {"moe_intermediate_size", 6},
          {"norm_topk_prob", true}};
}

/// Weights that differ from each other, as bfloat16 and as the same numbers in float32.
struct MoeModel {
  explicit MoeModel(const nlohmann::json& source = moe_config())
      : config(parse_model_config(source.dump(), "config.json")), weights(expected_weights(config)) {
    uint16_t next = 0x3000;
    for (const WeightInfo& weight : weights) {
      const auto count = std::accumulate(weight.shape.begin(), weight.shape.end(), int64_t{1}, std::multiplies<>());
      for (int64_t i = 0; i < count; ++i) {
        halves[weight.name].push_back(++next);
        floats[weight.name].push_back(std::bit_cast<float>(uint32_t{next} << 16));
      }
    }
  }

  std::vector<OutputTensor> tensors(bool is_bfloat16 = false) const {
    std::vector<OutputTensor> list;
    for (const WeightInfo& weight : weights)
      if (is_bfloat16)
        list.push_back({weight.name, "BF16", weight.shape, halves.at(weight.name).data()});
      else
        list.push_back({weight.name, "F32", weight.shape, floats.at(weight.name).data()});
    return list;
  }

  ModelConfig config;
  std::vector<WeightInfo> weights;
  std::map<std::string, std::vector<uint16_t>> halves;
  std::map<std::string, std::vector<float>> floats;
};

void write_moe(const TemporaryDirectory& directory, const ModelConfig& config,
               const std::vector<OutputTensor>& tensors) {
  write_file(directory / "tokenizer.json", R"({
    "added_tokens": [{"id": 0, "content": "<|end|>", "special": true, "normalized": false}], "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
    "model": {"type": "BPE", "vocab": {"a": 1, "b": 2}, "merges": []}})");
  write_gguf(directory / "x.gguf", config, tensors, directory.path());
}

/// A qwen3moe that `change` was at before its tensors were added.
template <typename Change>
GgufBuilder moe_file(Change change, const std::string& architecture = "qwen3moe") {
  GgufBuilder file;
  file.string("general.architecture", architecture);
  std::map<std::string, uint32_t> values = {{"context_length", 64},      {"embedding_length", 8},
                                            {"block_count", 1},          {"feed_forward_length", 10},
                                            {"attention.head_count", 2}, {"expert_count", 3},
                                            {"expert_used_count", 2},    {"expert_feed_forward_length", 6}};
  change(file, values);
  for (const auto& [key, value] : values) file.u32(architecture + "." + key, value);
  file.floats("token_embd.weight", {8, 5}, std::vector<float>(40));
  return file;
}

std::string error_of_weights(const GgufBuilder& file) {
  const TemporaryDirectory directory;
  write_file(directory / "x.gguf", file.build());
  return error_of([&] { check_weights(*open_weights(directory / "x.gguf")); });
}

}  // namespace

TEST_CASE("an expert is found in the tensor of its layer, and named there") {
  const auto expert = find_expert("model.layers.7.mlp.experts.12.up_proj.weight");
  REQUIRE(expert.has_value());
  CHECK(expert->stacked == "model.layers.7.mlp.experts.up_proj.weight");
  CHECK(expert->number == 12);
  CHECK(expert_name(expert->stacked, 12) == "model.layers.7.mlp.experts.12.up_proj.weight");
  CHECK(to_gguf_name(expert->stacked) == "blk.7.ffn_up_exps.weight");
  CHECK(to_gguf_name("model.layers.7.mlp.gate.weight") == "blk.7.ffn_gate_inp.weight");
  for (const char* name : {"model.layers.7.mlp.up_proj.weight", "model.layers.7.mlp.experts.up_proj.weight",
                           "model.layers.7.mlp.experts.01.up_proj.weight", "model.layers.7.mlp.experts.3"})
    CHECK_MESSAGE(!find_expert(name).has_value(), name);
}

TEST_CASE("a model of experts written as GGUF reads the same, each expert by itself") {
  const TemporaryDirectory directory;
  const MoeModel model;
  for (const bool is_bfloat16 : {false, true}) {
    CAPTURE(is_bfloat16);
    write_moe(directory, model.config, model.tensors(is_bfloat16));
    const auto source = open_weights(directory / "x.gguf");
    CHECK(error_of([&] { check_weights(*source); }) == "");
    CHECK(source->config().architecture == "Qwen3MoeForCausalLM");
    CHECK(source->config().experts == model.config.experts);
    CHECK(nlohmann::json::parse(source->config().source_json)["model_type"] == "qwen3_moe");
    for (const WeightInfo& weight : source->weights()) {
      CAPTURE(weight.name);
      const int64_t rows = weight.shape[0], columns = weight.shape.size() > 1 ? weight.shape[1] : 1;
      std::vector<float> values(static_cast<size_t>(rows * columns));
      source->read(weight, values.data());
      CHECK(values == model.floats.at(weight.name));
      if (columns == 1) continue;
      std::vector<float> last(static_cast<size_t>(columns));
      source->read(weight, {rows - 1, 1}, last.data());
      CHECK(std::equal(last.begin(), last.end(), values.end() - columns));
      std::vector<uint16_t> halves(values.size());
      const bool is_read = source->read_bfloat16(weight, halves.data());
      CHECK(is_read == (is_bfloat16 && !weight.name.ends_with("mlp.gate.weight")));
      if (is_read) CHECK(halves == model.halves.at(weight.name));
    }
  }
}

TEST_CASE("experts stand stacked in GGUF, in order whatever the order they come in, with a router in float32") {
  const TemporaryDirectory directory;
  const MoeModel model;
  auto tensors = model.tensors(true);
  std::ranges::reverse(tensors);
  write_moe(directory, model.config, tensors);
  const GgufFile file = GgufFile::open(directory / "x.gguf");
  CHECK(file.string("general.architecture") == "qwen3moe");
  CHECK(file.integer("qwen3moe.expert_count") == 3);
  CHECK(file.integer("qwen3moe.expert_used_count") == 2);
  CHECK(file.integer("qwen3moe.expert_feed_forward_length") == 6);
  CHECK(file.integer("qwen3moe.feed_forward_length") == 10);
  std::map<std::string, GgufTensor> found;
  for (const GgufTensor& tensor : file.tensors()) found[tensor.name] = tensor;
  CHECK(found.size() == 3 + 2 * 12);
  CHECK(found.at("blk.1.ffn_gate_exps.weight").dims == std::vector<int64_t>{8, 6, 3});
  CHECK(found.at("blk.1.ffn_up_exps.weight").dims == std::vector<int64_t>{8, 6, 3});
  CHECK(found.at("blk.1.ffn_down_exps.weight").dims == std::vector<int64_t>{6, 8, 3});
  CHECK(found.at("blk.1.ffn_gate_inp.weight").dims == std::vector<int64_t>{8, 3});
  CHECK(found.at("blk.1.ffn_gate_inp.weight").type == 0);
  std::vector<float> stacked(3 * 6 * 8), expected;
  file.read(found.at("blk.1.ffn_down_exps.weight"), stacked.data());
  for (int expert = 0; expert < 3; ++expert) {
    const auto& values = model.floats.at(fmt::format("model.layers.1.mlp.experts.{}.down_proj.weight", expert));
    expected.insert(expected.end(), values.begin(), values.end());
  }
  CHECK(stacked == expected);
}

TEST_CASE("one expert is still a stack") {
  const TemporaryDirectory directory;
  nlohmann::json source = moe_config();
  source["num_experts"] = source["num_experts_per_tok"] = 1;
  const MoeModel model(source);
  write_moe(directory, model.config, model.tensors());
  CHECK(error_of([&] { check_weights(*open_weights(directory / "x.gguf")); }) == "");
}

TEST_CASE("experts in blocks are read by themselves, and their rows too") {
  // Of Q4_1, Q8_0 and Q4_0: see tests/golden/README.md.
  const std::string folder = COHORT_SOURCE_DIR "/tests/golden/models/qwen3moe_gguf/";
  const auto source = open_weights(folder + "model.gguf");
  const auto golden = nlohmann::json::parse(read_file(folder + "expected.json"))["weights"];
  CHECK(error_of([&] { check_weights(*source); }) == "");
  int num_matrices = 0;
  for (const WeightInfo& weight : source->weights()) {
    if (!find_expert(weight.name)) continue;
    CAPTURE(weight.name);
    const int64_t rows = weight.shape[0], columns = weight.shape[1];
    std::vector<float> values(static_cast<size_t>(rows * columns)), middle(static_cast<size_t>(2 * columns));
    source->read(weight, values.data());
    const auto& [index, value] = std::pair(golden[weight.name]["index"], golden[weight.name]["value"]);
    for (size_t i = 0; i < index.size(); ++i) CHECK(values[index[i].get<size_t>()] == value[i].get<float>());
    source->read(weight, {rows / 2, 2}, middle.data());
    CHECK(std::equal(middle.begin(), middle.end(), values.begin() + rows / 2 * columns));
    ++num_matrices;
  }
  CHECK(num_matrices == 2 * 3 * 3);
}

TEST_CASE("experts that GGUF cannot describe are not written, and the error names the key") {
  const TemporaryDirectory directory;
  const auto error_with = [&](const nlohmann::json& change) {
    nlohmann::json source = moe_config();
    source.update(change);
    const MoeModel model(source);
    return error_of([&] { write_moe(directory, model.config, model.tensors()); });
  };
  CHECK(error_with(nlohmann::json::object()) == "");
  std::filesystem::remove(directory / "x.gguf");
  CHECK(contains(error_with({{"norm_topk_prob", false}}), "norm_topk_prob: expected true"));
  CHECK(contains(error_with({{"decoder_sparse_step", 2}}), "decoder_sparse_step: expected 1"));
  CHECK(contains(error_with({{"mlp_only_layers", {1}}}), "mlp_only_layers: expected none"));
  CHECK(!std::filesystem::exists(directory / "x.gguf"));
}

TEST_CASE("a stack is not written without an expert, with one too many, or in two types") {
  const TemporaryDirectory directory;
  const MoeModel model;
  const std::string name = "model.layers.1.mlp.experts.2.up_proj.weight";
  const auto error_of_tensors = [&](auto change) {
    auto tensors = model.tensors();
    change(tensors);
    return error_of([&] { write_moe(directory, model.config, tensors); });
  };
  CHECK(contains(error_of_tensors([&](auto& tensors) {
                   std::erase_if(tensors, [&](const OutputTensor& tensor) { return tensor.name == name; });
                 }),
                 name + ": expected it among the tensors"));
  CHECK(contains(error_of_tensors([&](auto& tensors) {
                   tensors.push_back(tensors.back());
                   tensors.back().name = "model.layers.1.mlp.experts.3.up_proj.weight";
                 }),
                 "experts.3.up_proj.weight: expected the name of a weight that a Qwen3MoeForCausalLM has"));
  CHECK(contains(error_of_tensors([&](auto& tensors) {
                   for (OutputTensor& tensor : tensors)
                     if (tensor.name == name) tensor = {name, "BF16", tensor.shape, model.halves.at(name).data()};
                 }),
                 name + ": dtype: expected that of model.layers.1.mlp.experts.0.up_proj.weight, F32, got BF16"));
  CHECK(!std::filesystem::exists(directory / "x.gguf"));
}

TEST_CASE("metadata of experts that cohort does not have is refused by its key") {
  using Values = std::map<std::string, uint32_t>;
  const auto error_with = [](auto change) {
    const TemporaryDirectory directory;
    write_file(directory / "x.gguf", moe_file(change).build());
    return error_of([&] { open_weights(directory / "x.gguf"); });
  };
  const auto error_of_value = [&](const std::string& key, uint32_t value) {
    return error_with([&](GgufBuilder&, Values& values) { values[key] = value; });
  };
  CHECK(error_with([](GgufBuilder&, Values&) {}) == "");
  CHECK(error_of_value("expert_gating_func", 1) == "");
  for (const char* key : {"expert_shared_count", "expert_shared_feed_forward_length", "leading_dense_block_count"})
    CHECK(contains(error_of_value(key, 4), fmt::format("qwen3moe.{}: expected none, got 4", key)));
  CHECK(contains(error_of_value("expert_gating_func", 2), "qwen3moe.expert_gating_func: expected 1, got 2"));
  CHECK(contains(error_of_value("expert_group_count", 3), "qwen3moe.expert_group_count: expected at most 1, got 3"));
  const auto error_of_norm = [&](uint8_t norm) {
    return error_with(
        [&](GgufBuilder& file, Values&) { file.value("qwen3moe.expert_weights_norm", 7, bytes_of(norm)); });
  };
  CHECK(error_of_norm(1) == "");
  CHECK(contains(error_of_norm(0), "qwen3moe.expert_weights_norm: expected 1, got 0"));
  const auto error_of_scale = [&](float scale) {
    return error_with([&](GgufBuilder& file, Values&) { file.f32("qwen3moe.expert_weights_scale", scale); });
  };
  CHECK(error_of_scale(1) == "");
  CHECK(contains(error_of_scale(2.5f), "qwen3moe.expert_weights_scale: expected 1, got 2.5"));
  for (const char* key : {"expert_count", "expert_used_count", "expert_feed_forward_length", "feed_forward_length"})
    CHECK(contains(error_with([&](GgufBuilder&, Values& values) { values.erase(key); }),
                   fmt::format("qwen3moe.{}: expected a value, got none", key)));
  CHECK(contains(error_of_value("expert_count", 0), "num_experts: expected an integer from 1"));
  CHECK(contains(error_of_value("expert_count", ~0u), "num_experts: expected an integer from 1"));
  CHECK(
      contains(error_of_value("expert_used_count", 4), "num_experts_per_tok: expected an integer from 1 to 3, got 4"));
  CHECK(contains(error_of_value("expert_feed_forward_length", 0), "moe_intermediate_size: expected an integer"));
}

TEST_CASE("a stack of other dimensions than the metadata's is refused, and one of no layer is unexpected") {
  const auto error_of_dims = [](const std::string& name, const std::vector<int64_t>& dims) {
    GgufBuilder file = moe_file([](GgufBuilder&, auto&) {});
    const auto count = std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
    file.floats(name, dims, std::vector<float>(static_cast<size_t>(count)));
    return error_of_weights(file);
  };
  const std::string gate = "blk.0.ffn_gate_exps.weight", expected = gate + ": expected the dimensions [8, 6, 3], got ";
  CHECK(contains(error_of_dims(gate, {8, 6}), expected + "[8, 6]"));
  CHECK(contains(error_of_dims(gate, {8, 6, 3, 1}), expected + "[8, 6, 3, 1]"));
  CHECK(contains(error_of_dims(gate, {8, 6, 4}), expected + "[8, 6, 4]"));
  CHECK(contains(error_of_dims(gate, {6, 8, 3}), expected + "[6, 8, 3]"));
  CHECK(contains(error_of_dims("blk.0.ffn_down_exps.weight", {8, 6, 3}), "[6, 8, 3], got [8, 6, 3]"));
  CHECK(contains(error_of_dims("blk.0.ffn_gate_inp.weight", {8, 4}), "mlp.gate.weight (expected [3, 8], got [4, 8])"));
  // The model has one layer, and no bias.
  const std::string unexpected = "unexpected: model.layers.";
  CHECK(
      contains(error_of_dims("blk.1.ffn_gate_exps.weight", {8, 6, 3}), unexpected + "1.mlp.experts.gate_proj.weight"));
  CHECK(contains(error_of_dims("blk.0.ffn_gate_exps.bias", {6, 3}), unexpected + "0.mlp.experts.gate_proj.bias"));
  CHECK(contains(error_of_dims("x.mlp.experts.0.weight", {2}), "unexpected: x.mlp.experts.0.weight"));
}

TEST_CASE("an expert that stands in a stack and by itself is refused") {
  GgufBuilder file = moe_file([](GgufBuilder&, auto&) {});
  file.floats("model.layers.0.mlp.experts.2.gate_proj.weight", {8, 6}, std::vector<float>(48));
  file.floats("blk.0.ffn_gate_exps.weight", {8, 6, 3}, std::vector<float>(144));
  CHECK(contains(error_of_weights(file),
                 "blk.0.ffn_gate_exps.weight: expected one tensor that becomes "
                 "model.layers.0.mlp.experts.2.gate_proj.weight"));
}

TEST_CASE("experts in a file of another architecture are refused") {
  const GgufBuilder file = moe_file([](GgufBuilder&, auto&) {}, "qwen3");
  CHECK(contains(error_of_weights(file), "qwen3.expert_count: expected none, got 3"));
}

TEST_CASE("random changes of the bytes of a model of experts are refused or read, and nothing else") {
  const TemporaryDirectory directory;
  const MoeModel model;
  write_moe(directory, model.config, model.tensors());
  test::read_changed_gguf(read_file(directory / "x.gguf"), 1000, 3, 3000);
}

}  // namespace cohort::models
