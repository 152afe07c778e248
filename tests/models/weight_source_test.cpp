#include "src/models/weight_source.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "src/models/gguf.hpp"
#include "src/models/gguf_config.hpp"
#include "src/models/gguf_names.hpp"
#include "tests/models/files.hpp"
#include "tests/models/mutations.hpp"

namespace cohort::models {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::bytes_of;
using test::contains;
using test::error_of;
using test::GgufBuilder;
using test::read_file;
using test::TemporaryDirectory;
using test::write_file;

json small_config(const std::string& model_type = "llama") {
  json config = {{"model_type", model_type},
                 {"vocab_size", 300},
                 {"hidden_size", 8},
                 {"intermediate_size", 12},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 2},
                 {"num_key_value_heads", 1},
                 {"head_dim", 8},
                 {"max_position_embeddings", 64},
                 {"rms_norm_eps", 1e-5},
                 {"tie_word_embeddings", true},
                 {"rope_theta", 10000.0},
                 {"eos_token_id", 2}};
  if (model_type == "qwen3_moe")
    config.update(
        {{"num_experts", 3}, {"num_experts_per_tok", 2}, {"moe_intermediate_size", 6}, {"norm_topk_prob", true}});
  return config;
}

/// A model of random weights, and the tensors that write it.
struct Model {
  explicit Model(const json& source) : config(parse_model_config(source.dump(), "config.json")) {
    std::mt19937 random(1);
    for (const WeightInfo& weight : expected_weights(config)) {
      int64_t count = 1;
      for (const int64_t size : weight.shape) count *= size;
      std::vector<float>& data = values[weight.name];
      // Numbers that bfloat16 holds.
      for (int64_t i = 0; i < count; ++i)
        data.push_back(static_cast<float>(static_cast<int>(random() % 255) - 127) / 64);
      shapes[weight.name] = weight.shape;
    }
  }

  std::vector<OutputTensor> tensors() const {
    std::vector<OutputTensor> list;
    for (const auto& [name, data] : values) list.push_back({name, "F32", shapes.at(name), data.data()});
    return list;
  }

  void write(const fs::path& directory) const {
    write_file(directory / "config.json", config.source_json);
    write_safetensors(directory / "model.safetensors", tensors());
  }

  ModelConfig config;
  std::map<std::string, std::vector<float>> values;
  std::map<std::string, std::vector<int64_t>> shapes;
};

void check_equal(const WeightSource& source, const Model& model) {
  CHECK(error_of([&] { check_weights(source); }) == "");
  for (const WeightInfo& weight : source.weights()) {
    const std::vector<float>& expected = model.values.at(weight.name);
    std::vector<float> values(expected.size());
    source.read(weight, values.data());
    CHECK_MESSAGE(values == expected, weight.name);
    if (weight.shape.size() < 2) continue;
    // The same by rows, cut between heads.
    const int64_t rows = weight.shape[0], cut = rows / 2 / model.config.head_dim * model.config.head_dim;
    std::vector<float> pieces(expected.size());
    source.read(weight, {0, cut}, pieces.data());
    source.read(weight, {cut, rows - cut}, pieces.data() + cut * weight.shape[1]);
    CHECK_MESSAGE(pieces == expected, weight.name);
  }
}

void write_tokenizer(const fs::path& directory, const json& pre_tokenizer, bool byte_fallback = false) {
  json vocab, merges = json::array();
  for (int id = 3; id < 259; ++id) vocab[fmt::format("<{}>", id)] = id;
  for (const auto& [text, id] : std::map<std::string, int>{{"a", 259}, {"b", 260}, {"ab", 261}, {"aab", 262}})
    vocab[text] = id;
  merges.push_back({"a", "b"});
  merges.push_back("a ab");
  const auto special = [](int id, const std::string& text, bool is_special) {
    return json{{"id", id}, {"content", text}, {"special", is_special}, {"normalized", false}};
  };
  const json tokenizer = {
      {"added_tokens",
       {special(0, "<|end|>", true), special(1, "<|im_start|>", true), special(2, "<|im_end|>", true),
        special(263, "<tool>", false)}},
      {"normalizer", nullptr},
      {"pre_tokenizer", pre_tokenizer},
      {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}, {"byte_fallback", byte_fallback}}}};
  write_file(directory / "tokenizer.json", tokenizer.dump());
  write_file(
      directory / "tokenizer_config.json",
      json{{"eos_token", "<|im_end|>"}, {"pad_token", {{"content", "<|end|>"}}}, {"chat_template", "{{ x }}"}}.dump());
}

const json byte_level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
const json smollm = {{"type", "Sequence"},
                     {"pretokenizers", {{{"type", "Digits"}, {"individual_digits", true}}, byte_level}}};

}  // namespace

TEST_CASE("a directory is read as it was written") {
  const TemporaryDirectory directory;
  for (const char* family : {"llama", "qwen2", "qwen3", "qwen3_moe"}) {
    const Model model(small_config(family));
    model.write(directory.path());
    check_equal(*open_weights(directory.path()), model);
  }
}

TEST_CASE("tensors of all experts are read as those of each") {
  const TemporaryDirectory directory;
  const Model model(small_config("qwen3_moe"));
  std::map<std::string, std::vector<float>> fused;
  std::vector<OutputTensor> tensors;
  for (const OutputTensor& tensor : model.tensors()) {
    if (tensor.name.find(".experts.") == std::string::npos) tensors.push_back(tensor);
  }
  for (const std::string prefix : {"model.layers.0.mlp.experts.", "model.layers.1.mlp.experts."})
    for (const std::string expert : {"0.", "1.", "2."})
      for (const std::string part : {"gate", "up", "down"}) {
        const std::vector<float>& values = model.values.at(prefix + expert + part + "_proj.weight");
        std::vector<float>& all = fused[prefix + (part == "down" ? "down_proj" : "gate_up_proj")];
        all.insert(all.end(), values.begin(), values.end());
      }
  for (const auto& [name, values] : fused) {
    const bool is_down = name.ends_with("down_proj");
    tensors.push_back(
        {name, "F32", is_down ? std::vector<int64_t>{3, 8, 6} : std::vector<int64_t>{3, 12, 8}, values.data()});
  }
  model.write(directory.path());
  const auto error_of_tensors = [&](const std::vector<OutputTensor>& written) {
    write_safetensors(directory.path() / "model.safetensors", written);
    return error_of([&] { check_weights(*open_weights(directory.path())); });
  };
  CHECK(error_of_tensors(tensors) == "");
  check_equal(*open_weights(directory.path()), model);

  // Sizes that are not those of the configuration, and experts that are there twice.
  auto wrong = tensors;
  wrong.back().shape = {4, 12, 6};
  CHECK(contains(error_of_tensors(wrong), "unexpected: " + wrong.back().name));
  wrong.back().shape = {3, 6, 16};
  CHECK(contains(error_of_tensors(wrong), "unexpected: " + wrong.back().name));
  wrong.back() = tensors.back();
  wrong.back().name = "model.layers.2.mlp.experts.gate_up_proj";
  CHECK(contains(error_of_tensors(wrong), "unexpected: " + wrong.back().name));
  for (const OutputTensor& tensor : model.tensors())
    if (tensor.name == "model.layers.1.mlp.experts.2.up_proj.weight") tensors.push_back(tensor);
  CHECK(contains(error_of_tensors(tensors), "up_proj.weight: expected it once"));
}

TEST_CASE("tensors of all experts are unexpected where there are none, also empty ones") {
  const TemporaryDirectory directory;
  const Model model(small_config());
  model.write(directory.path());
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{0, 2, 1}, {4096, 2, 0}, {0, 0, 0}}) {
    auto tensors = model.tensors();
    tensors.push_back({"model.layers.0.mlp.experts.gate_up_proj", "F32", shape, tensors.front().data});
    write_safetensors(directory.path() / "model.safetensors", tensors);
    CHECK(contains(error_of([&] { check_weights(*open_weights(directory.path())); }),
                   "unexpected: model.layers.0.mlp.experts.gate_up_proj"));
  }
}

TEST_CASE("a file of bfloat16 numbers gives their bits, any other says that it has none") {
  const TemporaryDirectory directory;
  const Model model(small_config());
  std::map<std::string, std::vector<uint16_t>> bits;
  std::vector<OutputTensor> tensors;
  for (const auto& [name, data] : model.values) {
    for (const float value : data) bits[name].push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16));
    tensors.push_back({name, "BF16", model.shapes.at(name), bits[name].data()});
  }
  model.write(directory.path());
  write_tokenizer(directory.path(), byte_level);
  const fs::path gguf = directory.path() / "model.gguf";
  write_gguf(gguf, model.config, tensors, directory.path());
  std::vector<uint16_t> read(bits.at("model.embed_tokens.weight").size());
  const WeightInfo embedding = expected_weights(model.config).front();
  CHECK(!open_weights(directory.path())->read_bfloat16(embedding, read.data()));

  write_safetensors(directory.path() / "model.safetensors", tensors);
  int num_matrices = 0;
  for (const fs::path& checkpoint : {directory.path(), gguf}) {
    const auto source = open_weights(checkpoint);
    check_equal(*source, model);
    for (const WeightInfo& weight : source->weights()) {
      read.assign(bits.at(weight.name).size(), 0);
      const bool is_read = source->read_bfloat16(weight, read.data());
      if (weight.shape.size() < 2 && !is_read) continue;  // GGUF keeps vectors in float32
      CHECK_MESSAGE(is_read, weight.name);
      CHECK_MESSAGE(read == bits.at(weight.name), weight.name);
      num_matrices += weight.shape.size() == 2;
    }
  }
  CHECK(num_matrices == 2 * (1 + 2 * 7));
}

TEST_CASE("Qwen2 expects biases, Qwen3 norms of q and k, and an untied model a head") {
  const auto has = [](const json& config, const std::string& name) {
    const auto weights = expected_weights(parse_model_config(config.dump(), "config.json"));
    return std::any_of(weights.begin(), weights.end(), [&](const WeightInfo& weight) { return weight.name == name; });
  };
  CHECK(has(small_config("qwen2"), "model.layers.1.self_attn.k_proj.bias"));
  CHECK(!has(small_config("qwen2"), "model.layers.1.self_attn.o_proj.bias"));
  CHECK(has(small_config("qwen3"), "model.layers.0.self_attn.q_norm.weight"));
  CHECK(!has(small_config("llama"), "lm_head.weight"));
  json untied = small_config();
  untied["tie_word_embeddings"] = false;
  CHECK(has(untied, "lm_head.weight"));
}

TEST_CASE("everything that is missing, unexpected or of another shape is in one message") {
  const TemporaryDirectory directory;
  Model model(small_config());
  const float zero[12] = {};
  auto tensors = model.tensors();
  std::erase_if(tensors, [](const OutputTensor& tensor) { return tensor.name == "model.norm.weight"; });
  for (OutputTensor& tensor : tensors)
    if (tensor.name == "model.layers.1.input_layernorm.weight") tensor.shape = {4, 2};
  tensors.push_back({"model.extra", "F32", {1}, zero});
  tensors.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", "F32", {4}, zero});
  write_file(directory / "config.json", model.config.source_json);
  write_safetensors(directory / "model.safetensors", tensors);
  const std::string error = error_of([&] { check_weights(*open_weights(directory.path())); });
  CHECK(contains(error, "missing: model.norm.weight;"));
  CHECK(contains(error, "unexpected: model.extra;"));
  CHECK(contains(error, "model.layers.1.input_layernorm.weight (expected [8], got [4, 2])"));
  CHECK(!contains(error, "inv_freq"));
}

TEST_CASE("a tied head that is stored again is accepted if it is equal") {
  const TemporaryDirectory directory;
  Model model(small_config());
  auto tensors = model.tensors();
  std::vector<float> head = model.values.at("model.embed_tokens.weight");
  tensors.push_back({"lm_head.weight", "F32", {300, 8}, head.data()});
  write_file(directory / "config.json", model.config.source_json);
  write_safetensors(directory / "model.safetensors", tensors);
  check_equal(*open_weights(directory.path()), model);
  head.back() += 1;
  write_safetensors(directory / "model.safetensors", tensors);
  CHECK(contains(error_of([&] { check_weights(*open_weights(directory.path())); }), "lm_head.weight (differs from"));
}

TEST_CASE("shards are read through their index, and a wrong index is refused") {
  const TemporaryDirectory directory;
  const Model model(small_config());
  const auto tensors = model.tensors();
  const std::vector<OutputTensor> first(tensors.begin(), tensors.begin() + 5),
      second(tensors.begin() + 5, tensors.end());
  write_file(directory / "config.json", model.config.source_json);
  write_safetensors(directory / "one.safetensors", first);
  write_safetensors(directory / "two.safetensors", second);
  json map;
  for (const OutputTensor& tensor : first) map[tensor.name] = "one.safetensors";
  for (const OutputTensor& tensor : second) map[tensor.name] = "two.safetensors";
  const auto error_of_map = [&](const json& weight_map) {
    write_file(directory / "model.safetensors.index.json", json{{"weight_map", weight_map}}.dump());
    return error_of([&] { check_weights(*open_weights(directory.path())); });
  };
  CHECK(error_of_map(map) == "");
  check_equal(*open_weights(directory.path()), model);
  const std::string name = first[0].name;
  for (const char* bad : {"../one.safetensors", "/etc/passwd", "..", ""}) {
    map[name] = bad;
    CHECK(contains(error_of_map(map), "expected the name of a file"));
  }
  map[name] = "two.safetensors";
  CHECK(contains(error_of_map(map), "which does not have it"));
  map[name] = "three.safetensors";
  CHECK(contains(error_of_map(map), "three.safetensors: cannot be opened"));
  write_safetensors(directory / "two.safetensors", tensors);
  map[name] = "one.safetensors";
  CHECK(contains(error_of_map(map), "expected it in one file"));
  CHECK(contains(error_of_map(json::array()), "weight_map: expected an object"));
}

TEST_CASE("a directory without safetensors is refused, and a pickle by its name") {
  const TemporaryDirectory directory;
  write_file(directory / "config.json", small_config().dump());
  CHECK(contains(error_of([&] { open_weights(directory.path()); }), "expected model.safetensors"));
  write_file(directory / "pytorch_model.bin", "x");
  CHECK(contains(error_of([&] { open_weights(directory.path()); }), "a pickle can run code"));
  CHECK(contains(error_of([&] { open_weights(directory / "none"); }), "got nothing"));
  CHECK(contains(error_of([&] { open_weights(directory / "config.json"); }), "a directory or a .gguf file"));
}

TEST_CASE("names of GGUF and of Hugging Face translate both ways") {
  for (const char* family : {"llama", "qwen2", "qwen3", "gemma"})
    for (const WeightInfo& weight : expected_weights(Model(small_config(family)).config)) {
      const auto name = to_gguf_name(weight.name);
      REQUIRE_MESSAGE(name.has_value(), weight.name);
      CHECK(to_hugging_face_name(*name) == weight.name);
    }
  CHECK(to_gguf_name("model.layers.12.mlp.down_proj.weight") == "blk.12.ffn_down.weight");
  for (const char* name :
       {"blk.00.attn_q.weight", "blk..attn_q.weight", "blk.0.weight", "blk.0.attn_q.scale", "blk.", "x"})
    CHECK(!to_hugging_face_name(name).has_value());
}

TEST_CASE("a row of a Llama's q in GGUF holds one of a pair that RoPE turns") {
  // Head of 6: rows 0 and 1 of the file are the pair (0, 3) of the halves.
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < 12; ++row) rows.push_back(hugging_face_row(row, 6));
  CHECK(rows == std::vector<int64_t>{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11});
}

TEST_CASE("a model written as GGUF reads the same, for each family and kind of RoPE") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), smollm);
  const json llama3 = {{"rope_type", "llama3"},
                       {"factor", 8.0},
                       {"low_freq_factor", 1.0},
                       {"high_freq_factor", 4.0},
                       {"original_max_position_embeddings", 16}};
  std::vector<json> configs = {small_config("llama"), small_config("qwen2"), small_config("qwen3"),
                               small_config("llama"), small_config("llama"), small_config("llama"),
                               small_config("gemma")};
  configs[3]["tie_word_embeddings"] = false;
  configs[3]["attention_bias"] = true;
  configs[4]["rope_scaling"] = {{"type", "linear"}, {"factor", 4.0}};
  configs[5]["rope_scaling"] = llama3;
  for (const json& source : configs) {
    const Model model(source);
    write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path());
    const auto opened = open_weights(directory / "x.gguf");
    check_equal(*opened, model);
    CHECK(opened->config().rope == model.config.rope);
    CHECK(opened->config().norm_epsilon == model.config.norm_epsilon);
    CHECK(opened->config().architecture == model.config.architecture);
    CHECK(opened->config().tied_embeddings == model.config.tied_embeddings);
    CHECK(opened->config().activation == model.config.activation);
    CHECK(opened->config().eos_tokens == std::vector<int64_t>{2});
    CHECK(opened->config().max_position == 64);
  }
}

TEST_CASE("the config.json of a GGUF file is complete and reads the same") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), smollm);
  const Model model(small_config());
  write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path());
  const ModelConfig config = open_weights(directory / "x.gguf")->config();
  const json saved = json::parse(config.source_json);
  for (const char* key : {"architectures", "model_type", "vocab_size", "hidden_size", "rope_theta", "rope_parameters",
                          "torch_dtype", "dtype", "hidden_act", "eos_token_id", "tie_word_embeddings"})
    CHECK_MESSAGE(saved.contains(key), key);
  CHECK(parse_model_config(config.source_json, "x").rope == config.rope);
}

TEST_CASE("a Gemma's norms stand in GGUF with the 1 that its other files leave out") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), smollm);
  const Model model(small_config("gemma"));
  write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path());
  const GgufFile file = GgufFile::open(directory / "x.gguf");
  int64_t num_norms = 0;
  for (const GgufTensor& tensor : file.tensors()) {
    if (!tensor.name.ends_with("norm.weight")) continue;
    std::vector<float> stored(8), expected = model.values.at(*to_hugging_face_name(tensor.name));
    file.read(tensor, stored.data());
    for (float& value : expected) value += 1;
    CHECK_MESSAGE(stored == expected, tensor.name);
    ++num_norms;
  }
  CHECK(num_norms == 5);
}

TEST_CASE("GGUF takes a family's own activation and no other, for it cannot say which") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), smollm);
  for (const auto& [family, activation] :
       {std::pair{"llama", "gelu"}, {"qwen3", "gelu_pytorch_tanh"}, {"gemma", "silu"}}) {
    json source = small_config(family);
    source["hidden_act"] = activation;
    const Model model(source);
    CHECK(contains(error_of([&] { write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path()); }),
                   "hidden_act: expected that of every " + model.config.architecture));
    CHECK(!fs::exists(directory / "x.gguf"));
  }
}

TEST_CASE("bfloat16 matrices stay bfloat16 in GGUF, and norms become float32") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), smollm);
  for (const char* family : {"llama", "gemma"}) {
    const Model model(small_config(family));
    std::map<std::string, std::vector<uint16_t>> halves;
    std::vector<OutputTensor> tensors;
    for (const auto& [name, data] : model.values) {
      for (const float value : data)
        halves[name].push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16));
      tensors.push_back({name, "BF16", model.shapes.at(name), halves[name].data()});
    }
    write_gguf(directory / "x.gguf", model.config, tensors, directory.path());
    check_equal(*open_weights(directory / "x.gguf"), model);
    const GgufFile file = GgufFile::open(directory / "x.gguf");
    for (const GgufTensor& tensor : file.tensors()) CHECK(tensor.type == (tensor.dims.size() == 1 ? 0u : 30u));
  }
}

TEST_CASE("a tokenizer.json becomes metadata, padded to the size of the model") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), smollm);
  const Model model(small_config());
  write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path());
  const GgufFile file = GgufFile::open(directory / "x.gguf");
  const auto tokens = file.strings("tokenizer.ggml.tokens").value();
  const auto types = file.integers("tokenizer.ggml.token_type").value();
  REQUIRE(tokens.size() == 300);
  CHECK(tokens[2] == "<|im_end|>");
  CHECK(types[2] == 3);
  CHECK(tokens[261] == "ab");
  CHECK(types[261] == 1);
  CHECK(types[263] == 4);
  CHECK(tokens[299] == "[PAD299]");
  CHECK(types[299] == 5);
  CHECK(file.string("tokenizer.ggml.model") == "gpt2");
  CHECK(file.string("tokenizer.ggml.pre") == "smollm");
  CHECK(file.strings("tokenizer.ggml.merges") == std::vector<std::string>{"a b", "a ab"});
  CHECK(file.integer("tokenizer.ggml.eos_token_id") == 2);
  CHECK(file.integer("tokenizer.ggml.padding_token_id") == 0);
  CHECK(file.boolean("tokenizer.ggml.add_bos_token") == false);
  CHECK(file.string("tokenizer.chat_template") == "{{ x }}");
}

TEST_CASE("each pipeline gets llama.cpp's name, and an unknown one is refused") {
  const TemporaryDirectory directory;
  const Model model(small_config());
  const auto pre_of = [&](const json& pre_tokenizer) {
    write_tokenizer(directory.path(), pre_tokenizer);
    write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path());
    return GgufFile::open(directory / "x.gguf").string("tokenizer.ggml.pre").value();
  };
  json no_regex = byte_level;
  no_regex["use_regex"] = false;
  const std::string qwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const json split = {{"type", "Split"}, {"pattern", {{"Regex", qwen2}}}, {"behavior", "Isolated"}, {"invert", false}};
  CHECK(pre_of(byte_level) == "gpt-2");
  CHECK(pre_of({{"type", "Sequence"}, {"pretokenizers", {split, no_regex}}}) == "qwen2");
  CHECK(contains(error_of([&] { pre_of({{"type", "Whitespace"}}); }), "expected that of GPT-2"));
  CHECK(contains(error_of([&] { pre_of(no_regex); }), "expected that of GPT-2"));
}

TEST_CASE("the pieces of a SentencePiece tokenizer are scored in the order of their merges") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), nullptr, true);
  const Model model(small_config());
  write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path());
  const GgufFile file = GgufFile::open(directory / "x.gguf");
  CHECK(file.string("tokenizer.ggml.model") == "llama");
  const auto scores = file.reals("tokenizer.ggml.scores").value();
  CHECK(scores[261] > scores[262]);  // "ab" is merged before "aab"
  CHECK(scores[262] > scores[259]);
}

TEST_CASE("a SentencePiece tokenizer that puts no space in front says so in GGUF, and another needs no key") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), nullptr, true);
  const Model model(small_config("gemma"));
  const json plain = json::parse(read_file(directory / "tokenizer.json"));
  const auto key_with = [&](const json& change) {
    json tokenizer = plain;
    tokenizer.update(change);
    write_file(directory / "tokenizer.json", tokenizer.dump());
    write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path());
    return GgufFile::open(directory / "x.gguf").boolean("tokenizer.ggml.add_space_prefix");
  };
  const json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}};
  const json prepend = {{"type", "Prepend"}, {"prepend", "▁"}};
  CHECK(key_with({{"normalizer", replace}}) == false);  // Gemma's
  CHECK(!key_with({{"normalizer", {{"type", "Sequence"}, {"normalizers", {prepend, replace}}}}}).has_value());
  CHECK(!key_with({{"pre_tokenizer", {{"type", "Metaspace"}, {"prepend_scheme", "always"}}}}).has_value());
  CHECK(key_with({{"pre_tokenizer", {{"type", "Metaspace"}, {"prepend_scheme", "never"}}}}) == false);
}

TEST_CASE("a GGUF file is not written without a weight, with a wrong shape or a small vocabulary") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), smollm);
  const Model model(small_config());
  const auto error_of_tensors = [&](const std::vector<OutputTensor>& tensors) {
    return error_of([&] { write_gguf(directory / "x.gguf", model.config, tensors, directory.path()); });
  };
  auto tensors = model.tensors();
  tensors.pop_back();
  CHECK(contains(error_of_tensors(tensors), "expected it among the tensors"));
  tensors = model.tensors();
  tensors[0].shape = {8, 300};
  CHECK(contains(error_of_tensors(tensors), "expected the shape [300, 8]"));
  json few = small_config();
  few["vocab_size"] = 200;
  const Model small(few);
  CHECK(contains(error_of([&] { write_gguf(directory / "x.gguf", small.config, small.tensors(), directory.path()); }),
                 "below the model's vocab_size 200"));
  CHECK(!fs::exists(directory / "x.gguf"));
  CHECK(!fs::exists(directory / "x.gguf.tmp"));
}

TEST_CASE("GGUF metadata that cohort does not have is refused by its key") {
  const TemporaryDirectory directory;
  const auto error_of_file = [&](auto change) {
    GgufBuilder file;
    file.string("general.architecture", "llama");
    for (const auto& [key, value] : std::map<std::string, uint32_t>{{"context_length", 64},
                                                                    {"embedding_length", 8},
                                                                    {"block_count", 2},
                                                                    {"feed_forward_length", 12},
                                                                    {"attention.head_count", 2}})
      file.u32("llama." + key, value);
    change(file);
    file.floats("token_embd.weight", {8, 4}, std::vector<float>(32));
    write_file(directory / "x.gguf", file.build());
    return error_of([&] { open_weights(directory / "x.gguf"); });
  };
  CHECK(error_of_file([](GgufBuilder&) {}) == "");
  CHECK(contains(error_of_file([](GgufBuilder& file) { file.u32("split.count", 2); }), "split.count"));
  CHECK(contains(error_of_file([](GgufBuilder& file) { file.u32("llama.expert_count", 8); }), "llama.expert_count"));
  CHECK(contains(error_of_file([](GgufBuilder& file) { file.string("llama.rope.scaling.type", "yarn"); }), "\"yarn\""));
  CHECK(contains(error_of_file([](GgufBuilder& file) { file.u32("llama.rope.dimension_count", 2); }),
                 "expected 4, got 2"));
  CHECK(
      contains(error_of_file([](GgufBuilder& file) { file.u32("llama.attention.value_length", 8); }), "value_length"));
  CHECK(contains(
      error_of_file([](GgufBuilder& file) { file.keys[0] = GgufBuilder::text("x") + bytes_of<uint32_t>(0) + "x"; }),
      "general.architecture: expected a value"));
  CHECK(contains(error_of_file([](GgufBuilder& file) { file.keys.erase(file.keys.begin() + 1); }),
                 "expected a value, got none"));
  CHECK(contains(error_of_file([](GgufBuilder& file) {
                   file.floats("rope_freqs.weight", {2}, {1, 3});
                 }),
                 "the divisors of llama3"));
}

TEST_CASE("the end of a turn is an end token, whatever the metadata calls the end") {
  const TemporaryDirectory directory;
  GgufBuilder file;
  file.string("general.architecture", "llama");
  for (const char* key : {"context_length", "embedding_length", "block_count", "feed_forward_length"})
    file.u32(std::string("llama.") + key, 4);
  file.u32("llama.attention.head_count", 1);
  file.u32("tokenizer.ggml.eos_token_id", 0);
  file.value("tokenizer.ggml.tokens", 9,
             bytes_of<uint32_t>(8) + bytes_of<uint64_t>(3) + GgufBuilder::text("<|endoftext|>") +
                 GgufBuilder::text("a") + GgufBuilder::text("<|im_end|>"));
  file.value("tokenizer.ggml.token_type", 9,
             bytes_of<uint32_t>(5) + bytes_of<uint64_t>(3) + bytes_of(std::vector<int32_t>{3, 1, 3}));
  file.floats("token_embd.weight", {4, 3}, std::vector<float>(12));
  write_file(directory / "x.gguf", file.build());
  CHECK(open_weights(directory / "x.gguf")->config().eos_tokens == std::vector<int64_t>{0, 2});
}

TEST_CASE("random changes of the bytes of a model are refused or read, and nothing else") {
  const TemporaryDirectory directory;
  write_tokenizer(directory.path(), smollm);
  const Model model(small_config());
  write_gguf(directory / "x.gguf", model.config, model.tensors(), directory.path());
  test::read_changed_gguf(read_file(directory / "x.gguf"), 400, 3, 2000);
}

}  // namespace cohort::models
